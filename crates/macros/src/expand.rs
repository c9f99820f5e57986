//! From an async function to a `#[test]`.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Attribute, Error, Ident, Item, ItemFn, Result, ReturnType, Safety, Stmt, Type};

use crate::argument::{Argument, name};
use crate::options::Options;

/// Kept word for word: people look for it.
const EXTERNAL: &str = "needs a real broker: set TEST_KAFKA_BOOTSTRAP_SERVERS, run with --ignored";

pub(crate) fn test(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let options = Options::parse(attribute)?;
    let mut function = match syn::parse2(item)? {
        Item::Fn(function) => function,
        other => return Err(Error::new_spanned(other, "a Kafka test is an `async fn`")),
    };
    check(&function)?;
    let kit = &options.kit;
    let names = function.sig.inputs.iter().map(name).collect::<Result<Vec<Ident>>>()?;
    let mut arguments = Vec::new();
    for (index, input) in function.sig.inputs.iter_mut().enumerate() {
        let (earlier, rest) = names.split_at(index);
        arguments.push(Argument::parse(input, earlier, rest.get(1..).unwrap_or_default(), kit)?);
    }
    // What an attribute alone uses is used all the same.
    let named = arguments.iter().flat_map(|argument| &argument.named);
    let used: Vec<Stmt> = named.map(|name| syn::parse_quote!(let _ = &#name;)).collect();
    function.block.stmts.splice(0..0, used);

    let attributes = std::mem::take(&mut function.attrs);
    let visibility = std::mem::replace(&mut function.vis, syn::Visibility::Inherited);
    let result: Type = match &function.sig.output {
        ReturnType::Default => syn::parse_quote!(()),
        ReturnType::Type(_, result) => (**result).clone(),
    };
    // An ignored test gives its own reason.
    let is_ignored = attributes.iter().any(|attribute| attribute.path().is_ident("ignore"));
    let ignore = options.external.filter(|_| !is_ignored).map(|span| quote_spanned!(span=> #[ignore = #EXTERNAL]));
    let (calls, test) = (&options.calls, &function.sig.ident);
    let builds = arguments.iter().map(|argument| argument.build(kit));
    let names = arguments.iter().map(|argument| &argument.name);
    let core = quote!(::core);
    // What is wrong with the result is told there.
    let run = Ident::new("run_test", result.span().resolved_at(Span::call_site()));
    Ok(quote! {
        #(#attributes)*
        #[#core::prelude::v1::test]
        #ignore
        #visibility fn #test() {
            #function
            let path = #core::concat!(#core::module_path!(), "::", #core::stringify!(#test));
            #kit::Trial::builder()
                .name(path.split_once("::").map_or(path, |(_, path)| path))
                .package(#core::env!("CARGO_PKG_NAME"))
                #calls
                .#run(async |__trial: #kit::Trial| -> #core::result::Result<#result, #kit::SetupError> {
                    // An argument may have the name of the test.
                    let __test = #test;
                    #(#builds)*
                    #core::result::Result::Ok(__test(#(#names),*).await)
                });
        }
    })
}

/// Refuses what cannot be a test, and says what would be one.
fn check(function: &ItemFn) -> Result<()> {
    let signature = &function.sig;
    if signature.asyncness.is_none() {
        let text = "a Kafka test is an `async fn`; in a plain #[test], call `kafka_trial::Trial::run`";
        return Err(Error::new_spanned(signature.fn_token, text));
    }
    if let Safety::Unsafe(word) = &signature.safety {
        return Err(Error::new_spanned(word, "a Kafka test is not `unsafe`; a block in it may be"));
    }
    if !signature.generics.params.is_empty() {
        return Err(Error::new_spanned(&signature.generics, "a Kafka test has no generic parameters"));
    }
    if let Some(other) = function.attrs.iter().find(|attribute| is_test(attribute)) {
        return Err(Error::new_spanned(other, "#[kafka_trial::test] makes the test by itself: remove this attribute"));
    }
    let should_panic = function.attrs.iter().find(|attribute| attribute.path().is_ident("should_panic"));
    if let (Some(attribute), ReturnType::Type(..)) = (should_panic, &signature.output) {
        return Err(Error::new_spanned(attribute, "a test that should panic gives nothing back: remove its `-> ..`"));
    }
    Ok(())
}

/// `#[test]`, `#[tokio::test]` and the like.
fn is_test(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "test" || last.ident == "rstest")
}
