//! `cargo xtask bench wire`: our codec beside `kafka-protocol`'s, in one process, with no socket in between.
//!
//! Each row is taken in short rounds, ours and theirs one after the other, so that what disturbs the machine disturbs
//! both. `cargo test` runs each row once in each codec and measures nothing.
#![expect(clippy::unwrap_used, reason = "a bench ends where it cannot go on")]

mod rounds;
mod samples;

use std::hint::black_box;

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages as theirs;
use kafka_protocol::protocol::{Decodable, Encodable, Message as Peer};
use kafka_protocol::records::RecordBatchDecoder;
use kafka_trial_wire::messages::{Message, decode, encode};
use kafka_trial_wire::records::Batch;
use kafka_trial_wire::{Segments, Writer};

use self::rounds::Rounds;

/// What a batch may unpack to: above all that is measured.
const LIMIT: usize = 16 << 20;

fn main() {
    // Cargo says so when it is `cargo bench` that runs.
    let rounds = Rounds::new(std::env::args().any(|argument| argument == "--bench"));
    println!("{:<52}{:>10}{:>16}{:>8}", "ns a message", "ours", "kafka-protocol", "ratio");
    message::<_, theirs::MetadataRequest>(&rounds, samples::metadata_request());
    message::<_, theirs::MetadataResponse>(&rounds, samples::metadata_response());
    message::<_, theirs::ProduceRequest>(&rounds, samples::produce_request());
    message::<_, theirs::ProduceResponse>(&rounds, samples::produce_response());
    message::<_, theirs::FetchRequest>(&rounds, samples::fetch_request());
    message::<_, theirs::FetchResponse>(&rounds, samples::fetch_response());
    println!("\n{:<52}{:>10}{:>16}{:>8}", "GB/s of batches", "ours", "kafka-protocol", "ratio");
    for (records, size, headers) in [(100, 100, 0), (100, 100, 3), (1000, 1000, 0), (10_000, 10, 0)] {
        batch(&rounds, records, size, headers);
    }
    println!("\nThe ratio is our time to theirs, the median of the rounds' own: below 1, ours is faster.");
}

/// Both ways, in the newest version that both know. What is written has to be the same.
fn message<Ours: Message, Theirs: Peer + Decodable + Encodable>(rounds: &Rounds, ours: Ours) {
    let version = Theirs::VERSIONS.max.min(*Ours::VERSIONS.end());
    let bytes = encode(&ours, version).unwrap();
    let theirs = Theirs::decode(&mut bytes.clone(), version).unwrap();
    assert_eq!(encode_theirs(&theirs, version), bytes, "{} v{version}", Ours::NAME);
    let name = |way| format!("{} v{version}, {} bytes: {way}", Ours::NAME, bytes.len());
    let encoded = rounds.compare(
        || drop(black_box(encode_ours(black_box(&ours), version))),
        || drop(black_box(encode_theirs(black_box(&theirs), version))),
    );
    print_row(&name("encode"), encoded.ours, encoded.theirs, encoded.ratio, 0);
    let decoded = rounds.compare(
        || drop(black_box(decode::<Ours>(black_box(&bytes).clone(), version).unwrap())),
        || drop(black_box(Theirs::decode(&mut black_box(&bytes).clone(), version).unwrap())),
    );
    print_row(&name("decode"), decoded.ours, decoded.theirs, decoded.ratio, 0);
}

/// As far as a socket's gathering write takes it.
fn encode_ours<M: Message>(message: &M, version: i16) -> Segments {
    let mut writer = Writer::new();
    message.write(&mut writer, version).unwrap();
    writer.finish()
}

fn encode_theirs<M: Encodable>(message: &M, version: i16) -> Bytes {
    let mut out = BytesMut::new();
    message.encode(&mut out, version).unwrap();
    out.freeze()
}

/// What a broker does with a produced batch, and what a consumer does with a fetched one. The other codec has one
/// answer to both: it reads all records, and the checksum with them.
fn batch(rounds: &Rounds, records: usize, size: usize, headers: usize) {
    let bytes = samples::batch(records, size, headers);
    let read_theirs = || drop(black_box(RecordBatchDecoder::decode(&mut black_box(&bytes).clone()).unwrap()));
    let name = |what| format!("{records} records of {size} bytes, {headers} headers: {what}");
    let gigabytes_per_second = |ns: f64| f64::from(u32::try_from(bytes.len()).unwrap()) / ns;
    let split = || Batch::split(&mut black_box(&bytes).clone()).unwrap();
    let validate = || {
        let batch = split();
        assert!(batch.crc_ok());
        black_box(batch.validate(LIMIT).unwrap());
    };
    let read = || {
        let batch = split();
        assert!(batch.crc_ok());
        drop(black_box(batch.records(LIMIT).unwrap().collect::<Result<Vec<_>, _>>().unwrap()));
    };
    let (validated, read) = (rounds.compare(validate, read_theirs), rounds.compare(read, read_theirs));
    for (what, figures) in [("validate", validated), ("read", read)] {
        let [ours, theirs] = [figures.ours, figures.theirs].map(gigabytes_per_second);
        print_row(&name(what), ours, theirs, figures.ratio, 2);
    }
}

fn print_row(name: &str, ours: f64, theirs: f64, ratio: f64, decimals: usize) {
    println!("{name:<52}{ours:>10.decimals$}{theirs:>16.decimals$}{ratio:>8.2}");
}
