//! Record batches of magic 2 (KIP-98) are read in place, stored without re-encoding, and written with [`BatchBuilder`].
//!
//! ```text
//! 0 base offset  8 length  12 leader epoch  16 magic  17 crc | 21 attributes  23 last offset delta
//! 27 base timestamp  35 max timestamp  43 producer id  51 producer epoch  53 base sequence  57 record count  61 records
//! ```
//! The checksum covers only the bytes after it, so a broker sets base offset and leader epoch without changing the
//! rest.

mod batch;
mod builder;
mod compression;
mod cursor;
mod record;
mod rewrite;
#[cfg(test)]
mod tests;

pub use self::batch::{Batch, BatchError, TimestampType, Validated};
pub use self::builder::{BatchBuilder, ControlMarker};
pub use self::compression::{Compression, CompressionError};
pub use self::record::{Header, Record, Records};
