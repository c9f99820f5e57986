//! Bytes with false lengths are refused with the name of the field, and cost memory only in proportion to their size.
//!
//! This test is a separate binary, because it counts every allocation.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it cannot go on")]

mod values;

use allocation_counter::measure;
use kafka_trial_wire::messages::{self, Message, decode};
use kafka_trial_wire::records::{Batch, BatchBuilder, Compression, CompressionError};
use kafka_trial_wire::view::Schema;
use kafka_trial_wire::{ApiKey, Bytes, DecodeError, Malformed, Reader, RequestHeader, for_each_message};

/// The most memory per byte on the wire that an element of an array takes.
const PER_BYTE: u64 = 96;
/// The memory that every read may take: the definition that names the malformed field, and the error.
const ALWAYS: u64 = 64 * 1024;

/// Decodes, and checks that the memory held is in proportion to the bytes.
fn decode_within_bounds<M: Message>(bytes: &Bytes, version: i16) -> Result<M, DecodeError> {
    let mut result = None;
    let held = measure(|| result = Some(decode::<M>(bytes.clone(), version))).bytes_max;
    let most = ALWAYS + PER_BYTE * bytes.len() as u64;
    assert!(held <= most, "{} v{version} held {held} bytes for {}: {bytes:?}", M::NAME, bytes.len());
    result.unwrap()
}

fn refusal<M: Message>(version: i16, bytes: &[u8]) -> String {
    decode_within_bounds::<M>(&Bytes::copy_from_slice(bytes), version).unwrap_err().to_string()
}

#[test]
fn a_count_of_two_thousand_million_topics_is_refused() {
    let error = refusal::<messages::MetadataRequest>(1, &[0x7f, 0xff, 0xff, 0xff]);
    assert_eq!(error, "MetadataRequest v1: Topics: 2147483647 elements announced, 0 bytes left");
}

#[test]
fn a_compact_count_of_four_thousand_million_topics_is_refused() {
    let error = refusal::<messages::MetadataRequest>(9, &[0xff, 0xff, 0xff, 0xff, 0x0f]);
    assert_eq!(error, "MetadataRequest v9: Topics: 4294967294 elements announced, 0 bytes left");
}

#[test]
fn a_count_that_only_the_smallest_elements_could_fill_is_refused() {
    // A topic takes at least two bytes, so 65,536 bytes do not hold 40,000 topics.
    let body = [&[0; 17][..], &40_000i32.to_be_bytes(), &[0; 65_536]].concat();
    let error = refusal::<messages::FetchRequest>(4, &body);
    assert_eq!(error, "FetchRequest v4: Topics: 40000 elements announced, 65536 bytes left");
}

#[test]
fn a_negative_count_other_than_null_is_refused() {
    let error = refusal::<messages::MetadataRequest>(1, &[0xff, 0xff, 0xff, 0xfe]);
    assert_eq!(error, "MetadataRequest v1: Topics: length -2 is negative");
}

#[test]
fn null_is_refused_if_the_version_does_not_allow_it() {
    let error = refusal::<messages::MetadataRequest>(0, &[0xff, 0xff, 0xff, 0xff]);
    assert_eq!(error, "MetadataRequest v0: Topics: null is not allowed");
}

#[test]
fn an_error_in_a_length_or_text_names_the_field() {
    let error = refusal::<messages::MetadataRequest>(1, &[0, 0, 0, 2, 0, 1, b'a', 0x7f, 0xff]);
    assert_eq!(error, "MetadataRequest v1: Topics[1].Name: needs 32767 bytes, 0 left");
    let error = refusal::<messages::MetadataRequest>(1, &[0, 0, 0, 1, 0x80, 0x00]);
    assert_eq!(error, "MetadataRequest v1: Topics[0].Name: length -32768 is negative");
}

