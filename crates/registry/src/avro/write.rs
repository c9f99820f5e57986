//! From JSON to Avro's bytes: what `read` makes of them, and the numbers and bytes behind logical types too.

use serde_json::Value;

use super::logical::{Logical, uuid_bytes};
use super::read::is_plain;
use super::{Avro, Definition, Node};
use crate::values::{Misfit, decimal};

/// How deep values may be nested.
const DEEPEST: usize = 128;

impl Avro {
    /// The bytes of a value. Fields that are left out get their default.
    pub(crate) fn write_value(&self, value: &Value) -> Result<Vec<u8>, Misfit> {
        let mut writer = Writer { avro: self, bytes: Vec::new(), is_raw: false };
        writer.value(&self.root, value, 0)?;
        Ok(writer.bytes)
    }
}

struct Writer<'a> {
    avro: &'a Avro,
    bytes: Vec<u8>,
    /// Whether logical types mean nothing, as in the defaults of a schema.
    is_raw: bool,
}

impl<'a> Writer<'a> {
    fn value(&mut self, node: &'a Node, value: &Value, depth: usize) -> Result<(), Misfit> {
        if depth > DEEPEST {
            return Err(Misfit::new(format!("it is nested deeper than {DEEPEST} levels")));
        }
        match (node, value) {
            (Node::Primitive { kind, properties }, value) => {
                let logical = Logical::of(properties, kind).filter(|_| !self.is_raw);
                self.primitive(kind, logical, value)
            }
            (Node::Array { items, .. }, Value::Array(values)) => {
                self.block(values.len());
                for (value, index) in values.iter().zip(0..) {
                    self.value(items, value, depth + 1).map_err(|misfit| misfit.at(index))?;
                }
                self.long(0);
                Ok(())
            }
            (Node::Map { values: node, .. }, Value::Object(values)) => {
                self.block(values.len());
                for (key, value) in values {
                    self.counted(key.as_bytes());
                    self.value(node, value, depth + 1).map_err(|misfit| misfit.at(key))?;
                }
                self.long(0);
                Ok(())
            }
            (Node::Union(branches), value) => self.union(branches, value, depth),
            (Node::Named(index), value) => self.named(*index, value, depth),
            (node, value) => Err(expected(self.avro.kind(node), value)),
        }
    }

    fn primitive(&mut self, kind: &'static str, logical: Option<Logical>, value: &Value) -> Result<(), Misfit> {
        match (kind, value) {
            ("null", Value::Null) => {}
            ("boolean", Value::Bool(value)) => self.bytes.push(u8::from(*value)),
            ("int" | "long", value) => {
                let number = match (logical, value) {
                    (Some(logical), Value::String(text)) => {
                        let number = logical.number_of(text);
                        number.ok_or_else(|| Misfit::new(format!("\"{text}\": expected {}", logical.example())))?
                    }
                    (_, value) => whole(value).ok_or_else(|| expected(kind, value))?,
                };
                if kind == "int" && i32::try_from(number).is_err() {
                    return Err(expected(kind, value));
                }
                self.long(number);
            }
            ("float", value) => {
                #[expect(clippy::cast_possible_truncation, reason = "a float has less digits")]
                let number = floating(value).ok_or_else(|| expected(kind, value))? as f32;
                self.bytes.extend(number.to_le_bytes());
            }
            ("double", value) => {
                self.bytes.extend(floating(value).ok_or_else(|| expected(kind, value))?.to_le_bytes());
            }
            ("bytes", Value::String(text)) => {
                let bytes = bytes_of(text, logical)?;
                self.counted(&bytes);
            }
            ("string", Value::String(text)) => self.counted(text.as_bytes()),
            (kind, value) => {
                return Err(logical.map_or_else(|| expected(kind, value), |logical| example(logical, value)));
            }
        }
        Ok(())
    }

    fn named(&mut self, index: usize, value: &Value, depth: usize) -> Result<(), Misfit> {
        let Some(named) = self.avro.named(index) else { return Err(Misfit::new("its type is not defined")) };
        match (&named.definition, value) {
            (Definition::Record { fields, .. }, Value::Object(values)) => {
                if let Some(unknown) = values.keys().find(|key| fields.iter().all(|field| field.name != **key)) {
                    return Err(Misfit::new(format!("{} has no such field", named.name.full())).at(unknown));
                }
                for field in fields {
                    let written = match (values.get(&field.name), &field.default) {
                        (Some(value), _) => self.value(&field.node, value, depth + 1),
                        (None, Some(default)) => {
                            let was_raw = std::mem::replace(&mut self.is_raw, true);
                            let written = self.value(&field.node, &Value::from(default), depth + 1);
                            self.is_raw = was_raw;
                            written
                        }
                        (None, None) => Err(Misfit::new("the field is missing and has no default")),
                    };
                    written.map_err(|misfit| misfit.at(&field.name))?;
                }
                Ok(())
            }
            (Definition::Enum { symbols, .. }, Value::String(symbol)) => {
                let index = symbols.iter().position(|known| known == symbol);
                let unknown = || Misfit::new(format!("\"{symbol}\": expected one of {}", symbols.join(", ")));
                self.long(i64::try_from(index.ok_or_else(unknown)?).unwrap_or_default());
                Ok(())
            }
            (Definition::Fixed { size }, value) => {
                let logical = Logical::of(&named.properties, "fixed").filter(|_| !self.is_raw);
                let bytes = fixed(value, logical, usize::try_from(*size).unwrap_or(usize::MAX))?;
                self.bytes.extend(bytes);
                Ok(())
            }
            (definition, value) => Err(expected(definition.kind(), value)),
        }
    }

