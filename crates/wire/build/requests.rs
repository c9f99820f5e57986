//! Some code covers all messages together: the APIs of the requests, their table of versions, a macro over every type.

use std::fmt::Write as _;

use crate::schema::{Kind, Message};

pub(crate) fn write_requests(out: &mut String, messages: &[Message]) -> std::fmt::Result {
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