#[test]
fn text_that_is_not_utf_8_names_the_field_it_stands_in() {
    let error = refusal::<messages::MetadataRequest>(1, &[0, 0, 0, 1, 0, 2, 0xc3, 0x28]);
    assert_eq!(error, "MetadataRequest v1: Topics[0].Name: text is not UTF-8");
}

#[test]
fn a_varint_without_an_end_is_refused() {
    let error = refusal::<messages::MetadataRequest>(9, &[0xff; 9]);
    assert_eq!(error, "MetadataRequest v9: Topics: varint is too long");
}

#[test]
fn a_count_of_missing_tagged_fields_is_refused() {
    let error = refusal::<messages::MetadataRequest>(9, &[1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f]);
    assert_eq!(error, "MetadataRequest v9: needs 1 bytes, 0 left");
    let error = refusal::<messages::MetadataRequest>(9, &[1, 0, 0, 0, 1, 5, 0xff, 0xff, 0xff, 0xff, 0x0f]);
    assert_eq!(error, "MetadataRequest v9: needs 4294967295 bytes, 0 left");
}

#[test]
fn a_version_that_does_not_exist_is_refused_before_a_byte_is_read() {
    let error = decode::<messages::MetadataRequest>(Bytes::new(), 99).unwrap_err();
    assert_eq!(error.cause, Malformed::Version(99));
    assert_eq!(error.to_string(), "MetadataRequest v99: version 99 does not exist");
}

#[test]
fn a_request_header_may_name_an_unknown_api_but_must_be_complete() {
    let bytes = Bytes::from_static(&[0, 3, 0, 9, 0, 0, 0, 7, 0, 1, b'c', 0]);
    for length in 0..bytes.len() {
        assert!(RequestHeader::read(&mut Reader::new(bytes.slice(..length))).is_err(), "{length} bytes");
    }
    let unknown = Bytes::from_static(&[0x7f, 0xff, 0x7f, 0xff, 0, 0, 0, 7, 0xff, 0xff]);
    let header = RequestHeader::read(&mut Reader::new(unknown)).unwrap();
    assert_eq!((header.api_key, header.version, header.client_id), (ApiKey(0x7fff), 0x7fff, None));
}

/// Returns the bytes of a value with something in each field.
fn sample(schema: &Schema, name: &str, version: i16) -> Bytes {
    let message = schema.named(name).unwrap();
    let seeds = (0..8u8).map(|seed| (0..200u8).map(|i| i.wrapping_mul(seed * 2 + 3) ^ seed | 2).collect::<Vec<_>>());
    let samples = seeds.map(|seed| message.encode(&values::value(message, version, &seed), version).unwrap());
    // The sample is large enough for all fields, and small enough to try each byte.
    samples.min_by_key(|bytes| bytes.len().abs_diff(100)).unwrap()
}

fn is_refused_by_name<M: Message>(bytes: &Bytes, version: i16, what: &str) {
    let error = decode_within_bounds::<M>(bytes, version).unwrap_err();
    assert_eq!((error.message, error.version), (M::NAME, version));
    // Only the count of the message's own tagged fields has no path.
    let in_tags = matches!(error.cause, Malformed::Truncated { .. });
    assert!(in_tags || !error.path.is_empty(), "{what}: {error}");
}

#[test]
fn every_message_cut_at_every_byte_is_refused() {
    fn cut<M: Message>(schema: &Schema) {
        for version in M::VERSIONS {
            let bytes = sample(schema, M::NAME, version);
            decode_within_bounds::<M>(&bytes, version).unwrap();
            for length in 0..bytes.len() {
                is_refused_by_name::<M>(&bytes.slice(..length), version, &format!("{length} of {} bytes", bytes.len()));
            }
        }
    }
    let schema = Schema::load();
    macro_rules! each {
        ($($message:ident),* $(,)?) => { $(cut::<messages::$message>(&schema);)* };
    }
    for_each_message!(each);
}

/// The false values of a count, a length or a varint.
const LIES: [&[u8]; 4] =
    [&[0x7f, 0xff, 0xff, 0xff], &[0x80, 0, 0, 0], &[0xff, 0xff, 0xff, 0xff, 0x0f], &[0xff, 0xff, 0xff, 0xff, 0xff]];

