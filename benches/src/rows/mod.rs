//! The rows, one file per kind of thing that is measured.

mod consumer_group;
mod flow;
mod group;
mod latency;
#[cfg(feature = "librdkafka")]
mod librdkafka;
mod metadata;
mod sequential;
mod start;
mod throughput;

use crate::row::{Aim, Row, Set, Unit};
use crate::server::Kind;

/// In the order in which they are measured and shown.
pub(crate) const ALL: &[Row] = &[
    Row {
        name: "start",
        about: "an embedded cluster in this process, until clients can connect; limit: bind and start a thread",
        unit: Unit::Time,
        aim: Aim::Below(0.5e-3),
        set: Set::Raw,
        once: &[],
        measure: start::in_process,
    },
    Row {
        name: "process-start",
        about: "the command started, until its first Metadata answer; limit: a bare server's first echo",
        unit: Unit::Time,
        aim: Aim::Below(5e-3),
        set: Set::Raw,
        once: &[Kind::Kafka],
        measure: start::process,
    },
    Row {
        name: "memory",
        about: "resident memory of the process after its first Metadata answer; limit: the bare server",
        unit: Unit::Bytes,
        aim: Aim::Below(10e6),
        set: Set::Raw,
        once: &[Kind::Kafka],
        measure: start::memory,
    },
    Row {
        name: "produce-ack",
        about: "a record of 100 bytes, produce to acknowledgement, raw client, p50; limit: an echo of these sizes",
        unit: Unit::Time,
        aim: Aim::TimesLimit(2.0),
        set: Set::Raw,
        once: &[],
        measure: latency::produce_ack,
    },
    Row {
        name: "parked-fetch",
        about: "the same record, produce to the answer of a fetch that waits for it, raw client, p50; limit: an echo",
        unit: Unit::Time,
        aim: Aim::TimesLimit(4.0),
        set: Set::Raw,
        once: &[],
        measure: latency::parked_fetch,
    },
    Row {
        name: "bytes-in",
        about: "batches of 1 MB (1,000 records) produced by a raw client, five under way; limit: a bare stream",
        unit: Unit::BytesPerSecond,
        aim: Aim::PartOfLimit(0.5),
        set: Set::Raw,
        once: &[],
        measure: throughput::bytes_in,
    },
    Row {
        name: "bytes-kept",
        about: "the same as bytes-in; limit: a bare stream whose bytes are kept in memory of their own",
        unit: Unit::BytesPerSecond,
        aim: Aim::None,
        set: Set::Raw,
        once: &[],
        measure: throughput::bytes_kept,
    },
    Row {
        name: "bytes-out",
        about: "the same batches fetched; limit: a bare stream",
        unit: Unit::BytesPerSecond,
        aim: Aim::PartOfLimit(0.5),
        set: Set::Raw,
        once: &[],
        measure: throughput::bytes_out,
    },
    Row {
        name: "records-in",
        about: "records of 100 bytes in batches of 16 KB, produced by a raw client, five under way; limit: a bare stream",
        unit: Unit::RecordsPerSecond,
        aim: Aim::TimesKfake(3.0),
        set: Set::Raw,
        once: &[],
        measure: throughput::records_in,
    },
    Row {
        name: "records-out",
        about: "the same records, fetched 1 MB at a time; limit: a bare stream",
        unit: Unit::RecordsPerSecond,
        aim: Aim::TimesKfake(3.0),
        set: Set::Raw,
        once: &[],
        measure: throughput::records_out,
    },
    Row {
        name: "join-1",
        about: "a classic group, until 1 member has its assignment; limit: two echoes for each",
        unit: Unit::Time,
        aim: Aim::None,
        set: Set::Raw,
        once: &[],
        measure: group::of_1,
    },
    Row {
        name: "join-10",
        about: "a classic group, until 10 members have their assignments; limit: two echoes for each",
        unit: Unit::Time,
        aim: Aim::None,
        set: Set::Raw,
        once: &[],
        measure: group::of_10,
    },
    Row {
        name: "join-100",
        about: "a classic group, until 100 members have their assignments; limit: two echoes for each",
        unit: Unit::Time,
        aim: Aim::None,
        set: Set::Raw,
        once: &[],
        measure: group::of_100,
    },
    Row {
        name: "consumer-join-1",
        about: "a group of the consumer protocol, until 1 member has its partition; limit: two echoes for each",
        unit: Unit::Time,
        aim: Aim::None,
        set: Set::Raw,
        once: &[],
        measure: consumer_group::of_1,
    },
    Row {
        name: "consumer-join-10",
        about: "a group of the consumer protocol, until each of 10 members has its partition; limit: two echoes for each",
        unit: Unit::Time,
        aim: Aim::None,
        set: Set::Raw,
        once: &[],
        measure: consumer_group::of_10,
    },
    Row {
        name: "consumer-join-100",
        about: "a group of the consumer protocol, until each of 100 members has its partition; limit: two echoes for each",
        unit: Unit::Time,
        aim: Aim::None,
        set: Set::Raw,
        once: &[],
        measure: consumer_group::of_100,
    },
    Row {
        name: "metadata",
        about: "all of 1,000 topics with 10 partitions each, p50; limit: an answer of that size",
        unit: Unit::Time,
        aim: Aim::None,
        set: Set::Raw,
        once: &[],
        measure: metadata::many_topics,
    },
    Row {
        name: "track-flow",
        about: "track_event_flow of a flow that is complete, beyond the flow itself, p50; limit: the flow itself, here",
        unit: Unit::Time,
        aim: Aim::Below(5e-3),
        set: Set::Raw,
        once: &[],
        measure: flow::track,
    },
    #[cfg(feature = "librdkafka")]
    Row {
        name: "first-message",
        about: "librdkafka: subscribe in a new group until the first record of a topic is there",
        unit: Unit::Time,
        aim: Aim::Below(0.15),
        set: Set::Librdkafka,
        once: &[],
        measure: librdkafka::first_message,
    },
    #[cfg(feature = "librdkafka")]
    Row {
        name: "idle-consumer",
        about: "librdkafka: a record sent until a consumer that waits for it has it, p50",
        unit: Unit::Time,
        aim: Aim::Below(0.5e-3),
        set: Set::Librdkafka,
        once: &[],
        measure: librdkafka::idle_consumer,
    },
    #[cfg(feature = "librdkafka")]
    Row {
        name: "client-in",
        about: "librdkafka: records of 100 bytes produced, as fast as it can",
        unit: Unit::RecordsPerSecond,
        aim: Aim::None,
        set: Set::Librdkafka,
        once: &[],
        measure: librdkafka::records_in,
    },
    #[cfg(feature = "librdkafka")]
    Row {
        name: "client-out",
        about: "librdkafka: the same records consumed",
        unit: Unit::RecordsPerSecond,
        aim: Aim::None,
        set: Set::Librdkafka,
        once: &[],
        measure: librdkafka::records_out,
    },
    Row {
        name: "sequential",
        about: "10 GB produced and fetched, of which 256 MB are kept (--long); limit: as many bytes both ways",
        unit: Unit::BytesPerSecond,
        aim: Aim::None,
        set: Set::Long,
        once: &[Kind::Limit, Kind::KafkaTrial],
        measure: sequential::bytes,
    },
    Row {
        name: "sequential-memory",
        about: "the most memory that was resident meanwhile (--long)",
        unit: Unit::Bytes,
        aim: Aim::Below(1e9),
        set: Set::Long,
        once: &[Kind::Limit, Kind::KafkaTrial],
        measure: sequential::memory,
    },
];
