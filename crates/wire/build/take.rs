//! Each struct gets a function that reads it.

use std::fmt::Write as _;

use crate::declare::default;
use crate::expressions::{condition, flexible_of, ident, inline_condition, is_error_code, primitive};
use crate::schema::{Field, Message, Struct, Type};

pub(crate) fn write_take(out: &mut String, message: &Message, part: &Struct) -> std::fmt::Result {
    let tagged = !message.flexible.is_empty();
    writeln!(out, "pub(super) fn take(r: &mut Reader, v: i16) -> Result<Self, Malformed> {{")?;
    writeln!(out, "let f = {}; let _ = f;", condition(message.flexible, message.versions))?;
    for field in &part.fields {
        let name = ident(&field.name);
        let inline = inline_condition(message, field);
        let read = read_expression(message, field);
        let mutable = if field.tag.is_some() { "mut " } else { "" };
        match inline.as_str() {
            "true" => writeln!(out, "let {mutable}{name} = {read};")?,
            "false" => writeln!(out, "let {mutable}{name} = {};", default(field))?,
            test => writeln!(out, "let {mutable}{name} = if {test} {{ {read} }} else {{ {} }};", default(field))?,
        }
    }
    if tagged {
        writeln!(out, "let unknown_tagged_fields = if f {{ r.tags(|tag, r| {{ match tag {{")?;
        for field in &part.fields {
            let Some((tag, versions)) = field.tag else { continue };
            let test = condition(versions, message.versions);
            let read = read_expression(message, field);
            writeln!(out, "{tag} if {test} => {{ {} = {read}; Ok(true) }}", ident(&field.name))?;
        }
        writeln!(out, "_ => {{ let _ = r; Ok(false) }} }} }})? }} else {{ Tags::default() }};")?;
    }
    let names: Vec<String> = part.fields.iter().map(|field| ident(&field.name)).collect();
    let tags = if tagged { "unknown_tagged_fields" } else { "" };
    writeln!(out, "Ok(Self {{ {}{}{tags} }})\n}}", names.join(", "), if names.is_empty() { "" } else { ", " })
}

fn read_expression(message: &Message, field: &Field) -> String {
    let f = flexible_of(message, field);
    let can_be_null = !field.nullable.is_empty();
    let null = condition(field.nullable, message.versions);
    if field.is_array {
        let element = match &field.r#type {
            Type::Struct(name) => format!("{name}::take(r, v)"),
            Type::String => format!("r.text({f})"),
            Type::Bytes => format!("r.bytes({f})"),
            plain => format!("r.{}()", primitive(plain)),
        };
        let least = field.least;
        return if can_be_null {
            format!("r.array_or_null({f}, {least}, {null}, |r| {element})?")
        } else {
            format!("r.array({f}, {least}, |r| {element})?")
        };
    }
    match (&field.r#type, can_be_null) {
        (Type::String, true) => format!("r.text_or_null({f}, {null})?"),
        (Type::String, false) => format!("r.text({f})?"),
        (Type::Bytes, true) => format!("r.bytes_or_null({f}, {null})?"),
        (Type::Bytes, false) => format!("r.bytes({f})?"),
        (Type::Records, _) => format!("r.bytes_or_null({f}, true)?.map(Pieces::from)"),
        (Type::Struct(name), true) => {
            let tagged = field.tag.is_some();
            format!("if r.is_present({tagged}, {null})? {{ Some({name}::take(r, v)?) }} else {{ None }}")
        }
        (Type::Struct(name), false) => format!("{name}::take(r, v)?"),
        (plain, _) if is_error_code(field) => format!("ErrorCode(r.{}()?)", primitive(plain)),
        (plain, _) => format!("r.{}()?", primitive(plain)),
    }
}
