//! Each message finds the first error among its fields.

use std::fmt::Write as _;

use crate::expressions::{ident, is_error_code};
use crate::schema::{Field, Message, Struct, Type};

/// Returns whether a struct, or one inside of it, has an error code.
pub(crate) fn has_error(message: &Message, part: &Struct) -> bool {
    part.fields.iter().any(|field| error_expression(message, field).is_some())
}

/// Returns the first error of a field as a Rust expression of an `Option<ErrorCode>`; `None` for a field without error
/// codes.
fn error_expression(message: &Message, field: &Field) -> Option<String> {
    let place = format!("self.{}", ident(&field.name));
    match &field.r#type {
        _ if is_error_code(field) => Some(format!("Some({place}).filter(|code| *code != ErrorCode::NONE)")),
        Type::Struct(name) => {
            let inner = message.structs.iter().find(|part| part.name == *name)?;
            has_error(message, inner).then(|| match (field.is_array, field.nullable.is_empty()) {
                (true, true) => format!("{place}.iter().find_map(|x| x.error())"),
                (true, false) => format!("{place}.iter().flatten().find_map(|x| x.error())"),
                (false, true) => format!("{place}.error()"),
                (false, false) => format!("{place}.as_ref().and_then(|x| x.error())"),
            })
        }
        _ => None,
    }
}

pub(crate) fn write_error(out: &mut String, message: &Message, part: &Struct) -> std::fmt::Result {
    let errors: Vec<String> = part.fields.iter().filter_map(|field| error_expression(message, field)).collect();
    let Some((first, others)) = errors.split_first() else { return Ok(()) };
    writeln!(out, "pub(super) fn error(&self) -> Option<ErrorCode> {{ {first}")?;
    for other in others {
        writeln!(out, ".or_else(|| {other})")?;
    }
    writeln!(out, "}}")
}
