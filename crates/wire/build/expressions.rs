//! Names and conditions are written as Rust expressions.

use crate::schema::{Field, Message, Type, Versions};

pub(crate) fn condition(versions: Versions, within: Versions) -> String {
    let (min, max) = (versions.min.max(within.min), versions.max.min(within.max));
    if min > max {
        return "false".to_owned();
    }
    match (min > within.min, max < within.max) {
        (false, false) => "true".to_owned(),
        (true, false) => format!("v >= {min}"),
        (false, true) => format!("v <= {max}"),
        (true, true) => format!("({min}..={max}).contains(&v)"),
    }
}

/// Returns the condition under which a field is written in its place in the struct, not among the tagged fields.
pub(crate) fn inline_condition(message: &Message, field: &Field) -> String {
    let present = condition(field.versions, message.versions);
    match field.tag {
        None => present,
        Some((_, tagged)) if tagged == field.versions || condition(tagged, message.versions) == present => {
            "false".to_owned()
        }
        Some((_, tagged)) => format!("({present}) && !({})", condition(tagged, message.versions)),
    }
}

pub(crate) fn flexible_of(message: &Message, field: &Field) -> String {
    match field.flexible {
        Some(versions) => condition(versions, message.versions),
        None => "f".to_owned(),
    }
}

pub(crate) fn primitive(r#type: &Type) -> &'static str {
    match r#type {
        Type::Bool => "bool",
        Type::Int8 => "i8",
        Type::Int16 => "i16",
        Type::Uint16 => "u16",
        Type::Int32 => "i32",
        Type::Int64 => "i64",
        Type::Float64 => "f64",
        Type::Uuid => "uuid",
        other => panic!("{other:?} is not a primitive type"),
    }
}

/// Returns whether a field holds one of Kafka's error codes.
pub(crate) fn is_error_code(field: &Field) -> bool {
    field.r#type == Type::Int16 && matches!(field.name.as_str(), "ErrorCode" | "PartitionErrorCode")
}

pub(crate) fn ident(name: &str) -> String {
    match snake(name).as_str() {
        "type" => "r#type".to_owned(),
        "match" => "r#match".to_owned(),
        other => other.to_owned(),
    }
}

pub(crate) fn snake(name: &str) -> String {
    let mut out = String::new();
    let mut previous_lower = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && previous_lower {
            out.push('_');
        }
        previous_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        out.push(c.to_ascii_lowercase());
    }
    out
}

pub(crate) fn range(versions: Versions) -> String {
    match versions {
        Versions { min, max: i16::MAX } => format!("{min} and up"),
        Versions { min, max } => format!("{min} to {max}"),
    }
}
