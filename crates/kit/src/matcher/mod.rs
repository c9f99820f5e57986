//! What a record, or a request, should look like: one language for events, expectations of flows and the journal.
//!
//! A [`Matcher`] is of records: topic, key, headers, value, correlation id. A [`RequestMatcher`] is of requests: API, client,
//! topic, group, error. Both are data, so that they can be shown, combined and read from JSON, and both say what keeps
//! something from matching, which is where near misses come from.

mod condition;
mod difference;
mod json;
mod request;
#[cfg(feature = "json-schema")]
mod schema;
mod subject;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value as Json;

pub(crate) use self::condition::pointer_of;
use self::condition::{Condition, Predicate};
pub use self::difference::Difference;
pub(crate) use self::difference::shown;
pub(crate) use self::json::{Fields, MatcherFields};
pub use self::request::RequestMatcher;
pub(crate) use self::request::{api_named, error_named, suggestion};
#[cfg(feature = "json-schema")]
pub use self::schema::{JsonSchema, SchemaError};
pub(crate) use self::subject::Subject;
use crate::client::ReceivedRecord;
use crate::evidence::Reading;

/// What a record should look like: its topic, and as much more as is said.
///
/// ```
/// use kafka_trial::matcher::Matcher;
/// use serde_json::json;
///
/// let paid = Matcher::on("orders").correlation_id("7").field("/state", json!("paid"));
/// assert_eq!(paid.to_string(), r#"event on orders with correlation id "7" and /state == "paid""#);
/// let ended = Matcher::any().tombstone().or(Matcher::any().field("state", json!("closed")));
/// assert_eq!(ended.to_string(), r#"event with (no value or /state == "closed")"#);
/// ```
#[derive(Clone, Default)]
pub struct Matcher {
    topic: Option<String>,
    conditions: Vec<Condition>,
}

impl Matcher {
    /// Any record.
    pub fn any() -> Self {
        Self::default()
    }

    /// Any record of this topic.
    pub fn on(topic: impl AsRef<str>) -> Self {
        Self { topic: Some(topic.as_ref().to_owned()), conditions: Vec::new() }
    }

    fn with(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    /// With this correlation id, wherever the [locators](crate::flow::Locators) in use find one.
    pub fn correlation_id(self, id: impl Into<String>) -> Self {
        self.with(Condition::CorrelationId(id.into()))
    }

    /// With this key.
    pub fn key(self, key: impl AsRef<[u8]>) -> Self {
        self.with(Condition::Key(Some(Bytes::copy_from_slice(key.as_ref()))))
    }

    /// Without a key.
    pub fn no_key(self) -> Self {
        self.with(Condition::Key(None))
    }

    /// With this as the last header of that name.
    pub fn header(self, name: impl Into<String>, value: impl AsRef<[u8]>) -> Self {
        self.with(Condition::Header(name.into(), Bytes::copy_from_slice(value.as_ref())))
    }

    /// With exactly these bytes, or this text, as its value.
    pub fn value(self, value: impl AsRef<[u8]>) -> Self {
        self.with(Condition::Value(Some(Bytes::copy_from_slice(value.as_ref()))))
    }

    /// Without a value.
    pub fn tombstone(self) -> Self {
        self.with(Condition::Value(None))
    }

    /// With a value that is this JSON, whatever the order of its fields.
    pub fn json(self, value: Json) -> Self {
        self.with(Condition::Field(String::new(), value))
    }

    /// With this at a JSON Pointer into the value; a name without a slash is a field at its top.
    pub fn field(self, pointer: impl Into<String>, value: Json) -> Self {
        self.with(Condition::Field(pointer_of(pointer.into()), value))
    }

    /// With a value that this schema allows.
    #[cfg(feature = "json-schema")]
    pub fn schema(self, schema: &JsonSchema) -> Self {
        self.with(Condition::Schema(schema.clone()))
    }

    /// For which this holds; the text says what.
    pub fn that(
        self,
        text: impl Into<String>,
        holds: impl Fn(&ReceivedRecord) -> bool + Send + Sync + 'static,
    ) -> Self {
        let text = text.into();
        let miss = format!("not {text}");
        self.checked_by(text, move |record| if holds(record) { Ok(()) } else { Err(miss.clone()) })
    }

    /// The same, where the check says itself why it does not hold. It is asked about what matches otherwise.
    pub fn checked_by(
        self,
        text: impl Into<String>,
        check: impl Fn(&ReceivedRecord) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        let check: Predicate = Arc::new(check);
        self.with(Condition::That(text.into(), check))
    }

    /// What matches both.
    pub fn and(mut self, other: Self) -> Self {
        self.topic = self.topic.or(other.topic);
        self.conditions.extend(other.conditions);
        self
    }

    /// What matches one of them. The topic stays that of the first.
    pub fn or(self, other: Self) -> Self {
        let topic = self.topic.clone();
        Self { topic, conditions: vec![Condition::AnyOf(vec![self.conditions, other.conditions])] }
    }

    /// What does not match, on the same topic.
    pub fn negated(self) -> Self {
        Self { topic: self.topic, conditions: vec![Condition::Not(self.conditions)] }
    }

    /// The same conditions on any topic.
    pub(crate) fn anywhere(self) -> Self {
        Self { topic: None, ..self }
    }

    /// The topic, where it is said.
    pub fn topic(&self) -> Option<&str> {
        self.topic.as_deref()
    }

    /// Whether a record matches.
    pub fn matches(&self, record: &ReceivedRecord, reading: &Reading) -> bool {
        self.misses(record, reading).is_empty()
    }

    /// What keeps a record from matching; nothing where it does.
    pub fn misses(&self, record: &ReceivedRecord, reading: &Reading) -> Vec<Difference> {
        let found = reading.locators.find_in(record, &reading.values.of(record));
        let ids = found.iter().map(|located| located.id.as_str()).collect();
        self.differences(&Subject::new(record, ids, &reading.values))
    }

    /// The same of a record whose ids are known.
    pub(crate) fn differences(&self, subject: &Subject<'_>) -> Vec<Difference> {
        let other = self.topic.as_ref().filter(|topic| **topic != subject.record.topic);
        if let Some(topic) = other {
            let found = subject.record.topic.clone();
            let text = format!("its topic is {found}, not {topic}");
            return vec![Difference::new("", topic.clone(), Some(found), text)];
        }
        condition::differences(&self.conditions, subject)
    }

    /// The conditions beside the topic, `correlation id "7" and /state == "paid"`; empty where there are none.
    pub(crate) fn conditions(&self) -> String {
        condition::text(&self.conditions)
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("event")?;
        if let Some(topic) = &self.topic {
            write!(f, " on {topic}")?;
        }
        let conditions = self.conditions();
        if conditions.is_empty() { Ok(()) } else { write!(f, " with {conditions}") }
    }
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Matcher({self})")
    }
}
