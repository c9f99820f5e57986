//! What the value of a record should hold: expectations of flows and of events share it.

#[cfg(feature = "json-schema")]
mod schema;

use std::fmt;

use bytes::Bytes;
use serde_json::Value as Json;

use crate::excerpt::excerpt;

#[cfg(feature = "json-schema")]
pub use self::schema::{JsonSchema, SchemaError};

/// A part of a value that is not as expected. Its [`Display`](fmt::Display) is half a sentence:
/// `/state is "new", not "paid"`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The record, `orders-0@3`; empty where it is told beside.
    pub record: String,
    /// Where it stands in the value, as a JSON Pointer (RFC 6901); empty for the whole.
    pub pointer: String,
    /// What was expected there.
    pub expected: String,
    /// What stands there; `None` where there is nothing.
    pub received: Option<String>,
    text: String,
}

impl Difference {
    pub(crate) fn new(pointer: &str, expected: String, received: Option<String>, text: String) -> Self {
        Self { record: String::new(), pointer: pointer.to_owned(), expected, received, text }
    }

    pub(crate) fn of(self, record: &str) -> Self {
        Self { record: record.to_owned(), ..self }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A condition on the value of a record.
#[derive(Clone)]
pub(crate) enum Payload {
    /// This stands at a JSON Pointer.
    Field(String, Json),
    #[cfg(feature = "json-schema")]
    Schema(JsonSchema),
}

impl Payload {
    /// A field by its JSON Pointer; a name without a slash is one at the top.
    pub(crate) fn field(pointer: String, value: Json) -> Self {
        let is_pointer = pointer.is_empty() || pointer.starts_with('/');
        let pointer = if is_pointer { pointer } else { format!("/{}", pointer.replace('~', "~0").replace('/', "~1")) };
        Self::Field(pointer, value)
    }

    /// What is not as the condition wants it; nothing where it holds.
    pub(crate) fn differences(&self, value: Option<&Bytes>) -> Vec<Difference> {
        let json = match value.map(|value| crate::flow::json_of(value)) {
            Some(Ok(json)) => json,
            _ => {
                let found = crate::flow::shown(value);
                let text =
                    if value.is_none() { "it is a tombstone".to_owned() } else { format!("it is no JSON: {found}") };
                return vec![Difference::new("", self.to_string(), Some(found), text)];
            }
        };
        match self {
            Self::Field(pointer, wanted) => {
                let found = json.pointer(pointer);
                let text = match found {
                    Some(found) if found == wanted => return Vec::new(),
                    Some(found) => format!("{pointer} is {}, not {}", shown(found), shown(wanted)),
                    None => format!("there is no {pointer}"),
                };
                vec![Difference::new(pointer, shown(wanted), found.map(shown), text)]
            }
            #[cfg(feature = "json-schema")]
            Self::Schema(schema) => schema.differences(&json),
        }
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(pointer, value) => write!(f, "{pointer} == {value}"),
            #[cfg(feature = "json-schema")]
            Self::Schema(schema) => schema.fmt(f),
        }
    }
}

/// JSON on one line, cut where it is long.
pub(crate) fn shown(json: &Json) -> String {
    excerpt(&json.to_string())
}
