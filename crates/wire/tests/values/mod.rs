//! Arbitrary bytes become a value of any message, by its definition.
//!
//! When the bytes run out, the rest of the value is as small as possible, so shorter bytes mean a simpler value:
//! proptest shrinks the bytes, and the value shrinks with them.

use kafka_trial_wire::schema::{Field, Message, Struct, Type};
use kafka_trial_wire::view::Value;
use kafka_trial_wire::{Bytes, Uuid};

/// The greatest depth of arrays within arrays.
const DEPTH: usize = 4;
/// No definition uses tags from here on.
const UNKNOWN_TAGS: u32 = 100;
const TEXTS: [&str; 6] = ["", "a", "orders", "größe", "\u{10ffff}\0", "0123456789012345678901234567890123456789"];

/// Returns the fields of a version, with values that depend on the bytes.
pub(crate) fn value(message: &Message, version: i16, bytes: &[u8]) -> Value {
    Source { bytes, message, version, depth: 0 }.struct_value(&message.structs[0])
}

struct Source<'a> {
    bytes: &'a [u8],
    message: &'a Message,
    version: i16,
    depth: usize,
}

impl Source<'_> {
    fn byte(&mut self) -> u8 {
        match self.bytes.split_first() {
            Some((first, rest)) => {
                self.bytes = rest;
                *first
            }
            None => 0,
        }
    }

    fn fixed<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.byte())
    }

    /// Returns an integer, which is often 0, -1, the smallest or the largest.
    fn integer(&mut self, min: i64, max: i64) -> Value {
        Value::Int(match self.byte() {
            0 | 1 => 0,
            2 => (-1).max(min),
            3 => min,
            4 => max,
            small if small < 128 => i64::from(small) % max,
            _ => {
                let any = i128::from(i64::from_be_bytes(self.fixed()));
                let span = i128::from(max) - i128::from(min) + 1;
                i64::try_from(i128::from(min) + any.rem_euclid(span)).unwrap()
            }
        })
    }

    fn struct_value(&mut self, part: &Struct) -> Value {
        let (version, mut fields) = (self.version, Vec::new());
        for field in part.fields.iter().filter(|field| field.versions.contains(version)) {
            fields.push((field.name.clone(), self.field(field)));
        }
        if self.message.flexible.contains(self.version) {
            let mut tag = UNKNOWN_TAGS;
            while self.byte() > 220 {
                // Some tags and some contents need a varint of two bytes.
                tag += 1 + u32::from(self.byte());
                let content = self.blob();
                fields.push((tag.to_string(), Value::Bytes(content)));
            }
        }
        Value::Struct(fields)
    }

    fn field(&mut self, field: &Field) -> Value {
        let nullable = field.nullable.contains(self.version) || field.r#type == Type::Records;
        if nullable && self.byte() % 4 == 1 {
            return Value::Null;
        }
        if !field.is_array {
            return self.element(field);
        }
        let most = if self.depth < DEPTH { 4 } else { 1 };
        self.depth += 1;
        let count = self.byte() % most;
        let elements = (0..count).map(|_| self.element(field)).collect();
        self.depth -= 1;
        Value::Array(elements)
    }

    fn element(&mut self, field: &Field) -> Value {
        match &field.r#type {
            Type::Bool => Value::Bool(self.byte() % 2 == 1),
            Type::Int8 => self.integer(i8::MIN.into(), i8::MAX.into()),
            Type::Int16 => self.integer(i16::MIN.into(), i16::MAX.into()),
            Type::Uint16 => self.integer(0, u16::MAX.into()),
            Type::Int32 => self.integer(i32::MIN.into(), i32::MAX.into()),
            Type::Int64 => self.integer(i64::MIN, i64::MAX),
            Type::Float64 => Value::Float(f64::from(i32::from_be_bytes(self.fixed())) / 8.0),
            Type::Uuid => Value::Uuid(Uuid(self.fixed())),
            Type::String => Value::Text(TEXTS[usize::from(self.byte()) % TEXTS.len()].repeat(self.repetitions())),
            Type::Bytes | Type::Records => Value::Bytes(self.blob()),
            Type::Struct(name) => self.struct_value(self.message.find(name).unwrap()),
        }
    }

    /// Returns a number of repetitions, which is sometimes large enough for a length of two bytes.
    fn repetitions(&mut self) -> usize {
        if self.byte() > 250 { 40 } else { 1 }
    }

    fn blob(&mut self) -> Bytes {
        let length = usize::from(self.byte() % 8);
        let bytes: Vec<u8> = (0..length).map(|_| self.byte()).collect();
        bytes.repeat(self.repetitions()).into()
    }
}