#[test]
fn every_message_with_a_false_length_at_any_byte_stays_within_its_bounds() {
    fn lie<M: Message>(schema: &Schema) {
        for version in [*M::VERSIONS.start(), *M::VERSIONS.end()] {
            let bytes = sample(schema, M::NAME, version);
            for position in 0..bytes.len() {
                for lie in LIES {
                    let mut changed = bytes.to_vec();
                    let end = (position + lie.len()).min(bytes.len());
                    changed.splice(position..end, lie.iter().copied());
                    if let Err(error) = decode_within_bounds::<M>(&changed.into(), version) {
                        assert_eq!((error.message, error.version), (M::NAME, version));
                    }
                }
            }
        }
    }
    let schema = Schema::load();
    macro_rules! each {
        ($($message:ident),* $(,)?) => { $(lie::<messages::$message>(&schema);)* };
    }
    for_each_message!(each);
}

const MIB: usize = 1 << 20;

#[test]
fn a_decompression_bomb_in_any_codec_ends_at_the_limit() {
    let zeros = vec![0; 64 * MIB];
    for codec in Compression::ALL {
        let packed = Bytes::from(codec.compress(&zeros).unwrap());
        for limit in [0, 1, 1000, MIB] {
            let mut result = None;
            let held = measure(|| result = Some(codec.decompress(&packed, limit))).bytes_max;
            assert_eq!(result.unwrap(), Err(CompressionError::TooLarge { limit }), "{}", codec.name());
            // A growing vector holds its old and its new memory; a decoder has blocks of up to 4 MiB.
            let most = 3 * limit + 9 * MIB;
            assert!(held <= most as u64, "{} held {held} bytes for a limit of {limit}", codec.name());
        }
    }
}

#[test]
fn a_decompression_bomb_in_a_batch_ends_at_the_limit() {
    for codec in Compression::ALL {
        let mut builder = BatchBuilder::new().compression(codec);
        builder.push(0, None, Some(&vec![0; 8 * MIB]), &[]);
        let batch = Batch::split(&mut builder.build().unwrap()).unwrap();
        let error = batch.validate(MIB).unwrap_err().to_string();
        assert_eq!(error, "unpacks to more than 1048576 bytes", "{}", codec.name());
        assert_eq!(batch.records(MIB).unwrap_err().to_string(), error);
        batch.validate(9 * MIB).unwrap();
    }
}

#[test]
fn a_raw_snappy_block_that_announces_four_gigabytes_is_refused() {
    let held = measure(|| {
        let announced = Bytes::from_static(&[0xff, 0xff, 0xff, 0xff, 0x0f, 0]);
        let error = Compression::Snappy.decompress(&announced, usize::MAX).unwrap_err().to_string();
        assert_eq!(error, "snappy: announces more than its bytes can hold");
    });
    assert!(held.bytes_max < 4096, "{held:?}");
}

#[test]
fn a_batch_that_announces_more_records_than_it_has_is_refused() {
    let mut builder = BatchBuilder::new();
    builder.push(0, None, Some(b"v"), &[]);
    let mut bytes = builder.build().unwrap().to_vec();
    bytes[23..27].copy_from_slice(&0x7fff_fffei32.to_be_bytes());
    bytes[57..61].copy_from_slice(&0x7fff_ffffi32.to_be_bytes());
    let batch = Batch::split(&mut bytes.into()).unwrap();
    let held = measure(|| {
        assert_eq!(batch.validate(MIB).unwrap_err().to_string(), "a record ends too early");
        assert_eq!(batch.records(MIB).unwrap().filter(Result::is_err).count(), 1);
    });
    assert!(held.bytes_max < 4096, "{held:?}");
}

