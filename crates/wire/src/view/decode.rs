//! The view reads a message by its definition.

use bytes::Bytes;

use super::Value;
use crate::schema::{Field, Message, Struct, Type};
use crate::{Malformed, Reader};

/// A value that could not be read, with its path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {cause}")]
pub struct Misplaced {
    /// The field, in Kafka's spelling: `Topics[3].Name`.
    pub path: String,
    /// The fault of the field.
    pub cause: Malformed,
}

struct Walk<'a> {
    message: &'a Message,
    version: i16,
    path: Vec<String>,
    /// Whether the values are kept. A search for a malformed field keeps none: values take far more memory than their
    /// bytes.
    keep: bool,
}

impl Message {
    /// Reads the message. Trailing bytes are ignored.
    pub fn decode(&self, bytes: Bytes, version: i16) -> Result<Value, Misplaced> {
        self.walk(bytes, version, true)
    }

    /// Reads the message without keeping any of it.
    pub(super) fn check(&self, bytes: Bytes, version: i16) -> Result<(), Misplaced> {
        self.walk(bytes, version, false).map(drop)
    }

    fn walk(&self, bytes: Bytes, version: i16, keep: bool) -> Result<Value, Misplaced> {
        let mut walk = Walk { message: self, version, path: Vec::new(), keep };
        let result = match self.structs.first() {
            Some(top) if self.versions.contains(version) => walk.read_struct(top, &mut Reader::new(bytes)),
            _ => Err(Malformed::Version(version)),
        };
        result.map_err(|cause| Misplaced { path: walk.path.join("."), cause })
    }
}

impl Walk<'_> {
    fn read_struct(&mut self, part: &Struct, reader: &mut Reader) -> Result<Value, Malformed> {
        let mut values = Vec::new();
        for field in &part.fields {
            let tagged = field.tag.is_some_and(|(_, versions)| versions.contains(self.version));
            let present = field.versions.contains(self.version) && !tagged;
            let value = if present { Some(self.read_field(field, reader)?) } else { None };
            if self.keep {
                let value = value.unwrap_or_else(|| default(self.message, field));
                values.push((field.name.clone(), value));
            }
        }
        if self.message.flexible.contains(self.version) {
            self.read_tags(part, reader, &mut values)?;
        }
        Ok(Value::Struct(values))
    }

    fn read_tags(
        &mut self,
        part: &Struct,
        reader: &mut Reader,
        values: &mut Vec<(String, Value)>,
    ) -> Result<(), Malformed> {
        let version = self.version;
        let unknown = reader.tags(|tag, content| {
            let known = part
                .fields
                .iter()
                .find(|field| field.tag.is_some_and(|(number, versions)| number == tag && versions.contains(version)));
            let Some(field) = known else { return Ok(false) };
            let value = self.read_field(field, content)?;
            if let Some(slot) = values.iter_mut().find(|(name, _)| *name == field.name) {
                slot.1 = value;
            }
            Ok(true)
        })?;
        if !self.keep {
            return Ok(());
        }
        values.extend(unknown.iter().map(|(tag, content)| (tag.to_string(), Value::Bytes(content.clone()))));
        Ok(())
    }

    fn read_field(&mut self, field: &Field, reader: &mut Reader) -> Result<Value, Malformed> {
        self.path.push(field.name.clone());
        let f = field.flexible.unwrap_or(self.message.flexible).contains(self.version);
        let nullable = field.nullable.contains(self.version);
        let value = if field.is_array {
            let mut index = 0;
            let keep = self.keep;
            let mut element = |reader: &mut Reader| {
                self.path.pop();
                self.path.push(format!("{}[{index}]", field.name));
                index += 1;
                self.read_value(field, f, false, reader)
            };
            if keep {
                reader.array_or_null(f, field.least, nullable, element)?.map_or(Value::Null, Value::Array)
            } else {
                reader.array_or_null(f, field.least, nullable, |reader| element(reader).map(drop))?;
                Value::Null
            }
        } else {
            self.read_value(field, f, nullable, reader)?
        };
        self.path.pop();
        Ok(value)
    }

    fn read_value(&mut self, field: &Field, f: bool, nullable: bool, reader: &mut Reader) -> Result<Value, Malformed> {
        Ok(match &field.r#type {
            Type::Bool => Value::Bool(reader.bool()?),
            Type::Int8 => Value::Int(reader.i8()?.into()),
            Type::Int16 => Value::Int(reader.i16()?.into()),
            Type::Uint16 => Value::Int(reader.u16()?.into()),
            Type::Int32 => Value::Int(reader.i32()?.into()),
            Type::Int64 => Value::Int(reader.i64()?),
            Type::Float64 => Value::Float(reader.f64()?),
            Type::Uuid => Value::Uuid(reader.uuid()?),
            Type::String => {
                reader.text_or_null(f, nullable)?.map_or(Value::Null, |text| Value::Text(text.as_str().to_owned()))
            }
            Type::Bytes => reader.bytes_or_null(f, nullable)?.map_or(Value::Null, Value::Bytes),
            Type::Records => reader.bytes_or_null(f, true)?.map_or(Value::Null, Value::Bytes),
            Type::Struct(name) => {
                if !field.nullable.is_empty() && !field.is_array && !reader.is_present(field.tag.is_some(), nullable)? {
                    return Ok(Value::Null);
                }
                match self.message.find(name) {
                    Some(part) => self.read_struct(part, reader)?,
                    None => Value::Null,
                }
            }
        })
    }
}

impl Message {
    /// Returns the value of a field that a version lacks or that is not set.
    pub fn default_value(&self, field: &Field) -> Value {
        default(self, field)
    }
}

pub(super) fn default(message: &Message, field: &Field) -> Value {
    let text = field.default.as_deref();
    if (text == Some("null") && !field.nullable.is_empty()) || field.r#type == Type::Records {
        return Value::Null;
    }
    if field.is_array {
        return Value::Array(Vec::new());
    }
    let text = text.unwrap_or_default();
    match &field.r#type {
        Type::Bool => Value::Bool(text == "true"),
        Type::Float64 => Value::Float(text.parse().unwrap_or_default()),
        Type::Uuid => Value::Uuid(crate::Uuid::ZERO),
        Type::String => Value::Text(text.to_owned()),
        Type::Bytes => Value::Bytes(Bytes::new()),
        Type::Struct(name) => {
            let fields = message.find(name).map(|part| part.fields.as_slice()).unwrap_or_default();
            Value::Struct(fields.iter().map(|field| (field.name.clone(), default(message, field))).collect())
        }
        _ => Value::Int(match text.strip_prefix("0x") {
            Some(hex) => i64::from_str_radix(hex, 16).unwrap_or_default(),
            None => text.parse().unwrap_or_default(),
        }),
    }
}
