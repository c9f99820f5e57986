//! A JSON text as a registry must keep it: the order of keys and the form of each number are part of a schema.
//!
//! [`Json`] is the parsed text. `number`: how Java prints numbers, which is how a registry prints them.

mod number;
mod parse;

use std::fmt;

use indexmap::IndexMap;

pub(crate) use self::number::as_double;
pub(crate) use self::parse::JsonError;
use crate::place::Place;

/// A JSON value whose numbers are still text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// As it stands in the text.
    Number(String),
    String(String),
    Array(Vec<Json>),
    Object(IndexMap<String, Json>),
}

/// A step from a value to one in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

/// Where in a text a value stands, by the steps from the whole text to it; `None` where there is none.
pub(crate) fn place(text: &str, steps: &[Step]) -> Option<Place> {
    parse::place(text, steps)
}

impl Json {
    /// Reads a whole text; deeper than 500 levels it is refused.
    pub(crate) fn parse(text: &str) -> Result<Self, JsonError> {
        parse::parse(text)
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    pub(crate) fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    pub(crate) fn as_object(&self) -> Option<&IndexMap<String, Self>> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The value of a number.
    pub(crate) fn as_f64(&self) -> Option<f64> {
        if let Self::Number(text) = self { text.parse().ok() } else { None }
    }

    /// A member of an object.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.as_object()?.get(key)
    }

    /// The text of JSON Schema: numbers as Java's `BigDecimal` prints them.
    pub(crate) fn decimal_text(&self) -> String {
        self.print(&number::decimal_text)
    }

    /// The text of Avro: fractions as Java's `double` prints them.
    pub(crate) fn double_text(&self) -> String {
        self.print(&number::double_text)
    }

    /// The same with the keys of all objects in order, those of `required` lists left alone.
    pub(crate) fn sorted(&self) -> Self {
        match self {
            Self::Array(items) => Self::Array(items.iter().map(Self::sorted).collect()),
            Self::Object(members) => {
                let mut members: IndexMap<_, _> =
                    members.iter().map(|(key, value)| (key.clone(), value.sorted())).collect();
                members.sort_keys();
                Self::Object(members)
            }
            other => other.clone(),
        }
    }

    fn print(&self, number: &dyn Fn(&str) -> String) -> String {
        let mut out = String::new();
        self.write(&mut out, number);
        out
    }

    fn write(&self, out: &mut String, number: &dyn Fn(&str) -> String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(text) => out.push_str(&number(text)),
            Self::String(text) => quote(text, out),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out, number);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    quote(key, out);
                    out.push(':');
                    value.write(out, number);
                }
                out.push('}');
            }
        }
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.print(&str::to_owned))
    }
}

impl From<&Json> for serde_json::Value {
    fn from(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(text) => serde_json::from_str(text).unwrap_or(Self::Null),
            Json::String(text) => Self::String(text.clone()),
            Json::Array(items) => Self::Array(items.iter().map(Self::from).collect()),
            Json::Object(members) => {
                Self::Object(members.iter().map(|(key, value)| (key.clone(), Self::from(value))).collect())
            }
        }
    }
}

/// Writes a string in quotes, as Jackson does: letters beyond ASCII as they are.
pub(crate) fn quote(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            control if (control as u32) < 0x20 => out.push_str(&format!("\\u{:04X}", control as u32)),
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_keys_and_the_form_of_numbers_stay() {
        let json = Json::parse(r#" { "b" : 1.0 , "a": [1e2, 0.10, -5, 1.5e-9], "ü": "\u0001\/" } "#).unwrap();
        assert_eq!(json.to_string(), r#"{"b":1.0,"a":[1e2,0.10,-5,1.5e-9],"ü":"\u0001/"}"#);
        assert_eq!(json.decimal_text(), r#"{"b":1.0,"a":[1E+2,0.10,-5,1.5E-9],"ü":"\u0001/"}"#);
        assert_eq!(json.double_text(), r#"{"b":1.0,"a":[100.0,0.1,-5,1.5E-9],"ü":"\u0001/"}"#);
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        assert_eq!(Json::parse("{nonsense").unwrap_err().to_string(), "expected a key in quotes at line 1, column 2");
        assert_eq!(Json::parse("[1,\n 2 3]").unwrap_err().to_string(), "expected ',' or ']' at line 2, column 4");
        assert_eq!(Json::parse("1 2").unwrap_err().to_string(), "expected the end at line 1, column 3");
        assert_eq!(Json::parse("").unwrap_err().to_string(), "expected a value at line 1, column 1");
        for wrong in ["01", "1.", "-", "1e", "\"\n\"", r#""\ud800""#, "tru", "[1,]", "{\"a\":1,}"] {
            assert!(Json::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = |levels| "[".repeat(levels) + &"]".repeat(levels);
        assert!(Json::parse(&deep(500)).is_ok());
        assert!(Json::parse(&deep(501)).unwrap_err().to_string().starts_with("nested deeper than 500 levels"));
        assert!(Json::parse(&deep(10_000)).is_err());
    }
}
