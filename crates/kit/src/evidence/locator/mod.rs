//! Where an id stands in a record, in AsyncAPI's grammar for correlation ids, extended.

mod parse;
mod text;

use std::fmt;

use regex::Regex;
use serde_json::Value as Json;

pub use self::parse::LocatorError;
pub(super) use self::text::trace_id;
use self::text::{id_of_bytes, id_of_json};
use crate::client::ReceivedRecord;
use crate::value::NotJson;

/// Where an id stands in a record.
///
/// ```
/// use kafka_trial::flow::Locator;
///
/// let locator: Locator = "$message.payload#/original_value|json#/correlation_id".parse()?;
/// assert_eq!(locator.to_string(), "$message.payload#/original_value|json#/correlation_id");
/// # Ok::<(), kafka_trial::flow::LocatorError>(())
/// ```
///
/// | text | finds |
/// |---|---|
/// | `$message.header#/NAME` | the last header of that name, whatever its case: text, else 16 bytes as a UUID, else hex |
/// | `$message.key#` | the record's key, by the same rule |
/// | `$message.key#/POINTER` | a text or number in a key that is JSON, by JSON Pointer (RFC 6901) |
/// | `$message.payload#/POINTER` | the same in the value |
/// | `...\|json#/POINTER` | behind any pointer: the text found there is JSON itself |
/// | `trace-id of LOCATOR` | the trace id of a `traceparent`, `b3` or `uber-trace-id` |
/// | `regex(PATTERN) of LOCATOR` | the first group of a pattern in what the locator finds, the whole match without one |
#[derive(Clone, Debug)]
pub struct Locator {
    place: Place,
    steps: Vec<Step>,
}

/// The part of the record, and where it is JSON the pointers into it, each into what the one before has found.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Header(String),
    Key(Vec<String>),
    Payload(Vec<String>),
}

/// What is done with what was found.
#[derive(Clone, Debug)]
enum Step {
    TraceId,
    Regex(Regex),
}

/// The part of a record that an id was found in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A header.
    Header,
    /// The value.
    Value,
    /// The key.
    Key,
}

impl Part {
    /// `header`, `value` or `key`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Value => "value",
            Self::Key => "key",
        }
    }
}

impl Locator {
    /// A header by name, whatever its case.
    pub fn header(name: &str) -> Self {
        Self { place: Place::Header(name.to_owned()), steps: Vec::new() }
    }

    /// The key as a whole.
    pub fn key() -> Self {
        Self { place: Place::Key(Vec::new()), steps: Vec::new() }
    }

    /// A JSON Pointer into the value.
    pub fn payload(pointer: &str) -> Self {
        Self { place: Place::Payload(vec![pointer.to_owned()]), steps: Vec::new() }
    }

    /// The trace id in a header.
    pub fn trace_id(header: &str) -> Self {
        Self { steps: vec![Step::TraceId], ..Self::header(header) }
    }

    /// A pointer into the JSON that a text in the value is.
    pub(super) fn nested(pointer: &str, inner: &str) -> Self {
        Self { place: Place::Payload(vec![pointer.to_owned(), inner.to_owned()]), steps: Vec::new() }
    }

    /// The header that it looks into.
    pub fn header_name(&self) -> Option<&str> {
        match &self.place {
            Place::Header(name) => Some(name),
            _ => None,
        }
    }

    /// The JSON Pointer at which the value has the id itself, and nothing is made of what stands there.
    pub fn pointer(&self) -> Option<&str> {
        match (&self.place, self.steps.as_slice()) {
            (Place::Payload(pointers), []) => pointers.first().filter(|_| pointers.len() == 1).map(String::as_str),
            _ => None,
        }
    }

    /// The part of the record that it looks into.
    pub fn part(&self) -> Part {
        match self.place {
            Place::Header(_) => Part::Header,
            Place::Key(_) => Part::Key,
            Place::Payload(_) => Part::Value,
        }
    }

    /// Whether what it finds names a trace, which several flows may share.
    pub(super) fn is_of_trace(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::TraceId))
    }

    /// The id in a record, if there is one.
    pub fn find(&self, record: &ReceivedRecord) -> Option<String> {
        self.find_in(record, &record.json())
    }

    /// The same where the value has been parsed already.
    pub(super) fn find_in(&self, record: &ReceivedRecord, body: &Result<Json, NotJson>) -> Option<String> {
        let found = match &self.place {
            Place::Header(name) => {
                let (_, value) = record.headers.iter().rev().find(|(known, _)| is_named(known, name))?;
                id_of_bytes(value.as_deref()?)
            }
            Place::Key(pointers) if pointers.is_empty() => id_of_bytes(record.key.as_deref()?),
            Place::Key(pointers) => point(record.values.of_key(record).ok().as_ref(), pointers),
            Place::Payload(pointers) => point(body.as_ref().ok(), pointers),
        };
        self.steps.iter().try_fold(found?, |text, step| match step {
            Step::TraceId => trace_id(&text),
            Step::Regex(pattern) => {
                let captures = pattern.captures(&text)?;
                let found = captures.get(1).or_else(|| captures.get(0))?.as_str();
                (!found.is_empty()).then(|| found.to_owned())
            }
        })
    }
}

fn is_named(known: &[u8], name: &str) -> bool {
    known.eq_ignore_ascii_case(name.as_bytes())
}

/// Follows the pointers, each but the first into the JSON that the text before it is.
fn point(json: Option<&Json>, pointers: &[String]) -> Option<String> {
    let (first, inner) = pointers.split_first()?;
    let found = json?.pointer(first)?;
    if inner.is_empty() { id_of_json(found) } else { point(serde_json::from_str(found.as_str()?).ok().as_ref(), inner) }
}

impl fmt::Display for Locator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in self.steps.iter().rev() {
            match step {
                Step::TraceId => f.write_str("trace-id of ")?,
                Step::Regex(pattern) => write!(f, "regex({pattern}) of ")?,
            }
        }
        match &self.place {
            Place::Header(name) => write!(f, "$message.header#/{}", name.replace('~', "~0").replace('/', "~1")),
            Place::Key(pointers) => write!(f, "$message.key#{}", pointers.join("|json#")),
            Place::Payload(pointers) => write!(f, "$message.payload#{}", pointers.join("|json#")),
        }
    }
}

impl PartialEq for Locator {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Eq for Locator {}

#[cfg(test)]
mod tests;
