//! Record batches are read as they were written, and stored without change.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it cannot go on")]

use kafka_trial_wire::Bytes;
use kafka_trial_wire::records::{
    Batch, BatchBuilder, BatchError, Compression, CompressionError, ControlMarker, Header, Record, TimestampType,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

const LIMIT: usize = 1 << 24;
/// The start of the part that the checksum covers.
const COVERED: usize = 21;
/// The start of the records.
const RECORDS: usize = 61;

/// Returns bytes that are mostly short, and sometimes longer than a block of snappy-java.
fn any_bytes() -> impl Strategy<Value = Bytes> {
    let times = prop_oneof![30 => Just(1), 1 => Just(3000)];
    (vec(any::<u8>(), 0..24), times).prop_map(|(bytes, times)| Bytes::from(bytes.repeat(times)))
}

/// Returns a header with one of few keys, so that duplicates are common; one key is not UTF-8.
fn any_header() -> impl Strategy<Value = Header> {
    let key = select(vec![&b"trace"[..], b"", b"\xff\xfe"]).prop_map(Bytes::from_static);
    (key, option::of(any_bytes())).prop_map(|(key, value)| Header { key, value })
}

/// A record as a producer sends it: timestamp, key, value and headers.
type Sent = (i64, Option<Bytes>, Option<Bytes>, Vec<Header>);

fn any_records() -> impl Strategy<Value = Vec<Sent>> {
    vec((-1i64..1 << 45, option::of(any_bytes()), option::of(any_bytes()), vec(any_header(), 0..5)), 1..20)
}

fn filled(mut builder: BatchBuilder, records: &[Sent]) -> Batch {
    for (timestamp, key, value, headers) in records {
        builder.push(*timestamp, key.as_deref(), value.as_deref(), headers);
    }
    split(builder.build().unwrap())
}

fn split(mut bytes: Bytes) -> Batch {
    let batch = Batch::split(&mut bytes).unwrap();
    assert!(bytes.is_empty());
    batch
}

fn read(batch: &Batch) -> Vec<Record> {
    batch.records(LIMIT).unwrap().map(Result::unwrap).collect()
}

/// Returns the CRC-32C by its definition, one bit at a time.
fn crc_32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0x82f6_3b78 } else { 0 })
    })
}

