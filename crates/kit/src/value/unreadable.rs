//! Records that their schema cannot read.

use std::fmt;

use kafka_trial_broker::{Cluster, StoredRecord};

use super::frame::{KEY_HEADER, VALUE_HEADER, in_header};
use super::{NotJson, Schema, Values, framed};
use crate::client::ReceivedRecord;

/// How many records of each partition are looked through.
const NEWEST: i64 = 1_000;

/// The records of an embedded cluster that name a schema which is not there or does not read them, each with its place and the
/// reason: among the newest 1,000 of each partition, those that are not older than `since`, in milliseconds since the Unix
/// epoch. Nothing without a decoder.
pub fn unreadable_records(cluster: &Cluster, values: &Values, since: i64) -> Vec<String> {
    if !values.have_decoder() {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    // A test may have stopped the cluster itself; then there is nothing to be seen in it.
    for topic in cluster.topics().unwrap_or_default().iter().filter(|topic| !topic.is_internal) {
        for (partition, number) in topic.partitions.iter().zip(0..) {
            let start = (partition.high_watermark - NEWEST).max(partition.start_offset);
            let records = cluster.records(&topic.name, Some(number), start).unwrap_or_default();
            for record in records.into_iter().filter(|record| record.timestamp >= since) {
                let StoredRecord { offset, timestamp, key, value, headers, .. } = record;
                let at = ReceivedRecord::at(&topic.name, number, offset);
                let received = ReceivedRecord { timestamp, key, value, headers, ..at };
                wrong.extend(Unreadable::of(values, &received).iter().map(ToString::to_string));
            }
        }
    }
    wrong
}

/// A part of a record that names a schema which does not read it, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    place: String,
    part: &'static str,
    why: String,
}

impl Unreadable {
    /// What is wrong with a record by its schemas; nothing without a decoder.
    pub(crate) fn of(values: &Values, record: &ReceivedRecord) -> Vec<Self> {
        if !values.have_decoder() {
            return Vec::new();
        }
        let parts = [("key", record.key.as_deref(), KEY_HEADER), ("value", record.value.as_deref(), VALUE_HEADER)];
        let wrong = parts.into_iter().filter_map(|(part, bytes, header)| {
            let guid = in_header(&record.headers, header);
            // A key of 8 bytes is a number more often than a frame.
            let bytes = bytes.filter(|bytes| part != "key" || guid.is_some() || bytes.len() != 8)?;
            let why = values.wrong(bytes, guid.as_deref())?;
            Some(Self { place: format!("{}-{}@{}", record.topic, record.partition, record.offset), part, why })
        });
        wrong.collect()
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.place, self.part, self.why)
    }
}

impl Values {
    /// Why bytes are not what the schema says that they name; none for what names no schema.
    fn wrong(&self, bytes: &[u8], guid: Option<&str>) -> Option<String> {
        let decoder = self.decoder()?;
        let (schema, read) = match (guid, framed(bytes)) {
            (Some(guid), _) => (Schema::Guid(guid), decoder.decode_by_guid(guid, bytes)),
            (None, Ok(Some((id, payload)))) => (Schema::Id(id), decoder.decode(id, payload)),
            (None, Ok(None)) => return None,
            (None, Err(cut @ NotJson::CutFrame(_))) => return Some(cut.to_string()),
            (None, Err(_)) => return None,
        };
        match read {
            Err(reason) => Some(format!("{schema}: {reason}")),
            Ok(json) => decoder.violation(schema, &json).map(|why| format!("{schema} forbids it: {why}")),
        }
    }
}
