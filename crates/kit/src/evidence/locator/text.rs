//! From bytes and JSON to ids as text.

use std::fmt::Write as _;

use serde_json::Value as Json;

/// The longest id, in bytes of its text. What is longer is content, not a name.
const MAX_ID: usize = 64 << 10;
/// The longest run of bytes that is shown as hex.
const MAX_BINARY: usize = 64;

/// Printable UTF-8 as it is, 16 other bytes as a UUID, some other bytes as hex.
pub(super) fn id_of_bytes(bytes: &[u8]) -> Option<String> {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) => is_id(text).then(|| text.to_owned()),
        _ => match bytes.len() {
            16 => Some(uuid(bytes)),
            1..=MAX_BINARY => Some(hex(bytes)),
            _ => None,
        },
    }
}

/// A text or a number.
pub(super) fn id_of_json(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => is_id(text).then(|| text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The trace id in `traceparent` (`00-TRACE-SPAN-FLAGS`), `b3` (`TRACE-SPAN-...`) or `uber-trace-id`
/// (`TRACE:SPAN:PARENT:FLAGS`); a header that is the trace id alone, as `X-B3-TraceId`, is one too. An id of zeros is
/// none, by each of these standards; neither is one of version `ff`, by W3C Trace Context.
pub(crate) fn trace_id(text: &str) -> Option<String> {
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut parts = text.split(['-', ':']);
    let first = parts.next()?;
    let id = match first.len() {
        2 if is_hex(first) && !first.eq_ignore_ascii_case("ff") => parts.next().filter(|id| id.len() == 32)?,
        16 | 32 => first,
        _ => return None,
    };
    (is_hex(id) && id.bytes().any(|byte| byte != b'0')).then(|| id.to_ascii_lowercase())
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_ID
}

fn uuid(bytes: &[u8]) -> String {
    let hex = hex(bytes);
    let group = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default();
    [group(0..8), group(8..12), group(12..16), group(16..20), group(20..32)].join("-")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
