//! Batches are rewritten in a different codec or with fewer records, and gzip members are read as in Java.

use bytes::Bytes;
use proptest::prelude::*;

use super::{Batch, BatchBuilder, Compression, Header, Record};

const LIMIT: usize = 1 << 20;

fn read(batch: &Batch) -> Vec<Record> {
    batch.records(LIMIT).unwrap().map(Result::unwrap).collect()
}

fn build(builder: &BatchBuilder) -> Batch {
    Batch::split(&mut builder.build().unwrap()).unwrap()
}

fn any_bytes() -> impl Strategy<Value = Bytes> {
    proptest::collection::vec(any::<u8>(), 0..20).prop_map(Bytes::from)
}

fn any_batch() -> impl Strategy<Value = Batch> {
    let header = (any_bytes(), proptest::option::of(any_bytes())).prop_map(|(key, value)| Header { key, value });
    let optional = || proptest::option::of(any_bytes());
    let record = (-1i64..5000, optional(), optional(), proptest::collection::vec(header, 0..3));
    let records = proptest::collection::vec(record, 1..20);
    (records, 0..5usize, 0i64..1 << 40, any::<bool>()).prop_map(|(records, codec, base, transactional)| {
        let builder = BatchBuilder::new().compression(Compression::ALL[codec]).base_offset(base).leader_epoch(3);
        let mut builder = builder.producer(7, 2, i32::MAX - 3);
        if transactional {
            builder = builder.transactional();
        }
        for (timestamp, key, value, headers) in &records {
            builder.push(*timestamp, key.as_deref(), value.as_deref(), headers);
        }
        build(&builder)
    })
}

fn header(batch: &Batch) -> (i64, i64, i64, i16, i32, i32, bool) {
    let producer = (batch.producer_id(), batch.producer_epoch(), batch.base_sequence(), batch.last_sequence());
    let (base, last, transactional) = (batch.base_offset(), batch.last_offset(), batch.is_transactional());
    (base, last, producer.0, producer.1, producer.2, producer.3, transactional)
}

proptest! {
    #[test]
    fn a_batch_in_a_different_codec_has_the_same_records(batch in any_batch(), codec in 0..5usize) {
        let repacked = batch.repack(Compression::ALL[codec], None, LIMIT).unwrap();
        prop_assert_eq!(repacked.compression().unwrap(), Compression::ALL[codec]);
        prop_assert!(repacked.crc_ok());
        prop_assert_eq!(read(&repacked), read(&batch));
        prop_assert_eq!(header(&repacked), header(&batch));
        prop_assert_eq!(repacked.max_timestamp(), batch.max_timestamp());
    }

    #[test]
    fn a_batch_with_fewer_records_keeps_its_place_and_its_producer(
        batch in any_batch(),
        kept in proptest::collection::vec(any::<bool>(), 20),
        horizon in proptest::option::of(0i64..10_000),
    ) {
        let records: Vec<Record> = read(&batch).into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(r, _)| r).collect();
        let fewer = if records.is_empty() { batch.emptied().unwrap() } else { batch.with_records(&records, horizon).unwrap() };
        prop_assert!(fewer.crc_ok());
        prop_assert_eq!(header(&fewer), header(&batch));
        prop_assert_eq!(fewer.delete_horizon(), horizon.filter(|_| !records.is_empty()));
        let largest = records.iter().map(|record| record.timestamp).max();
        prop_assert_eq!(fewer.max_timestamp(), largest.unwrap_or(batch.max_timestamp()));
        prop_assert_eq!(read(&fewer), records);
    }
}

fn gzip_batch(tail: &[u8]) -> Batch {
    let mut builder = BatchBuilder::new().compression(Compression::Gzip);
    builder.push(5, None, Some(b"v"), &[]);
    let whole = builder.build().unwrap();
    let packed = [&whole[61..], tail].concat();
    let mut bytes = whole[..61].to_vec();
    bytes.extend_from_slice(&packed);
    let length = i32::try_from(bytes.len() - 12).unwrap();
    bytes[8..12].copy_from_slice(&length.to_be_bytes());
    Batch::split(&mut bytes.into()).unwrap()
}

#[test]
fn bytes_after_a_gzip_member_are_ignored_unless_they_begin_a_member() {
    assert_eq!(gzip_batch(b"junk").validate(LIMIT).unwrap().max_timestamp, 5);
    let another = Compression::Gzip.compress(b"more").unwrap();
    assert!(gzip_batch(&another).validate(LIMIT).is_err(), "bytes after the last record");
    assert!(gzip_batch(&another[..10]).validate(LIMIT).is_err(), "the second member is cut short");
}

#[test]
fn levels_change_only_the_size() {
    let text: Vec<u8> = (0..20_000u32).flat_map(|n| (n * n % 977).to_string().into_bytes()).collect();
    for (codec, low, high) in [(Compression::Gzip, 1, 9), (Compression::Zstd, -5, 19)] {
        let [low, high] = [low, high].map(|level| codec.compress_at(Some(level), &text).unwrap());
        assert!(high.len() < low.len(), "{codec:?}: {} and {}", high.len(), low.len());
        assert_eq!(codec.decompress(&high.into(), LIMIT).unwrap(), codec.decompress(&low.into(), LIMIT).unwrap());
    }
}
