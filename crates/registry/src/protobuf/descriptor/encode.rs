//! From a file to the base64 of its descriptor.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{
    ENUM_OPTIONS, FIELD_OPTIONS, FILE_OPTIONS, Form, Known, LABELS, MESSAGE_OPTIONS, RPC_OPTIONS, SCALARS,
    VALUE_OPTIONS,
};
use crate::protobuf::wire::Writer;
use crate::protobuf::{Enum, Field, FieldType, Label, Message, ProtoFile, ProtoOption, Reserved, Rpc, Type, Value};

pub(in crate::protobuf) fn encode(file: &ProtoFile) -> String {
    let mut out = Writer::default();
    out.text(1, "default");
    if let Some(package) = &file.package {
        out.text(2, package);
    }
    for path in file.imports.iter().chain(&file.public_imports) {
        out.text(3, path);
    }
    for kind in &file.types {
        if let Type::Message(message) = kind {
            out.message(4, |out| write_message(out, message));
        }
    }
    for kind in &file.types {
        if let Type::Enum(enumeration) = kind {
            out.message(5, |out| write_enum(out, enumeration));
        }
    }
    for service in &file.services {
        out.message(6, |out| {
            out.text(1, &service.name);
            for rpc in &service.rpcs {
                out.message(2, |out| write_rpc(out, rpc));
            }
        });
    }
    for extend in &file.extends {
        for field in &extend.fields {
            out.message(7, |out| write_field(out, field, Some(&extend.name), None, &field_type(&field.kind)));
        }
    }
    write_options(&mut out, 8, &file.options, &FILE_OPTIONS);
    for (_, index) in file.public_imports.iter().zip(file.imports.len()..) {
        out.number(10, i64::try_from(index).unwrap_or(0));
    }
    if let Some(syntax) = file.syntax.as_ref().filter(|syntax| *syntax != "proto2") {
        out.text(12, syntax);
    }
    STANDARD.encode(out.into_bytes())
}

fn field_type(kind: &FieldType) -> String {
    match kind {
        FieldType::Named(name) => name.clone(),
        FieldType::Map(..) => String::new(),
    }
}

/// The name of the message that stands for the entries of a map.
fn entry_name(field: &str) -> String {
    let mut name = String::new();
    let mut is_first = true;
    for letter in field.chars() {
        if letter == '_' {
            is_first = true;
        } else {
            name.push(if is_first { letter.to_ascii_uppercase() } else { letter });
            is_first = false;
        }
    }
    name + "Entry"
}

fn write_message(out: &mut Writer, message: &Message) {
    out.text(1, &message.name);
    let optional: Vec<&Field> = message.fields.iter().filter(|field| is_explicit(message, field)).collect();
    for (oneof, index) in message.oneofs.iter().zip(0..) {
        for field in &oneof.fields {
            out.message(2, |out| write_field(out, field, None, Some((index, false)), &field_type(&field.kind)));
        }
    }
    let mut synthetic = i64::try_from(message.oneofs.len()).unwrap_or(0);
    for field in &message.fields {
        let kind = match &field.kind {
            FieldType::Named(name) => name.clone(),
            FieldType::Map(..) => entry_name(&field.name),
        };
        let mut oneof = None;
        if optional.iter().any(|known| known.number == field.number) {
            oneof = Some((synthetic, true));
            synthetic += 1;
        }
        out.message(2, |out| write_field(out, field, None, oneof, &kind));
    }
    for kind in &message.types {
        if let Type::Message(inner) = kind {
            out.message(3, |out| write_message(out, inner));
        }
    }
    for field in &message.fields {
        if let FieldType::Map(key, value) = &field.kind {
            out.message(3, |out| write_entry(out, &field.name, key, value));
        }
    }
    for kind in &message.types {
        if let Type::Enum(enumeration) = kind {
            out.message(4, |out| write_enum(out, enumeration));
        }
    }
    for range in message.extensions.iter().flat_map(|extensions| &extensions.ranges) {
        write_range(out, 5, range, 1);
    }
    for extend in &message.extends {
        for field in &extend.fields {
            out.message(6, |out| write_field(out, field, Some(&extend.name), None, &field_type(&field.kind)));
        }
    }
    write_options(out, 7, &message.options, &MESSAGE_OPTIONS);
    for oneof in &message.oneofs {
        out.message(8, |out| out.text(1, &oneof.name));
    }
    for field in optional {
        out.message(8, |out| out.text(1, &format!("_{}", field.name)));
    }
    write_reserved(out, &message.reserved, 9, 10, 1);
}

/// Whether a field of proto3 says `optional`: in a descriptor it is alone in a oneof. Files of proto2 have labels at all
/// fields, and none of these.
fn is_explicit(message: &Message, field: &Field) -> bool {
    field.label == Some(Label::Optional) && message.is_proto3
}

