//! A record batch is read and stored as its bytes.

use bytes::Bytes;

use super::cursor::Cursor;
use super::record::{Base, RecordRef};
use super::{Compression, CompressionError, Records};

const NO_TIMESTAMP: i64 = -1;
/// The bytes before the part that `length` counts: base offset, length and leader epoch. The broker sets the first and
/// the last, which lie outside of the checksum.
const PREFIX: usize = 16;
/// The size of the part before the bytes that `length` counts.
const LOG_OVERHEAD: usize = 12;
/// The bytes before the checksum, which it does not cover.
pub(super) const BEFORE_CRC: usize = 17;
pub(super) const BEFORE_ATTRIBUTES: usize = 21;

/// The attribute bits above the codec's.
pub(super) const LOG_APPEND_TIME: i16 = 0b1000;
pub(super) const TRANSACTIONAL: i16 = 0b1_0000;
pub(super) const CONTROL: i16 = 0b10_0000;
pub(super) const DELETE_HORIZON: i16 = 0b100_0000;
const KNOWN_ATTRIBUTES: i16 = 0b111_1111;

/// A batch below this size is copied out of its frame; a larger batch is most of its frame anyway.
const DETACH_BELOW: usize = 64 * 1024;

/// The fault of a batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// The bytes end before the batch does.
    #[error("a batch needs {needed} bytes, {left} left")]
    Truncated {
        /// How many bytes the batch needs.
        needed: usize,
        /// How many bytes are left.
        left: usize,
    },
    /// A length that no batch has.
    #[error("length {0} is no batch's")]
    Length(i32),
    /// A format other than 2.
    #[error("magic {0} is not served, only 2 is")]
    Magic(i8),
    /// The checksum does not match.
    #[error("the checksum does not match")]
    Crc,
    /// The header contradicts itself or the records.
    #[error("the batch {0}")]
    Header(&'static str),
    /// A record cannot be read.
    #[error("a record {0}")]
    Record(&'static str),
    /// The records cannot be unpacked.
    #[error(transparent)]
    Compression(#[from] CompressionError),
}

/// The origin of the records' timestamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampType {
    /// The producer sets the timestamp.
    CreateTime,
    /// The broker sets the timestamp.
    LogAppendTime,
}

/// The result of [`Batch::validate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validated {
    /// The largest timestamp of the records themselves, not of the header; -1 if no record has one.
    pub max_timestamp: i64,
    /// Whether the records' offsets are 0, 1, 2 … after the batch's own.
    pub is_in_order: bool,
}

/// A record batch over shared bytes, with the base offset and leader epoch that the broker assigned.
#[derive(Clone, Debug)]
pub struct Batch {
    bytes: Bytes,
    base_offset: i64,
    leader_epoch: i32,
}

impl Batch {
    /// The size of a batch's header in bytes.
    pub const HEADER: usize = 61;

    /// Splits off the first batch. Only its length and its magic are checked.
    pub fn split(bytes: &mut Bytes) -> Result<Self, BatchError> {
        let left = bytes.len();
        let magic = bytes.get(16).map(|magic| magic.cast_signed());
        let header = bytes.first_chunk::<16>().copied().zip(magic);
        let (Some((prefix, magic)), Some(length)) = (header, field::<4>(bytes, 8).map(i32::from_be_bytes)) else {
            return Err(BatchError::Truncated { needed: Self::HEADER, left });
        };
        if magic != 2 {
            return Err(BatchError::Magic(magic));
        }
        let size = usize::try_from(length).map_err(|_| BatchError::Length(length))?.saturating_add(LOG_OVERHEAD);
        if size < Self::HEADER {
            return Err(BatchError::Length(length));
        }
        if size > left {
            return Err(BatchError::Truncated { needed: size, left });
        }
        let bytes = bytes.split_to(size);
        let base_offset = field::<8>(&prefix, 0).map_or(0, i64::from_be_bytes);
        let leader_epoch = field::<4>(&prefix, 12).map_or(0, i32::from_be_bytes);
        Ok(Self { bytes, base_offset, leader_epoch })
    }

    fn at<const N: usize>(&self, position: usize) -> [u8; N] {
        // `split` has checked that the header is complete.
        field(&self.bytes, position).unwrap_or([0; N])
    }

    /// Returns the offset of the first record; after compaction, that of the former first record.
    pub fn base_offset(&self) -> i64 {
        self.base_offset
    }

    /// Returns the last record's offset relative to the first.
    pub fn last_offset_delta(&self) -> i32 {
        i32::from_be_bytes(self.at(23))
    }

