//! From Avro's bytes to JSON.
//!
//! As Avro's JSON encoding has it, with three exceptions: logical types are shown as people write them, a union of one type
//! and null is its value alone, and so is a record that is the whole value. Bytes are text of the code points 0 to 255.

use serde_json::{Map, Value};

use super::logical::Logical;
use super::{Avro, Definition, Node};
use crate::values::Misfit;

/// How deep values may be nested, as `serde_json` has it: what recursive schemas allow is not bounded by the bytes.
const DEEPEST: usize = 128;
/// How many values may take no bytes at all, as null and records without fields do.
const MOST_EMPTY: usize = 100_000;

impl Avro {
    /// The value in these bytes, all of which must belong to it.
    pub(crate) fn read_value(&self, bytes: &[u8]) -> Result<Value, Misfit> {
        let mut reader = Reader { avro: self, bytes, left: bytes.len().saturating_add(MOST_EMPTY) };
        let value = match &self.root {
            Node::Union(branches) => {
                let branch = reader.branch(branches)?;
                reader.value(branch, 0)
            }
            root => reader.value(root, 0),
        }?;
        match reader.bytes.len() {
            0 => Ok(value),
            left => Err(Misfit::new(format!("{left} bytes are left behind the value"))),
        }
    }

    /// What a branch of a union is called in JSON.
    pub(super) fn branch_name(&self, node: &Node) -> String {
        match node {
            Node::Named(index) => self.named(*index).map(|named| named.name.full()).unwrap_or_default(),
            node => self.kind(node).to_owned(),
        }
    }
}

/// Whether a union's values stand in JSON without the name of their branch: there is one, besides null.
pub(super) fn is_plain(branches: &[Node]) -> bool {
    branches.iter().filter(|branch| !matches!(branch, Node::Primitive { kind: "null", .. })).count() < 2
}

