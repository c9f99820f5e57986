//! Writes the typed messages from `schema/kafka.txt` into `OUT_DIR/messages.rs`.
#![expect(clippy::expect_used, clippy::panic, reason = "a build script has nobody to hand an error to")]

#[path = "src/schema.rs"]
#[expect(unreachable_pub, reason = "the crate itself publishes it")]
mod schema;

use std::fmt::Write as _;
use std::path::Path;

use schema::{Field, Kind, Message, Struct, Type, Versions};

fn main() {
    println!("cargo::rerun-if-changed=schema/kafka.txt");
    println!("cargo::rerun-if-changed=src/schema.rs");
    println!("cargo::rerun-if-changed=build.rs");
    let text = std::fs::read_to_string("schema/kafka.txt").expect("schema/kafka.txt");
    let messages = schema::parse(&text).unwrap_or_else(|error| panic!("schema/kafka.txt: {error}"));
    let mut out = String::new();
    for message in &messages {
        write_module(&mut out, message).expect("a String takes all text");
    }
    for message in &messages {
        let module = snake(&message.name);
        writeln!(out, "pub use {module}::{};", message.name).expect("a String takes all text");
    }
    write_requests(&mut out, &messages).expect("a String takes all text");
    let folder = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    std::fs::write(Path::new(&folder).join("messages.rs"), out).expect("OUT_DIR can be written");
}

fn write_module(out: &mut String, message: &Message) -> std::fmt::Result {
    writeln!(
        out,
        "/// `{}`, versions {}.\npub mod {} {{",
        message.name,
        range(message.versions),
        snake(&message.name)
    )?;
    writeln!(out, "use super::prelude::*;")?;
    for part in &message.structs {
        write_struct(out, message, part)?;
    }
    let (name, versions) = (&message.name, message.versions);
    writeln!(out, "impl Message for {name} {{")?;
    writeln!(out, "const NAME: &'static str = \"{name}\";")?;
    writeln!(out, "const VERSIONS: RangeInclusive<i16> = {}..={};", versions.min, versions.max)?;
    writeln!(out, "const KEY: Option<i16> = {:?};", message.key)?;
    writeln!(out, "fn read(r: &mut Reader, v: i16) -> Result<Self, Fault> {{ Self::take(r, v) }}")?;
    writeln!(out, "fn write(&self, w: &mut Writer, v: i16) -> Result<(), EncodeError> {{ self.put(w, v) }}")?;
    if message.structs.iter().any(|part| part.name == *name && has_error(message, part)) {
        writeln!(out, "fn first_error(&self) -> ErrorCode {{ self.error().map_or(ErrorCode::NONE, ErrorCode) }}")?;
    }
    writeln!(out, "}}\n}}")
}

/// Whether a struct, or one inside of it, tells of an error.
fn has_error(message: &Message, part: &Struct) -> bool {
    part.fields.iter().any(|field| error_expression(message, field).is_some())
}

