//! What is fuzzed, each a function over any bytes that panics if the codec or the cluster breaks a promise.
//!
//! The programs in `fuzz_targets` hand these to libFuzzer; `crates/broker/tests/fuzz.rs` runs them in every test run over
//! the corpus and over mutations of it.

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Duration;

use kafka_trial_broker::{Answer, ClusterConfig, Simulation, TopicSpec};
use kafka_trial_wire::messages::{self, Message, decode, encode};
use kafka_trial_wire::records::{Batch, Compression, CompressionError};
use kafka_trial_wire::view::Schema;
use kafka_trial_wire::{ApiKey, Bytes, Malformed, Reader, RequestHeader, Writer, for_each_message};

/// Unpacked bytes at most.
const LIMIT: usize = 1 << 20;

/// It is read once: an input takes far less time than that.
static SCHEMA: LazyLock<Schema> = LazyLock::new(Schema::load);

/// A frame's payload: a request header and the request that it announces.
pub fn frame(bytes: &[u8]) {
    let mut reader = Reader::new(Bytes::copy_from_slice(bytes));
    let Ok(header) = RequestHeader::read(&mut reader) else { return };
    let mut writer = Writer::new();
    header.write(&mut writer).unwrap();
    assert_eq!(RequestHeader::read(&mut Reader::new(writer.into_bytes())).unwrap(), header);
    let body = reader.rest();
    message(&SCHEMA, header.api_key, header.version, false, &body);
}

/// A request or a response: key, version (its highest bit for a response), body.
pub fn body(bytes: &[u8]) {
    let [key, version, body @ ..] = bytes else { return };
    let body = Bytes::copy_from_slice(body);
    message(&SCHEMA, ApiKey((*key).into()), (*version & 0x7f).into(), *version > 0x7f, &body);
}

fn message(schema: &Schema, key: ApiKey, version: i16, is_response: bool, body: &Bytes) {
    macro_rules! each {
        ($($message:ident),* $(,)?) => { $(
            type_of::<messages::$message>(schema, key, version, is_response, body);
        )* };
    }
    for_each_message!(each);
}

fn type_of<M: Message>(schema: &Schema, key: ApiKey, version: i16, is_response: bool, body: &Bytes) {
    if M::KEY == Some(key.0) && M::NAME.ends_with("Response") == is_response {
        one::<M>(schema, version, body);
    }
}

/// What is read can be written, reads as the same again, and the view by name sees the same in it.
fn one<M: Message>(schema: &Schema, version: i16, body: &Bytes) {
    let definition = schema.named(M::NAME).unwrap();
    let by_name = definition.decode(body.clone(), version);
    match (decode::<M>(body.clone(), version), by_name) {
        (Ok(typed), Ok(value)) => {
            let written = encode(&typed, version).unwrap();
            let again = encode(&decode::<M>(written.clone(), version).unwrap(), version).unwrap();
            assert_eq!(again, written, "{} v{version}", M::NAME);
            assert_eq!(definition.encode(&value, version).unwrap(), written, "{} v{version}", M::NAME);
        }
        (Err(typed), Err(by_name)) => {
            assert_eq!(typed.cause, by_name.cause, "{} v{version}", M::NAME);
            assert_eq!(typed.path, by_name.path, "{} v{version}", M::NAME);
            assert!(!typed.path.is_empty() || !matches!(typed.cause, Malformed::Count { .. } | Malformed::Utf8));
        }
        (typed, by_name) => panic!("{} v{version}: {typed:?} but by name {by_name:?}", M::NAME),
    }
}

