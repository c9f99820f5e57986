//! A record of a flow, as it was seen.

use bytes::Bytes;
use kafka_trial_wire::records::TimestampType;

use crate::client::ReceivedRecord;
use crate::evidence::{Handling, Part, Place, ProducerStamp, Transaction};
use crate::value::Values;

/// A record of a flow.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Observation {
    /// Where it lies.
    pub place: Place,
    /// The key.
    pub key: Option<Bytes>,
    /// The value; none for a tombstone.
    pub value: Option<Bytes>,
    /// Headers in order, with duplicates.
    pub headers: Vec<(Bytes, Option<Bytes>)>,
    /// Milliseconds since the Unix epoch, by the record itself.
    pub timestamp: i64,
    /// Whether that is the producer's time or the broker's.
    pub timestamp_type: TimestampType,
    /// When the broker appended it, in microseconds on the broker's own clock. `None` where only the cluster's log is
    /// known: it is not told there.
    pub appended: Option<i64>,
    /// The idempotent or transactional producer that wrote it, if it was one.
    pub producer: Option<ProducerStamp>,
    /// The client that produced it, by the name it gives itself. `None` where only the log is known.
    pub produced_by: Option<String>,
    /// Whether it is part of a transaction, and what became of that.
    pub transaction: Transaction,
    /// The part of the record that carries the flow's id; none where it is known by its cause or its origin alone.
    pub matched_by: Option<Part>,
    /// How it is known: the locator that has found the id, or the link.
    pub locator: String,
    /// Its own id as an event.
    pub event_id: Option<String>,
    /// The event id of what caused it.
    pub causation_id: Option<String>,
    /// Its trace.
    pub trace_id: Option<String>,
    /// The record whose dead letter it is.
    pub origin: Option<Place>,
    /// The error that it reports.
    pub error: Option<String>,
    /// Who has fetched and committed it. `None` where only the log is known: it cannot be seen there.
    pub handled: Option<Vec<Handling>>,
    /// How its value is read.
    pub(super) values: Values,
}

impl Observation {
    /// Whether consumers that read committed records see it.
    pub fn is_visible(&self) -> bool {
        matches!(self.transaction, Transaction::None | Transaction::Committed)
    }

    /// Microseconds for the order and the distances of a flow: the broker's where it is known, else the record's own.
    pub fn micros(&self) -> i64 {
        self.appended.unwrap_or_else(|| self.timestamp.saturating_mul(1000))
    }

    /// The value of the last header of this name.
    pub fn header(&self, name: &str) -> Option<&Bytes> {
        self.headers.iter().rev().find(|(known, _)| **known == *name.as_bytes())?.1.as_ref()
    }

    /// The value as JSON, if it is that: as it is, behind the id of its JSON Schema, or as the tracker's decoder has it.
    pub fn json(&self) -> Option<serde_json::Value> {
        self.record().json().ok()
    }

    pub(super) fn values(&self) -> &Values {
        &self.values
    }

    /// The record itself.
    pub fn record(&self) -> ReceivedRecord {
        ReceivedRecord {
            topic: self.place.topic.clone(),
            partition: self.place.partition,
            offset: self.place.offset,
            timestamp: self.timestamp,
            key: self.key.clone(),
            value: self.value.clone(),
            headers: self.headers.clone(),
            values: self.values.clone(),
        }
    }
}
