//! One condition on a record, and several of them.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value as Json;

use super::Subject;
use super::difference::{Difference, shown};
#[cfg(feature = "json-schema")]
use super::schema::JsonSchema;
use crate::client::ReceivedRecord;
use crate::excerpt::excerpt;
use crate::value::{NotJson, shown as shown_value};

/// The longest text, in bytes, that is shown as it is.
const SHORT: usize = 100;

pub(super) type Predicate = Arc<dyn Fn(&ReceivedRecord) -> Result<(), String> + Send + Sync>;

/// A condition on a record.
#[derive(Clone)]
pub(super) enum Condition {
    CorrelationId(String),
    Key(Option<Bytes>),
    Header(String, Bytes),
    /// The value byte by byte.
    Value(Option<Bytes>),
    /// This stands at a JSON Pointer into the value.
    Field(String, Json),
    #[cfg(feature = "json-schema")]
    Schema(JsonSchema),
    /// All conditions of one of these.
    AnyOf(Vec<Vec<Condition>>),
    Not(Vec<Condition>),
    That(String, Predicate),
}

/// A field by its JSON Pointer; a name without a slash is one at the top.
pub(crate) fn pointer_of(name: String) -> String {
    let is_pointer = name.is_empty() || name.starts_with('/');
    if is_pointer { name } else { format!("/{}", name.replace('~', "~0").replace('/', "~1")) }
}

/// What keeps a record from fulfilling all of them. A function is asked about what looks right otherwise.
pub(super) fn differences(conditions: &[Condition], subject: &Subject<'_>) -> Vec<Difference> {
    let (functions, plain): (Vec<&Condition>, Vec<&Condition>) =
        conditions.iter().partition(|condition| matches!(condition, Condition::That(..)));
    let mut found: Vec<Difference> = plain.into_iter().flat_map(|condition| condition.differences(subject)).collect();
    if found.is_empty() {
        found.extend(functions.into_iter().flat_map(|condition| condition.differences(subject)));
    }
    // A value that is not JSON fails several conditions for one reason.
    found.dedup_by_key(|difference| difference.to_string());
    found
}

/// The conditions in words.
pub(super) fn text(conditions: &[Condition]) -> String {
    let texts: Vec<String> = conditions.iter().map(Condition::text).collect();
    texts.join(" and ")
}

impl Condition {
    fn differences(&self, subject: &Subject<'_>) -> Vec<Difference> {
        let record = subject.record;
        match self {
            Self::CorrelationId(wanted) if subject.ids.contains(&wanted.as_str()) => Vec::new(),
            Self::CorrelationId(wanted) => {
                let found = subject.ids.first().map(|found| format!("{found:?}"));
                miss("its correlation id", "", format!("{wanted:?}"), found, "it has no correlation id")
            }
            Self::Key(wanted) if record.key == *wanted => Vec::new(),
            Self::Key(wanted) => {
                let expected = wanted.as_ref().map_or("none".to_owned(), quoted);
                let found = record.key.as_ref().map(quoted);
                let nothing = format!("its key is none, not {expected}");
                miss("its key", "$message.key#", expected, found, &nothing)
            }
            Self::Header(name, wanted) => {
                let found = record.headers.iter().rev().find(|(known, _)| **known == *name.as_bytes());
                let found = found.map(|(_, value)| value.clone().unwrap_or_default());
                if found.as_ref() == Some(wanted) {
                    return Vec::new();
                }
                let nothing = format!("it has no header {name}");
                let (found, at) = (found.as_ref().map(quoted), format!("$message.header#/{name}"));
                miss(&format!("its header {name}"), &at, quoted(wanted), found, &nothing)
            }
            Self::Value(wanted) if record.value == *wanted => Vec::new(),
            Self::Value(wanted) => {
                let found = shown_value(subject.values, record);
                let expected = wanted.as_ref().map_or("none".to_owned(), quoted);
                let text = match &record.value {
                    None => format!("it is a tombstone, and its value should be {expected}"),
                    Some(_) => format!("its value is {found}, not {expected}"),
                };
                vec![Difference::new("", expected, Some(found), text)]
            }
            Self::Field(..) => self.of_json(subject),
            #[cfg(feature = "json-schema")]
            Self::Schema(_) => self.of_json(subject),
            Self::AnyOf(branches) => {
                let all: Vec<Vec<Difference>> = branches.iter().map(|branch| differences(branch, subject)).collect();
                let is_met = all.iter().any(Vec::is_empty);
                if is_met { Vec::new() } else { vec![none_of(&self.text(), &all)] }
            }
            Self::Not(conditions) => {
                let is_met = !differences(conditions, subject).is_empty();
                let text = format!("it has {}", text(conditions));
                if is_met { Vec::new() } else { vec![Difference::new("", self.text(), None, text)] }
            }
            Self::That(text, check) => match check(record) {
                Ok(()) => Vec::new(),
                Err(reason) => vec![Difference::new("", text.clone(), None, reason)],
            },
        }
    }

