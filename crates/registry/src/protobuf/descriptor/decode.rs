//! From the base64 of a descriptor to a file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{
    ENUM_OPTIONS, FIELD_OPTIONS, FILE_OPTIONS, Form, Known, LABELS, MESSAGE_OPTIONS, RPC_OPTIONS, SCALARS,
    VALUE_OPTIONS,
};
use crate::protobuf::wire::{Read, read};
use crate::protobuf::{
    Enum, EnumValue, Extensions, Field, FieldType, Label, Message, Oneof, ProtoFile, ProtoOption, Reserved, Rpc,
    Service, Type, Value,
};

/// Deeper messages are refused.
const DEEPEST: usize = 100;

/// None if the text is no base64 of a descriptor.
pub(in crate::protobuf) fn decode(text: &str) -> Option<ProtoFile> {
    let bytes = STANDARD.decode(text.trim()).ok()?;
    let fields = read(&bytes)?;
    let mut file = ProtoFile::default();
    let mut public = Vec::new();
    let is_proto3 = fields.iter().any(|(field, value)| *field == 12 && value.bytes() == Some(b"proto3"));
    for (field, value) in fields {
        match field {
            2 => file.package = Some(value.text()?),
            3 => file.imports.push(value.text()?),
            4 => file.types.push(Type::Message(read_message(value.bytes()?, is_proto3, 0)?)),
            5 => file.types.push(Type::Enum(read_enum(value.bytes()?)?)),
            6 => file.services.push(read_service(value.bytes()?)?),
            8 => file.options = read_options(value.bytes()?, &FILE_OPTIONS)?,
            10 => public.push(usize::try_from(value.number()?).ok()?),
            12 => file.syntax = Some(value.text()?),
            _ => {}
        }
    }
    let (mut imports, mut public_imports) = (Vec::new(), Vec::new());
    for (path, index) in std::mem::take(&mut file.imports).into_iter().zip(0..) {
        if public.contains(&index) { public_imports.push(path) } else { imports.push(path) }
    }
    (file.imports, file.public_imports) = (imports, public_imports);
    let is_empty = file.types.is_empty() && file.services.is_empty() && file.package.is_none();
    (!is_empty).then_some(file)
}

fn read_message(bytes: &[u8], is_proto3: bool, depth: usize) -> Option<Message> {
    if depth >= DEEPEST {
        return None;
    }
    let mut message = Message { is_proto3, ..Message::default() };
    let mut in_oneof: Vec<(usize, Field)> = Vec::new();
    let mut ranges = Vec::new();
    for (field, value) in read(bytes)? {
        match field {
            1 => message.name = value.text()?,
            2 => match read_field(value.bytes()?, is_proto3)? {
                (field, Some(oneof)) => in_oneof.push((oneof, field)),
                (field, None) => message.fields.push(field),
            },
            3 => message.types.push(Type::Message(read_message(value.bytes()?, is_proto3, depth + 1)?)),
            4 => message.types.push(Type::Enum(read_enum(value.bytes()?)?)),
            5 => ranges.push(read_range(value.bytes()?, 1)?),
            7 => message.options = read_options(value.bytes()?, &MESSAGE_OPTIONS)?,
            8 => {
                let name = read(value.bytes()?)?.into_iter().find(|(field, _)| *field == 1)?.1.text()?;
                message.oneofs.push(Oneof { name, ..Oneof::default() });
            }
            9 => message.reserved.push(vec![read_range(value.bytes()?, 1)?]),
            10 => message.reserved.push(vec![Reserved::Name(value.text()?)]),
            _ => {}
        }
    }
    for (oneof, field) in in_oneof {
        message.oneofs.get_mut(oneof)?.fields.push(field);
    }
    message.oneofs.retain(|oneof| !oneof.fields.is_empty());
    message.extensions =
        ranges.into_iter().map(|range| Extensions { ranges: vec![range], options: Vec::new() }).collect();
    Some(message)
}