    /// Returns the offset of the last record.
    pub fn last_offset(&self) -> i64 {
        self.base_offset.saturating_add(self.last_offset_delta().into())
    }

    /// Returns the offset after the last record.
    pub fn next_offset(&self) -> i64 {
        self.last_offset().saturating_add(1)
    }

    /// Returns the epoch of the leader that appended the batch; -1 in a client's batch.
    pub fn partition_leader_epoch(&self) -> i32 {
        self.leader_epoch
    }

    /// Returns the stored CRC-32C of all bytes after it.
    pub fn crc(&self) -> u32 {
        u32::from_be_bytes(self.at(17))
    }

    /// Returns whether the checksum matches the bytes.
    pub fn crc_ok(&self) -> bool {
        crc32c::crc32c(self.bytes.get(BEFORE_ATTRIBUTES..).unwrap_or_default()) == self.crc()
    }

    /// Returns all attribute bits.
    pub fn attributes(&self) -> i16 {
        i16::from_be_bytes(self.at(21))
    }

    /// Returns the codec of the records.
    pub fn compression(&self) -> Result<Compression, CompressionError> {
        let [_, low] = self.attributes().to_be_bytes();
        Compression::try_from(low & 0b111)
    }

    /// Returns the origin of the timestamps.
    pub fn timestamp_type(&self) -> TimestampType {
        if self.attributes() & LOG_APPEND_TIME == 0 { TimestampType::CreateTime } else { TimestampType::LogAppendTime }
    }

    /// Returns whether the batch is part of a transaction.
    pub fn is_transactional(&self) -> bool {
        self.attributes() & TRANSACTIONAL != 0
    }

    /// Returns whether the batch is a control batch, such as a transaction marker.
    pub fn is_control(&self) -> bool {
        self.attributes() & CONTROL != 0
    }

    /// Returns whether the base timestamp is a delete horizon (KIP-534).
    pub fn has_delete_horizon(&self) -> bool {
        self.attributes() & DELETE_HORIZON != 0
    }

    /// Returns the base of the records' timestamps, in milliseconds.
    pub fn base_timestamp(&self) -> i64 {
        i64::from_be_bytes(self.at(27))
    }

    /// Returns the largest timestamp according to the header, in milliseconds.
    pub fn max_timestamp(&self) -> i64 {
        i64::from_be_bytes(self.at(35))
    }

    /// Returns the id of the idempotent producer; -1 for none.
    pub fn producer_id(&self) -> i64 {
        i64::from_be_bytes(self.at(43))
    }

    /// Returns the producer's epoch; -1 for none.
    pub fn producer_epoch(&self) -> i16 {
        i16::from_be_bytes(self.at(51))
    }

    /// Returns the sequence of the first record; -1 for none.
    pub fn base_sequence(&self) -> i32 {
        i32::from_be_bytes(self.at(53))
    }

    /// Returns the sequence of the last record; after 2³¹-1 comes 0.
    pub fn last_sequence(&self) -> i32 {
        let (base, delta) = (self.base_sequence(), self.last_offset_delta());
        if base < 0 {
            return base;
        }
        base.checked_add(delta).unwrap_or_else(|| delta.wrapping_sub(i32::MAX.wrapping_sub(base)).wrapping_sub(1))
    }

    /// Returns how many records the header announces.
    pub fn record_count(&self) -> i32 {
        i32::from_be_bytes(self.at(57))
    }

    /// Returns the size of the batch, in bytes.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Assigns the batch its place in a log. Nothing is encoded again: both fields lie outside of the checksum.
    pub fn assign(&mut self, base_offset: i64, leader_epoch: i32) {
        self.base_offset = base_offset;
        self.leader_epoch = leader_epoch;
    }

    /// Sets the timestamps of all records to the broker's time. They lie inside the checksum, so the bytes are copied.
    /// Unused attribute bits are cleared, as in Kafka.
    pub fn set_log_append_time(&mut self, ms: i64) {
        self.set_time(self.attributes() | LOG_APPEND_TIME, ms);
    }

    /// Keeps the records' own timestamps, whose largest is `max_timestamp`. The bytes are copied if the header differs.
    pub fn set_create_time(&mut self, max_timestamp: i64) {
        let attributes = self.attributes() & !LOG_APPEND_TIME;
        if attributes != self.attributes() || max_timestamp != self.max_timestamp() {
            self.set_time(attributes, max_timestamp);
        }
    }