#[test]
fn a_record_that_announces_a_thousand_million_headers_is_refused() {
    let mut builder = BatchBuilder::new();
    builder.push(0, None, None, &[]);
    let mut bytes = builder.build().unwrap().to_vec();
    // The last byte is the header count; with four more, the record is ten bytes long.
    bytes[61] = 20;
    bytes.splice(67.., [0xfe, 0xff, 0xff, 0xff, 0x0f]);
    let length = i32::try_from(bytes.len() - 12).unwrap();
    bytes[8..12].copy_from_slice(&length.to_be_bytes());
    let batch = Batch::split(&mut bytes.into()).unwrap();
    let held = measure(|| {
        let error = batch.validate(MIB).unwrap_err().to_string();
        assert_eq!(error, "a record announces more headers than it can hold");
    });
    assert!(held.bytes_max < 4096, "{held:?}");
}

#[test]
fn a_batch_cut_at_every_byte_or_with_any_length_is_refused() {
    for codec in Compression::ALL {
        let mut builder = BatchBuilder::new().compression(codec);
        for i in 0..20 {
            builder.push(i, Some(b"key"), Some(b"a value, a value, a value"), &[]);
        }
        let bytes = builder.build().unwrap();
        for length in 0..bytes.len() {
            assert!(Batch::split(&mut bytes.slice(..length)).is_err(), "{length} bytes");
            let mut shorter = bytes.slice(..length).to_vec();
            let Some(claim) = shorter.get_mut(8..12) else { continue };
            claim.copy_from_slice(&i32::try_from(length.saturating_sub(12)).unwrap().to_be_bytes());
            if let Ok(batch) = Batch::split(&mut shorter.into()) {
                assert!(!batch.crc_ok());
                // An lz4 frame that lacks only its end mark has lost no record.
                let whole = codec == Compression::Lz4 && length >= bytes.len() - 4;
                assert!(whole || batch.validate(MIB).is_err(), "{} cut to {length} bytes", codec.name());
            }
        }
        for length in [i32::MIN, -1, 0, 48, i32::MAX] {
            let mut bytes = bytes.to_vec();
            bytes[8..12].copy_from_slice(&length.to_be_bytes());
            assert!(Batch::split(&mut bytes.into()).is_err(), "length {length}");
        }
    }
}

/// Kafka 4.3.1 answers such a batch with UNKNOWN_SERVER_ERROR; lz4js writes them.
#[test]
fn an_lz4_frame_of_dependent_blocks_is_refused() {
    use std::io::Write as _;

    let packed = |mode| {
        let info = lz4_flex::frame::FrameInfo::new().block_mode(mode);
        let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
        encoder.write_all(b"value").unwrap();
        Bytes::from(encoder.finish().unwrap())
    };
    let linked = Compression::Lz4.decompress(&packed(lz4_flex::frame::BlockMode::Linked), 100);
    assert_eq!(linked.unwrap_err().to_string(), "lz4: its blocks depend on each other");
    let alone = Compression::Lz4.decompress(&packed(lz4_flex::frame::BlockMode::Independent), 100);
    assert_eq!(alone.unwrap(), "value");
}

/// Kafka 4.3.1 answers such a batch with UNKNOWN_SERVER_ERROR, even if every record is complete.
#[test]
fn an_lz4_frame_that_stops_before_its_end_mark_is_refused() {
    use std::io::Write as _;

    let plain = lz4_flex::frame::FrameInfo::new().block_mode(lz4_flex::frame::BlockMode::Independent);
    let checked = plain.clone().content_size(Some(5)).block_checksums(true);
    for info in [plain, checked] {
        let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
        encoder.write_all(b"value").unwrap();
        let frame = Bytes::from(encoder.finish().unwrap());
        assert_eq!(Compression::Lz4.decompress(&frame, 100).unwrap(), "value");
        for length in 0..frame.len() {
            let cut = Compression::Lz4.decompress(&frame.slice(..length), 100);
            assert!(cut.is_err(), "{length} of {} bytes give {cut:?}", frame.len());
        }
    }
}
