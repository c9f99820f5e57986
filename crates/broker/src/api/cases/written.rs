//! Record batches to write.

use bytes::Bytes;
use kafka_trial_wire::records::{BatchBuilder, Compression};

use crate::api::world::START;

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
