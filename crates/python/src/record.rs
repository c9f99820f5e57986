//! Records, as Python reads and writes them.

use bytes::Bytes;
use kafka_trial::client::{Client, Deadline, ReceivedRecord, now_millis};
use kafka_trial::responder::Echo;
use kafka_trial::value::Values;
use kafka_trial::{Sent, StoredRecord};
use pyo3::prelude::*;

use crate::cluster::seconds;
use crate::errors::client_error;
use crate::waiting::detached;

/// Headers in order: a name, and a value that may be missing.
pub(crate) type Headers = Vec<(String, Option<Vec<u8>>)>;

/// A record as the log of the embedded broker holds it, or as it was read from any.
#[pyclass(frozen, module = "kafka_trial")]
#[derive(Debug)]
pub(crate) struct Record {
    #[pyo3(get)]
    pub(crate) topic: String,
    #[pyo3(get)]
    pub(crate) partition: i32,
    #[pyo3(get)]
    pub(crate) offset: i64,
    #[pyo3(get)]
    pub(crate) timestamp: i64,
    #[pyo3(get)]
    pub(crate) key: Option<Vec<u8>>,
    #[pyo3(get)]
    pub(crate) value: Option<Vec<u8>>,
    #[pyo3(get)]
    pub(crate) headers: Headers,
    /// How value and key are read.
    values: Values,
}

#[pymethods]
impl Record {
    #[new]
    fn new(
        topic: String,
        partition: i32,
        offset: i64,
        timestamp: i64,
        key: Option<Vec<u8>>,
        value: Option<Vec<u8>>,
        headers: Headers,
    ) -> Self {
        Self { topic, partition, offset, timestamp, key, value, headers, values: Values::default() }
    }

    /// Where the record has its ids, as flows find them: JSON Pointers into its value, and headers.
    fn ids(&self) -> (Vec<String>, Headers) {
        let echo = Echo::of(&self.received());
        (echo.pointers, echo.headers.into_iter().map(|(name, value)| (name, value.map(Into::into))).collect())
    }

    fn __repr__(&self) -> String {
        let value = self.value.as_deref().map(String::from_utf8_lossy);
        let value = value.map_or("None".to_owned(), |text| format!("{text:?}"));
        format!("Record({}-{}@{}, value={value})", self.topic, self.partition, self.offset)
    }
}

impl Record {
    fn received(&self) -> ReceivedRecord {
        let bytes = |bytes: &Option<Vec<u8>>| bytes.clone().map(Bytes::from);
        let header = |(name, value): &(String, Option<Vec<u8>>)| (Bytes::from(name.clone()), bytes(value));
        let mut record = ReceivedRecord::at(&self.topic, self.partition, self.offset);
        record.key = bytes(&self.key);
        record.value = bytes(&self.value);
        record.headers = self.headers.iter().map(header).collect();
        record.read_by(&self.values)
    }

    pub(crate) fn stored(topic: &str, record: StoredRecord) -> Self {
        let StoredRecord { partition, offset, timestamp, key, value, headers, .. } = record;
        let mut received = ReceivedRecord::at(topic, partition, offset);
        (received.timestamp, received.key, received.value, received.headers) = (timestamp, key, value, headers);
        received.into()
    }
}

impl From<ReceivedRecord> for Record {
    fn from(record: ReceivedRecord) -> Self {
        Self {
            values: record.values().clone(),
            topic: record.topic,
            partition: record.partition,
            offset: record.offset,
            timestamp: record.timestamp,
            key: record.key.map(Into::into),
            value: record.value.map(Into::into),
            headers: record
                .headers
                .into_iter()
                .map(|(name, value)| (String::from_utf8_lossy(&name).into_owned(), value.map(Into::into)))
                .collect(),
        }
    }
}

/// A record to be produced.
pub(crate) fn outgoing(
    topic: String,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Headers,
) -> kafka_trial::Record {
    let headers = headers.into_iter().map(|(name, value)| (name, value.map(Into::into))).collect();
    kafka_trial::Record {
        key: key.map(Into::into),
        value: value.map(Into::into),
        headers,
        ..kafka_trial::Record::tombstone(topic)
    }
}

/// Produces one record over a connection of its own and returns it with its place. Without a partition that of its key is
/// taken, as Kafka's own producer chooses it.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "called by the package alone")]
pub(crate) fn produce(
    py: Python<'_>,
    bootstrap_servers: String,
    topic: String,
    partition: Option<i32>,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Headers,
    timeout_seconds: f64,
) -> PyResult<Record> {
    let deadline = Deadline::after(seconds("timeout_seconds", timeout_seconds)?);
    let timestamp = now_millis();
    let mut new = outgoing(topic.clone(), key.clone(), value.clone(), headers.clone()).timestamp(timestamp);
    new.partition = partition;
    let sent = detached(py, move || Client::connect(&bootstrap_servers, deadline)?.produce(&new, deadline))?;
    let Sent { partition, offset } = sent.map_err(|error| client_error(&error))?;
    Ok(Record { topic, partition, offset, timestamp, key, value, headers, values: Values::default() })
}
