//! Our codec and `kafka-protocol`'s, written apart, give and read the same bytes.
//!
//! Random values are made from Kafka's definitions, written by us, read and written again by the other, and have to
//! come back as they were. What the other does not know is a list at the end of this file.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test ends where it cannot go on")]

#[path = "../../crates/wire/tests/values/mod.rs"]
mod values;

use bytes::{Bytes, BytesMut};
use kafka_protocol::protocol::{Decodable, Encodable};
use kafka_protocol::records as theirs_records;
use kafka_trial_wire::for_each_message;
use kafka_trial_wire::messages::{self as ours, Message, decode, encode};
use kafka_trial_wire::records::{Batch, BatchBuilder, Header};
use kafka_trial_wire::view::Schema;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// For each message and version.
const CASES: u32 = 32;

/// Another codec's message.
trait Peer: Sized {
    fn knows(version: i16) -> bool;
    /// What it makes of the bytes, written again. Everything has to be read.
    fn repeat(bytes: Bytes, version: i16) -> Result<Bytes, String>;
}

impl<M: kafka_protocol::protocol::Message + Decodable + Encodable> Peer for M {
    fn knows(version: i16) -> bool {
        (M::VERSIONS.min..=M::VERSIONS.max).contains(&version)
    }

    fn repeat(mut bytes: Bytes, version: i16) -> Result<Bytes, String> {
        let message = M::decode(&mut bytes, version).map_err(|error| format!("does not read it: {error}"))?;
        if !bytes.is_empty() {
            return Err(format!("leaves {} bytes", bytes.len()));
        }
        let mut out = BytesMut::new();
        message.encode(&mut out, version).map_err(|error| format!("does not write it: {error}"))?;
        Ok(out.freeze())
    }
}

mod theirs {
    pub(super) use kafka_protocol::messages::*;

    /// Messages that the other codec lacks. They shadow its own as soon as it has them, and the list below fails.
    macro_rules! absent {
        ($($message:ident)*) => { $(
            pub(super) struct $message;

            impl super::Peer for $message {
                fn knows(_: i16) -> bool {
                    false
                }

                fn repeat(_: super::Bytes, _: i16) -> Result<super::Bytes, String> {
                    Err("has no such message".to_owned())
                }
            }
        )* };
    }
    absent!(StreamsGroupHeartbeatRequest StreamsGroupHeartbeatResponse);
    absent!(StreamsGroupDescribeRequest StreamsGroupDescribeResponse);
    // The records of coordinators.
    absent!(ConsumerGroupCurrentMemberAssignmentKey ConsumerGroupCurrentMemberAssignmentValue);
    absent!(ConsumerGroupMemberMetadataKey ConsumerGroupMemberMetadataValue);
    absent!(ConsumerGroupMetadataKey ConsumerGroupMetadataValue);
    absent!(ConsumerGroupPartitionMetadataKey ConsumerGroupRegularExpressionKey);
    absent!(ConsumerGroupRegularExpressionValue ConsumerGroupTargetAssignmentMemberKey);
    absent!(ConsumerGroupTargetAssignmentMemberValue ConsumerGroupTargetAssignmentMetadataKey);
    absent!(ConsumerGroupTargetAssignmentMetadataValue GroupMetadataKey);
    absent!(GroupMetadataValue OffsetCommitKey);
    absent!(OffsetCommitValue TransactionLogKey);
    absent!(TransactionLogValue);
}

