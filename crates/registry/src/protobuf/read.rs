//! From Protobuf's bytes to JSON, the indexes of the message before them.
//!
//! As Protobuf's JSON mapping has it, with two exceptions: numbers of 64 bits are numbers, and fields have the names of the
//! schema. Fields without presence that are not there have their default. Fields that the schema does not know are left
//! out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::raw::{Raw, array, fields, unexpected, varint};
use super::types::{Types, is_scalar, join};
use super::{Field, FieldType, Label, Message, ProtoFile, Type, well_known};
use crate::avro::{double, single};
use crate::values::Misfit;

/// How deep messages may be nested, as in Google's own libraries.
pub(super) const DEEPEST: usize = 100;

impl ProtoFile {
    /// The value in these bytes, which begin with the indexes of the message.
    pub(crate) fn read_value(&self, bytes: &[u8]) -> Result<Value, Misfit> {
        let mut bytes = bytes;
        let indexes = indexes(&mut bytes)?;
        let unknown = || Misfit::new(format!("the schema has no message at the indexes {indexes:?}"));
        let (name, message) = self.message_at(&indexes).ok_or_else(unknown)?;
        let types = Types::of(self);
        Reader { types }.message(&name, message, bytes, 0)
    }

    /// A message by its place among the messages, then among those in it.
    fn message_at(&self, indexes: &[usize]) -> Option<(String, &Message)> {
        let mut name = self.package.clone().unwrap_or_default();
        let mut types = &self.types;
        let mut found = None;
        for index in indexes {
            let mut messages =
                types.iter().filter_map(|kind| if let Type::Message(message) = kind { Some(message) } else { None });
            let message = messages.nth(*index)?;
            name = join(&name, &message.name);
            types = &message.types;
            found = Some(message);
        }
        found.map(|message| (name, message))
    }
}

/// Count and indexes as zig-zag numbers; a count of zero is the first message.
fn indexes(bytes: &mut &[u8]) -> Result<Vec<usize>, Misfit> {
    let invalid = |number: i64| Misfit::new(format!("{number} is no index of a message"));
    let mut number = || {
        let number = varint(bytes).ok_or_else(|| Misfit::new("it ends within the indexes of its message"))?;
        Ok((number >> 1).cast_signed() ^ -((number & 1).cast_signed()))
    };
    match number()? {
        0 => Ok(vec![0]),
        count @ 1..=100 => {
            (0..count).map(|_| number().and_then(|index| usize::try_from(index).map_err(|_| invalid(index)))).collect()
        }
        count => Err(invalid(count)),
    }
}

struct Reader<'a> {
    types: Types<'a>,
}

impl<'a> Reader<'a> {
    fn message(&self, name: &str, message: &'a Message, bytes: &[u8], depth: usize) -> Result<Value, Misfit> {
        if depth > DEEPEST {
            return Err(Misfit::new(format!("it is nested deeper than {DEEPEST} levels")));
        }
        let raws = fields(bytes)?;
        let singles = message.fields.iter().map(|field| (field, false));
        let in_oneofs = message.oneofs.iter().flat_map(|oneof| &oneof.fields).map(|field| (field, true));
        let mut values = Map::new();
        let mut is_empty = true;
        for (field, is_in_oneof) in singles.chain(in_oneofs) {
            is_empty = false;
            let raws = u64::try_from(field.number).ok().and_then(|number| raws.get(&number));
            let raws = raws.map(Vec::as_slice).unwrap_or_default();
            let value =
                self.field(name, message, field, is_in_oneof, raws, depth).map_err(|misfit| misfit.at(&field.name))?;
            values.extend(value.map(|value| (field.name.clone(), value)));
        }
        let groups = message.groups.iter().chain(message.oneofs.iter().flat_map(|oneof| &oneof.groups));
        for group in groups {
            is_empty = false;
            let raws = u64::try_from(group.number).ok().and_then(|number| raws.get(&number));
            let mut read = Vec::new();
            for raw in raws.into_iter().flatten() {
                let Raw::Group(bytes) = raw else { return Err(Misfit::new("expected a group").at(&group.name)) };
                read.push(self.group(name, &group.fields, bytes, depth).map_err(|misfit| misfit.at(&group.name))?);
            }
            let value = if group.label == Some(Label::Repeated) { Some(Value::Array(read)) } else { read.pop() };
            values.extend(value.map(|value| (group.name.to_lowercase(), value)));
        }
        if is_empty && !bytes.is_empty() && well_known::is_opaque(name) {
            return Ok(base64_text(bytes).into());
        }
        if name == "google.protobuf.Any"
            && let Some(shown) = self.any(&values, depth)
        {
            return shown;
        }
        well_known::shown(name, values)
    }

