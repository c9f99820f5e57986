//! An argument of a test, and the attribute that shapes it.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Attribute, Error, Expr, FnArg, Ident, Meta, Pat, Path, Result, Type};

use crate::setting::{CONFIG, Setting};

const TOPIC: &[&str] = &["partitions", "replication_factor", "name", CONFIG];
const CONSUMER: &[&str] = &["topic", "from", "group", CONFIG];

/// An argument that is to be built.
pub(crate) struct Argument {
    pub(crate) name: Ident,
    kind: Type,
    /// Calls on `Arg`, from the attribute.
    calls: TokenStream,
    /// The arguments in front of it that its attribute names.
    pub(crate) named: Vec<Ident>,
}

impl Argument {
    /// Reads an argument and takes its attribute away; `earlier` and `later` are the names of the others.
    pub(crate) fn parse(argument: &mut FnArg, earlier: &[Ident], later: &[Ident], kit: &Path) -> Result<Self> {
        let name = name(argument)?;
        let FnArg::Typed(argument) = argument else { return Err(receiver(argument)) };
        let (ours, others): (Vec<_>, Vec<_>) =
            argument.attrs.drain(..).partition(|attribute| is(attribute, "topic") || is(attribute, "consumer"));
        argument.attrs = others;
        if let Some(second) = ours.get(1) {
            return Err(Error::new_spanned(second, "an argument has one attribute: #[topic(..)] or #[consumer(..)]"));
        }
        let mut named = Vec::new();
        let calls = match ours.first() {
            Some(attribute) if is(attribute, "topic") => topic(attribute, kit)?,
            Some(attribute) => {
                let (calls, topics) = consumer(attribute, later, kit)?;
                named.extend(earlier.iter().filter(|name| topics.iter().any(|topic| is_name(topic, name))).cloned());
                calls
            }
            None => TokenStream::new(),
        };
        Ok(Self { name, kind: (*argument.ty).clone(), calls, named })
    }

    /// The statement that builds it.
    pub(crate) fn build(&self, kit: &Path) -> TokenStream {
        let Self { name, kind, calls, .. } = self;
        let text = name.to_string();
        let written = format!("{text}: {}", kind.to_token_stream()).replace(" :: ", "::").replace(" <", "<");
        // An error about the type points at it.
        let at = kind.span().resolved_at(Span::call_site());
        quote_spanned! {at=>
            let #name: #kind = <#kind as #kit::FromTrial>::from_trial(&__trial, #kit::Arg::new(#text) #calls)
                .await
                .map_err(|error| error.of_argument(#written))?;
        }
    }
}

/// The name of an argument: `rx` of `mut rx: Consumer`.
pub(crate) fn name(argument: &FnArg) -> Result<Ident> {
    match argument {
        FnArg::Receiver(_) => Err(receiver(argument)),
        FnArg::Typed(typed) => match &*typed.pat {
            Pat::Ident(ident) if ident.by_ref.is_none() && ident.subpat.is_none() => Ok(ident.ident.clone()),
            Pat::Wild(_) => Err(Error::new_spanned(&typed.pat, "give the argument a name; `_name` if it is not used")),
            other => Err(Error::new_spanned(other, "an argument of a Kafka test is a plain name: `orders: Topic`")),
        },
    }
}

fn receiver(argument: &FnArg) -> Error {
    Error::new_spanned(argument, "a Kafka test is a function of its own, without `self`")
}

fn is(attribute: &Attribute, name: &str) -> bool {
    attribute.path().is_ident(name)
}

/// The tokens within the parentheses of an attribute.
fn inner(attribute: &Attribute, example: &str) -> Result<TokenStream> {
    match &attribute.meta {
        Meta::List(list) => Ok(list.tokens.clone()),
        other => Err(Error::new_spanned(other, format!("write `{example}`"))),
    }
}

fn topic(attribute: &Attribute, kit: &Path) -> Result<TokenStream> {
    let mut calls = TokenStream::new();
    for setting in Setting::parse_all(inner(attribute, "#[topic(partitions = 3)]")?, TOPIC, &[])? {
        let name = &setting.name;
        calls.extend(match name.to_string().as_str() {
            CONFIG => configs(&setting)?,
            "name" => {
                let value = setting.expression("\"orders.v1\"")?;
                quote!(.name(#value))
            }
            _ => {
                let value = setting.expression("3")?;
                quote_spanned!(setting.span()=> .#name(#value))
            }
        });
    }
    Ok(quote!(.topic(#kit::TopicOptions::default() #calls)))
}

/// The calls, and what stands for the topics.
fn consumer(attribute: &Attribute, later: &[Ident], kit: &Path) -> Result<(TokenStream, Vec<Expr>)> {
    let (mut calls, mut topics) = (TokenStream::new(), Vec::new());
    let settings = Setting::parse_all(inner(attribute, "#[consumer(topic = orders)]")?, CONSUMER, &["topic"])?;
    if !settings.iter().any(|setting| setting.name == "topic") {
        return Err(Error::new_spanned(attribute, "a consumer reads a topic: `#[consumer(topic = orders)]`"));
    }
    for setting in settings {
        calls.extend(match setting.name.to_string().as_str() {
            "topic" => {
                let value = setting.expression("orders")?;
                if let Some(name) = later.iter().find(|name| is_name(value, name)) {
                    let text = format!("`{name}` is built after this argument: put it in front");
                    return Err(Error::new_spanned(value, text));
                }
                topics.push(value.clone());
                quote!(.topic(&#value))
            }
            "from" => {
                let value = setting.text("\"earliest\"")?;
                let start = match value.value().as_str() {
                    "earliest" => quote!(Earliest),
                    "latest" => quote!(Latest),
                    _ => return Err(Error::new(value.span(), "a consumer starts from \"earliest\" or \"latest\"")),
                };
                quote!(.from(#kit::client::Start::#start))
            }
            "group" => {
                let value = setting.expression("\"billing\"")?;
                quote!(.group(#value))
            }
            _ => configs(&setting)?,
        });
    }
    Ok((quote!(.consumer(#kit::ConsumerOptions::default() #calls)), topics))
}

fn configs(setting: &Setting) -> Result<TokenStream> {
    let pairs = setting.pairs()?.iter().map(|(key, value)| quote!(.config(#key, #value)));
    Ok(quote!(#(#pairs)*))
}

fn is_name(value: &Expr, name: &Ident) -> bool {
    matches!(value, Expr::Path(path) if path.path.is_ident(name))
}
