//! The options of `#[kafka_trial::test(..)]`.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Error, Expr, LitStr, Path, Result};

use crate::setting::{CONFIG, Setting};

const KNOWN: &[&str] = &[
    "brokers",
    "timeout",
    "seed",
    "flavor",
    "worker_threads",
    "auto_create_topics",
    "as_version",
    "schemas",
    CONFIG,
    "external",
    "crate",
];

/// Options that the design has and the broker does not yet: the error says so instead of "unknown".
const NOT_THERE: &[(&str, &str)] =
    &[("start_paused", "tokio's paused clock does not reach the clients, whose clock is their own")];

/// What the attribute says.
pub(crate) struct Options {
    /// The path of the kit.
    pub(crate) kit: Path,
    /// Where the test is marked as one for a real cluster.
    pub(crate) external: Option<Span>,
    /// Calls on the builder, one per option.
    pub(crate) calls: TokenStream,
}

impl Options {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        let mut known = KNOWN.to_vec();
        known.extend(NOT_THERE.iter().map(|(name, _)| name));
        let settings = match Setting::parse_all(tokens.clone(), &known, &[]) {
            Ok(settings) => settings,
            // What is not there is no suggestion either.
            Err(_) => Setting::parse_all(tokens, KNOWN, &[])?,
        };
        let mut options = Self { kit: syn::parse_quote!(::kafka_trial), external: None, calls: TokenStream::new() };
        for setting in settings.iter().filter(|setting| setting.name == "crate") {
            options.kit = path(setting.expression("path::to::kafka_trial")?)?;
        }
        let mut threads = (false, None);
        for setting in &settings {
            let call = options.call(setting, &mut threads)?;
            options.calls.extend(call);
        }
        match threads {
            (false, Some((span, _))) => {
                return Err(Error::new(span, "`worker_threads` goes with `flavor = \"multi_thread\"`"));
            }
            (true, count) => {
                let kit = &options.kit;
                let count = match count {
                    Some((_, count)) => quote!(::core::option::Option::Some(#count)),
                    None => quote!(::core::option::Option::None),
                };
                options.calls.extend(quote!(.flavor(#kit::Flavor::MultiThread { worker_threads: #count })));
            }
            (false, None) => {}
        }
        Ok(options)
    }

    fn call(&mut self, setting: &Setting, threads: &mut (bool, Option<(Span, Expr)>)) -> Result<TokenStream> {
        let name = setting.name.to_string();
        if let Some((_, reason)) = NOT_THERE.iter().find(|(known, _)| *known == name) {
            let known = KNOWN.join(", ");
            return Err(setting.error(&format!("`{name}` is not there yet: {reason}; options: {known}")));
        }
        let span = setting.span();
        Ok(match name.as_str() {
            "brokers" | "seed" => {
                let (call, value) = (&setting.name, setting.expression("3")?);
                quote_spanned!(span=> .#call(#value))
            }
            "auto_create_topics" => {
                let value = setting.expression("false")?;
                quote_spanned!(span=> .auto_create_topics(#value))
            }
            "as_version" => {
                let version = setting.text("\"3.9\"")?;
                quote_spanned!(span=> .as_version(#version))
            }
            "schemas" => {
                let folder = setting.text("\"tests/schemas\"")?;
                quote_spanned!(span=> .schemas(#folder))
            }
            "timeout" => {
                let millis = millis(setting.text("\"30s\"")?)?;
                quote_spanned!(span=> .timeout(::core::time::Duration::from_millis(#millis)))
            }
            "flavor" => {
                let flavor = setting.text("\"multi_thread\"")?;
                threads.0 = match flavor.value().as_str() {
                    "current_thread" => false,
                    "multi_thread" => true,
                    _ => return Err(Error::new(flavor.span(), "flavors: \"current_thread\", \"multi_thread\"")),
                };
                TokenStream::new()
            }
            "worker_threads" => {
                threads.1 = Some((span, setting.expression("2")?.clone()));
                TokenStream::new()
            }
            "external" => {
                setting.flag()?;
                self.external = Some(span);
                quote_spanned!(span=> .external())
            }
            CONFIG => {
                let pairs = setting.pairs()?.iter().map(|(key, value)| quote!(.config(#key, #value)));
                quote!(#(#pairs)*)
            }
            _ => TokenStream::new(),
        })
    }
}

/// A time such as `500ms`, `30s` or `2m`.
fn millis(text: &LitStr) -> Result<u64> {
    let written = text.value();
    let digits = written.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match written.strip_prefix(digits) {
        Some("ms") => Some(1),
        Some("s") => Some(1000),
        Some("m") => Some(60_000),
        _ => None,
    };
    let millis = digits.parse::<u64>().ok().zip(unit).and_then(|(count, unit)| count.checked_mul(unit));
    let wrong = || Error::new(text.span(), format!("{written:?} is no time limit: write \"500ms\", \"30s\" or \"2m\""));
    millis.filter(|millis| *millis > 0).ok_or_else(wrong)
}

fn path(expression: &Expr) -> Result<Path> {
    match expression {
        Expr::Path(path) => Ok(path.path.clone()),
        other => Err(Error::new(other.span(), "write `crate = path::to::kafka_trial`")),
    }
}