    fn group(&self, around: &str, fields_: &[Field], bytes: &[u8], depth: usize) -> Result<Value, Misfit> {
        let raws = fields(bytes)?;
        let holder = Message::default();
        let mut values = Map::new();
        for field in fields_ {
            let raws = u64::try_from(field.number).ok().and_then(|number| raws.get(&number));
            let raws = raws.map(Vec::as_slice).unwrap_or_default();
            let value =
                self.field_of(around, &holder, field, raws, depth + 1).map_err(|misfit| misfit.at(&field.name))?;
            values.extend(value.map(|value| (field.name.clone(), value)));
        }
        Ok(Value::Object(values))
    }

    /// What an `Any` holds, where the schema has its type.
    fn any(&self, values: &Map<String, Value>, depth: usize) -> Option<Result<Value, Misfit>> {
        let url = values.get("type_url")?.as_str()?;
        let full = url.rsplit('/').next()?;
        let (name, known) = self.types.resolve(&format!(".{full}"), "")?;
        let Type::Message(message) = known.definition else { return None };
        let bytes = base64_bytes(values.get("value")?.as_str()?)?;
        Some(self.message(&name, message, &bytes, depth + 1).map(|value| {
            let mut shown = Map::from_iter([("@type".to_owned(), Value::from(url))]);
            match value {
                Value::Object(fields) => shown.extend(fields),
                other => drop(shown.insert("value".to_owned(), other)),
            }
            Value::Object(shown)
        }))
    }