struct Reader<'a> {
    avro: &'a Avro,
    bytes: &'a [u8],
    /// How many more values may come.
    left: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self, node: &'a Node, depth: usize) -> Result<Value, Misfit> {
        if depth > DEEPEST {
            return Err(Misfit::new(format!("it is nested deeper than {DEEPEST} levels")));
        }
        self.left =
            self.left.checked_sub(1).ok_or_else(|| Misfit::new("it holds too many values that take no bytes"))?;
        match node {
            Node::Primitive { kind, properties } => {
                let logical = Logical::of(properties, kind);
                match *kind {
                    "null" => Ok(Value::Null),
                    "boolean" => match self.take(1)? {
                        [0] => Ok(Value::Bool(false)),
                        [1] => Ok(Value::Bool(true)),
                        other => Err(Misfit::new(format!("{other:02x?} is no boolean"))),
                    },
                    "int" => {
                        let number = self.long()?;
                        let number = i32::try_from(number).map_err(|_| Misfit::new(format!("{number} is no int")))?;
                        Ok(logical
                            .and_then(|logical| logical.of_number(number.into()))
                            .unwrap_or_else(|| number.into()))
                    }
                    "long" => {
                        let number = self.long()?;
                        Ok(logical.and_then(|logical| logical.of_number(number)).unwrap_or_else(|| number.into()))
                    }
                    "float" => Ok(single(f32::from_le_bytes(self.array()?))),
                    "double" => Ok(double(f64::from_le_bytes(self.array()?))),
                    "bytes" => {
                        let bytes = self.counted()?;
                        Ok(logical.and_then(|logical| logical.of_bytes(bytes)).unwrap_or_else(|| latin(bytes)))
                    }
                    _ => Ok(Value::String(self.text()?)),
                }
            }
            Node::Array { items, .. } => {
                let mut values = Vec::new();
                self.blocks(|reader| {
                    let value = reader.value(items, depth + 1).map_err(|misfit| misfit.at(values.len()))?;
                    values.push(value);
                    Ok(())
                })?;
                Ok(Value::Array(values))
            }
            Node::Map { values: node, .. } => {
                let mut values = Map::new();
                self.blocks(|reader| {
                    let key = reader.text()?;
                    let value = reader.value(node, depth + 1).map_err(|misfit| misfit.at(&key))?;
                    values.insert(key, value);
                    Ok(())
                })?;
                Ok(Value::Object(values))
            }
            Node::Union(branches) => {
                let branch = self.branch(branches)?;
                let value = self.value(branch, depth + 1)?;
                if value.is_null() || is_plain(branches) {
                    return Ok(value);
                }
                Ok(Value::Object(Map::from_iter([(self.avro.branch_name(branch), value)])))
            }
            Node::Named(index) => self.named(*index, depth),
        }
    }

    fn named(&mut self, index: usize, depth: usize) -> Result<Value, Misfit> {
        let Some(named) = self.avro.named(index) else { return Err(Misfit::new("its type is not defined")) };
        match &named.definition {
            Definition::Record { fields, .. } => {
                let mut values = Map::new();
                for field in fields {
                    let value = self.value(&field.node, depth + 1).map_err(|misfit| misfit.at(&field.name))?;
                    values.insert(field.name.clone(), value);
                }
                Ok(Value::Object(values))
            }
            Definition::Enum { symbols, .. } => {
                let index = self.long()?;
                let symbol = usize::try_from(index).ok().and_then(|index| symbols.get(index));
                let unknown =
                    || Misfit::new(format!("{} has {} symbols, and none at {index}", named.name.full(), symbols.len()));
                symbol.cloned().map(Value::String).ok_or_else(unknown)
            }
            Definition::Fixed { size } => {
                let bytes = self.take(usize::try_from(*size).map_err(|_| Misfit::end())?)?;
                let logical = Logical::of(&named.properties, "fixed");
                Ok(logical.and_then(|logical| logical.of_bytes(bytes)).unwrap_or_else(|| latin(bytes)))
            }
        }
    }

    fn branch(&mut self, branches: &'a [Node]) -> Result<&'a Node, Misfit> {
        let index = self.long()?;
        let branch = usize::try_from(index).ok().and_then(|index| branches.get(index));
        branch.ok_or_else(|| Misfit::new(format!("the union has {} branches, and none at {index}", branches.len())))
    }

    /// The items of an array or a map, which come in blocks.
    fn blocks(&mut self, mut item: impl FnMut(&mut Self) -> Result<(), Misfit>) -> Result<(), Misfit> {
        loop {
            let mut count = self.long()?;
            if count == 0 {
                return Ok(());
            }
            if count < 0 {
                // The size of the block in bytes, for those who skip it.
                self.long()?;
                count = count.checked_neg().ok_or_else(Misfit::end)?;
            }
            for _ in 0..count {
                item(self)?;
            }
        }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Misfit> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or_else(Misfit::end)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Misfit> {
        let (taken, rest) = self.bytes.split_first_chunk::<N>().ok_or_else(Misfit::end)?;
        self.bytes = rest;
        Ok(*taken)
    }

    fn counted(&mut self) -> Result<&'a [u8], Misfit> {
        let count = self.long()?;
        let count = usize::try_from(count).map_err(|_| Misfit::new(format!("{count} is no length")))?;
        self.take(count)
    }

    fn text(&mut self) -> Result<String, Misfit> {
        let bytes = self.counted()?;
        String::from_utf8(bytes.to_vec()).map_err(|_| Misfit::new("the string is not UTF-8"))
    }

    /// A zig-zag number of variable length.
    fn long(&mut self) -> Result<i64, Misfit> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok((value >> 1).cast_signed() ^ -((value & 1).cast_signed()));
            }
        }
        Err(Misfit::new("a number is longer than 10 bytes"))
    }
}

/// A double in JSON; what JSON has no number for is text: `NaN`, `Infinity`, `-Infinity`.
pub(crate) fn double(value: f64) -> Value {
    let text = if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    };
    serde_json::Number::from_f64(value).map_or_else(|| text.into(), Value::Number)
}

/// A float with the digits that tell it from other floats, instead of those of the double that it equals.
pub(crate) fn single(value: f32) -> Value {
    if value.is_finite() { double(value.to_string().parse().unwrap_or(f64::from(value))) } else { double(value.into()) }
}

/// Bytes as text of the code points 0 to 255.
pub(super) fn latin(bytes: &[u8]) -> Value {
    Value::String(bytes.iter().map(|byte| char::from(*byte)).collect())
}
