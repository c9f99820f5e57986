//! Reading: every length is checked against the remaining bytes before bytes are taken or memory is allocated.

use bytes::Bytes;

use crate::{Malformed, Tags, Text, Uuid};

/// A position in reference-counted bytes. Values that are read share them.
#[derive(Clone, Debug)]
pub struct Reader {
    bytes: Bytes,
}

macro_rules! fixed {
    ($($(#[$doc:meta])* $name:ident: $type:ty;)*) => {
        $($(#[$doc])*
        pub fn $name(&mut self) -> Result<$type, Malformed> {
            Ok(<$type>::from_be_bytes(self.fixed()?))
        })*
    };
}

impl Reader {
    /// Starts at the first byte.
    pub fn new(bytes: Bytes) -> Self {
        Self { bytes }
    }

    /// How many bytes are left.
    pub fn left(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes that are left.
    pub fn rest(self) -> Bytes {
        self.bytes
    }

    /// Takes `length` bytes without copying them.
    pub fn take(&mut self, length: usize) -> Result<Bytes, Malformed> {
        if length > self.bytes.len() {
            return Err(Malformed::Truncated { needed: length, left: self.bytes.len() });
        }
        Ok(self.bytes.split_to(length))
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        match self.bytes.first_chunk::<N>() {
            Some(chunk) => {
                let chunk = *chunk;
                bytes::Buf::advance(&mut self.bytes, N);
                Ok(chunk)
            }
            None => Err(Malformed::Truncated { needed: N, left: self.bytes.len() }),
        }
    }

    fixed! {
        /// A signed byte.
        i8: i8;
        /// Two bytes, signed.
        i16: i16;
        /// Two bytes.
        u16: u16;
        /// Four bytes, signed.
        i32: i32;
        /// Four bytes.
        u32: u32;
        /// Eight bytes, signed.
        i64: i64;
        /// Eight bytes, IEEE 754.
        f64: f64;
    }

    /// A byte; anything but zero is true.
    pub fn bool(&mut self) -> Result<bool, Malformed> {
        Ok(self.i8()? != 0)
    }

    /// Sixteen bytes.
    pub fn uuid(&mut self) -> Result<Uuid, Malformed> {
        self.fixed().map(Uuid)
    }

    /// An unsigned integer in groups of seven bits, five bytes at most.
    pub fn unsigned_varint(&mut self) -> Result<u32, Malformed> {
        let mut value: u32 = 0;
        for shift in [0, 7, 14, 21, 28] {
            let [byte] = self.fixed()?;
            let bits = u32::from(byte & 0x7f);
            if shift == 28 && byte > 0x0f {
                return Err(Malformed::Varint);
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Malformed::Varint)
    }

    /// A length: `None` for null. `flexible` chooses the compact form; otherwise `wide` chooses four bytes over two.
    fn length(&mut self, flexible: bool, wide: bool) -> Result<Option<usize>, Malformed> {
        let length = if flexible {
            i64::from(self.unsigned_varint()?) - 1
        } else if wide {
            i64::from(self.i32()?)
        } else {
            i64::from(self.i16()?)
        };
        match length {
            -1 => Ok(None),
            _ => usize::try_from(length).map(Some).map_err(|_| Malformed::Negative(length)),
        }
    }

    /// Text that may not be null.
    pub fn text(&mut self, flexible: bool) -> Result<Text, Malformed> {
        self.text_or_null(flexible, false)?.ok_or(Malformed::Null)
    }

    /// Text; null where `allowed`.
    pub fn text_or_null(&mut self, flexible: bool, allowed: bool) -> Result<Option<Text>, Malformed> {
        match self.length(flexible, false)? {
            None if allowed => Ok(None),
            None => Err(Malformed::Null),
            Some(length) => Text::from_utf8(self.take(length)?).map(Some),
        }
    }

    /// Bytes that may not be null.
    pub fn bytes(&mut self, flexible: bool) -> Result<Bytes, Malformed> {
        self.bytes_or_null(flexible, false)?.ok_or(Malformed::Null)
    }

    /// Bytes; null where `allowed`.
    pub fn bytes_or_null(&mut self, flexible: bool, allowed: bool) -> Result<Option<Bytes>, Malformed> {
        match self.length(flexible, true)? {
            None if allowed => Ok(None),
            None => Err(Malformed::Null),
            Some(length) => self.take(length).map(Some),
        }
    }

    /// Elements that take at least `least` bytes each; the array may not be null.
    pub fn array<T>(
        &mut self,
        flexible: bool,
        least: usize,
        element: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        self.array_or_null(flexible, least, false, element)?.ok_or(Malformed::Null)
    }

    /// Elements that take at least `least` bytes each; null where `allowed`.
    pub fn array_or_null<T>(
        &mut self,
        flexible: bool,
        least: usize,
        allowed: bool,
        mut element: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Option<Vec<T>>, Malformed> {
        let count = match self.length(flexible, true)? {
            None if allowed => return Ok(None),
            None => return Err(Malformed::Null),
            Some(count) => count,
        };
        let left = self.left();
        if count > left / least.max(1) {
            return Err(Malformed::Count { count, left });
        }
        // The first allocation is no larger than the bytes themselves; the vector grows as elements arrive.
        let mut elements = Vec::with_capacity(count.min(left / size_of::<T>().max(1) + 1));
        for _ in 0..count {
            elements.push(element(self)?);
        }
        Ok(Some(elements))
    }

    /// The byte in front of a struct that may be null; null where `allowed`.
    pub fn is_present(&mut self, allowed: bool) -> Result<bool, Malformed> {
        match self.i8()? {
            0.. => Ok(true),
            _ if allowed => Ok(false),
            _ => Err(Malformed::Null),
        }
    }

    /// Tagged fields: `known` reads a field and returns true if it knows its tag; all other fields are kept.
    pub fn tags(
        &mut self,
        mut known: impl FnMut(u32, &mut Self) -> Result<bool, Malformed>,
    ) -> Result<Tags, Malformed> {
        let count = self.unsigned_varint()?;
        let mut unknown = Tags::default();
        let mut previous: Option<u32> = None;
        for _ in 0..count {
            let tag = self.unsigned_varint()?;
            if previous.is_some_and(|previous| tag <= previous) {
                return Err(Malformed::TagOrder(tag));
            }
            previous = Some(tag);
            let length = usize::try_from(self.unsigned_varint()?).map_err(|_| Malformed::Varint)?;
            let content = self.take(length)?;
            if !known(tag, &mut Self::new(content.clone()))? {
                unknown.push(tag, content);
            }
        }
        Ok(unknown)
    }
}
