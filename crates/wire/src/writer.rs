//! A writer collects small values in one buffer, and keeps large payloads separately without copying them.

use bytes::{BufMut, Bytes, BytesMut};

use crate::{EncodeError, Pieces, Text, Uuid};

/// Payloads of at least this size are not copied, and are sent by a gathering write.
pub const OWN_SEGMENT: usize = 4096;

/// Bytes in several pieces, which are sent in order.
pub type Segments = Vec<Bytes>;

/// Tagged fields that the definitions do not know, in ascending order. They are rare, so an empty list is one pointer.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::box_collection, reason = "a struct in an array of thousands carries one pointer, not three words")]
pub struct Tags(Option<Box<Vec<(u32, Bytes)>>>);

impl Tags {
    /// Adds a field; its tag must be above all earlier ones.
    pub fn push(&mut self, tag: u32, content: Bytes) {
        self.0.get_or_insert_default().push((tag, content));
    }

    /// Returns whether there are no fields.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Returns the fields in ascending order of their tags.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Bytes)> {
        self.0.iter().flat_map(|tags| tags.iter().map(|(tag, content)| (*tag, content)))
    }
}

/// The initial capacity, enough for an ordinary answer.
const FRAME: usize = 256;
/// The bytes of the size in front of a frame.
const SIZE: usize = size_of::<i32>();

/// Collects the bytes of a message.
#[derive(Debug, Default)]
pub struct Writer {
    /// The start of a frame, before `done`; it gets its size when the frame is finished.
    head: Option<BytesMut>,
    done: Segments,
    open: BytesMut,
    is_frame: bool,
}

