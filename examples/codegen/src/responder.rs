//! The handlers as a service in this process.

use bytes::Bytes;
use kafka_trial::client::{ClientError, ReceivedRecord, Stopwatch, now_millis};
use kafka_trial::responder::{OutgoingRecord, Responder};

use crate::{Context, Outcome, REQUEST_TOPICS, Record, Source, handle_measured};

/// What dead letters name as the group. The responder reads without one.
const CONSUMER_GROUP: &str = "kafka-trial-codegen";

/// Starts the service: it reads the four request topics from their ends and answers until the responder is dropped.
/// Topics that do not exist yet are read once they do.
///
/// `bootstrap_servers` is comma-separated `host:port`. The error says which broker could not be used, and why.
pub fn start(bootstrap_servers: &str) -> Result<Responder, ClientError> {
    Responder::start(bootstrap_servers, &REQUEST_TOPICS, |record| respond(record).into_iter().collect())
}

fn respond(record: &ReceivedRecord) -> Option<OutgoingRecord> {
    let watch = Stopwatch::start();
    let source = Source {
        topic: &record.topic,
        partition: record.partition,
        offset: record.offset,
        key: record.key.as_deref(),
        value: record.value.as_deref(),
    };
    let context =
        Context { now_ms: now_millis(), event_id: event_id(record), consumer_group: CONSUMER_GROUP.to_owned() };
    match handle_measured(&source, &context, &|| watch.elapsed().as_secs_f64() * 1000.0) {
        Outcome::Answer(Record { topic, key, value }) | Outcome::DeadLetter(Record { topic, key, value }) => {
            Some(OutgoingRecord { topic, key: key.map(Bytes::from), value: Some(value.into()) })
        }
        Outcome::Ignored(_) => None,
    }
}

/// A UUID of version 8, made from where and when the request was produced: its answer has the same id whenever it is
/// made again.
fn event_id(record: &ReceivedRecord) -> String {
    let place = [record.partition.to_be_bytes().as_slice(), &record.offset.to_be_bytes()].concat();
    let bytes = record.topic.bytes().chain(place).chain(record.timestamp.to_be_bytes());
    let hash = fnv_1a(bytes);
    let version_and_variant = 0x8 << 76 | 0b10 << 62;
    let uuid = hash & !(0xf << 76 | 0b11 << 62) | version_and_variant;
    let part = |from: u32, digits: u32| (uuid >> (from * 4)) & ((1 << (digits * 4)) - 1);
    format!("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", part(24, 8), part(20, 4), part(16, 4), part(12, 4), part(0, 12))
}

/// The 128-bit FNV-1a hash.
fn fnv_1a(bytes: impl Iterator<Item = u8>) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.fold(OFFSET, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(offset: i64) -> ReceivedRecord {
        ReceivedRecord {
            topic: REQUEST_TOPICS[0].to_owned(),
            partition: 0,
            offset,
            timestamp: 0,
            key: None,
            value: None,
            headers: Vec::new(),
        }
    }

    #[test]
    fn each_request_has_an_answer_id_of_its_own_and_keeps_it() {
        let ids: std::collections::BTreeSet<String> = (0..1000).map(|offset| event_id(&record(offset))).collect();
        assert_eq!(ids.len(), 1000);
        assert!(ids.contains(&event_id(&record(7))));
    }

    #[test]
    fn an_answer_id_reads_as_a_uuid() {
        let id = event_id(&record(1));
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{id}");
        assert_eq!(id.as_bytes()[14], b'8', "{id}");
        assert!(b"89ab".contains(&id.as_bytes()[19]), "{id}");
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(fnv_1a(b"a".iter().copied()), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }
}