fn agrees<Ours: Message, Theirs: Peer>(schema: &Schema) {
    let definition = schema.named(Ours::NAME).unwrap();
    for version in Ours::VERSIONS.filter(|version| Theirs::knows(*version)) {
        let config = ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() };
        let outcome = TestRunner::new(config).run(&vec(any::<u8>(), 0..300), |bytes| {
            let value = values::value(definition, version, &bytes);
            let by_name = definition.encode(&value, version).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let typed: Ours = decode(by_name, version).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let bytes = encode(&typed, version).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let repeated = Theirs::repeat(bytes.clone(), version)
                .map_err(|error| TestCaseError::fail(format!("kafka-protocol {error}: {value:?}")))?;
            prop_assert_eq!(&repeated, &bytes, "{:?}", value);
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{} v{version}: {error}", Ours::NAME));
    }
}

#[test]
fn every_message_agrees_in_every_version_that_both_know() {
    let schema = Schema::load();
    macro_rules! each {
        ($($message:ident),* $(,)?) => { $(agrees::<ours::$message, theirs::$message>(&schema);)* };
    }
    for_each_message!(each);
}

fn maybe_bytes() -> impl Strategy<Value = Option<Vec<u8>>> {
    any::<Option<Vec<u8>>>()
}

fn options() -> theirs_records::RecordEncodeOptions {
    theirs_records::RecordEncodeOptions { version: 2, compression: theirs_records::Compression::None }
}

proptest! {
    /// Header keys are unequal text here: the other codec keeps one of two equal keys, and refuses other bytes.
    #[test]
    fn record_batches_agree(
        mut records in vec((0i64..1 << 40, maybe_bytes(), maybe_bytes(), maybe_bytes()), 1..20),
        producer in prop::option::of((0i64..1 << 40, 0i16.., 0i32..1 << 20)),
    ) {
        // The other codec takes the least timestamp for the base, we take the first, as Kafka's own client does.
        records.sort_by_key(|(time, ..)| *time);
        let mut builder = BatchBuilder::new();
        if let Some((id, epoch, sequence)) = producer {
            builder = builder.producer(id, epoch, sequence);
        }
        for (time, key, value, header) in &records {
            let headers = [Header { key: "h".into(), value: header.clone().map(Bytes::from) }];
            builder.push(*time, key.as_deref(), value.as_deref(), &headers);
        }
        let bytes = builder.build().unwrap();
        let read = theirs_records::RecordBatchDecoder::decode(&mut bytes.clone()).unwrap().records;
        prop_assert_eq!(read.len(), records.len());
        for ((time, key, value, _), read) in records.iter().zip(&read) {
            prop_assert_eq!(read.timestamp, *time);
            prop_assert_eq!(read.key.as_deref(), key.as_deref());
            prop_assert_eq!(read.value.as_deref(), value.as_deref());
        }
        let mut written = BytesMut::new();
        theirs_records::RecordBatchEncoder::encode(&mut written, &read, &options()).unwrap();
        let mut written = written.freeze();
        // Without a producer the other codec makes a batch of each record.
        if producer.is_some() {
            prop_assert_eq!(&written, &bytes);
        }
        let mut values = Vec::new();
        while !written.is_empty() {
            let batch = Batch::split(&mut written).unwrap();
            prop_assert!(batch.crc_ok());
            values.extend(batch.records(1 << 20).unwrap().map(|record| record.unwrap().value));
        }
        let expected: Vec<_> = records.into_iter().map(|(_, _, value, _)| value.map(Bytes::from)).collect();
        prop_assert_eq!(values, expected);
    }
}

/// What kafka-protocol 0.18 does not know, so that nobody takes it for compared.
const ONLY_OURS: &[(&str, i16)] = &[
    ("ListOffsetsRequest", 11),
    ("ListOffsetsResponse", 11),
    ("OffsetCommitRequest", 10),
    ("OffsetFetchRequest", 10),
    ("InitProducerIdRequest", 6),
    ("WriteTxnMarkersRequest", 2),
    ("WriteTxnMarkersResponse", 2),
    ("DescribeLogDirsRequest", 5),
    ("DescribeLogDirsResponse", 5),
    ("ShareFetchRequest", 2),
    ("ShareFetchResponse", 2),
    ("ShareAcknowledgeRequest", 2),
    ("ShareAcknowledgeResponse", 2),
    ("AddRaftVoterRequest", 1),
    ("AddRaftVoterResponse", 1),
    ("WriteShareGroupStateRequest", 1),
    ("WriteShareGroupStateResponse", 1),
    ("ReadShareGroupStateSummaryRequest", 1),
    ("ReadShareGroupStateSummaryResponse", 1),
    ("StreamsGroupHeartbeatRequest", 0),
    ("StreamsGroupHeartbeatResponse", 0),
    ("StreamsGroupDescribeRequest", 0),
    ("StreamsGroupDescribeResponse", 0),
    ("DescribeShareGroupOffsetsRequest", 1),
    ("DescribeShareGroupOffsetsResponse", 1),
    ("ConsumerGroupCurrentMemberAssignmentKey", 0),
    ("ConsumerGroupCurrentMemberAssignmentValue", 0),
    ("ConsumerGroupMemberMetadataKey", 0),
    ("ConsumerGroupMemberMetadataValue", 0),
    ("ConsumerGroupMetadataKey", 0),
    ("ConsumerGroupMetadataValue", 0),
    ("ConsumerGroupPartitionMetadataKey", 0),
    ("ConsumerGroupRegularExpressionKey", 0),
    ("ConsumerGroupRegularExpressionValue", 0),
    ("ConsumerGroupTargetAssignmentMemberKey", 0),
    ("ConsumerGroupTargetAssignmentMemberValue", 0),
    ("ConsumerGroupTargetAssignmentMetadataKey", 0),
    ("ConsumerGroupTargetAssignmentMetadataValue", 0),
    ("GroupMetadataKey", 0),
    ("GroupMetadataValue", 0),
    ("GroupMetadataValue", 1),
    ("GroupMetadataValue", 2),
    ("GroupMetadataValue", 3),
    ("GroupMetadataValue", 4),
    ("OffsetCommitKey", 0),
    ("OffsetCommitValue", 0),
    ("OffsetCommitValue", 1),
    ("OffsetCommitValue", 2),
    ("OffsetCommitValue", 3),
    ("OffsetCommitValue", 4),
    ("TransactionLogKey", 0),
    ("TransactionLogValue", 0),
    ("TransactionLogValue", 1),
];

#[test]
fn what_is_not_compared_is_known() {
    let mut found: Vec<(&str, i16)> = Vec::new();
    macro_rules! each {
        ($($message:ident),* $(,)?) => { $(
            let versions = <ours::$message as Message>::VERSIONS;
            let only = versions.filter(|version| !<theirs::$message as Peer>::knows(*version));
            found.extend(only.map(|version| (<ours::$message as Message>::NAME, version)));
        )* };
    }
    for_each_message!(each);
    assert_eq!(found, ONLY_OURS);
}
