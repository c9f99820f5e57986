//! The text of a file, laid out as Confluent's registry does.

use super::{
    Enum, Extend, Field, FieldType, Group, Message, Oneof, ProtoFile, ProtoOption, Reserved, Rpc, Service, Type, Value,
};

impl ProtoFile {
    /// The canonical text.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        if let Some(syntax) = &self.syntax {
            out.push_str(&format!("syntax = \"{syntax}\";\n"));
        }
        if let Some(package) = &self.package {
            out.push_str(&format!("package {package};\n"));
        }
        let imports = self.imports.iter().map(|path| format!("import \"{}\";\n", escaped(path)));
        let public = self.public_imports.iter().map(|path| format!("import public \"{}\";\n", escaped(path)));
        section(&mut out, imports.chain(public));
        section(&mut out, self.options.iter().map(option_line));
        section(&mut out, self::types(&self.types));
        section(&mut out, self.extends.iter().map(extend));
        section(&mut out, self.services.iter().map(service));
        out
    }
}

/// Adds parts below an empty line, if there are any.
fn section(out: &mut String, parts: impl IntoIterator<Item = String>) {
    let mut parts = parts.into_iter().peekable();
    if parts.peek().is_some() {
        out.push('\n');
    }
    out.extend(parts);
}

/// Adds parts to a block, each line two spaces further in.
fn inner(out: &mut String, parts: impl IntoIterator<Item = String>) {
    section(out, parts.into_iter().map(|part| indented(&part)));
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

/// Messages come before enums.
fn types(types: &[Type]) -> impl Iterator<Item = String> {
    let messages = types
        .iter()
        .filter_map(|kind| if let Type::Message(message) = kind { Some(self::message(message)) } else { None });
    let enums = types.iter().filter_map(|kind| {
        if let Type::Enum(enumeration) = kind { Some(self::enumeration(enumeration)) } else { None }
    });
    messages.chain(enums)
}

fn message(message: &Message) -> String {
    let mut out = format!("message {} {{", message.name);
    inner(&mut out, message.reserved.iter().map(|reserved| format!("reserved {};\n", ranges(reserved))));
    inner(&mut out, message.options.iter().map(option_line));
    inner(&mut out, message.fields.iter().map(field));
    inner(&mut out, message.oneofs.iter().map(oneof));
    inner(&mut out, message.groups.iter().map(group));
    inner(
        &mut out,
        message.extensions.iter().map(|extensions| {
            format!("extensions {}{};\n", ranges(&extensions.ranges), option_list(&extensions.options))
        }),
    );
    inner(&mut out, message.extends.iter().map(extend));
    inner(&mut out, self::types(&message.types));
    out + "}\n"
}

fn ranges(ranges: &[Reserved]) -> String {
    let ranges = ranges.iter().map(|range| match range {
        Reserved::Name(name) => format!("\"{}\"", escaped(name)),
        Reserved::Number(number) => number.to_string(),
        Reserved::Range(first, Some(last)) if *last < 536_870_911 => format!("{first} to {last}"),
        Reserved::Range(first, _) => format!("{first} to max"),
    });
    ranges.collect::<Vec<_>>().join(", ")
}

fn field(field: &Field) -> String {
    let label = field.label.map_or(String::new(), |label| format!("{} ", label.word()));
    let kind = match &field.kind {
        FieldType::Named(name) => name.clone(),
        FieldType::Map(key, value) => format!("map<{key}, {value}>"),
    };
    format!("{label}{kind} {} = {}{};\n", field.name, field.number, option_list(&field.options))
}

fn oneof(oneof: &Oneof) -> String {
    let mut out = format!("oneof {} {{", oneof.name);
    inner(&mut out, oneof.options.iter().map(option_line));
    inner(&mut out, oneof.fields.iter().map(field));
    inner(&mut out, oneof.groups.iter().map(group));
    out + "}\n"
}

fn group(group: &Group) -> String {
    let label = group.label.map_or(String::new(), |label| format!("{} ", label.word()));
    let mut out = format!("{label}group {} = {} {{", group.name, group.number);
    inner(&mut out, group.fields.iter().map(field));
    out + "}\n"
}

fn extend(extend: &Extend) -> String {
    let mut out = format!("extend {} {{", extend.name);
    inner(&mut out, extend.fields.iter().map(field));
    out + "}\n"
}

fn enumeration(enumeration: &Enum) -> String {
    let mut out = format!("enum {} {{", enumeration.name);
    let reserved = enumeration.reserved.iter().map(|reserved| format!("reserved {};\n", ranges(reserved)));
    let values = enumeration
        .values
        .iter()
        .map(|value| format!("{} = {}{};\n", value.name, value.number, option_list(&value.options)));
    inner(&mut out, reserved.chain(enumeration.options.iter().map(option_line)).chain(values));
    out + "}\n"
}

fn service(service: &Service) -> String {
    let mut out = format!("service {} {{", service.name);
    inner(&mut out, service.options.iter().map(option_line));
    inner(&mut out, service.rpcs.iter().map(rpc));
    out + "}\n"
}

fn rpc(rpc: &Rpc) -> String {
    let side = |(is_stream, name): &(bool, String)| format!("({}{name})", if *is_stream { "stream " } else { "" });
    let mut out = format!("rpc {} {} returns {}", rpc.name, side(&rpc.request), side(&rpc.response));
    if !rpc.options.is_empty() {
        out.push_str(" {\n");
        out.extend(rpc.options.iter().map(|option| indented(&option_line(option))));
        out.push('}');
    }
    out + ";\n"
}

fn option_line(option: &ProtoOption) -> String {
    format!("option {};\n", self::option(option))
}

fn option_list(options: &[ProtoOption]) -> String {
    match options {
        [] => String::new(),
        [one] => format!(" [{}]", option(one)),
        many => {
            let parts: Vec<_> = many.iter().map(option).collect();
            format!(" [\n{}]", indented(&parts.join(",\n")))
        }
    }
}

fn option(option: &ProtoOption) -> String {
    match &option.value {
        Value::List(values) if values.len() == 1 => {
            format!("{} = [{}]", option.name, values.iter().map(value).collect::<String>())
        }
        other => format!("{} = {}", option.name, value(other)),
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::String(text) => format!("\"{}\"", escaped(text)),
        Value::Word(word) => word.clone(),
        Value::Map(members) => {
            let members: Vec<_> =
                members.iter().map(|(key, member)| format!("{key}: {}", self::value(member))).collect();
            format!("{{\n{}}}", indented(&members.join(",\n")))
        }
        Value::List(values) => {
            let values: Vec<_> = values.iter().map(self::value).collect();
            format!("[\n{}]", indented(&values.join(",\n")))
        }
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            '\\' | '\'' | '"' => out.extend(['\\', letter]),
            other => out.push(other),
        }
    }
    out
}
