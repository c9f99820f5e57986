//! From a scenario's fields to the bytes of a request.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_trial_wire::schema::{Field, Message, Struct, Type};
use kafka_trial_wire::view::{Schema, Value};
use kafka_trial_wire::{ApiKey, RequestHeader, Text, Uuid, Writer};

use crate::batch;
use crate::scenario::{Damage, Entry, Expression, Request};

/// What names, saved values and times stand for in one round of a section.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    /// In front of every name of this round, and of no other.
    pub(crate) prefix: String,
    pub(crate) saved: BTreeMap<String, Value>,
    /// The time that `now` is.
    pub(crate) now: i64,
}

impl Words {
    pub(crate) fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The value that an expression stands for, less what only a field's type can tell.
    pub(crate) fn plain(&self, expression: &Expression) -> Result<Value, String> {
        Ok(match expression {
            Expression::Null => Value::Null,
            Expression::Bool(value) => Value::Bool(*value),
            Expression::Int(value) => Value::Int(*value),
            Expression::Text(text) => Value::Text(text.clone()),
            Expression::Name(name) => Value::Text(self.name(name)),
            Expression::Now(offset) => Value::Int(self.now + offset),
            Expression::Saved(name, offset) => match self.saved.get(name) {
                Some(Value::Int(value)) => Value::Int(value + offset),
                Some(value) => value.clone(),
                None => return Err(format!("${name} was not in the answer that was to give it")),
            },
            Expression::List(_) | Expression::Object(_) => return Err("a plain value expected".to_owned()),
        })
    }
}

/// Makes the frame of a request, size and header included.
pub(crate) fn frame(
    schema: &Schema,
    words: &Words,
    request: &Request,
    version: i16,
    correlation_id: i32,
) -> Result<Vec<u8>, String> {
    let message = schema.request(request.api).ok_or_else(|| format!("{} has no definition", request.api))?;
    let top = message.structs.first().ok_or("no fields")?;
    let build = Build { schema, words, message, version };
    let value = build.fields(top, &request.body)?;
    let body = message.encode(&value, version).map_err(|error| error.to_string())?;
    damaged(request.api, version, correlation_id, &body, &request.damage)
}

fn damaged(api: ApiKey, version: i16, correlation_id: i32, body: &[u8], damage: &[Damage]) -> Result<Vec<u8>, String> {
    let client_id = Some(Text::from("differential"));
    let header = RequestHeader { api_key: api, version, correlation_id, client_id };
    let mut writer = Writer::new();
    header.write(&mut writer).map_err(|error| error.to_string())?;
    let mut content = writer.into_bytes().to_vec();
    let header_size = content.len();
    content.extend_from_slice(body);
    let mut patch = |position: usize, bytes: [u8; 2]| {
        if let Some(target) = content.get_mut(position..position + 2) {
            target.copy_from_slice(&bytes);
        }
    };
    for damage in damage {
        match damage {
            Damage::Key(key) => patch(0, key.to_be_bytes()),
            Damage::Version(version) => patch(2, version.to_be_bytes()),
            _ => {}
        }
    }
    let mut announced = None;
    for damage in damage {
        let size = i32::try_from(content.len()).unwrap_or(i32::MAX);
        match damage {
            Damage::Cut(count) => content.truncate(content.len().saturating_sub(*count)),
            Damage::Keep(count) => content.truncate(header_size + count),
            Damage::Extra(count) => content.extend(std::iter::repeat_n(0, *count)),
            Damage::Size(off) => announced = Some(size.saturating_add(*off)),
            Damage::SizeIs(size) => announced = Some(*size),
            Damage::Key(_) | Damage::Version(_) => {}
        }
    }
    let size = announced.unwrap_or(i32::try_from(content.len()).unwrap_or(i32::MAX));
    let mut frame = size.to_be_bytes().to_vec();
    frame.append(&mut content);
    Ok(frame)
}

struct Build<'a> {
    schema: &'a Schema,
    words: &'a Words,
    message: &'a Message,
    version: i16,
}

