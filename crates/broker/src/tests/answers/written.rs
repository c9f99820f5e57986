//! Record batches to write.

use bytes::Bytes;
use kafka_trial_wire::records::{BatchBuilder, Compression};

use crate::tests::world::START;

/// Records without keys at the start of the world's time.
pub(super) fn batch(count: usize) -> Bytes {
    batch_of(count, None, b"v")
}

/// As many equal records.
pub(super) fn batch_of(count: usize, key: Option<&[u8]>, value: &[u8]) -> Bytes {
    let mut builder = BatchBuilder::new().compression(Compression::None);
    for _ in 0..count {
        builder.push(START.millis(), key, Some(value), &[]);
    }
    builder.build().unwrap()
}

/// Records with these timestamps.
pub(super) fn batch_at(timestamps: &[i64]) -> Bytes {
    let mut builder = BatchBuilder::new().compression(Compression::None);
    for timestamp in timestamps {
        builder.push(*timestamp, None, Some(b"v"), &[]);
    }
    builder.build().unwrap()
}

/// As many records of an idempotent producer.
pub(super) fn batch_of_producer(id: i64, epoch: i16, sequence: i32, count: usize) -> Bytes {
    let mut builder = BatchBuilder::new().compression(Compression::None).producer(id, epoch, sequence);
    for _ in 0..count {
        builder.push(START.millis(), None, Some(b"v"), &[]);
    }
    builder.build().unwrap()
}

/// The batch with other bytes at a position of its header, and a checksum that matches.
pub(super) fn with(batch: &[u8], position: usize, bytes: &[u8]) -> Vec<u8> {
    let mut changed = batch.to_vec();
    changed[position..position + bytes.len()].copy_from_slice(bytes);
    let sum = crc32c(&changed[21..]);
    changed[17..21].copy_from_slice(&sum.to_be_bytes());
    changed
}

/// Where the header's fields are.
pub(super) const BASE_OFFSET: usize = 0;
pub(super) const LENGTH: usize = 8;
pub(super) const MAGIC: usize = 16;
pub(super) const CRC: usize = 17;
pub(super) const ATTRIBUTES: usize = 21;
pub(super) const LAST_OFFSET_DELTA: usize = 23;
pub(super) const MAX_TIMESTAMP: usize = 35;
pub(super) const COUNT: usize = 57;

fn crc32c(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0x82f6_3b78 } else { crc >> 1 };
    !bytes.iter().fold(!0u32, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}
