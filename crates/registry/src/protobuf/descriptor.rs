//! A file as the base64 of its `FileDescriptorProto`, which Python's client writes and reads.
//!
//! Custom options are left out: their bytes need the types that declare them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::wire::{Read, Writer, read};
use super::{
    Enum, EnumValue, Field, FieldType, Label, Message, Oneof, ProtoFile, ProtoOption, Reserved, Rpc, Service, Type,
    Value,
};

/// Deeper messages are refused.
const DEEPEST: usize = 100;
/// The scalars by their numbers in a descriptor.
const SCALARS: [(i64, &str); 15] = [
    (1, "double"),
    (2, "float"),
    (3, "int64"),
    (4, "uint64"),
    (5, "int32"),
    (6, "fixed64"),
    (7, "fixed32"),
    (8, "bool"),
    (9, "string"),
    (12, "bytes"),
    (13, "uint32"),
    (15, "sfixed32"),
    (16, "sfixed64"),
    (17, "sint32"),
    (18, "sint64"),
];
const LABELS: [(i64, Label); 3] = [(1, Label::Optional), (2, Label::Required), (3, Label::Repeated)];
/// An option's number, its name, and how its value is written.
type Known = (u64, &'static str, Form);
const FILE_OPTIONS: [Known; 17] = [
    (1, "java_package", Form::Text),
    (8, "java_outer_classname", Form::Text),
    (10, "java_multiple_files", Form::Flag),
    (9, "optimize_for", Form::Names(&["SPEED", "CODE_SIZE", "LITE_RUNTIME"])),
    (11, "go_package", Form::Text),
    (16, "cc_generic_services", Form::Flag),
    (17, "java_generic_services", Form::Flag),
    (18, "py_generic_services", Form::Flag),
    (20, "java_generate_equals_and_hash", Form::Flag),
    (23, "deprecated", Form::Flag),
    (27, "java_string_check_utf8", Form::Flag),
    (31, "cc_enable_arenas", Form::Flag),
    (36, "objc_class_prefix", Form::Text),
    (37, "csharp_namespace", Form::Text),
    (39, "swift_prefix", Form::Text),
    (40, "php_class_prefix", Form::Text),
    (41, "php_namespace", Form::Text),
];
const MESSAGE_OPTIONS: [Known; 4] = [
    (1, "message_set_wire_format", Form::Flag),
    (2, "no_standard_descriptor_accessor", Form::Flag),
    (3, "deprecated", Form::Flag),
    (7, "map_entry", Form::Flag),
];
const FIELD_OPTIONS: [Known; 6] = [
    (1, "ctype", Form::Names(&["STRING", "CORD", "STRING_PIECE"])),
    (2, "packed", Form::Flag),
    (3, "deprecated", Form::Flag),
    (5, "lazy", Form::Flag),
    (6, "jstype", Form::Names(&["JS_NORMAL", "JS_STRING", "JS_NUMBER"])),
    (10, "weak", Form::Flag),
];
const ENUM_OPTIONS: [Known; 2] = [(2, "allow_alias", Form::Flag), (3, "deprecated", Form::Flag)];
const VALUE_OPTIONS: [Known; 1] = [(1, "deprecated", Form::Flag)];
const RPC_OPTIONS: [Known; 1] = [(33, "deprecated", Form::Flag)];

#[derive(Clone, Copy)]
enum Form {
    Text,
    Flag,
    /// The names of values, from 0 or 1 on, as their enum has it.
    Names(&'static [&'static str]),
}

// ---- from a file ----

pub(super) fn encode(file: &ProtoFile) -> String {
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

// ---- to a file ----

/// None if the text is no base64 of a descriptor.
pub(super) fn decode(text: &str) -> Option<ProtoFile> {
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
        ranges.into_iter().map(|range| super::Extensions { ranges: vec![range], options: Vec::new() }).collect();
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
