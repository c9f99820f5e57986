//! What an event should look like.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value as Json;

use crate::client::ReceivedRecord;
#[cfg(feature = "json-schema")]
use crate::flow::JsonSchema;
use crate::payload::Payload;

type Predicate = Arc<dyn Fn(&ReceivedRecord) -> Result<(), String> + Send + Sync>;

/// What an event should look like: its topic, and as much more as is said.
///
/// ```
/// use kafka_trial::ExpectedEvent;
/// use serde_json::json;
///
/// let paid = ExpectedEvent::on("orders").correlation_id("7").field("/state", json!("paid"));
/// assert_eq!(paid.to_string(), r#"event on orders with correlation id "7" and /state == "paid""#);
/// ```
#[derive(Clone)]
pub struct ExpectedEvent {
    topic: String,
    correlation_id: Option<String>,
    key: Option<Bytes>,
    headers: Vec<(String, String)>,
    payload: Vec<Payload>,
    predicates: Vec<(String, Predicate)>,
    ordered_by: Option<String>,
}

impl ExpectedEvent {
    /// Any event on this topic.
    pub fn on(topic: impl AsRef<str>) -> Self {
        Self {
            topic: topic.as_ref().to_owned(),
            correlation_id: None,
            key: None,
            headers: Vec::new(),
            payload: Vec::new(),
            predicates: Vec::new(),
            ordered_by: None,
        }
    }

    /// With this correlation id, wherever the [usual locators](crate::flow::Locators) find one.
    pub fn correlation_id(mut self, id: impl Into<String>) -> Self {
        self.correlation_id = Some(id.into());
        self
    }

    /// With this key.
    pub fn key(mut self, key: impl AsRef<[u8]>) -> Self {
        self.key = Some(Bytes::copy_from_slice(key.as_ref()));
        self
    }

    /// With this as the last header of that name.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With this at a JSON Pointer into the value; a name without a slash is a field at its top.
    pub fn field(mut self, pointer: impl Into<String>, value: Json) -> Self {
        self.payload.push(Payload::field(pointer.into(), value));
        self
    }

    /// With a value that this schema allows.
    #[cfg(feature = "json-schema")]
    pub fn schema(mut self, schema: &JsonSchema) -> Self {
        self.payload.push(Payload::Schema(schema.clone()));
        self
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

    /// The same, where the check says itself why it does not hold.
    pub fn checked_by(
        mut self,
        text: impl Into<String>,
        check: impl Fn(&ReceivedRecord) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.predicates.push((text.into(), Arc::new(check)));
        self
    }

    /// Of several: each with a larger number, or a later text, at this JSON Pointer than the one that came before it.
    pub fn ordered_by(mut self, pointer: impl Into<String>) -> Self {
        self.ordered_by = Some(pointer.into());
        self
    }

    pub(super) fn topic(&self) -> &str {
        &self.topic
    }

    pub(super) fn order(&self) -> Option<&str> {
        self.ordered_by.as_deref()
    }

    /// What keeps a record of the topic from being such an event; nothing where it is one.
    pub(super) fn misses(&self, record: &ReceivedRecord, ids: &[&str]) -> Vec<String> {
        let mut misses = Vec::new();
        if let Some(wanted) = self.correlation_id.as_deref().filter(|wanted| !ids.contains(wanted)) {
            misses.push(match ids.first() {
                Some(found) => format!("its correlation id is {found:?}, not {wanted:?}"),
                None => "it has no correlation id".to_owned(),
            });
        }
        if let Some(wanted) = self.key.as_ref().filter(|wanted| record.key.as_ref() != Some(wanted)) {
            let found = record.key.as_ref().map_or("none".to_owned(), |_| format!("{:?}", record.key()));
            misses.push(format!("its key is {found}, not {:?}", String::from_utf8_lossy(wanted)));
        }
        for (name, wanted) in &self.headers {
            match record.header(name) {
                Some(found) if found == *wanted => {}
                Some(found) => misses.push(format!("its header {name} is {found:?}, not {wanted:?}")),
                None => misses.push(format!("it has no header {name}")),
            }
        }
        let of_payload = self.payload.iter().flat_map(|payload| payload.differences(record.value.as_ref()));
        misses.extend(of_payload.map(|difference| difference.to_string()));
        // A function is asked about what looks right else.
        if misses.is_empty() {
            misses.extend(self.predicates.iter().filter_map(|(_, check)| check(record).err()));
        }
        misses
    }
}

impl fmt::Display for ExpectedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event on {}", self.topic)?;
        let id = self.correlation_id.iter().map(|id| format!("correlation id {id:?}"));
        let key = self.key.iter().map(|key| format!("key {:?}", String::from_utf8_lossy(key)));
        let headers = self.headers.iter().map(|(name, value)| format!("header {name} == {value:?}"));
        let payload = self.payload.iter().map(ToString::to_string);
        let predicates = self.predicates.iter().map(|(text, _)| text.clone());
        let parts: Vec<String> = id.chain(key).chain(headers).chain(payload).chain(predicates).collect();
        if parts.is_empty() { Ok(()) } else { write!(f, " with {}", parts.join(" and ")) }
    }
}

impl fmt::Debug for ExpectedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExpectedEvent({self})")
    }
}