    fn field(
        &self,
        scope: &str,
        message: &'a Message,
        field: &Field,
        is_in_oneof: bool,
        raws: &[Raw<'_>],
        depth: usize,
    ) -> Result<Option<Value>, Misfit> {
        if is_in_oneof && raws.is_empty() {
            return Ok(None);
        }
        self.field_of(scope, message, field, raws, depth)
    }

    /// A field by what is there of it; none for one that is not there and has no default.
    fn field_of(
        &self,
        scope: &str,
        message: &Message,
        field: &Field,
        raws: &[Raw<'_>],
        depth: usize,
    ) -> Result<Option<Value>, Misfit> {
        let name = match &field.kind {
            FieldType::Map(key, value) => {
                let mut entries = Map::new();
                for raw in raws {
                    let Raw::Bytes(bytes) = raw else { return Err(unexpected(*raw, "map")) };
                    let entry = fields(bytes)?;
                    let last = |number| entry.get(&number).and_then(|raws| raws.last()).copied();
                    let key = match last(1) {
                        Some(raw) => text_of_key(&self.value(scope, key, &[raw], depth)?),
                        None => text_of_key(&default(key)),
                    };
                    let value = match last(2) {
                        Some(raw) => self.value(scope, value, &[raw], depth + 1).map_err(|misfit| misfit.at(&key))?,
                        None if is_scalar(value) => default(value),
                        None => self.value(scope, value, &[], depth + 1)?,
                    };
                    entries.insert(key, value);
                }
                return Ok(Some(Value::Object(entries)));
            }
            FieldType::Named(name) => name,
        };
        if field.label == Some(Label::Repeated) {
            let mut values = Vec::new();
            for raw in raws {
                self.repeated(scope, name, *raw, depth, &mut values)?;
            }
            return Ok(Some(Value::Array(values)));
        }
        if raws.is_empty() {
            let has_default = message.is_proto3 && field.label.is_none() && !self.is_message(name, scope);
            return if has_default { self.absent(scope, name).map(Some) } else { Ok(None) };
        }
        self.value(scope, name, raws, depth).map(Some)
    }

    fn absent(&self, scope: &str, name: &str) -> Result<Value, Misfit> {
        if is_scalar(name) { Ok(default(name)) } else { self.value(scope, name, &[Raw::Varint(0)], 0) }
    }

    fn is_message(&self, name: &str, scope: &str) -> bool {
        let known = self.types.resolve(name, scope);
        !is_scalar(name) && known.is_some_and(|(_, known)| matches!(known.definition, Type::Message(_)))
    }

    /// One value, or several that are packed into one.
    fn repeated(
        &self,
        scope: &str,
        name: &str,
        raw: Raw<'_>,
        depth: usize,
        values: &mut Vec<Value>,
    ) -> Result<(), Misfit> {
        let is_packed =
            matches!(raw, Raw::Bytes(_)) && !matches!(name, "string" | "bytes") && !self.is_message(name, scope);
        let Raw::Bytes(mut bytes) = raw else {
            values.push(self.value(scope, name, &[raw], depth).map_err(|misfit| misfit.at(values.len()))?);
            return Ok(());
        };
        if !is_packed {
            values.push(self.value(scope, name, &[raw], depth).map_err(|misfit| misfit.at(values.len()))?);
            return Ok(());
        }
        while !bytes.is_empty() {
            let raw = match name {
                "double" | "fixed64" | "sfixed64" => array(&mut bytes).map(Raw::Fixed64),
                "float" | "fixed32" | "sfixed32" => array(&mut bytes).map(Raw::Fixed32),
                _ => varint(&mut bytes).map(Raw::Varint),
            };
            let raw = raw.ok_or_else(|| Misfit::end().at(values.len()))?;
            values.push(self.value(scope, name, &[raw], depth).map_err(|misfit| misfit.at(values.len()))?);
        }
        Ok(())
    }

    /// A value by what is there of it: the last counts, and the parts of a message are put together.
    fn value(&self, scope: &str, name: &str, raws: &[Raw<'_>], depth: usize) -> Result<Value, Misfit> {
        let last = raws.last().copied();
        if is_scalar(name) {
            let Some(raw) = last else { return Ok(default(name)) };
            return match scalar(name, raw) {
                Some(Value::Null) => Err(Misfit::new("the string is not UTF-8")),
                Some(value) => Ok(value),
                None => Err(unexpected(raw, name)),
            };
        }
        let (full, known) =
            self.types.resolve(name, scope).ok_or_else(|| Misfit::new(format!("{name} is not defined")))?;
        match (known.definition, last) {
            (Type::Enum(definition), Some(Raw::Varint(number))) => {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "numbers of enums have 32 bits, sign-extended to 64"
                )]
                let number = i64::from(number as i32);
                let value = definition.values.iter().find(|value| value.number == number);
                Ok(value.map_or_else(|| number.into(), |value| value.name.as_str().into()))
            }
            (Type::Message(message), last) => {
                let mut bytes = Vec::new();
                for raw in raws {
                    let Raw::Bytes(part) = raw else { return Err(unexpected(last.unwrap_or(*raw), name)) };
                    bytes.extend_from_slice(part);
                }
                self.message(&full, message, &bytes, depth + 1)
            }
            (Type::Enum(_), raw) => Err(unexpected(raw.unwrap_or(Raw::Varint(0)), name)),
        }
    }
}

fn default(name: &str) -> Value {
    match name {
        "string" | "bytes" => "".into(),
        "bool" => false.into(),
        "double" | "float" => 0.0.into(),
        _ => 0.into(),
    }
}

/// A scalar; none if it is written as another type is. Null stands for a text that is none.
fn scalar(name: &str, raw: Raw<'_>) -> Option<Value> {
    #[expect(clippy::cast_possible_truncation, reason = "numbers of 32 bits are written with 64")]
    Some(match (name, raw) {
        ("int32", Raw::Varint(number)) => (number as i32).into(),
        ("int64", Raw::Varint(number)) => number.cast_signed().into(),
        ("uint32", Raw::Varint(number)) => (number as u32).into(),
        ("uint64", Raw::Varint(number)) => number.into(),
        ("sint32" | "sint64", Raw::Varint(number)) => {
            ((number >> 1).cast_signed() ^ -((number & 1).cast_signed())).into()
        }
        ("bool", Raw::Varint(number)) => (number != 0).into(),
        ("fixed64", Raw::Fixed64(bytes)) => u64::from_le_bytes(bytes).into(),
        ("sfixed64", Raw::Fixed64(bytes)) => i64::from_le_bytes(bytes).into(),
        ("double", Raw::Fixed64(bytes)) => double(f64::from_le_bytes(bytes)),
        ("fixed32", Raw::Fixed32(bytes)) => u32::from_le_bytes(bytes).into(),
        ("sfixed32", Raw::Fixed32(bytes)) => i32::from_le_bytes(bytes).into(),
        ("float", Raw::Fixed32(bytes)) => single(f32::from_le_bytes(bytes)),
        ("string", Raw::Bytes(bytes)) => std::str::from_utf8(bytes).map_or(Value::Null, Value::from),
        ("bytes", Raw::Bytes(bytes)) => base64_text(bytes).into(),
        _ => return None,
    })
}

fn text_of_key(key: &Value) -> String {
    key.as_str().map_or_else(|| key.to_string(), str::to_owned)
}

pub(super) fn base64_text(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(super) fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}
