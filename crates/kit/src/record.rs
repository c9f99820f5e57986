//! Records as tests write and read them.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

use crate::client::ReceivedRecord;
use crate::value::{NotJson, Values};

/// A record to be sent, by whatever sends it: [`Client::produce`](crate::client::Client::produce), a producer, a
/// responder. [`Topic::record`](crate::Topic::record) begins one.
///
/// ```
/// # use kafka_trial::Record;
/// let record = Record::new("orders", "total=12").key("ada").header("source", "web").partition(2);
/// ```
///
/// The key decides the partition as in Kafka's own producer (murmur2), unless the record names one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The topic.
    pub topic: String,
    /// The partition, whatever the key.
    pub partition: Option<i32>,
    /// The key.
    pub key: Option<Bytes>,
    /// The value; a tombstone has none.
    pub value: Option<Bytes>,
    /// Headers in order; names may repeat, and a value may be missing.
    pub headers: Vec<(String, Option<Bytes>)>,
    /// Milliseconds since the Unix epoch; the moment of sending without one.
    pub timestamp: Option<i64>,
}

/// Where a record was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The partition.
    pub partition: i32,
    /// The offset there.
    pub offset: i64,
}

impl Record {
    /// A record with a value.
    pub fn new(topic: impl Into<String>, value: impl AsRef<[u8]>) -> Self {
        Self { value: Some(Bytes::copy_from_slice(value.as_ref())), ..Self::tombstone(topic) }
    }

    /// A record without a value.
    pub fn tombstone(topic: impl Into<String>) -> Self {
        Self { topic: topic.into(), partition: None, key: None, value: None, headers: Vec::new(), timestamp: None }
    }

    /// With a key.
    pub fn key(mut self, key: impl AsRef<[u8]>) -> Self {
        self.key = Some(Bytes::copy_from_slice(key.as_ref()));
        self
    }

    /// With another header; names may repeat.
    pub fn header(mut self, name: impl Into<String>, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.into(), Some(Bytes::copy_from_slice(value.as_ref()))));
        self
    }

    /// To this partition, whatever the key.
    pub fn partition(mut self, partition: i32) -> Self {
        self.partition = Some(partition);
        self
    }

    /// With a time of its own, in milliseconds since the Unix epoch.
    pub fn timestamp(mut self, millis: i64) -> Self {
        self.timestamp = Some(millis);
        self
    }
}

impl ReceivedRecord {
    /// A record at this place without key, value and headers, to be filled by tests of their own checks.
    ///
    /// ```
    /// # use kafka_trial::client::ReceivedRecord;
    /// let mut record = ReceivedRecord::at("orders", 2, 7);
    /// record.key = Some("ada".into());
    /// assert_eq!((record.key_text().as_deref(), record.value_text()), (Some("ada"), None));
    /// ```
    pub fn at(topic: impl Into<String>, partition: i32, offset: i64) -> Self {
        let (key, value, headers) = (None, None, Vec::new());
        Self { topic: topic.into(), partition, offset, timestamp: 0, key, value, headers, values: Values::default() }
    }

    /// A record for another topic with the same key, value and headers: what a service sends that passes it on.
    pub fn forward_to(&self, topic: impl Into<String>) -> Record {
        let name = |name: &Bytes| String::from_utf8_lossy(name).into_owned();
        Record {
            key: self.key.clone(),
            value: self.value.clone(),
            headers: self.headers.iter().map(|(known, value)| (name(known), value.clone())).collect(),
            ..Record::tombstone(topic)
        }
    }

    /// The key as text; `None` without a key. Bytes that are not UTF-8 become U+FFFD.
    pub fn key_text(&self) -> Option<Cow<'_, str>> {
        self.key.as_deref().map(String::from_utf8_lossy)
    }

    /// The value as text; `None` for a tombstone. Bytes that are not UTF-8 become U+FFFD.
    pub fn value_text(&self) -> Option<Cow<'_, str>> {
        self.value.as_deref().map(String::from_utf8_lossy)
    }

    /// The value as JSON, as it is or behind the id of its JSON Schema; the error says why it is none. Avro and Protobuf
    /// are read where the record comes from something that knows a schema registry: the fixtures of a test with a
    /// [`SchemaRegistry`](crate::SchemaRegistry), and what was told so by [`Values`].
    pub fn json(&self) -> Result<serde_json::Value, NotJson> {
        self.values.of(self)
    }

    /// The text of the value as JSON, for other languages: numbers keep their digits and fields their order.
    pub fn json_text(&self) -> Result<Cow<'_, [u8]>, NotJson> {
        self.values.text_of(self)
    }

    /// The key as JSON, by the same rules.
    pub fn key_json(&self) -> Result<serde_json::Value, NotJson> {
        self.values.of_key(self)
    }

    /// How value and key are read.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// The same record, whose value and key are read in this way.
    pub fn read_by(mut self, values: &Values) -> Self {
        self.values = values.clone();
        self
    }

    /// The last header of this name as text, as Kafka's `lastHeader` has it.
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        let (_, value) = self.headers.iter().rev().find(|(known, _)| &**known == name.as_bytes())?;
        Some(String::from_utf8_lossy(value.as_deref().unwrap_or_default()))
    }
}

/// With the value as JSON where a schema says what its bytes are.
impl fmt::Debug for ReceivedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ReceivedRecord");
        shown
            .field("topic", &self.topic)
            .field("partition", &self.partition)
            .field("offset", &self.offset)
            .field("timestamp", &self.timestamp)
            .field("key", &self.key)
            .field("value", &self.value)
            .field("headers", &self.headers);
        if self.values.have_decoder()
            && let Ok(json) = self.json()
        {
            shown.field("json", &format_args!("{json}"));
        }
        shown.finish()
    }
}
