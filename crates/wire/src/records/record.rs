//! Records, read one by one from the unpacked bytes of a batch.

use bytes::Bytes;

use super::BatchError;
use super::cursor::Cursor;

/// A record's header. Kafka keeps order and duplicates, and does not ask for UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The bytes of the key.
    pub key: Bytes,
    /// The value; headers may have none.
    pub value: Option<Bytes>,
}

/// A record with its place and time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Unused by Kafka so far.
    pub attributes: i8,
    /// The offset in the partition.
    pub offset: i64,
    /// Milliseconds since the Unix epoch: the client's, or the broker's for log append time; -1 for none.
    pub timestamp: i64,
    /// Decides the partition, usually.
    pub key: Option<Bytes>,
    /// The payload; none is a tombstone on compacted topics.
    pub value: Option<Bytes>,
    /// In their order, with duplicates.
    pub headers: Vec<Header>,
}

/// What the records of a batch are relative to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Base {
    pub(super) offset: i64,
    pub(super) timestamp: i64,
    /// The time of all records when the broker set it.
    pub(super) append_time: Option<i64>,
}

/// The records of a batch in order. After an error there are no more.
#[derive(Clone, Debug)]
pub struct Records {
    cursor: Cursor,
    left: i32,
    base: Base,
}

impl Records {
    pub(super) fn new(bytes: Bytes, count: i32, base: Base) -> Self {
        Self { cursor: Cursor::new(bytes), left: count, base }
    }

    /// How many bytes the records read so far have left over.
    pub(super) fn bytes_left(&self) -> usize {
        self.cursor.left()
    }

    /// Reads one record and its offset relative to the batch.
    pub(super) fn read(&mut self) -> Result<(Record, i64), BatchError> {
        let size = self.cursor.varint()?;
        let mut body = Cursor::new(self.cursor.take(size)?);
        let attributes = body.byte()?.cast_signed();
        let timestamp_delta = body.varlong()?;
        let offset_delta = i64::from(body.varint()?);
        let key = body.sized()?;
        let value = body.sized()?;
        let count = body.varint()?;
        let count = usize::try_from(count).map_err(|_| BatchError::Record("has a negative header count"))?;
        // A header takes two bytes at least.
        if count > body.left() / 2 {
            return Err(BatchError::Record("announces more headers than it can hold"));
        }
        let mut headers = Vec::with_capacity(count.min(64));
        for _ in 0..count {
            let key = body.sized()?.ok_or(BatchError::Record("has a header without a key"))?;
            headers.push(Header { key, value: body.sized()? });
        }
        if body.left() > 0 {
            return Err(BatchError::Record("has bytes left over"));
        }
        let timestamp = self.base.append_time.unwrap_or_else(|| self.base.timestamp.saturating_add(timestamp_delta));
        let offset = self.base.offset.saturating_add(offset_delta);
        Ok((Record { attributes, offset, timestamp, key, value, headers }, offset_delta))
    }
}

impl Iterator for Records {
    type Item = Result<Record, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left <= 0 {
            return None;
        }
        self.left -= 1;
        let read = self.read().map(|(record, _)| record);
        if read.is_err() {
            self.left = 0;
        }
        Some(read)
    }
}
