//! Records are read one by one from the unpacked bytes of a batch.

use bytes::{Buf, Bytes};

use super::BatchError;
use super::cursor::Cursor;

/// A record's header. Kafka keeps order and duplicates, and allows bytes that are not UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The bytes of the key.
    pub key: Bytes,
    /// The value; `None` for null.
    pub value: Option<Bytes>,
}

/// A record with its offset and timestamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Unused by Kafka so far.
    pub attributes: i8,
    /// The offset in the partition.
    pub offset: i64,
    /// Milliseconds since the Unix epoch, set by the client, or by the broker for log append time; -1 for none.
    pub timestamp: i64,
    /// The key, which usually decides the partition.
    pub key: Option<Bytes>,
    /// The value; `None` is a tombstone in a compacted topic.
    pub value: Option<Bytes>,
    /// The headers in order, with duplicates.
    pub headers: Vec<Header>,
}

/// The base of the records' offsets and timestamps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Base {
    pub(super) offset: i64,
    pub(super) timestamp: i64,
    /// The timestamp of all records, if the broker has set it.
    pub(super) append_time: Option<i64>,
}

impl Base {
    pub(super) fn timestamp(&self, delta: i64) -> i64 {
        self.append_time.unwrap_or_else(|| self.timestamp.saturating_add(delta))
    }
}

/// A record in the bytes of its batch, relative to the batch's base.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecordRef<'a> {
    pub(super) attributes: i8,
    pub(super) timestamp_delta: i64,
    pub(super) offset_delta: i64,
    pub(super) key: Option<&'a [u8]>,
    pub(super) value: Option<&'a [u8]>,
}

impl<'a> RecordRef<'a> {
    /// Reads one record to its end, and passes its headers in order to `header`.
    pub(super) fn read(
        batch: &mut Cursor<'a>,
        mut header: impl FnMut(&'a [u8], Option<&'a [u8]>),
    ) -> Result<Self, BatchError> {
        let size = batch.varint()?;
        let mut body = Cursor::new(batch.take(size)?);
        let attributes = body.byte()?.cast_signed();
        let timestamp_delta = body.varlong()?;
        let offset_delta = i64::from(body.varint()?);
        let key = body.sized()?;
        let value = body.sized()?;
        let count = body.varint()?;
        let count = usize::try_from(count).map_err(|_| BatchError::Record("has a negative header count"))?;
        // A header takes at least two bytes.
        if count > body.left() / 2 {
            return Err(BatchError::Record("announces more headers than it can hold"));
        }
        for _ in 0..count {
            let key = body.sized()?.ok_or(BatchError::Record("has a header without a key"))?;
            header(key, body.sized()?);
        }
        if body.left() > 0 {
            return Err(BatchError::Record("has bytes left over"));
        }
        Ok(Self { attributes, timestamp_delta, offset_delta, key, value })
    }
}

/// The records of a batch, in order. An error ends them.
#[derive(Clone, Debug)]
pub struct Records {
    bytes: Bytes,
    left: i32,
    base: Base,
}

impl Records {
    pub(super) fn new(bytes: Bytes, count: i32, base: Base) -> Self {
        Self { bytes, left: count, base }
    }

    /// Reads one record; its parts share the batch's bytes.
    fn read(&mut self) -> Result<Record, BatchError> {
        let mut cursor = Cursor::new(&self.bytes);
        let share = |part| self.bytes.slice_ref(part);
        let mut headers = Vec::new();
        let parts = RecordRef::read(&mut cursor, |key, value| {
            headers.push(Header { key: share(key), value: value.map(share) });
        })?;
        let record = Record {
            attributes: parts.attributes,
            offset: self.base.offset.saturating_add(parts.offset_delta),
            timestamp: self.base.timestamp(parts.timestamp_delta),
            key: parts.key.map(share),
            value: parts.value.map(share),
            headers,
        };
        let read = self.bytes.len() - cursor.left();
        self.bytes.advance(read);
        Ok(record)
    }
}

impl Iterator for Records {
    type Item = Result<Record, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left <= 0 {
            return None;
        }
        self.left -= 1;
        let read = self.read();
        if read.is_err() {
            self.left = 0;
        }
        Some(read)
    }
}
