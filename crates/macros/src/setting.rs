//! One setting of an attribute: `name`, `name = value` or `config("key" = "value", ..)`.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprLit, Ident, Lit, LitStr, Result, Token, parenthesized};

/// The name of what holds settings by Kafka's own names.
pub(crate) const CONFIG: &str = "config";
/// How they are written.
const PAIRS: &str = "write `config(\"key\" = \"value\")`, with Kafka's own keys";

/// A setting as it is written.
pub(crate) struct Setting {
    pub(crate) name: Ident,
    pub(crate) value: Value,
}

pub(crate) enum Value {
    /// Nothing but the name.
    Flag,
    Of(Box<Expr>),
    Config(Vec<(LitStr, LitStr)>),
}

impl Setting {
    /// All settings of an attribute. A setting that is none of `known` is refused with the whole list, and so is one
    /// that is given twice; `config` and those in `repeatable` may be.
    pub(crate) fn parse_all(
        tokens: proc_macro2::TokenStream,
        known: &[&str],
        repeatable: &[&str],
    ) -> Result<Vec<Self>> {
        let settings = |input: ParseStream<'_>| Self::list(input, known);
        let settings = settings.parse2(tokens)?;
        for (index, setting) in settings.iter().enumerate() {
            let name = setting.name.to_string();
            if !known.contains(&name.as_str()) {
                return Err(setting.error(&format!("unknown option `{name}`; options: {}", known.join(", "))));
            }
            let is_second = settings.iter().take(index).any(|earlier| earlier.name == setting.name);
            if is_second && name != CONFIG && !repeatable.contains(&name.as_str()) {
                return Err(setting.error(&format!("`{name}` is given twice")));
            }
        }
        Ok(settings)
    }

    /// An error at the name.
    pub(crate) fn error(&self, text: &str) -> Error {
        Error::new(self.name.span(), text)
    }

    /// The value as any expression.
    pub(crate) fn expression(&self, example: &str) -> Result<&Expr> {
        match &self.value {
            Value::Of(value) => Ok(value),
            _ => Err(self.error(&format!("write `{} = {example}`", self.name))),
        }
    }

    /// The value as a literal text.
    pub(crate) fn text(&self, example: &str) -> Result<&LitStr> {
        let wanted = format!("write `{} = {example}`", self.name);
        match self.expression(example)? {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(text),
            other => Err(Error::new_spanned(other, wanted)),
        }
    }

    /// The pairs of `config(..)`.
    pub(crate) fn pairs(&self) -> Result<&[(LitStr, LitStr)]> {
        match &self.value {
            Value::Config(pairs) => Ok(pairs),
            _ => Err(self.error(PAIRS)),
        }
    }

    /// That there is no value.
    pub(crate) fn flag(&self) -> Result<()> {
        match self.value {
            Value::Flag => Ok(()),
            _ => Err(self.error(&format!("`{}` takes no value", self.name))),
        }
    }

    pub(crate) fn span(&self) -> Span {
        self.name.span()
    }
}

impl Setting {
    /// Settings with commas between them.
    fn list(input: ParseStream<'_>, known: &[&str]) -> Result<Vec<Self>> {
        let mut settings = Vec::new();
        while !input.is_empty() {
            // `crate` is a keyword, and an option too.
            let name = Ident::parse_any(input)
                .map_err(|error| Error::new(error.span(), format!("an option is expected: {}", known.join(", "))))?;
            settings.push(Self::behind(name, input)?);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(settings)
    }

    /// What stands behind a name.
    fn behind(name: Ident, input: ParseStream<'_>) -> Result<Self> {
        if input.peek(Token![.]) || input.peek(Token![-]) {
            return Err(Error::new(name.span(), PAIRS));
        }
        if input.peek(Token![:]) {
            return Err(input.error(format!("write `{name} = value`")));
        }
        if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            return Ok(Self { name, value: Value::Of(input.parse()?) });
        }
        if name == CONFIG && input.peek(syn::token::Paren) {
            let content;
            parenthesized!(content in input);
            let pairs = Punctuated::<Pair, Token![,]>::parse_terminated(&content)?;
            return Ok(Self { name, value: Value::Config(pairs.into_iter().map(|pair| (pair.0, pair.1)).collect()) });
        }
        Ok(Self { name, value: Value::Flag })
    }
}

struct Pair(LitStr, LitStr);

impl Parse for Pair {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let wrong = |error: Error| Error::new(error.span(), PAIRS);
        let key = input.parse().map_err(wrong)?;
        input.parse::<Token![=]>().map_err(wrong)?;
        Ok(Self(key, input.parse().map_err(wrong)?))
    }
}
