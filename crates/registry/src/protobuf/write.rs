//! From JSON to Protobuf's bytes: what `read` makes of them.

use serde_json::Value;

use super::read::{DEEPEST, base64_bytes};
use super::types::{Types, is_scalar, join};
use super::{Field, FieldType, Label, Message, ProtoFile, Type, Value as Choice, well_known};
use crate::avro::{excerpt, floating, whole};
use crate::values::Misfit;

impl ProtoFile {
    /// The bytes of a value, the indexes of its message first. `message` is its name in the file, with or without the package;
    /// none is the first.
    pub(crate) fn write_value(&self, value: &Value, message: Option<&str>) -> Result<Vec<u8>, Misfit> {
        let package = self.package.as_deref().unwrap_or_default();
        let wanted = message.map(|name| name.strip_prefix(&format!("{package}.")).unwrap_or(name));
        let found = place(&self.types, package, "", wanted, &mut Vec::new());
        let (indexes, name, definition) = found.ok_or_else(|| match message {
            Some(message) => Misfit::new(format!("the schema has no message {message}")),
            None => Misfit::new("the schema has no message"),
        })?;
        let mut bytes = Vec::new();
        let mut number = |number: usize| push_varint(&mut bytes, u64::try_from(number).unwrap_or_default() << 1);
        if indexes == [0] {
            number(0);
        } else {
            number(indexes.len());
            indexes.iter().for_each(|index| number(*index));
        }
        let types = Types::of(self);
        bytes.extend(Encoder { types }.message(&name, definition, value, 0)?);
        Ok(bytes)
    }
}

/// The indexes, the full name and the definition of a message.
fn place<'a>(
    types: &'a [Type],
    full: &str,
    short: &str,
    wanted: Option<&str>,
    indexes: &mut Vec<usize>,
) -> Option<(Vec<usize>, String, &'a Message)> {
    let messages = types.iter().filter_map(|kind| if let Type::Message(message) = kind { Some(message) } else { None });
    for (message, index) in messages.zip(0..) {
        indexes.push(index);
        let (full, short) = (join(full, &message.name), join(short, &message.name));
        if wanted.is_none_or(|wanted| wanted == short) {
            return Some((indexes.clone(), full, message));
        }
        if let Some(found) = place(&message.types, &full, &short, wanted, indexes) {
            return Some(found);
        }
        indexes.pop();
    }
    None
}

fn push_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push((value & 0x7f) as u8);
}

struct Encoder<'a> {
    types: Types<'a>,
}

