//! A part of a record that is not as expected.

use std::fmt;

use serde_json::Value as Json;

use crate::excerpt::excerpt;

/// A part of a record that is not as expected. Its [`Display`](fmt::Display) is half a sentence:
/// `/state is "new", not "paid"`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The record, `orders-0@3`; empty where it is told beside.
    pub record: String,
    /// Where it stands: a JSON Pointer into the value (RFC 6901), empty for the whole, or `$message.key#` and
    /// `$message.header#/NAME`.
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

/// JSON on one line, cut where it is long.
pub(crate) fn shown(json: &Json) -> String {
    excerpt(&json.to_string())
}
