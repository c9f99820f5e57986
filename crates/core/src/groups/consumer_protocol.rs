//! Consumers of the classic protocol exchange subscriptions and assignments as bytes (`ConsumerProtocol`). Each begins
//! with its version; later versions append fields.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use kafka_trial_wire::messages::consumer_protocol_assignment::TopicPartition as AssignedTopic;
use kafka_trial_wire::messages::{ConsumerProtocolAssignment, ConsumerProtocolSubscription, Message};
use kafka_trial_wire::{Malformed, Reader, Writer, decode};

use crate::TopicPartition;

/// The protocol type of consumers (`ConsumerProtocol.PROTOCOL_TYPE`).
pub(crate) const CONSUMER: &str = "consumer";

/// The latest version that this broker reads and writes.
const LATEST: i16 = 3;

pub(crate) fn read_subscription(bytes: Bytes) -> Option<ConsumerProtocolSubscription> {
    read(bytes)
}

/// The reason why the topics of a subscription are unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// The bytes end before the topics. The coordinator continues without them.
    Short,
    /// A length is negative or too large. Kafka's coordinator fails on it and sends no answer.
    Broken,
}

/// Returns the topics of a subscription, read in version 0, with which every version begins
/// (`ClassicGroup.computeSubscribedTopics`).
pub(crate) fn read_topics(bytes: Bytes) -> Result<BTreeSet<String>, Unreadable> {
    let short = |_: Malformed| Unreadable::Short;
    let mut reader = Reader::new(bytes);
    reader.i16().map_err(short)?;
    let count = length(reader.i32().map_err(short)?.into(), &reader)?;
    let mut topics = BTreeSet::new();
    for _ in 0..count {
        let length = length(reader.i16().map_err(short)?.into(), &reader)?;
        let name = reader.take(length).map_err(short)?;
        topics.insert(String::from_utf8_lossy(&name).into_owned());
    }
    let user_data = reader.i32().map_err(short)?;
    if user_data >= 0 {
        length(user_data.into(), &reader)?;
    }
    Ok(topics)
}

/// Returns a length, if that many bytes are left.
fn length(said: i64, reader: &Reader) -> Result<usize, Unreadable> {
    usize::try_from(said).ok().filter(|length| *length <= reader.left()).ok_or(Unreadable::Broken)
}

pub(crate) fn read_assignment(bytes: Bytes) -> Option<ConsumerProtocolAssignment> {
    read(bytes)
}

fn read<M: Message>(bytes: Bytes) -> Option<M> {
    let mut reader = Reader::new(bytes);
    let version = reader.i16().ok().filter(|version| *version >= 0)?;
    decode(reader.rest(), version.min(LATEST)).ok()
}

/// Writes an assignment in the version of the member's subscription.
pub(crate) fn write_assignment(partitions: &BTreeSet<TopicPartition>, subscription: &Bytes) -> Bytes {
    let version = Reader::new(subscription.clone()).i16().unwrap_or(0).clamp(0, LATEST);
    let mut topics: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for TopicPartition { topic, partition } in partitions {
        topics.entry(topic).or_default().push(*partition);
    }
    let assigned_partitions =
        topics.into_iter().map(|(topic, partitions)| AssignedTopic { topic: topic.into(), partitions });
    let assignment = ConsumerProtocolAssignment { assigned_partitions: assigned_partitions.collect(), user_data: None };
    let mut writer = Writer::new();
    writer.put_i16(version);
    match assignment.write(&mut writer, version) {
        Ok(()) => writer.into_bytes(),
        Err(_) => Bytes::new(),
    }
}
