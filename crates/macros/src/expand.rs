//! From an async function to a `#[test]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Attribute, Error, Ident, ItemFn, Result, ReturnType, Type};

use crate::argument::{Argument, name};
use crate::options::Options;

/// Kept word for word: people look for it.
const EXTERNAL: &str = "needs a real broker: set TEST_KAFKA_BOOTSTRAP_SERVERS, run with --ignored";

pub(crate) fn test(attribute: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let options = Options::parse(attribute)?;
    let mut function: ItemFn = syn::parse2(item)?;
    check(&function)?;
    let kit = &options.kit;
    let names = function.sig.inputs.iter().map(name).collect::<Result<Vec<Ident>>>()?;
    let mut arguments = Vec::new();
    for (index, input) in function.sig.inputs.iter_mut().enumerate() {
        let later: Vec<Ident> = names.iter().skip(index + 1).cloned().collect();
        arguments.push(Argument::parse(input, &later, kit)?);
    }

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
                .run_test(async |__trial: #kit::Trial| -> #core::result::Result<#result, #kit::SetupError> {
                    #(#builds)*
                    #core::result::Result::Ok(#test(#(#names),*).await)
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
