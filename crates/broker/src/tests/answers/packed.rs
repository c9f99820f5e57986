//! How Produce stores what it takes: offsets, attributes, `compression.type`.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::records::{Batch, BatchBuilder, Compression};
use serde_json::json;

use super::produced::{refusal, world_with};
use super::written::{ATTRIBUTES, batch, batch_at, batch_of, batch_of_producer, with};
use super::{offset_at, produce};
use crate::cluster::records;
use crate::tests::world::{START, World};

/// The batches of partition 0 as they are stored.
fn stored(world: &World, topic: &str) -> Vec<Batch> {
    let partition = world.driver.state.topics().get(topic).unwrap().partition(0).unwrap();
    partition.log.entries_from(0).map(|entry| entry.batch.clone()).collect()
}

fn packed(codec: Compression, value: &[u8]) -> Vec<u8> {
    let mut builder = BatchBuilder::new().compression(codec);
    builder.push(START.millis(), None, Some(value), &[]);
    builder.build().unwrap().to_vec()
}

/// The batch with this offset delta in its second record; that of `batch(3)` is at byte 72.
fn out_of_order(delta: u8) -> Vec<u8> {
    with(&batch(3), 61 + 8 + 3, &[delta * 2])
}

#[test]
fn a_topic_packs_batches_in_its_own_codec() {
    for (name, codec) in [
        ("uncompressed", Compression::None),
        ("gzip", Compression::Gzip),
        ("snappy", Compression::Snappy),
        ("lz4", Compression::Lz4),
        ("zstd", Compression::Zstd),
    ] {
        let mut world = world_with("orders", &[("compression.type", name)]);
        for (source, count) in Compression::ALL.into_iter().zip(1..) {
            assert_eq!(produce(&mut world, "orders", &packed(source, b"v"))["ErrorCode"], 0, "{source:?} to {name}");
            assert_eq!(offset_at(&mut world, "orders", -1), count);
        }
        for batch in stored(&world, "orders") {
            assert_eq!((batch.compression(), batch.crc_ok()), (Ok(codec), true));
        }
        let records = records(&world.driver.state, "orders", None, 0).unwrap();
        let read: Vec<_> =
            records.iter().map(|record| (record.offset, record.timestamp, record.value.clone())).collect();
        assert_eq!(read, (0..5).map(|offset| (offset, START.millis(), Some("v".into()))).collect::<Vec<_>>());
    }
}

#[test]
fn packing_anew_keeps_the_producer_and_sets_the_time() {
    let mut world = world_with("orders", &[("compression.type", "zstd"), ("message.timestamp.type", "LogAppendTime")]);
    assert_eq!(produce(&mut world, "orders", &batch_of_producer(7, 2, 5, 3))["LogAppendTimeMs"], START.millis());
    let [batch] = &stored(&world, "orders")[..] else { panic!("one batch") };
    assert_eq!((batch.producer_id(), batch.producer_epoch(), batch.base_sequence()), (7, 2, 5));
    assert_eq!((batch.attributes(), batch.max_timestamp()), (0b1100, START.millis()));
}

#[test]
fn the_size_counts_before_and_after_packing() {
    let large = [b'x'; 1000];
    let mut world = world_with("orders", &[("compression.type", "gzip"), ("max.message.bytes", "300")]);
    assert_eq!(
        refusal(&produce(&mut world, "orders", &batch_of(1, None, &large))),
        json!([ErrorCode::MESSAGE_TOO_LARGE.0, null, -1])
    );
    assert_eq!(produce(&mut world, "orders", &packed(Compression::Gzip, &large))["ErrorCode"], 0);
    let mut world = world_with("orders", &[("compression.type", "uncompressed"), ("max.message.bytes", "300")]);
    assert_eq!(
        refusal(&produce(&mut world, "orders", &packed(Compression::Gzip, &large))),
        json!([ErrorCode::MESSAGE_TOO_LARGE.0, null, -1])
    );
}

#[test]
fn a_batch_has_to_fit_into_a_segment() {
    let mut world = world_with("orders", &[("segment.bytes", "1048576"), ("max.message.bytes", "5000000")]);
    let large = batch_of(1, None, &vec![b'x'; 1_100_000]);
    assert_eq!(refusal(&produce(&mut world, "orders", &large)), json!([ErrorCode::RECORD_LIST_TOO_LARGE.0, null, -1]));
}

#[test]
fn uncompressed_records_keep_offsets_that_do_not_count_up() {
    let mut world = world_with("orders", &[]);
    produce(&mut world, "orders", &batch(1));
    assert_eq!(produce(&mut world, "orders", &out_of_order(5))["BaseOffset"], 1);
    assert_eq!(offset_at(&mut world, "orders", -1), 4);
    let offsets = |world: &World| -> Vec<i64> {
        records(&world.driver.state, "orders", None, 1).unwrap().iter().map(|record| record.offset).collect()
    };
    assert_eq!(offsets(&world), [1, 6, 3]);
    let mut world = world_with("orders", &[("compression.type", "gzip")]);
    assert_eq!(produce(&mut world, "orders", &out_of_order(5))["ErrorCode"], 0);
    assert_eq!(records(&world.driver.state, "orders", None, 0).unwrap().len(), 3);
    assert_eq!(offsets(&world), [1, 2]);
}

#[test]
fn packed_offsets_that_do_not_count_up_fail_unless_they_are_packed_anew() {
    let plain = out_of_order(5);
    let records = Compression::Gzip.compress(&plain[61..]).unwrap();
    let length = i32::try_from(records.len() + 49).unwrap();
    let bytes = [&plain[..8], &length.to_be_bytes(), &plain[12..61], &records].concat();
    let gzip = with(&bytes, ATTRIBUTES, &[0, 1]);
    let mut world = world_with("orders", &[]);
    assert_eq!(refusal(&produce(&mut world, "orders", &gzip)), json!([ErrorCode::UNKNOWN_SERVER_ERROR.0, null, 0]));
    let mut world = world_with("orders", &[("compression.type", "lz4")]);
    assert_eq!(produce(&mut world, "orders", &gzip)["ErrorCode"], 0);
}

#[test]
fn meaningless_attribute_bits_stay_until_the_header_is_written() {
    let mut world = world_with("orders", &[]);
    let odd = with(&batch(1), ATTRIBUTES, &[0x7f, 0xc0]);
    produce(&mut world, "orders", &odd);
    produce(&mut world, "orders", &with(&odd, super::written::MAX_TIMESTAMP, &5i64.to_be_bytes()));
    let attributes: Vec<i16> = stored(&world, "orders").iter().map(Batch::attributes).collect();
    assert_eq!(attributes, [0x7fc0, 0x40], "only the delete horizon is known");
}

#[test]
fn a_broken_record_is_refused_before_its_batch_is_packed() {
    let mut world = world_with("latest", &[("cleanup.policy", "compact"), ("compression.type", "gzip")]);
    assert_eq!(
        produce(&mut world, "latest", &batch_at(&[START.millis(); 2]))["RecordErrors"].as_array().unwrap().len(),
        2
    );
}