fn write_entry(out: &mut Writer, field: &str, key: &str, value: &str) {
    out.text(1, &entry_name(field));
    for (name, number, kind) in [("key", 1, key), ("value", 2, value)] {
        let kind_name = kind.to_owned();
        let field = Field {
            label: Some(Label::Optional),
            kind: FieldType::Named(kind_name),
            name: name.to_owned(),
            number,
            options: Vec::new(),
        };
        out.message(2, |out| write_field(out, &field, None, None, kind));
    }
    out.message(7, |out| out.number(7, 1));
}

fn write_field(out: &mut Writer, field: &Field, extendee: Option<&str>, oneof: Option<(i64, bool)>, kind: &str) {
    out.text(1, &field.name);
    if let Some(extendee) = extendee {
        out.text(2, extendee);
    }
    out.number(3, field.number);
    let label = if matches!(field.kind, FieldType::Map(..)) { Some(Label::Repeated) } else { field.label };
    if let Some((number, _)) = LABELS.iter().find(|(_, known)| Some(*known) == label) {
        out.number(4, *number);
    }
    match SCALARS.iter().find(|(_, name)| *name == kind) {
        Some((number, _)) => out.number(5, *number),
        None => out.text(6, kind),
    }
    let special = |name: &str| {
        field.options.iter().find(|option| option.name == name).map(|option| match &option.value {
            Value::String(text) | Value::Word(text) => text.clone(),
            Value::Map(_) | Value::List(_) => String::new(),
        })
    };
    if let Some(default) = special("default") {
        out.text(7, &default);
    }
    write_options(out, 8, &field.options, &FIELD_OPTIONS);
    if let Some((index, _)) = oneof {
        out.number(9, index);
    }
    if let Some(name) = special("json_name") {
        out.text(10, &name);
    }
    if let Some((_, true)) = oneof {
        out.number(17, 1);
    }
}

fn write_enum(out: &mut Writer, enumeration: &Enum) {
    out.text(1, &enumeration.name);
    for value in &enumeration.values {
        out.message(2, |out| {
            out.text(1, &value.name);
            out.number(2, value.number);
            write_options(out, 3, &value.options, &VALUE_OPTIONS);
        });
    }
    write_options(out, 3, &enumeration.options, &ENUM_OPTIONS);
    write_reserved(out, &enumeration.reserved, 4, 5, 0);
}

fn write_rpc(out: &mut Writer, rpc: &Rpc) {
    out.text(1, &rpc.name);
    out.text(2, &rpc.request.1);
    out.text(3, &rpc.response.1);
    write_options(out, 4, &rpc.options, &RPC_OPTIONS);
    for (field, is_stream) in [(5, rpc.request.0), (6, rpc.response.0)] {
        if is_stream {
            out.number(field, 1);
        }
    }
}

/// `beyond`: 1 where a range ends before its end, as those of messages do.
fn write_range(out: &mut Writer, field: u64, range: &Reserved, beyond: i64) {
    let (first, last) = match range {
        Reserved::Name(_) => return,
        Reserved::Number(number) => (*number, *number),
        Reserved::Range(first, Some(last)) => (*first, *last),
        Reserved::Range(first, None) => (*first, if beyond == 1 { 536_870_911 } else { i64::from(i32::MAX) }),
    };
    out.message(field, |out| {
        out.number(1, first);
        out.number(2, last.saturating_add(beyond));
    });
}

fn write_reserved(out: &mut Writer, reserved: &[Vec<Reserved>], ranges: u64, names: u64, beyond: i64) {
    for range in reserved.iter().flatten() {
        write_range(out, ranges, range, beyond);
    }
    for name in reserved.iter().flatten() {
        if let Reserved::Name(name) = name {
            out.text(names, name);
        }
    }
}

fn write_options(out: &mut Writer, field: u64, options: &[ProtoOption], known: &[Known]) {
    let mut inner = Writer::default();
    for option in options {
        let Some((number, _, form)) = known.iter().find(|(_, name, _)| *name == option.name) else { continue };
        match (form, &option.value) {
            (Form::Text, Value::String(text)) => inner.text(*number, text),
            (Form::Flag, Value::Word(word)) => inner.number(*number, i64::from(word == "true")),
            (Form::Names(names), Value::Word(word)) => {
                let first = i64::from(option.name == "optimize_for");
                let index = (first..).zip(*names).find(|(_, name)| *name == word).map_or(first, |(index, _)| index);
                inner.number(*number, index);
            }
            _ => {}
        }
    }
    let inner = inner.into_bytes();
    if !inner.is_empty() {
        out.bytes(field, &inner);
    }
}