    /// What is not as a condition on JSON wants it.
    fn of_json(&self, subject: &Subject<'_>) -> Vec<Difference> {
        let json = match subject.json() {
            Ok(json) => json,
            Err(reason) => {
                let found = shown_value(subject.values, subject.record);
                let text = match reason {
                    NotJson::Tombstone => "it is a tombstone".to_owned(),
                    _ => format!("it is not JSON: {found}"),
                };
                return vec![Difference::new("", self.text(), Some(found), text)];
            }
        };
        match self {
            Self::Field(pointer, wanted) => {
                let found = json.pointer(pointer);
                if found == Some(wanted) {
                    return Vec::new();
                }
                let name = if pointer.is_empty() { "its value" } else { pointer };
                miss(name, pointer, shown(wanted), found.map(shown), &format!("there is no {pointer}"))
            }
            #[cfg(feature = "json-schema")]
            Self::Schema(schema) => schema.differences(json),
            _ => Vec::new(),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::CorrelationId(id) => format!("correlation id {id:?}"),
            Self::Key(Some(key)) => format!("key {}", quoted(key)),
            Self::Key(None) => "no key".to_owned(),
            Self::Header(name, value) => format!("header {name} == {}", quoted(value)),
            Self::Value(Some(value)) => format!("value {}", quoted(value)),
            Self::Value(None) => "no value".to_owned(),
            Self::Field(pointer, value) if pointer.is_empty() => format!("value == {value}"),
            Self::Field(pointer, value) => format!("{pointer} == {value}"),
            #[cfg(feature = "json-schema")]
            Self::Schema(schema) => schema.to_string(),
            Self::AnyOf(branches) => {
                let texts: Vec<String> = branches.iter().map(|branch| text(branch)).collect();
                format!("({})", texts.join(" or "))
            }
            Self::Not(conditions) => format!("not ({})", text(conditions)),
            Self::That(text, _) => text.clone(),
        }
    }
}

fn miss(name: &str, pointer: &str, expected: String, found: Option<String>, nothing: &str) -> Vec<Difference> {
    let text = match &found {
        Some(found) => format!("{name} is {found}, not {expected}"),
        None => nothing.to_owned(),
    };
    vec![Difference::new(pointer, expected, found, text)]
}

fn none_of(expected: &str, branches: &[Vec<Difference>]) -> Difference {
    let reasons =
        branches.iter().map(|branch| branch.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and "));
    let text = reasons.collect::<Vec<_>>().join(", or ");
    Difference::new("", expected.to_owned(), None, text)
}

/// Bytes as quoted text, or how many there are.
fn quoted(bytes: &Bytes) -> String {
    match std::str::from_utf8(bytes) {
        // What is short is shown with the spaces around it.
        Ok(text) if text.len() <= SHORT => format!("{text:?}"),
        Ok(text) => format!("{:?}", excerpt(text)),
        Err(_) => format!("{} bytes that are not text", bytes.len()),
    }
}