macro_rules! fixed {
    ($($(#[$doc:meta])* $name:ident: $type:ty;)*) => {
        $($(#[$doc])*
        pub fn $name(&mut self, value: $type) {
            self.open.put_slice(&value.to_be_bytes());
        })*
    };
}

impl Writer {
    /// Returns an empty writer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a writer for a frame, whose size [`Writer::finish_frame`] sets.
    pub fn frame() -> Self {
        let mut open = BytesMut::with_capacity(FRAME);
        open.put_bytes(0, SIZE);
        Self { open, is_frame: true, ..Self::default() }
    }

    fixed! {
        /// Writes a signed byte.
        put_i8: i8;
        /// Writes two bytes, signed.
        put_i16: i16;
        /// Writes two bytes.
        put_u16: u16;
        /// Writes four bytes, signed.
        put_i32: i32;
        /// Writes four bytes.
        put_u32: u32;
        /// Writes eight bytes, signed.
        put_i64: i64;
        /// Writes eight bytes, IEEE 754.
        put_f64: f64;
    }

    /// Writes one byte, 0 or 1.
    pub fn put_bool(&mut self, value: bool) {
        self.put_i8(i8::from(value));
    }

    /// Writes sixteen bytes.
    pub fn put_uuid(&mut self, value: Uuid) {
        self.open.put_slice(&value.0);
    }

    /// Writes an unsigned integer in groups of seven bits.
    pub fn put_unsigned_varint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.open.put_u8(u8::try_from(value & 0x7f).unwrap_or_default() | 0x80);
            value >>= 7;
        }
        self.open.put_u8(u8::try_from(value).unwrap_or_default());
    }

    /// Writes bytes without a length; a large piece is not copied.
    pub fn put_raw(&mut self, bytes: &Bytes) {
        if bytes.len() >= OWN_SEGMENT {
            let before = self.open.split();
            if self.is_frame && self.head.is_none() {
                self.head = Some(before);
            } else if !before.is_empty() {
                self.done.push(before.freeze());
            }
            self.done.push(bytes.clone());
        } else {
            self.open.put_slice(bytes);
        }
    }

    fn put_length(&mut self, flexible: bool, wide: bool, length: Option<usize>) -> Result<(), EncodeError> {
        let size = length.unwrap_or_default();
        let too_large = |_| EncodeError::Length(size);
        if flexible {
            let plus_one = length.map_or(0, |length| length.saturating_add(1));
            self.put_unsigned_varint(u32::try_from(plus_one).map_err(too_large)?);
        } else if wide {
            self.put_i32(length.map_or(Ok(-1), i32::try_from).map_err(too_large)?);
        } else {
            self.put_i16(length.map_or(Ok(-1), i16::try_from).map_err(too_large)?);
        }
        Ok(())
    }

    /// Writes text with its length.
    pub fn put_text(&mut self, flexible: bool, text: &Text) -> Result<(), EncodeError> {
        self.put_length(flexible, false, Some(text.as_bytes().len()))?;
        self.open.put_slice(text.as_bytes());
        Ok(())
    }

    /// Writes text or, if `allowed`, null.
    pub fn put_text_or_null(
        &mut self,
        flexible: bool,
        allowed: bool,
        field: &'static str,
        text: Option<&Text>,
    ) -> Result<(), EncodeError> {
        match text {
            Some(text) => self.put_text(flexible, text),
            None if allowed => self.put_length(flexible, false, None),
            None => Err(EncodeError::Null(field)),
        }
    }

    /// Writes bytes with their length.
    pub fn put_bytes_field(&mut self, flexible: bool, bytes: &Bytes) -> Result<(), EncodeError> {
        self.put_length(flexible, true, Some(bytes.len()))?;
        self.put_raw(bytes);
        Ok(())
    }

    /// Writes bytes or, if `allowed`, null.
    pub fn put_bytes_or_null(
        &mut self,
        flexible: bool,
        allowed: bool,
        field: &'static str,
        bytes: Option<&Bytes>,
    ) -> Result<(), EncodeError> {
        match bytes {
            Some(bytes) => self.put_bytes_field(flexible, bytes),
            None if allowed => self.put_length(flexible, true, None),
            None => Err(EncodeError::Null(field)),
        }
    }

    /// Writes records, or null.
    pub fn put_records(&mut self, flexible: bool, records: Option<&Pieces>) -> Result<(), EncodeError> {
        self.put_length(flexible, true, records.map(Pieces::len))?;
        // Small pieces are copied into one: sending each by itself costs more.
        let small = records.into_iter().flat_map(Pieces::iter).map(Bytes::len).filter(|size| *size < OWN_SEGMENT);
        self.open.reserve(small.sum());
        records.into_iter().flat_map(Pieces::iter).for_each(|piece| self.put_raw(piece));
        Ok(())
    }

    /// Writes a count and its elements.
    pub fn put_array<T>(
        &mut self,
        flexible: bool,
        elements: &[T],
        mut put: impl FnMut(&mut Self, &T) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        self.put_length(flexible, true, Some(elements.len()))?;
        elements.iter().try_for_each(|element| put(self, element))
    }

    /// Writes a count and its elements or, if `allowed`, null.
    pub fn put_array_or_null<T>(
        &mut self,
        flexible: bool,
        allowed: bool,
        field: &'static str,
        elements: Option<&[T]>,
        put: impl FnMut(&mut Self, &T) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        match elements {
            Some(elements) => self.put_array(flexible, elements, put),
            None if allowed => self.put_length(flexible, true, None),
            None => Err(EncodeError::Null(field)),
        }
    }

    /// What stands in front of a struct that may be null: a byte, or in a tagged field a varint. Returns whether the struct
    /// follows.
    pub fn put_presence(
        &mut self,
        tagged: bool,
        allowed: bool,
        field: &'static str,
        present: bool,
    ) -> Result<bool, EncodeError> {
        if !present && !allowed {
            return Err(EncodeError::Null(field));
        }
        match (tagged, present) {
            (_, true) => self.put_i8(1),
            (true, false) => self.put_unsigned_varint(0),
            (false, false) => self.put_i8(-1),
        }
        Ok(present)
    }

    /// Writes known and unknown tagged fields in one ascending order.
    pub fn put_tags(&mut self, mut known: Vec<(u32, Bytes)>, unknown: &Tags) -> Result<(), EncodeError> {
        // Nearly always the case, and every element of every array comes here.
        if known.is_empty() && unknown.is_empty() {
            self.put_unsigned_varint(0);
            return Ok(());
        }
        known.extend(unknown.iter().map(|(tag, content)| (tag, content.clone())));
        known.sort_by_key(|(tag, _)| *tag);
        let count = u32::try_from(known.len()).map_err(|_| EncodeError::Length(known.len()))?;
        self.put_unsigned_varint(count);
        let mut previous = None;
        for (tag, content) in known {
            if previous.replace(tag) == Some(tag) {
                return Err(EncodeError::Tag(tag));
            }
            self.put_unsigned_varint(tag);
            let size = u32::try_from(content.len()).map_err(|_| EncodeError::Length(content.len()))?;
            self.put_unsigned_varint(size);
            self.put_raw(&content);
        }
        Ok(())
    }

    /// Returns the bytes in pieces.
    pub fn finish(mut self) -> Segments {
        if !self.open.is_empty() {
            self.done.push(self.open.freeze());
        }
        self.done
    }

    /// Returns the bytes of a frame in pieces, after their size in four bytes. The writer must come from
    /// [`Writer::frame`].
    pub fn finish_frame(mut self) -> Result<Segments, EncodeError> {
        let (mut head, last) = match self.head.take() {
            Some(head) => (head, self.open),
            None => (self.open, BytesMut::new()),
        };
        let size = head.len() + self.done.iter().map(Bytes::len).sum::<usize>() + last.len();
        let size = size.saturating_sub(SIZE);
        let prefix = i32::try_from(size).map_err(|_| EncodeError::Length(size))?.to_be_bytes();
        debug_assert!(self.is_frame, "a frame has room for its size from the start");
        if let Some(room) = head.first_chunk_mut() {
            *room = prefix;
        }
        let mut segments = Vec::with_capacity(self.done.len() + 2);
        segments.push(head.freeze());
        segments.append(&mut self.done);
        if !last.is_empty() {
            segments.push(last.freeze());
        }
        Ok(segments)
    }

    /// Returns the bytes in one piece.
    pub fn into_bytes(self) -> Bytes {
        let mut segments = self.finish();
        match segments.len() {
            0 => Bytes::new(),
            1 => segments.swap_remove(0),
            _ => segments.concat().into(),
        }
    }
}