    /// By the name of a branch, or as the first branch that the value fits.
    fn union(&mut self, branches: &'a [Node], value: &Value, depth: usize) -> Result<(), Misfit> {
        let by_name = value.as_object().filter(|object| object.len() == 1).and_then(|object| {
            let (name, inner) = object.iter().next()?;
            let index = branches.iter().position(|branch| self.avro.branch_name(branch) == *name)?;
            Some((index, inner))
        });
        let plain = (0..branches.len()).map(|index| (index, value));
        let start = self.bytes.len();
        let mut misfits = Vec::new();
        for (index, value) in by_name.into_iter().chain(plain) {
            let Some(branch) = branches.get(index) else { continue };
            self.long(i64::try_from(index).unwrap_or_default());
            match self.value(branch, value, depth + 1) {
                Ok(()) => return Ok(()),
                Err(misfit) => misfits.push((branch, misfit)),
            }
            self.bytes.truncate(start);
        }
        // The one branch besides null is what was meant.
        let is_null = |branch: &Node| matches!(branch, Node::Primitive { kind: "null", .. });
        if is_plain(branches)
            && let Some((_, misfit)) = misfits.iter().find(|(branch, _)| !is_null(branch))
        {
            return Err(misfit.clone());
        }
        let names: Vec<String> = branches.iter().map(|branch| self.avro.branch_name(branch)).collect();
        Err(Misfit::new(format!("{} fits no branch of {}", excerpt(value), names.join(", "))))
    }

    /// The items of an array or a map follow, if there are any.
    fn block(&mut self, count: usize) {
        if count > 0 {
            self.long(i64::try_from(count).unwrap_or_default());
        }
    }

    fn counted(&mut self, bytes: &[u8]) {
        self.long(i64::try_from(bytes.len()).unwrap_or_default());
        self.bytes.extend_from_slice(bytes);
    }

    fn long(&mut self, value: i64) {
        let mut value = ((value << 1) ^ (value >> 63)).cast_unsigned();
        while value >= 0x80 {
            self.bytes.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push((value & 0x7f) as u8);
    }
}

/// A whole number, also where JSON writes it as `7.0`.
pub(crate) fn whole(value: &Value) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "what has no fraction and is small enough is kept")]
    let of_float = |number: f64| (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64);
    value.as_i64().or_else(|| of_float(value.as_f64().filter(|_| !value.is_u64())?))
}

/// A number, or one of the three that JSON does not have.
pub(crate) fn floating(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

fn bytes_of(text: &str, logical: Option<Logical>) -> Result<Vec<u8>, Misfit> {
    match logical {
        Some(Logical::Decimal { scale }) => decimal::unscaled(text, scale).map_err(Misfit::new),
        _ => text
            .chars()
            .map(|letter| u8::try_from(u32::from(letter)))
            .collect::<Result<_, _>>()
            .map_err(|_| Misfit::new("bytes are text of the code points 0 to 255, and one of these is above")),
    }
}

fn fixed(value: &Value, logical: Option<Logical>, size: usize) -> Result<Vec<u8>, Misfit> {
    let bytes = match (logical, value) {
        (Some(Logical::Duration), Value::Object(parts)) => {
            let part = |name: &str| {
                let part = parts.get(name).and_then(Value::as_u64).and_then(|part| u32::try_from(part).ok());
                part.map(u32::to_le_bytes).ok_or_else(|| Misfit::new("expected a number from 0 to 2^32-1").at(name))
            };
            [part("months")?, part("days")?, part("millis")?].concat()
        }
        (Some(Logical::Uuid), Value::String(text)) if text.chars().count() != size => {
            uuid_bytes(text).ok_or_else(|| example(Logical::Uuid, value))?
        }
        (Some(Logical::Decimal { .. }), Value::String(text)) => {
            let mut bytes = bytes_of(text, logical)?;
            let filling = if bytes.first().is_some_and(|first| first & 0x80 != 0) { 0xff } else { 0 };
            while bytes.len() < size {
                bytes.insert(0, filling);
            }
            bytes
        }
        (_, Value::String(text)) => bytes_of(text, None)?,
        (Some(logical), value) => return Err(example(logical, value)),
        (None, value) => return Err(expected("fixed", value)),
    };
    match bytes.len() {
        length if length == size => Ok(bytes),
        length => Err(Misfit::new(format!("{length} bytes, and the schema has {size}"))),
    }
}

fn example(logical: Logical, value: &Value) -> Misfit {
    Misfit::new(format!("{}: expected {}", excerpt(value), logical.example()))
}

fn expected(kind: &str, value: &Value) -> Misfit {
    Misfit::new(format!("{}: expected {kind}", excerpt(value)))
}

/// The beginning of a value, for messages.
pub(crate) fn excerpt(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
