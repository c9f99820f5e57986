//! Each struct of a message is declared with the defaults of its fields.

use std::fmt::Write as _;

use crate::error::write_error;
use crate::expressions::{ident, is_error_code, range};
use crate::put::write_put;
use crate::schema::{Field, Message, Struct, Type};
use crate::take::write_take;

pub(crate) fn write_struct(out: &mut String, message: &Message, part: &Struct) -> std::fmt::Result {
    let name = &part.name;
    let tagged = !message.flexible.is_empty();
    writeln!(out, "/// `{name}` of `{}`.\n#[derive(Clone, Debug, PartialEq)]\npub struct {name} {{", message.name)?;
    for field in &part.fields {
        writeln!(out, "/// `{}`, versions {}.", field.name, range(field.versions))?;
        writeln!(out, "pub {}: {},", ident(&field.name), rust_type(field))?;
    }
    if tagged {
        writeln!(out, "/// Tagged fields that Kafka's definitions do not know.\npub unknown_tagged_fields: Tags,")?;
    }
    writeln!(out, "}}\nimpl Default for {name} {{\nfn default() -> Self {{ Self {{")?;
    for field in &part.fields {
        writeln!(out, "{}: {},", ident(&field.name), default(field))?;
    }
    if tagged {
        writeln!(out, "unknown_tagged_fields: Tags::default(),")?;
    }
    writeln!(out, "}} }}\n}}\nimpl {name} {{")?;
    write_take(out, message, part)?;
    write_put(out, message, part)?;
    write_error(out, message, part)?;
    writeln!(out, "}}")
}

fn rust_type(field: &Field) -> String {
    let plain = match &field.r#type {
        Type::Bool => "bool".to_owned(),
        Type::Int8 => "i8".to_owned(),
        _ if is_error_code(field) => "ErrorCode".to_owned(),
        Type::Int16 => "i16".to_owned(),
        Type::Uint16 => "u16".to_owned(),
        Type::Int32 => "i32".to_owned(),
        Type::Int64 => "i64".to_owned(),
        Type::Float64 => "f64".to_owned(),
        Type::Uuid => "Uuid".to_owned(),
        Type::String => "Text".to_owned(),
        Type::Bytes => "Bytes".to_owned(),
        Type::Records => return "Option<Pieces>".to_owned(),
        Type::Struct(name) => name.clone(),
    };
    let plain = if field.is_array { format!("Vec<{plain}>") } else { plain };
    if field.nullable.is_empty() { plain } else { format!("Option<{plain}>") }
}

pub(crate) fn default(field: &Field) -> String {
    let nullable = !field.nullable.is_empty();
    if nullable && field.default.as_deref() == Some("null") || field.r#type == Type::Records {
        return "None".to_owned();
    }
    let plain = match (&field.r#type, field.default.as_deref()) {
        _ if field.is_array => "Vec::new()".to_owned(),
        (Type::Int16, default) if is_error_code(field) => format!("ErrorCode({})", default.unwrap_or("0")),
        (Type::Bool, default) => default.unwrap_or("false").to_owned(),
        (Type::Float64, default) => format!("{}f64", default.unwrap_or("0.0")),
        (Type::Uuid, _) => "Uuid::ZERO".to_owned(),
        (Type::String, Some(text)) if !text.is_empty() => format!("Text::from(\"{text}\")"),
        (Type::String, _) => "Text::default()".to_owned(),
        (Type::Bytes, _) => "Bytes::new()".to_owned(),
        (Type::Struct(name), _) => format!("{name}::default()"),
        (_, default) => default.unwrap_or("0").to_owned(),
    };
    if nullable { format!("Some({plain})") } else { plain }
}