/// A field, with the oneof that it is written in.
fn read_field(bytes: &[u8], is_proto3: bool) -> Option<(Field, Option<usize>)> {
    let (mut name, mut number, mut label, mut kind) = (String::new(), 0, None, String::new());
    let (mut options, mut oneof, mut is_explicit) = (Vec::new(), None, false);
    let (mut default, mut json_name) = (None, None);
    for (field, value) in read(bytes)? {
        match field {
            1 => name = value.text()?,
            3 => number = value.number()?,
            4 => label = LABELS.iter().find(|(known, _)| Some(*known) == value.number()).map(|(_, label)| *label),
            5 => {
                if let Some((_, scalar)) = SCALARS.iter().find(|(known, _)| Some(*known) == value.number()) {
                    kind = (*scalar).to_owned();
                }
            }
            6 => kind = value.text()?,
            7 => default = Some(value.text()?),
            8 => options = read_options(value.bytes()?, &FIELD_OPTIONS)?,
            9 => oneof = Some(usize::try_from(value.number()?).ok()?),
            10 => json_name = Some(value.text()?),
            17 => is_explicit = value.number()? != 0,
            _ => {}
        }
    }
    if is_explicit {
        oneof = None;
    }
    let is_implied = oneof.is_some() || (is_proto3 && !is_explicit && label == Some(Label::Optional));
    if let Some(default) = default {
        let is_text = ["string", "bytes"].contains(&kind.as_str());
        let value = if is_text { Value::String(default) } else { Value::Word(default) };
        options.push(ProtoOption { name: "default".to_owned(), value });
    }
    if let Some(json_name) = json_name {
        options.push(ProtoOption { name: "json_name".to_owned(), value: Value::String(json_name) });
    }
    let label = if is_implied { None } else { label };
    Some((Field { label, kind: FieldType::Named(kind), name, number, options }, oneof))
}

fn read_enum(bytes: &[u8]) -> Option<Enum> {
    let mut enumeration = Enum::default();
    for (field, value) in read(bytes)? {
        match field {
            1 => enumeration.name = value.text()?,
            2 => {
                let mut read_value = EnumValue { name: String::new(), number: 0, options: Vec::new() };
                for (field, value) in read(value.bytes()?)? {
                    match field {
                        1 => read_value.name = value.text()?,
                        2 => read_value.number = value.number()?,
                        3 => read_value.options = read_options(value.bytes()?, &VALUE_OPTIONS)?,
                        _ => {}
                    }
                }
                enumeration.values.push(read_value);
            }
            3 => enumeration.options = read_options(value.bytes()?, &ENUM_OPTIONS)?,
            4 => enumeration.reserved.push(vec![read_range(value.bytes()?, 0)?]),
            5 => enumeration.reserved.push(vec![Reserved::Name(value.text()?)]),
            _ => {}
        }
    }
    Some(enumeration)
}

fn read_service(bytes: &[u8]) -> Option<Service> {
    let mut service = Service { name: String::new(), options: Vec::new(), rpcs: Vec::new() };
    for (field, value) in read(bytes)? {
        match field {
            1 => service.name = value.text()?,
            2 => {
                let mut rpc = Rpc {
                    name: String::new(),
                    request: (false, String::new()),
                    response: (false, String::new()),
                    options: Vec::new(),
                };
                for (field, value) in read(value.bytes()?)? {
                    match field {
                        1 => rpc.name = value.text()?,
                        2 => rpc.request.1 = value.text()?,
                        3 => rpc.response.1 = value.text()?,
                        4 => rpc.options = read_options(value.bytes()?, &RPC_OPTIONS)?,
                        5 => rpc.request.0 = value.number()? != 0,
                        6 => rpc.response.0 = value.number()? != 0,
                        _ => {}
                    }
                }
                service.rpcs.push(rpc);
            }
            _ => {}
        }
    }
    Some(service)
}

fn read_range(bytes: &[u8], beyond: i64) -> Option<Reserved> {
    let fields = read(bytes)?;
    let number =
        |wanted| fields.iter().find(|(field, _)| *field == wanted).and_then(|(_, value)| value.number()).unwrap_or(0);
    let (first, last) = (number(1), number(2).checked_sub(beyond)?);
    Some(if first == last { Reserved::Number(first) } else { Reserved::Range(first, Some(last)) })
}

fn read_options(bytes: &[u8], known: &[Known]) -> Option<Vec<ProtoOption>> {
    let mut options = Vec::new();
    for (field, value) in read(bytes)? {
        let Some((_, name, form)) = known.iter().find(|(number, ..)| *number == field) else { continue };
        let value = match (form, value) {
            (Form::Text, value) => Value::String(value.text()?),
            (Form::Flag, Read::Number(flag)) => Value::Word((flag != 0).to_string()),
            (Form::Names(names), Read::Number(number)) => {
                let index = usize::try_from(number - i64::from(*name == "optimize_for")).ok()?;
                Value::Word((*names.get(index)?).to_owned())
            }
            (Form::Flag | Form::Names(_), Read::Bytes(_)) => return None,
        };
        options.push(ProtoOption { name: (*name).to_owned(), value });
    }
    Some(options)
}