/// Record batches one after the other.
pub fn batch(bytes: &[u8]) {
    let mut rest = Bytes::copy_from_slice(bytes);
    while let Ok(mut batch) = Batch::split(&mut rest) {
        let records = batch.records(LIMIT).map(Iterator::collect::<Result<Vec<_>, _>>);
        if let Ok(validated) = batch.validate(LIMIT) {
            let records = records.unwrap().unwrap();
            assert_eq!(records.len(), usize::try_from(batch.record_count()).unwrap());
            // No record has a time below that of none, in Kafka's reckoning.
            let times = records.iter().map(|record| record.timestamp);
            assert_eq!(times.fold(Batch::NO_TIMESTAMP, i64::max), validated.max_timestamp);
            if validated.is_in_order {
                assert_eq!(records.first().unwrap().offset, batch.base_offset());
                assert_eq!(records.last().unwrap().offset, batch.last_offset());
            }
        }
        let crc = batch.crc_ok();
        batch.assign(1 << 40, 7);
        assert_eq!(batch.crc_ok(), crc, "the place in a log is no matter of the checksum");
        let placed = Batch::split(&mut batch.to_bytes()).unwrap();
        assert_eq!((placed.base_offset(), placed.partition_leader_epoch()), (1 << 40, 7));
        batch.set_log_append_time(5);
        assert!(batch.crc_ok());
        let _ = (batch.last_sequence(), batch.next_offset(), batch.detach().pieces().count());
    }
}

/// Bytes as a codec might have packed them.
fn unpack(codec: Compression, bytes: &[u8]) {
    match codec.decompress(&Bytes::copy_from_slice(bytes), LIMIT) {
        Ok(unpacked) => {
            assert!(unpacked.len() <= LIMIT);
            let packed = Bytes::from(codec.compress(&unpacked).unwrap());
            assert_eq!(codec.decompress(&packed, LIMIT).unwrap(), unpacked);
        }
        Err(CompressionError::TooLarge { limit }) => assert_eq!(limit, LIMIT),
        Err(error) => assert!(error.to_string().starts_with(codec.name())),
    }
}

/// Gzip members.
pub fn gzip(bytes: &[u8]) {
    unpack(Compression::Gzip, bytes);
}

/// Snappy in both framings.
pub fn snappy(bytes: &[u8]) {
    unpack(Compression::Snappy, bytes);
}

/// Lz4 frames.
pub fn lz4(bytes: &[u8]) {
    unpack(Compression::Lz4, bytes);
}

/// Zstandard frames.
pub fn zstd(bytes: &[u8]) {
    unpack(Compression::Zstd, bytes);
}

/// A cluster under requests and time. Each command is two bytes and what they announce: below 0x8000 a frame of so many
/// bytes, otherwise time that passes, in steps of 4 ms.
pub fn cluster(bytes: &[u8]) {
    let topics = vec![TopicSpec::new("orders", 2), TopicSpec::new("states", 1)];
    let config = ClusterConfig { topics, seed: Some(7), journal_capacity: 64, ..ClusterConfig::default() };
    let mut simulation = Simulation::new(&config).unwrap();
    let mut connection = simulation.connect(0);
    let mut waiting = BTreeSet::new();
    let mut rest = bytes;
    while let Some((announced, behind)) = rest.split_first_chunk() {
        let announced = u16::from_be_bytes(*announced);
        rest = behind;
        if announced >= 0x8000 {
            simulation.advance(Duration::from_millis(4 * u64::from(announced & 0x7fff)));
        } else {
            let (frame, behind) = rest.split_at(rest.len().min(announced.into()));
            rest = behind;
            match simulation.send(connection, Bytes::copy_from_slice(frame)) {
                Answer::Reply(reply) => whole(&reply),
                Answer::Later(request) => assert!(waiting.insert(request)),
                Answer::Silent => {}
                Answer::Closed(_) => {
                    connection = simulation.connect(0);
                    waiting.clear();
                }
            }
        }
        answered(&mut simulation, &mut waiting);
    }
    // No wait is longer than a day, unless the request says so: it is then as long as its largest number.
    let fork = simulation.fork();
    simulation.advance(Duration::from_secs(86_400));
    answered(&mut simulation, &mut waiting);
    drop(fork);
}

/// Every request that waits is answered once.
fn answered(simulation: &mut Simulation, waiting: &mut BTreeSet<u64>) {
    for (request, answer) in simulation.take_answers() {
        assert!(waiting.remove(&request), "request {request} is answered twice, or for a connection that is gone");
        if let Answer::Reply(reply) = answer {
            whole(&reply);
        }
    }
}

/// A reply is as long as it says.
fn whole(reply: &Bytes) {
    let size = reply.first_chunk().map(|size| u32::from_be_bytes(*size));
    assert_eq!(size, u32::try_from(reply.len() - 4).ok());
}