impl Encoder<'_> {
    fn message(&self, name: &str, message: &Message, value: &Value, depth: usize) -> Result<Vec<u8>, Misfit> {
        if depth > DEEPEST {
            return Err(Misfit::new(format!("it is nested deeper than {DEEPEST} levels")));
        }
        let fields = well_known::fields(name, value)?;
        let Value::Object(values) = fields.as_ref().unwrap_or(value) else {
            return Err(Misfit::new(format!("{}: expected an object, the message {name}", excerpt(value))));
        };
        let known: Vec<&Field> =
            message.fields.iter().chain(message.oneofs.iter().flat_map(|oneof| &oneof.fields)).collect();
        let is_of = |field: &Field, key: &str| field.name == key || camel(&field.name) == key;
        if let Some(key) = values.keys().find(|key| !known.iter().any(|field| is_of(field, key))) {
            return Err(Misfit::new(format!("{name} has no such field")).at(key));
        }
        for oneof in &message.oneofs {
            let set = |field: &&Field| values.iter().any(|(key, value)| is_of(field, key) && !value.is_null());
            let set: Vec<&str> = oneof.fields.iter().filter(set).map(|field| field.name.as_str()).collect();
            if let [first, second, ..] = set.as_slice() {
                return Err(Misfit::new(format!(
                    "{first} and {second} are of the oneof {}: one can be set",
                    oneof.name
                )));
            }
        }
        let mut writer = Vec::new();
        for field in known {
            let found = values.iter().find(|(key, _)| is_of(field, key)).map(|(_, value)| value);
            let missing = || Misfit::new("the field is required");
            let is_message = name == "google.protobuf.Value";
            match found.filter(|value| is_message || !value.is_null()) {
                None if field.label == Some(Label::Required) => return Err(missing().at(&field.name)),
                None => {}
                Some(value) => {
                    self.field(name, message, field, value, depth, &mut writer)
                        .map_err(|misfit| misfit.at(&field.name))?;
                }
            }
        }
        Ok(writer)
    }

    fn field(
        &self,
        scope: &str,
        message: &Message,
        field: &Field,
        value: &Value,
        depth: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), Misfit> {
        let number = u64::try_from(field.number).unwrap_or_default();
        match (&field.kind, field.label) {
            (FieldType::Map(key_type, value_type), _) => {
                let Value::Object(entries) = value else { return Err(expected("an object, a map", value)) };
                for (key, value) in entries {
                    let key_value = match key_type.as_str() {
                        "string" => Value::from(key.as_str()),
                        _ => serde_json::from_str(key).map_err(|_| expected(key_type, &Value::from(key.as_str())))?,
                    };
                    let mut entry = Vec::new();
                    self.value(scope, key_type, 1, &key_value, depth, &mut entry)?;
                    self.value(scope, value_type, 2, value, depth, &mut entry).map_err(|misfit| misfit.at(key))?;
                    counted(out, number, &entry);
                }
                Ok(())
            }
            (FieldType::Named(name), Some(Label::Repeated)) => {
                let Value::Array(values) = value else { return Err(expected("a list", value)) };
                if !values.is_empty() && self.is_packed(scope, message, field, name) {
                    let mut packed = Vec::new();
                    for (value, index) in values.iter().zip(0..) {
                        let mut one = Vec::new();
                        self.value(scope, name, 0, value, depth, &mut one).map_err(|misfit| misfit.at(index))?;
                        // What is packed has no tags; that of field 0 is one byte.
                        packed.extend(one.into_iter().skip(1));
                    }
                    counted(out, number, &packed);
                    return Ok(());
                }
                for (value, index) in values.iter().zip(0..) {
                    self.value(scope, name, number, value, depth, out).map_err(|misfit| misfit.at(index))?;
                }
                Ok(())
            }
            (FieldType::Named(name), label) => {
                let is_first_of_oneof =
                    message.oneofs.iter().any(|oneof| oneof.fields.iter().any(|other| other.number == field.number));
                let start = out.len();
                self.value(scope, name, number, value, depth, out)?;
                // What has no presence is not written where it is the default.
                let is_default = matches!(value, Value::Bool(false)) || value.as_f64() == Some(0.0) || value == "";
                if message.is_proto3 && label.is_none() && !is_first_of_oneof && is_default && is_scalar(name) {
                    out.truncate(start);
                }
                Ok(())
            }
        }
    }

    /// Whether the numbers of a repeated field are written as one value: in proto3 unless the field says otherwise.
    fn is_packed(&self, scope: &str, message: &Message, field: &Field, name: &str) -> bool {
        let is_enum =
            || self.types.resolve(name, scope).is_some_and(|(_, known)| matches!(known.definition, Type::Enum(_)));
        let is_number = if is_scalar(name) { !matches!(name, "string" | "bytes") } else { is_enum() };
        let said = field.options.iter().find(|option| option.name == "packed").map(|option| &option.value);
        is_number && said.map_or(message.is_proto3, |value| *value == Choice::Word("true".to_owned()))
    }

    fn value(
        &self,
        scope: &str,
        name: &str,
        number: u64,
        value: &Value,
        depth: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), Misfit> {
        if !is_scalar(name) {
            let (full, known) =
                self.types.resolve(name, scope).ok_or_else(|| Misfit::new(format!("{name} is not defined")))?;
            match known.definition {
                Type::Message(message) => counted(out, number, &self.message(&full, message, value, depth + 1)?),
                Type::Enum(definition) => {
                    let named = value.as_str();
                    let by_name = named.and_then(|name| definition.values.iter().find(|value| value.name == name));
                    let of_enum =
                        by_name.map(|value| value.number).or_else(|| whole(value).filter(|_| named.is_none()));
                    let names =
                        || definition.values.iter().map(|value| value.name.as_str()).collect::<Vec<_>>().join(", ");
                    let of_enum = of_enum.ok_or_else(|| expected(&format!("one of {}", names()), value))?;
                    push_varint(out, number << 3);
                    push_varint(out, of_enum.cast_unsigned());
                }
            }
            return Ok(());
        }
        let refused = || expected(name, value);
        let digits = || value.as_str().filter(|_| name != "string");
        let signed = || whole(value).or_else(|| digits()?.parse().ok());
        let unsigned = || value.as_u64().or_else(|| digits()?.parse().ok());
        let in_range = |number: i64| i32::try_from(number).ok();
        let up_to_32 = |number: u64| u32::try_from(number).ok();
        let mut varint = |value: u64| {
            push_varint(out, number << 3);
            push_varint(out, value);
        };
        let zigzag = |number: i64| ((number << 1) ^ (number >> 63)).cast_unsigned();
        match name {
            "int32" => varint(i64::from(signed().and_then(in_range).ok_or_else(refused)?).cast_unsigned()),
            "int64" => varint(signed().ok_or_else(refused)?.cast_unsigned()),
            "sint32" => varint(zigzag(signed().and_then(in_range).ok_or_else(refused)?.into())),
            "sint64" => varint(zigzag(signed().ok_or_else(refused)?)),
            "uint32" => varint(unsigned().and_then(up_to_32).ok_or_else(refused)?.into()),
            "uint64" => varint(unsigned().ok_or_else(refused)?),
            "bool" => varint(value.as_bool().ok_or_else(refused)?.into()),
            "fixed64" => eight(out, number, unsigned().ok_or_else(refused)?.to_le_bytes()),
            "sfixed64" => eight(out, number, signed().ok_or_else(refused)?.to_le_bytes()),
            "double" => eight(out, number, floating(value).ok_or_else(refused)?.to_le_bytes()),
            "fixed32" => four(out, number, unsigned().and_then(up_to_32).ok_or_else(refused)?.to_le_bytes()),
            "sfixed32" => four(out, number, signed().and_then(in_range).ok_or_else(refused)?.to_le_bytes()),
            "float" => {
                #[expect(clippy::cast_possible_truncation, reason = "a float has less digits")]
                let value = floating(value).ok_or_else(refused)? as f32;
                four(out, number, value.to_le_bytes());
            }
            "string" => counted(out, number, value.as_str().ok_or_else(refused)?.as_bytes()),
            _ => {
                let bytes = value.as_str().and_then(base64_bytes);
                counted(out, number, &bytes.ok_or_else(|| expected("bytes as base64", value))?);
            }
        }
        Ok(())
    }
}

fn eight(out: &mut Vec<u8>, number: u64, bytes: [u8; 8]) {
    push_varint(out, number << 3 | 1);
    out.extend(bytes);
}

fn four(out: &mut Vec<u8>, number: u64, bytes: [u8; 4]) {
    push_varint(out, number << 3 | 5);
    out.extend(bytes);
}

fn counted(out: &mut Vec<u8>, number: u64, bytes: &[u8]) {
    push_varint(out, number << 3 | 2);
    push_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn expected(what: &str, value: &Value) -> Misfit {
    Misfit::new(format!("{}: expected {what}", excerpt(value)))
}

/// The name of a field in Protobuf's own JSON.
fn camel(name: &str) -> String {
    let mut camel = String::new();
    let mut is_upper = false;
    for letter in name.chars() {
        match letter {
            '_' => is_upper = true,
            letter if is_upper => {
                camel.push(letter.to_ascii_uppercase());
                is_upper = false;
            }
            letter => camel.push(letter),
        }
    }
    camel
}