/// The first error that a field tells of, as a Rust expression of an `Option<i16>`; `None` where it tells of none.
fn error_expression(message: &Message, field: &Field) -> Option<String> {
    let place = format!("self.{}", ident(&field.name));
    match &field.r#type {
        Type::Int16 if matches!(field.name.as_str(), "ErrorCode" | "PartitionErrorCode") => {
            Some(format!("Some({place}).filter(|code| *code != 0)"))
        }
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

fn write_requests(out: &mut String, messages: &[Message]) -> std::fmt::Result {
    for message in messages.iter().filter(|m| m.kind == Kind::Request) {
        let stem = message.name.trim_end_matches("Request");
        writeln!(out, "impl Request for {} {{", message.name)?;
        writeln!(out, "const API: ApiKey = ApiKey::{stem};\ntype Response = {stem}Response;\n}}")?;
    }
    writeln!(out, "/// Calls a macro with every message type.\n#[macro_export]\nmacro_rules! for_each_message {{")?;
    writeln!(out, "($callback:path) => {{ $callback! {{")?;
    for message in messages {
        writeln!(out, "{},", message.name)?;
    }
    writeln!(out, "}} }};\n}}")?;
    writeln!(out, "#[expect(non_upper_case_globals, reason = \"Kafka's own spelling\")]\nimpl ApiKey {{")?;
    for message in messages.iter().filter(|m| m.kind == Kind::Request) {
        let (stem, key) = (message.name.trim_end_matches("Request"), message.key.unwrap_or(-1));
        writeln!(out, "/// The key of {stem}.\npub const {stem}: Self = Self({key});")?;
    }
    writeln!(out, "pub(crate) const TABLE: &'static [ApiRow] = &[")?;
    for message in messages.iter().filter(|m| m.kind == Kind::Request) {
        let (stem, key) = (message.name.trim_end_matches("Request"), message.key.unwrap_or(-1));
        let (versions, flexible) = (message.versions, message.flexible);
        let least = if flexible.is_empty() { i16::MAX } else { flexible.min };
        writeln!(
            out,
            "ApiRow {{ key: {key}, name: \"{stem}\", min: {}, max: {}, flexible: {least} }},",
            versions.min, versions.max
        )?;
    }
    writeln!(out, "];\n}}")
}

fn write_struct(out: &mut String, message: &Message, part: &Struct) -> std::fmt::Result {
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

fn write_error(out: &mut String, message: &Message, part: &Struct) -> std::fmt::Result {
    let errors: Vec<String> = part.fields.iter().filter_map(|field| error_expression(message, field)).collect();
    let Some((first, others)) = errors.split_first() else { return Ok(()) };
    writeln!(out, "pub(super) fn error(&self) -> Option<i16> {{ {first}")?;
    for other in others {
        writeln!(out, ".or_else(|| {other})")?;
    }
    writeln!(out, "}}")
}

fn write_take(out: &mut String, message: &Message, part: &Struct) -> std::fmt::Result {
    let tagged = !message.flexible.is_empty();
    writeln!(out, "pub(super) fn take(r: &mut Reader, v: i16) -> Result<Self, Fault> {{")?;
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

fn write_put(out: &mut String, message: &Message, part: &Struct) -> std::fmt::Result {
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

/// When a field stands in its place in the struct, not among the tagged ones.
fn inline_condition(message: &Message, field: &Field) -> String {
    let present = condition(field.versions, message.versions);
    match field.tag {
        None => present,
        Some((_, tagged)) if tagged == field.versions || condition(tagged, message.versions) == present => {
            "false".to_owned()
        }
        Some((_, tagged)) => format!("({present}) && !({})", condition(tagged, message.versions)),
    }
}

fn flexible_of(message: &Message, field: &Field) -> String {
    match field.flexible {
        Some(versions) => condition(versions, message.versions),
        None => "f".to_owned(),
    }
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
            format!("if r.is_present({null})? {{ Some({name}::take(r, v)?) }} else {{ None }}")
        }
        (Type::Struct(name), false) => format!("{name}::take(r, v)?"),
        (plain, _) => format!("r.{}()?", primitive(plain)),
    }
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
            format!("if w.put_presence({null}, {at}, {place}.is_some())? && let Some(x) = &{place} {{ x.put(w, v)?; }}")
        }
        (Type::Struct(_), false) => format!("{place}.put(w, v)?;"),
        (plain, _) => format!("w.put_{}({place});", primitive(plain)),
    }
}

/// Whether a field differs from its default, as a Rust expression.
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

fn condition(versions: Versions, within: Versions) -> String {
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

fn rust_type(field: &Field) -> String {
    let plain = match &field.r#type {
        Type::Bool => "bool".to_owned(),
        Type::Int8 => "i8".to_owned(),
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

fn default(field: &Field) -> String {
    let nullable = !field.nullable.is_empty();
    if nullable && field.default.as_deref() == Some("null") || field.r#type == Type::Records {
        return "None".to_owned();
    }
    let plain = match (&field.r#type, field.default.as_deref()) {
        _ if field.is_array => "Vec::new()".to_owned(),
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

fn primitive(r#type: &Type) -> &'static str {
    match r#type {
        Type::Bool => "bool",
        Type::Int8 => "i8",
        Type::Int16 => "i16",
        Type::Uint16 => "u16",
        Type::Int32 => "i32",
        Type::Int64 => "i64",
        Type::Float64 => "f64",
        Type::Uuid => "uuid",
        other => panic!("{other:?} is no primitive"),
    }
}

fn ident(name: &str) -> String {
    match snake(name).as_str() {
        "type" => "r#type".to_owned(),
        "match" => "r#match".to_owned(),
        other => other.to_owned(),
    }
}

fn snake(name: &str) -> String {
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

fn range(versions: Versions) -> String {
    match versions {
        Versions { min, max: i16::MAX } => format!("{min} and up"),
        Versions { min, max } => format!("{min} to {max}"),
    }
}
