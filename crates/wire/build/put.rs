//! Each struct gets a function that writes it.

use std::fmt::Write as _;

use crate::declare::default;
use crate::expressions::{condition, flexible_of, ident, inline_condition, is_error_code, primitive};
use crate::schema::{Field, Message, Struct, Type};

pub(crate) fn write_put(out: &mut String, message: &Message, part: &Struct) -> std::fmt::Result {
    writeln!(out, "pub(super) fn put(&self, w: &mut Writer, v: i16) -> Result<(), EncodeError> {{")?;
    writeln!(out, "let f = {}; let _ = f;", condition(message.flexible, message.versions))?;
    for field in &part.fields {
        let name = ident(&field.name);
        let inline = inline_condition(message, field);
        let absent = condition(field.versions, message.versions);
        let refuse = format!(
            "if {} {{ return Err(EncodeError::absent(\"{}\", \"{}\", v)); }}",
            differs(field),
            part.name,
            field.name
        );
        if inline != "false" {
            let put = put_statement(message, field, &format!("self.{name}"));
            if inline == "true" {
                writeln!(out, "{put}")?;
            } else {
                writeln!(out, "if {inline} {{ {put} }}")?;
            }
        }
        if absent != "true" && !field.ignorable {
            writeln!(out, "if !({absent}) {{ {refuse} }}")?;
        }
    }
    if !message.flexible.is_empty() {
        let known: Vec<&Field> = part.fields.iter().filter(|field| field.tag.is_some()).collect();
        writeln!(out, "if f {{")?;
        if known.is_empty() {
            writeln!(out, "w.put_tags(Vec::new(), &self.unknown_tagged_fields)?;")?;
        } else {
            writeln!(out, "let mut known: Vec<(u32, Bytes)> = Vec::new();")?;
            let mut known = known;
            known.sort_by_key(|field| field.tag.map(|(tag, _)| tag));
            for field in known {
                let Some((tag, versions)) = field.tag else { continue };
                let test = condition(versions, message.versions);
                let put = put_statement(message, field, &format!("self.{}", ident(&field.name)));
                writeln!(
                    out,
                    "if ({test}) && ({}) {{ let mut inner = Writer::new(); {{ let w = &mut inner; {put} }} known.push(({tag}, inner.into_bytes())); }}",
                    differs(field)
                )?;
            }
            writeln!(out, "w.put_tags(known, &self.unknown_tagged_fields)?;")?;
        }
        writeln!(out, "}}")?;
    }
    writeln!(out, "Ok(())\n}}")
}

fn put_statement(message: &Message, field: &Field, place: &str) -> String {
    let f = flexible_of(message, field);
    let can_be_null = !field.nullable.is_empty();
    let null = condition(field.nullable, message.versions);
    if field.is_array {
        let element = match &field.r#type {
            Type::Struct(_) => "x.put(w, v)".to_owned(),
            Type::String => format!("w.put_text({f}, x)"),
            Type::Bytes => format!("w.put_bytes_field({f}, x)"),
            plain => format!("{{ w.put_{}(*x); Ok(()) }}", primitive(plain)),
        };
        let at = format!("\"{}\"", field.name);
        return if can_be_null {
            format!("w.put_array_or_null({f}, {null}, {at}, {place}.as_deref(), |w, x| {element})?;")
        } else {
            format!("w.put_array({f}, &{place}, |w, x| {element})?;")
        };
    }
    let at = format!("\"{}\"", field.name);
    match (&field.r#type, can_be_null) {
        (Type::String, true) => format!("w.put_text_or_null({f}, {null}, {at}, {place}.as_ref())?;"),
        (Type::String, false) => format!("w.put_text({f}, &{place})?;"),
        (Type::Bytes, true) => format!("w.put_bytes_or_null({f}, {null}, {at}, {place}.as_ref())?;"),
        (Type::Bytes, false) => format!("w.put_bytes_field({f}, &{place})?;"),
        (Type::Records, _) => format!("w.put_records({f}, {place}.as_ref())?;"),
        (Type::Struct(_), true) => {
            let tagged = field.tag.is_some();
            format!(
                "if w.put_presence({tagged}, {null}, {at}, {place}.is_some())? && let Some(x) = &{place} {{ x.put(w, v)?; }}"
            )
        }
        (Type::Struct(_), false) => format!("{place}.put(w, v)?;"),
        (plain, _) if is_error_code(field) => format!("w.put_{}({place}.0);", primitive(plain)),
        (plain, _) => format!("w.put_{}({place});", primitive(plain)),
    }
}

/// Returns whether a field differs from its default, as a Rust expression.
fn differs(field: &Field) -> String {
    let name = ident(&field.name);
    let can_be_null = !field.nullable.is_empty() || field.r#type == Type::Records;
    if can_be_null && default(field) == "None" {
        return format!("self.{name}.is_some()");
    }
    if field.is_array && !can_be_null {
        return format!("!self.{name}.is_empty()");
    }
    format!("self.{name} != {}", default(field))
}