    fn set_time(&mut self, attributes: i16, max_timestamp: i64) {
        let attributes = attributes & KNOWN_ATTRIBUTES;
        let mut bytes = self.bytes.to_vec();
        for (position, source) in [(21, &attributes.to_be_bytes()[..]), (35, &max_timestamp.to_be_bytes()[..])] {
            if let Some(target) = bytes.get_mut(position..position + source.len()) {
                target.copy_from_slice(source);
            }
        }
        let crc = crc32c::crc32c(bytes.get(BEFORE_ATTRIBUTES..).unwrap_or_default());
        if let Some(target) = bytes.get_mut(BEFORE_CRC..BEFORE_ATTRIBUTES) {
            target.copy_from_slice(&crc.to_be_bytes());
        }
        self.bytes = bytes.into();
    }

    /// Returns the batch with its own copy of the bytes if it is small, so that it does not keep a much larger frame in
    /// memory. The copy contains the broker's offset and epoch.
    pub fn detach(self) -> Self {
        if self.bytes.len() < DETACH_BELOW {
            return Self { bytes: self.to_bytes(), ..self };
        }
        self
    }

    /// Returns the first 16 bytes, with the broker's offset and epoch.
    fn prefix(&self) -> [u8; PREFIX] {
        let mut prefix = [0; PREFIX];
        let parts = self.base_offset.to_be_bytes().into_iter().chain(self.at::<4>(8));
        let parts = parts.chain(self.leader_epoch.to_be_bytes());
        prefix.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        prefix
    }

    /// Returns the batch in the form in which it is sent: one piece if its bytes contain its place already, otherwise
    /// two. No records are copied.
    pub fn pieces(&self) -> impl Iterator<Item = Bytes> {
        let prefix = self.prefix();
        let is_placed = self.bytes.first_chunk() == Some(&prefix);
        let first = if is_placed { self.bytes.clone() } else { Bytes::copy_from_slice(&prefix) };
        let rest = (!is_placed).then(|| self.bytes.slice(PREFIX.min(self.bytes.len())..));
        std::iter::once(first).chain(rest)
    }

    /// Returns a copy of the whole batch in one piece.
    pub fn to_bytes(&self) -> Bytes {
        let mut bytes = Vec::with_capacity(self.size());
        bytes.extend_from_slice(&self.prefix());
        bytes.extend_from_slice(self.bytes.get(PREFIX..).unwrap_or_default());
        bytes.into()
    }

    /// Returns the records, unpacked to at most `limit` bytes.
    pub fn records(&self, limit: usize) -> Result<Records, BatchError> {
        Ok(Records::new(self.unpacked(limit)?, self.record_count(), self.base()))
    }

    fn unpacked(&self, limit: usize) -> Result<Bytes, CompressionError> {
        let packed = self.bytes.slice(Self::HEADER.min(self.bytes.len())..);
        self.compression()?.decompress(&packed, limit)
    }

    fn base(&self) -> Base {
        let append_time = (self.timestamp_type() == TimestampType::LogAppendTime).then(|| self.max_timestamp());
        Base { offset: self.base_offset, timestamp: self.base_timestamp(), append_time }
    }

    /// Checks the header and every record as Kafka's `LogValidator` and `DefaultRecordBatch` do for clients' batches:
    /// the count matches, and no bytes are left over. The checksum is not checked.
    pub fn validate(&self, limit: usize) -> Result<Validated, BatchError> {
        let count = self.record_count();
        if count <= 0 {
            return Err(BatchError::Header("has no records"));
        }
        if self.last_offset_delta() != count - 1 {
            return Err(BatchError::Header("has a last offset that does not match its record count"));
        }
        if self.producer_id() >= 0 && self.base_sequence() < 0 && !self.is_control() {
            return Err(BatchError::Header("has a producer id without a sequence"));
        }
        let (unpacked, base) = (self.unpacked(limit)?, self.base());
        let mut cursor = Cursor::new(&unpacked);
        let mut validated = Validated { max_timestamp: NO_TIMESTAMP, is_in_order: true };
        for expected in 0..i64::from(count) {
            let record = RecordRef::read(&mut cursor, |_, _| {})?;
            validated.max_timestamp = validated.max_timestamp.max(base.timestamp(record.timestamp_delta));
            validated.is_in_order &= record.offset_delta == expected;
        }
        if cursor.left() > 0 {
            return Err(BatchError::Header("has bytes after its last record"));
        }
        Ok(validated)
    }

    /// The value of `max_timestamp` if no record has a timestamp.
    pub const NO_TIMESTAMP: i64 = NO_TIMESTAMP;
}

fn field<const N: usize>(bytes: &[u8], position: usize) -> Option<[u8; N]> {
    bytes.get(position..)?.first_chunk::<N>().copied()
}
