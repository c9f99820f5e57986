//! A cursor reads zigzag varints and bounded slices of an uncompressed record section.

use super::BatchError;

/// The most bytes that a varint of 64 bits takes.
const VARLONG: usize = 10;

/// A position in the records of a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(super) fn left(&self) -> usize {
        self.bytes.len()
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8, BatchError> {
        let (byte, rest) = self.bytes.split_first().ok_or(BatchError::Record("ends too early"))?;
        self.bytes = rest;
        Ok(*byte)
    }

    #[inline(always)]
    pub(super) fn varlong(&mut self) -> Result<i64, BatchError> {
        // Most deltas and lengths take one byte or two.
        let value = match *self.bytes {
            [first @ ..0x80, ref rest @ ..] => {
                self.bytes = rest;
                u64::from(first)
            }
            [first, second @ ..0x80, ref rest @ ..] => {
                self.bytes = rest;
                u64::from(first & 0x7f) | u64::from(second) << 7
            }
            _ => self.long_varlong()?,
        };
        let magnitude = (value >> 1).cast_signed();
        Ok(if value & 1 == 0 { magnitude } else { !magnitude })
    }

    /// Reads a varint of any length, zigzag still on.
    fn long_varlong(&mut self) -> Result<u64, BatchError> {
        let mut value: u64 = 0;
        for shift in (0..VARLONG).map(|group| group * 7) {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(BatchError::Record("has a varint that is too long"))
    }

    #[inline]
    pub(super) fn varint(&mut self) -> Result<i32, BatchError> {
        i32::try_from(self.varlong()?).map_err(|_| BatchError::Record("has a varint that is too long"))
    }

    /// Reads a length and that many bytes; a length of -1 is null.
    #[inline]
    pub(super) fn sized(&mut self) -> Result<Option<&'a [u8]>, BatchError> {
        match self.varint()? {
            -1 => Ok(None),
            length => self.take(length).map(Some),
        }
    }

    #[inline]
    pub(super) fn take(&mut self, length: i32) -> Result<&'a [u8], BatchError> {
        let length = usize::try_from(length).map_err(|_| BatchError::Record("has a negative length"))?;
        let taken = self.bytes.split_at_checked(length).ok_or(BatchError::Record("is longer than its batch"))?;
        self.bytes = taken.1;
        Ok(taken.0)
    }
}

/// Appends a zigzag varint.
pub(super) fn put_varlong(out: &mut Vec<u8>, value: i64) {
    let mut rest = value.wrapping_shl(1).cast_unsigned() ^ (value >> 63).cast_unsigned();
    while rest >= 0x80 {
        out.push(u8::try_from(rest & 0x7f).unwrap_or_default() | 0x80);
        rest >>= 7;
    }
    out.push(u8::try_from(rest).unwrap_or_default());
}
