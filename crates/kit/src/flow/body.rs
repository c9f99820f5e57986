//! A record's value as JSON, if it is that.

use bytes::Bytes;
use serde_json::Value as Json;

/// A value that was looked at once.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Body {
    /// A tombstone.
    None,
    Json(Json),
    /// Why it is no JSON.
    Other(String),
}

impl Body {
    pub(super) fn of(value: Option<&Bytes>) -> Self {
        value.map_or(Self::None, |bytes| Self::read(bytes))
    }

    pub(super) fn of_text(text: &str) -> Self {
        Self::read(text.as_bytes())
    }

    fn read(bytes: &[u8]) -> Self {
        match json_of(bytes) {
            Ok(json) => Self::Json(json),
            Err(reason) => Self::Other(reason),
        }
    }

    pub(super) fn json(&self) -> Option<&Json> {
        match self {
            Self::Json(json) => Some(json),
            _ => None,
        }
    }

    /// The text at the first of these pointers that leads to one.
    pub(super) fn text_at(&self, pointers: &[&str]) -> Option<&str> {
        let json = self.json()?;
        pointers.iter().find_map(|pointer| json.pointer(pointer)?.as_str()).filter(|text| !text.is_empty())
    }
}

/// JSON, as it is or behind the id of its JSON Schema; else the reason why it is none.
pub(crate) fn json_of(bytes: &[u8]) -> Result<Json, String> {
    let plain: Result<Json, serde_json::Error> = serde_json::from_slice(bytes);
    let (Err(_), Some((id, value))) = (&plain, framed(bytes)) else { return plain.map_err(|error| error.to_string()) };
    match serde_json::from_slice(value) {
        Ok(json @ (Json::Object(_) | Json::Array(_))) => Ok(json),
        // A number or a text may as well be Avro that happens to look so.
        _ => Err(wire_format(id)),
    }
}

/// What is said of a value that a schema registry is needed for.
pub(super) fn wire_format(schema_id: i32) -> String {
    format!("it looks like Confluent's wire format with schema id {schema_id}: Avro or Protobuf")
}

/// The id of the schema and what stands behind it, in Confluent's wire format: a zero byte, the id in four bytes, which
/// counts from 1 on, and the value.
pub(super) fn framed(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let (magic, rest) = bytes.split_first()?;
    let (id, value) = rest.split_first_chunk::<4>()?;
    let id = i32::from_be_bytes(*id);
    (*magic == 0 && id > 0 && !value.is_empty()).then_some((id, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_registry_has_framed_is_read_where_it_is_json_and_named_where_it_is_not() {
        let id = |bytes: &'static [u8]| Body::of(Some(&Bytes::from_static(bytes)));
        let json = id(b"\0\0\0\0\x07{\"correlation_id\": \"a\"}");
        assert_eq!(json.text_at(&["/correlation_id"]), Some("a"));
        let avro = Body::Other("it looks like Confluent's wire format with schema id 258: Avro or Protobuf".to_owned());
        assert_eq!(id(b"\0\0\0\x01\x02\x02a"), avro);
        // A number in eight bytes, an id of 0, and nothing behind it are no frames.
        for other in [&b"\0\0\0\0\0\0\0\x07"[..], b"\0\0\0\0\x07", b"\x01\0\0\0\x07a", b"\0", b""] {
            assert_eq!(framed(other), None, "{other:?}");
        }
    }
}
