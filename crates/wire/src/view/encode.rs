//! The view writes a message by its definition.

use bytes::Bytes;

use super::Value;
use super::decode::default;
use crate::schema::{Field, Message, Struct, Type};
use crate::{Text, Writer};

/// A value that its definition does not allow, with its path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}{path}: {reason}")]
pub struct ViewError {
    message: String,
    path: String,
    reason: String,
}

struct Walk<'a> {
    message: &'a Message,
    version: i16,
    path: Vec<String>,
}

type Refused = String;

impl Message {
    /// Writes a struct of named fields. Other fields have their defaults. A name that the definition lacks is refused,
    /// and so is a value that the version cannot carry.
    pub fn encode(&self, value: &Value, version: i16) -> Result<Bytes, ViewError> {
        let mut walk = Walk { message: self, version, path: Vec::new() };
        let mut writer = Writer::new();
        let result = match self.structs.first() {
            Some(top) if self.versions.contains(version) => walk.write_struct(top, value, &mut writer),
            _ => Err(format!("version {version} does not exist")),
        };
        match result {
            Ok(()) => Ok(writer.into_bytes()),
            Err(reason) => {
                let path = walk.path.iter().map(|part| format!(".{part}")).collect();
                Err(ViewError { message: self.name.clone(), path, reason })
            }
        }
    }
}

impl Walk<'_> {
    fn write_struct(&mut self, part: &Struct, value: &Value, writer: &mut Writer) -> Result<(), Refused> {
        let Value::Struct(fields) = value else { return Err(format!("a struct expected, found {value:?}")) };
        let flexible = self.message.flexible.contains(self.version);
        let mut tags: Vec<(u32, Bytes)> = Vec::new();
        for (name, value) in fields {
            let known = part.fields.iter().any(|field| field.name == *name);
            match (name.parse(), value) {
                _ if known => {}
                (Ok(tag), Value::Bytes(content)) if flexible => tags.push((tag, content.clone())),
                _ => return Err(format!("{} has no field {name}", part.name)),
            }
        }
        for field in &part.fields {
            self.path.push(field.name.clone());
            let plain = default(self.message, field);
            let value = value.get(&field.name).unwrap_or(&plain);
            let tag = field.tag.filter(|(_, versions)| versions.contains(self.version));
            if let Some((tag, _)) = tag {
                if *value != plain {
                    let mut content = Writer::new();
                    self.write_field(field, value, &mut content)?;
                    tags.push((tag, content.into_bytes()));
                }
            } else if field.versions.contains(self.version) {
                self.write_field(field, value, writer)?;
            } else if *value != plain && !field.ignorable {
                return Err(format!("is set, but version {} has no such field", self.version));
            }
            self.path.pop();
        }
        if flexible {
            writer.put_tags(tags, &crate::Tags::default()).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn write_field(&mut self, field: &Field, value: &Value, writer: &mut Writer) -> Result<(), Refused> {
        let f = field.flexible.unwrap_or(self.message.flexible).contains(self.version);
        let nullable = field.nullable.contains(self.version);
        if !field.is_array {
            return self.write_value(field, value, f, nullable, writer);
        }
        let refuse = |error: crate::EncodeError| error.to_string();
        match value {
            Value::Null => writer.put_array_or_null::<Value>(f, nullable, "array", None, |_, _| Ok(())).map_err(refuse),
            Value::Array(elements) => {
                writer.put_array(f, &vec![(); elements.len()], |_, ()| Ok(())).map_err(refuse)?;
                for (element, index) in elements.iter().zip(0..) {
                    self.path.push(format!("{index}"));
                    self.write_value(field, element, f, false, writer)?;
                    self.path.pop();
                }
                Ok(())
            }
            other => Err(format!("an array expected, found {other:?}")),
        }
    }

    fn write_value(
        &mut self,
        field: &Field,
        value: &Value,
        f: bool,
        nullable: bool,
        writer: &mut Writer,
    ) -> Result<(), Refused> {
        let wrong = || format!("{:?} expected, found {value:?}", field.r#type);
        let refuse = |error: crate::EncodeError| error.to_string();
        match (&field.r#type, value) {
            (Type::Bool, Value::Bool(value)) => writer.put_bool(*value),
            (Type::Int8, Value::Int(value)) => writer.put_i8(i8::try_from(*value).map_err(|_| wrong())?),
            (Type::Int16, Value::Int(value)) => writer.put_i16(i16::try_from(*value).map_err(|_| wrong())?),
            (Type::Uint16, Value::Int(value)) => writer.put_u16(u16::try_from(*value).map_err(|_| wrong())?),
            (Type::Int32, Value::Int(value)) => writer.put_i32(i32::try_from(*value).map_err(|_| wrong())?),
            (Type::Int64, Value::Int(value)) => writer.put_i64(*value),
            (Type::Float64, Value::Float(value)) => writer.put_f64(*value),
            (Type::Uuid, Value::Uuid(value)) => writer.put_uuid(*value),
            (Type::String, Value::Text(value)) => {
                writer.put_text(f, &Text::from(value.as_str())).map_err(refuse)?;
            }
            (Type::String, Value::Null) => {
                writer.put_text_or_null(f, nullable, "text", None).map_err(refuse)?;
            }
            (Type::Bytes | Type::Records, Value::Bytes(value)) => {
                writer.put_bytes_field(f, value).map_err(refuse)?;
            }
            (Type::Bytes, Value::Null) => {
                writer.put_bytes_or_null(f, nullable, "bytes", None).map_err(refuse)?;
            }
            (Type::Records, Value::Null) => {
                writer.put_bytes_or_null(f, true, "records", None).map_err(refuse)?;
            }
            (Type::Struct(name), value) => {
                let may_be_null = !field.nullable.is_empty() && !field.is_array;
                if may_be_null {
                    let (tagged, present) = (field.tag.is_some(), *value != Value::Null);
                    if !writer.put_presence(tagged, nullable, "struct", present).map_err(refuse)? {
                        return Ok(());
                    }
                }
                let part = self.message.find(name).ok_or_else(wrong)?;
                self.write_struct(part, value, writer)?;
            }
            _ => return Err(wrong()),
        }
        Ok(())
    }
}