impl Build<'_> {
    /// A field that the version does not have is left out: one step describes the request in all versions.
    fn fields(&self, part: &Struct, entries: &[Entry]) -> Result<Value, String> {
        let mut fields = Vec::with_capacity(entries.len());
        for entry in entries {
            let field = part.fields.iter().find(|field| field.name == entry.name);
            let field = field.ok_or_else(|| format!("{} has no field {}", part.name, entry.name))?;
            let tagged = field.tag.is_some_and(|(_, versions)| versions.contains(self.version));
            if field.versions.contains(self.version) || tagged {
                let value = self.field(field, &entry.value).map_err(|error| format!("{}: {error}", entry.name))?;
                fields.push((entry.name.clone(), value));
            }
        }
        Ok(Value::Struct(fields))
    }

    fn field(&self, field: &Field, expression: &Expression) -> Result<Value, String> {
        match expression {
            Expression::List(elements) if field.is_array => {
                elements.iter().map(|element| self.value(field, element)).collect::<Result<_, _>>().map(Value::Array)
            }
            _ => self.value(field, expression),
        }
    }

    fn value(&self, field: &Field, expression: &Expression) -> Result<Value, String> {
        match (&field.r#type, expression) {
            (Type::Struct(name), Expression::Object(entries)) => {
                self.fields(self.message.find(name).ok_or_else(|| format!("no struct {name}"))?, entries)
            }
            (Type::Records, _) => batch::records(self.words, expression),
            (Type::Bytes, _) => self.bytes(expression),
            (r#type, _) => Ok(match (r#type, self.words.plain(expression)?) {
                (Type::String, Value::Int(number)) => Value::Text(number.to_string()),
                (Type::String, Value::Bool(flag)) => Value::Text(flag.to_string()),
                (Type::Float64, Value::Int(number)) => Value::Float(number as f64),
                (Type::Uuid, Value::Text(text)) => {
                    Value::Uuid(text.parse::<Uuid>().map_err(|error| error.to_string())?)
                }
                (_, value) => value,
            }),
        }
    }

    /// Text, `{hex: 00ff}`, or a message that stands in bytes behind its version:
    /// `{ConsumerProtocolSubscription: {Topics: [@a]}, version: 1}`.
    fn bytes(&self, expression: &Expression) -> Result<Value, String> {
        let Expression::Object(entries) = expression else {
            return Ok(match self.words.plain(expression)? {
                Value::Text(text) => Value::Bytes(Bytes::from(text.into_bytes())),
                value => value,
            });
        };
        let find = |name: &str| entries.iter().find(|entry| entry.name == name).map(|entry| &entry.value);
        if let Some(hex) = find("hex") {
            const EXPECTED: &str = "pairs of hex digits expected, in quotes where all are decimal";
            let Expression::Text(text) = hex else { return Err(EXPECTED.to_owned()) };
            return Ok(Value::Bytes(unhex(text).ok_or(EXPECTED)?));
        }
        let (message, body) = entries
            .iter()
            .find_map(|entry| match &entry.value {
                Expression::Object(body) => Some((self.schema.named(&entry.name)?, body)),
                _ => None,
            })
            .ok_or("text, {hex: ..} or {MESSAGE: {..}, version: N} expected")?;
        let version = match find("version") {
            Some(Expression::Int(version)) => i16::try_from(*version).map_err(|_| "version: two bytes")?,
            _ => message.versions.min,
        };
        let top = message.structs.first().ok_or("no fields")?;
        let build = Build { message, version, ..*self };
        let inner = message.encode(&build.fields(top, body)?, version).map_err(|error| error.to_string())?;
        Ok(Value::Bytes([&version.to_be_bytes()[..], &inner].concat().into()))
    }
}

fn unhex(text: &str) -> Option<Bytes> {
    let pairs = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.map(|pair| byte(pair).filter(|_| pair.len() == 2)).collect::<Option<Vec<u8>>>().map(Bytes::from)
}
