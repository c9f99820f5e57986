//! A reader checks every length against the remaining bytes before it takes or allocates anything.

use bytes::Bytes;

use crate::{Malformed, Tags, Text, Uuid};

/// A position in reference-counted bytes. The values that it reads share these bytes.
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
    /// Returns a reader at the first byte.
    pub fn new(bytes: Bytes) -> Self {
        Self { bytes }
    }

    /// Returns how many bytes are left.
    pub fn left(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the remaining bytes.
    pub fn rest(self) -> Bytes {
        self.bytes
    }

    /// Reads `length` bytes without copying them.
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
        /// Reads a signed byte.
        i8: i8;
        /// Reads two bytes, signed.
        i16: i16;
        /// Reads two bytes.
        u16: u16;
        /// Reads four bytes, signed.
        i32: i32;
        /// Reads four bytes.
        u32: u32;
        /// Reads eight bytes, signed.
        i64: i64;
        /// Reads eight bytes, IEEE 754.
        f64: f64;
    }

    /// Reads a byte; every value except zero is true.
    pub fn bool(&mut self) -> Result<bool, Malformed> {
        Ok(self.i8()? != 0)
    }

    /// Reads sixteen bytes.
    pub fn uuid(&mut self) -> Result<Uuid, Malformed> {
        self.fixed().map(Uuid)
    }

    /// Reads an unsigned integer in groups of seven bits, at most five bytes.
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

    /// Reads a length; returns `None` for null. `flexible` chooses the compact form; otherwise `wide` chooses four
    /// bytes, not two.
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

    /// Reads text that may not be null.
    pub fn text(&mut self, flexible: bool) -> Result<Text, Malformed> {
        self.text_or_null(flexible, false)?.ok_or(Malformed::Null)
    }

    /// Reads text; null if `allowed`.
    pub fn text_or_null(&mut self, flexible: bool, allowed: bool) -> Result<Option<Text>, Malformed> {
        match self.length(flexible, false)? {
            None if allowed => Ok(None),
            None => Err(Malformed::Null),
            Some(length) => Text::from_utf8(self.take(length)?).map(Some),
        }
    }

    /// Reads bytes that may not be null.
    pub fn bytes(&mut self, flexible: bool) -> Result<Bytes, Malformed> {
        self.bytes_or_null(flexible, false)?.ok_or(Malformed::Null)
    }

    /// Reads bytes; null if `allowed`.
    pub fn bytes_or_null(&mut self, flexible: bool, allowed: bool) -> Result<Option<Bytes>, Malformed> {
        match self.length(flexible, true)? {
            None if allowed => Ok(None),
            None => Err(Malformed::Null),
            Some(length) => self.take(length).map(Some),
        }
    }

    /// Reads an array of elements of at least `least` bytes each; it may not be null.
    pub fn array<T>(
        &mut self,
        flexible: bool,
        least: usize,
        element: impl FnMut(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        self.array_or_null(flexible, least, false, element)?.ok_or(Malformed::Null)
    }

    /// Reads an array of elements of at least `least` bytes each; null if `allowed`.
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
        // The vector starts no larger than the bytes themselves, and grows as elements arrive.
        let mut elements = Vec::with_capacity(count.min(left / size_of::<T>().max(1) + 1));
        for _ in 0..count {
            elements.push(element(self)?);
        }
        Ok(Some(elements))
    }

    /// The byte in front of a struct that may be null; null where `allowed`.
    pub fn is_present(&mut self, tagged: bool, allowed: bool) -> Result<bool, Malformed> {
        // In a tagged field it is a varint, of which 0 stands for null.
        match if tagged { i64::from(self.unsigned_varint()?) - 1 } else { self.i8()?.into() } {
            0.. => Ok(true),
            _ if allowed => Ok(false),
            _ => Err(Malformed::Null),
        }
    }

    /// Reads tagged fields: `known` reads a field and returns whether it knows it; unknown fields are kept.
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