/// Returns the batch with different bytes for its records.
fn with_packed(batch: &Batch, packed: &[u8]) -> Batch {
    let mut bytes = [&batch.to_bytes()[..RECORDS], packed].concat();
    let length = i32::try_from(bytes.len() - 12).unwrap();
    bytes[8..12].copy_from_slice(&length.to_be_bytes());
    let crc = crc_32c(&bytes[COVERED..]);
    bytes[17..COVERED].copy_from_slice(&crc.to_be_bytes());
    split(bytes.into())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn records_are_read_as_they_were_sent_in_every_codec(
        sent in any_records(),
        codec in select(&Compression::ALL[..]),
        base_offset in 0i64..1 << 50,
    ) {
        let batch = filled(BatchBuilder::new().compression(codec).base_offset(base_offset), &sent);
        prop_assert!(batch.crc_ok());
        prop_assert_eq!(batch.compression(), Ok(codec));
        prop_assert_eq!(batch.next_offset() - base_offset, i64::try_from(sent.len()).unwrap());
        let validated = batch.validate(LIMIT).unwrap();
        let latest = sent.iter().map(|(timestamp, ..)| *timestamp).max().unwrap();
        prop_assert_eq!((validated.max_timestamp, validated.is_in_order), (latest, true));
        prop_assert_eq!(batch.max_timestamp(), latest);
        let expected = sent.into_iter().zip(base_offset..);
        let expected: Vec<_> = expected
            .map(|((timestamp, key, value, headers), offset)| Record { attributes: 0, offset, timestamp, key, value, headers })
            .collect();
        prop_assert_eq!(read(&batch), expected);
    }

    #[test]
    fn snappy_is_read_in_both_framings(sent in any_records()) {
        let plain = filled(BatchBuilder::new(), &sent);
        let framed = filled(BatchBuilder::new().compression(Compression::Snappy), &sent);
        prop_assert_eq!(&framed.to_bytes()[RECORDS..][..8], b"\x82SNAPPY\0");
        // librdkafka and other clients write one block without snappy-java's header.
        let records = &plain.to_bytes()[RECORDS..];
        let raw = with_packed(&framed, &snap::raw::Encoder::new().compress_vec(records).unwrap());
        prop_assert!(raw.crc_ok());
        prop_assert!(raw.validate(LIMIT).is_ok());
        prop_assert_eq!(read(&framed), read(&plain));
        prop_assert_eq!(read(&raw), read(&plain));
    }

    #[test]
    fn unpacking_stops_exactly_at_the_limit(sent in any_records(), codec in select(&Compression::ALL[..])) {
        let size = filled(BatchBuilder::new(), &sent).size() - RECORDS;
        let batch = filled(BatchBuilder::new().compression(codec), &sent);
        prop_assert!(batch.validate(size).is_ok());
        let too_large = BatchError::Compression(CompressionError::TooLarge { limit: size - 1 });
        prop_assert_eq!(batch.validate(size - 1).unwrap_err(), too_large.clone());
        prop_assert_eq!(batch.records(size - 1).err(), Some(too_large));
    }

    #[test]
    fn the_checksum_is_crc_32c_of_all_that_follows_it(sent in any_records(), codec in select(&Compression::ALL[..])) {
        let batch = filled(BatchBuilder::new().compression(codec), &sent);
        prop_assert_eq!(batch.crc(), crc_32c(&batch.to_bytes()[COVERED..]));
    }

    #[test]
    fn the_checksum_detects_every_flipped_bit_in_itself_and_after_it(
        sent in any_records(),
        position in any::<Index>(),
        bit in 0u32..8,
    ) {
        let mut bytes = filled(BatchBuilder::new(), &sent).to_bytes().to_vec();
        let position = 17 + position.index(bytes.len() - 17);
        bytes[position] ^= 1 << bit;
        prop_assert!(!split(bytes.into()).crc_ok(), "bit {} of byte {}", bit, position);
    }

    #[test]
    fn a_place_in_a_log_is_assigned_without_copying_the_records(
        sent in any_records(),
        codec in select(&Compression::ALL[..]),
        place: (i64, i32),
    ) {
        let frame = filled(BatchBuilder::new().compression(codec).producer(7, 1, 5), &sent).to_bytes();
        let mut batch = split(frame.clone());
        batch.assign(place.0, place.1);
        prop_assert_eq!(batch.pieces().last().unwrap().as_ptr(), frame[16..].as_ptr(), "the records are the frame's own bytes");
        let stored = batch.to_bytes();
        prop_assert_eq!(&stored[..8], place.0.to_be_bytes());
        prop_assert_eq!(&stored[8..12], &frame[8..12]);
        prop_assert_eq!(&stored[12..16], place.1.to_be_bytes());
        prop_assert_eq!(&stored[16..], &frame[16..]);
        let again = split(stored);
        prop_assert!(again.crc_ok());
        prop_assert_eq!((again.base_offset(), again.partition_leader_epoch()), place);
    }

    #[test]
    fn log_append_time_changes_only_the_timestamps_of_all_records(
        sent in any_records(),
        codec in select(&Compression::ALL[..]),
        ms in 0i64..1 << 45,
    ) {
        let batch = filled(BatchBuilder::new().compression(codec).base_offset(9).leader_epoch(2), &sent);
        let mut stamped = batch.clone();
        stamped.set_log_append_time(ms);
        prop_assert!(stamped.crc_ok());
        prop_assert_eq!((stamped.timestamp_type(), stamped.max_timestamp()), (TimestampType::LogAppendTime, ms));
        prop_assert_eq!(stamped.base_timestamp(), batch.base_timestamp());
        prop_assert_eq!(stamped.to_bytes().slice(RECORDS..), batch.to_bytes().slice(RECORDS..));
        let expected: Vec<_> = read(&batch).into_iter().map(|record| Record { timestamp: ms, ..record }).collect();
        prop_assert_eq!(read(&stamped), expected);
        stamped.set_create_time(batch.max_timestamp());
        prop_assert_eq!(stamped.to_bytes(), batch.to_bytes());
    }

    #[test]
    fn a_marker_is_a_transactional_control_batch_of_one_record(
        producer in (0i64.., 0i16..),
        coordinator_epoch: i32,
        timestamp in 0i64..1 << 45,
        is_commit: bool,
    ) {
        let marker = if is_commit { ControlMarker::Commit } else { ControlMarker::Abort };
        let builder = BatchBuilder::new().producer(producer.0, producer.1, -1).compression(Compression::Zstd);
        let batch = split(builder.control(marker, coordinator_epoch, timestamp));
        prop_assert!(batch.crc_ok() && batch.is_control() && batch.is_transactional());
        prop_assert_eq!((batch.producer_id(), batch.producer_epoch()), producer);
        prop_assert_eq!((batch.base_sequence(), batch.last_sequence()), (-1, -1));
        // A marker is never compressed.
        prop_assert_eq!(batch.compression(), Ok(Compression::None));
        prop_assert_eq!(batch.validate(LIMIT).unwrap().max_timestamp, timestamp);
        let records = read(&batch);
        prop_assert_eq!(records.len(), 1);
        let key = records[0].key.as_deref().unwrap();
        prop_assert_eq!(key, [0, 0, 0, u8::from(is_commit)]);
        prop_assert_eq!(ControlMarker::of_key(key), Some(marker));
        let value = [&[0, 0][..], &coordinator_epoch.to_be_bytes()].concat();
        prop_assert_eq!(records[0].value.as_deref(), Some(&value[..]));
    }
}

#[test]
fn the_reference_checksum_has_the_known_value() {
    assert_eq!(crc_32c(b"123456789"), 0xe306_9283);
}

/// Control types from 2 on belong to the Raft quorum.
#[test]
fn other_control_records_do_not_end_a_transaction() {
    for key in [&[0, 0, 0, 2][..], &[0, 0, 0, 5], &[0, 0, 0xff, 0xff], &[0, 0, 0], &[]] {
        assert_eq!(ControlMarker::of_key(key), None, "{key:?}");
    }
}

#[test]
fn nulls_and_headers_are_written_in_kafkas_layout() {
    let header =
        |key: &'static [u8], value: Option<&'static [u8]>| Header { key: key.into(), value: value.map(Bytes::from) };
    let headers =
        [header(b"h", Some(b"2")), header(b"\xff\xfe", None), header(b"h", Some(b"")), header(b"", Some(b"1"))];
    let batch =
        filled(BatchBuilder::new(), &[(3, None, None, headers.to_vec()), (4, Some("".into()), None, Vec::new())]);
    let first = [0, 0, 0, 1, 1, 8, 2, b'h', 2, b'2', 4, 0xff, 0xfe, 1, 2, b'h', 0, 0, 2, b'1'];
    let second = [0, 2, 2, 0, 1, 0];
    assert_eq!(batch.to_bytes()[RECORDS..], [&[40][..], &first, &[12], &second].concat());
    assert_eq!(read(&batch)[0].headers, headers);
}
