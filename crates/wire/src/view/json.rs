//! Values are converted to JSON and back.

use bytes::Bytes;
use serde_json::{Map, Value as Json};

use super::Value;
use crate::schema::{Field, Message, Struct, Type};

impl Value {
    /// Returns the value as JSON: bytes as lower-case hexadecimal, UUIDs in Kafka's form.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Int(value) => Json::from(*value),
            Self::Float(value) => Json::from(*value),
            Self::Text(value) => Json::String(value.clone()),
            Self::Bytes(value) => Json::String(value.iter().map(|byte| format!("{byte:02x}")).collect()),
            Self::Uuid(value) => Json::String(value.to_string()),
            Self::Array(values) => Json::Array(values.iter().map(Self::to_json).collect()),
            Self::Struct(fields) => {
                Json::Object(fields.iter().map(|(name, value)| (name.clone(), value.to_json())).collect::<Map<_, _>>())
            }
        }
    }
}

impl Message {
    /// Reads a value of this message from JSON, in the form of [`Value::to_json`]. The error names the field.
    pub fn value_from_json(&self, json: &Json) -> Result<Value, String> {
        match self.structs.first() {
            Some(top) => self.struct_from_json(top, json).map_err(|error| format!("{}{error}", self.name)),
            None => Err(format!("{} has no fields", self.name)),
        }
    }

    fn struct_from_json(&self, part: &Struct, json: &Json) -> Result<Value, String> {
        let Json::Object(object) = json else { return Err(format!(": an object expected, found {json}")) };
        let mut fields = Vec::with_capacity(object.len());
        for (name, json) in object {
            let value = match part.fields.iter().find(|field| field.name == *name) {
                Some(field) => self.field_from_json(field, json).map_err(|error| format!(".{name}{error}"))?,
                None if name.parse::<u32>().is_ok() => {
                    json.as_str().and_then(hex).map(Value::Bytes).ok_or_else(|| format!(".{name}: hex expected"))?
                }
                None => return Err(format!(": {} has no field {name}", part.name)),
            };
            fields.push((name.clone(), value));
        }
        Ok(Value::Struct(fields))
    }

    fn field_from_json(&self, field: &Field, json: &Json) -> Result<Value, String> {
        match json {
            Json::Null => Ok(Value::Null),
            Json::Array(elements) if field.is_array => {
                let values = elements.iter().zip(0..).map(|(element, index)| {
                    self.scalar_from_json(field, element).map_err(|error| format!("[{index}]{error}"))
                });
                values.collect::<Result<_, _>>().map(Value::Array)
            }
            _ if field.is_array => Err(format!(": an array expected, found {json}")),
            _ => self.scalar_from_json(field, json),
        }
    }

    fn scalar_from_json(&self, field: &Field, json: &Json) -> Result<Value, String> {
        let value = match &field.r#type {
            Type::Bool => json.as_bool().map(Value::Bool),
            Type::Float64 => json.as_f64().map(Value::Float),
            Type::Uuid => json.as_str().and_then(|text| text.parse().ok()).map(Value::Uuid),
            Type::String => json.as_str().map(|text| Value::Text(text.to_owned())),
            Type::Bytes | Type::Records => json.as_str().and_then(hex).map(Value::Bytes),
            Type::Struct(name) => {
                let part = self.find(name).ok_or_else(|| format!(": no struct {name}"))?;
                return self.struct_from_json(part, json);
            }
            _ => json.as_i64().map(Value::Int),
        };
        value.ok_or_else(|| format!(": {:?} expected, found {json}", field.r#type))
    }
}

fn hex(text: &str) -> Option<Bytes> {
    let pairs = text.as_bytes().chunks(2);
    let bytes =
        pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok().filter(|_| pair.len() == 2));
    bytes.collect::<Option<Vec<u8>>>().map(Bytes::from)
}
