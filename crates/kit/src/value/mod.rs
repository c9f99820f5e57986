//! A record's value: JSON as it is, JSON behind a registry's frame, what a decoder makes of a frame, or bytes and why.
//!
//! ```text
//! {"total": 12}                        JSON
//! 0, id (4 bytes), {"total": 12}       JSON behind the id of its schema, as serializers of a schema registry write it
//! 0, id (4 bytes), Avro or Protobuf    what the decoder makes of it; without one bytes, and why
//! all else                             bytes, and why
//! ```
//! Flows, events, golden files, responders, `consume_response`, `assert_record!` and load read values here and nowhere
//! else, in Rust and in Python.

mod not_json;
mod shown;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::de::IgnoredAny;
use serde_json::Value as Json;

pub use self::not_json::NotJson;
pub(crate) use self::shown::{preview, shown};

/// What reads a value that stands behind the id of its schema, as a schema registry can.
///
/// ```
/// use std::sync::Arc;
/// use kafka_trial::value::{Decode, Values};
/// use serde_json::{Value, json};
///
/// struct Total;
///
/// impl Decode for Total {
///     fn decode(&self, schema_id: i32, payload: &[u8]) -> Result<Value, String> {
///         match (schema_id, payload) {
///             (7, [total]) => Ok(json!({"total": total})),
///             _ => Err("the registry does not know it".to_owned()),
///         }
///     }
/// }
///
/// let values = Values::decoded_by(Arc::new(Total));
/// assert_eq!(values.read(Some(b"\0\0\0\0\x07\x0c")), Ok(json!({"total": 12})));
/// assert!(Values::default().read(Some(b"\0\0\0\0\x07\x0c")).is_err());
/// ```
pub trait Decode: Send + Sync {
    /// The value as JSON, or in half a sentence why it cannot be read. `payload` is everything behind the schema's id.
    fn decode(&self, schema_id: i32, payload: &[u8]) -> Result<Json, String>;
}

/// How values are read. By default JSON is read, also behind a registry's frame; Avro and Protobuf need a decoder.
#[derive(Clone, Default)]
pub struct Values {
    decoder: Option<Arc<dyn Decode>>,
}

impl Values {
    /// Reads what stands behind the id of a schema by this decoder.
    pub fn decoded_by(decoder: Arc<dyn Decode>) -> Self {
        Self { decoder: Some(decoder) }
    }

    /// The JSON of a value; the error says why there is none. `None` is a tombstone.
    pub fn read(&self, value: Option<&[u8]>) -> Result<Json, NotJson> {
        let bytes = value.ok_or(NotJson::Tombstone)?;
        match framed(bytes)? {
            None => serde_json::from_slice(bytes).map_err(|error| NotJson::plain(bytes, &error)),
            Some((id, payload)) => {
                let decoded = self.decode(id, payload);
                decoded.or_else(|reason| match serde_json::from_slice(payload) {
                    // A number or a text may as well be Avro that happens to look so.
                    Ok(json @ (Json::Object(_) | Json::Array(_))) => Ok(json),
                    _ => Err(reason),
                })
            }
        }
    }

    /// The same as the text of the JSON, for other languages: numbers keep their digits and fields their order.
    pub fn text<'a>(&self, value: Option<&'a [u8]>) -> Result<Cow<'a, [u8]>, NotJson> {
        let bytes = value.ok_or(NotJson::Tombstone)?;
        let Some((id, payload)) = framed(bytes)? else {
            let parsed = serde_json::from_slice::<IgnoredAny>(bytes);
            return parsed.map(|_| Cow::Borrowed(bytes)).map_err(|error| NotJson::plain(bytes, &error));
        };
        match self.decode(id, payload) {
            Ok(json) => Ok(Cow::Owned(json.to_string().into_bytes())),
            Err(_) if is_container(payload) => Ok(Cow::Borrowed(payload)),
            Err(reason) => Err(reason),
        }
    }

    fn decode(&self, id: i32, payload: &[u8]) -> Result<Json, NotJson> {
        match &self.decoder {
            Some(decoder) => decoder.decode(id, payload).map_err(|reason| NotJson::Undecoded { id, reason }),
            None if payload.is_empty() => Err(NotJson::EmptyFrame(id)),
            None => Err(NotJson::NoDecoder(id)),
        }
    }
}

/// Two ways to read are equal where they read by the same decoder.
impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        match (&self.decoder, &other.decoder) {
            (None, None) => true,
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.decoder.is_some() { "Values(decoded)" } else { "Values" })
    }
}

/// The id of the schema and what stands behind it, in Confluent's wire format: a zero byte, the id in four bytes, which
/// counts from 1 on, and the value. No JSON begins with a zero byte. `None` for what is no frame, an error for a frame
/// that ends within its id.
pub(crate) fn framed(bytes: &[u8]) -> Result<Option<(i32, &[u8])>, NotJson> {
    let Some((0, rest)) = bytes.split_first().map(|(magic, rest)| (*magic, rest)) else { return Ok(None) };
    let Some((id, payload)) = rest.split_first_chunk::<4>() else { return Err(NotJson::CutFrame(rest.len())) };
    let id = i32::from_be_bytes(*id);
    Ok((id > 0).then_some((id, payload)))
}

fn is_container(bytes: &[u8]) -> bool {
    matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'[')) && serde_json::from_slice::<IgnoredAny>(bytes).is_ok()
}

/// The text at the first of these JSON Pointers that leads to one.
pub(crate) fn text_at<'a>(json: Option<&'a Json>, pointers: &[&str]) -> Option<&'a str> {
    let json = json?;
    pointers.iter().find_map(|pointer| json.pointer(pointer)?.as_str()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    struct Numbers;

    impl Decode for Numbers {
        fn decode(&self, schema_id: i32, payload: &[u8]) -> Result<Json, String> {
            match payload {
                [number] => Ok(json!({"schema": schema_id, "number": number})),
                _ => Err(format!("{} bytes are not a number", payload.len())),
            }
        }
    }

    #[test]
    fn each_kind_of_value_is_read_or_refused_in_one_clear_sentence() {
        let plain = Values::default();
        for (value, expected) in [
            (&b"{\"a\": 1}"[..], Ok(json!({"a": 1}))),
            (b"[1]", Ok(json!([1]))),
            (b"7", Ok(json!(7))),
            (b"\0\0\0\0\x07{\"a\": 1}", Ok(json!({"a": 1}))),
            (b"\0\0\0\0\x07 [1]", Ok(json!([1]))),
            (b"hello", Err("expected value at line 1 column 1")),
            (b"", Err("it has no bytes")),
            (b"\xff\xfe", Err("2 bytes that are not text")),
            (
                b"\0",
                Err("it begins with 0 as a schema registry's frames do, and 0 of the 4 bytes of a schema id follow"),
            ),
            (
                b"\0\0\x07",
                Err("it begins with 0 as a schema registry's frames do, and 2 of the 4 bytes of a schema id follow"),
            ),
            (b"\0\0\0\0\x07", Err("a schema registry's frame with schema id 7 and no value")),
            (b"\0\0\0\x01\x02\x02a", Err("it looks like Confluent's wire format with schema id 258: Avro or Protobuf")),
            // A number behind an id may as well be Avro that happens to look so.
            (b"\0\0\0\0\x077", Err("it looks like Confluent's wire format with schema id 7: Avro or Protobuf")),
            // Ids count from 1: this is a number in eight bytes.
            (b"\0\0\0\0\0\0\0\xff", Err("8 bytes that are not text")),
        ] {
            assert_eq!(plain.read(Some(value)).map_err(|error| error.to_string()), expected.map_err(str::to_owned));
            let text = plain.text(Some(value)).ok().map(|text| serde_json::from_slice::<Json>(&text).unwrap());
            assert_eq!(text, plain.read(Some(value)).ok(), "{value:?} as text");
        }
        assert_eq!(plain.read(None), Err(NotJson::Tombstone));
    }

    #[test]
    fn a_decoder_reads_what_stands_behind_the_id_of_a_schema_and_json_there_needs_none() {
        let values = Values::decoded_by(Arc::new(Numbers));
        assert_eq!(values.read(Some(b"\0\0\0\0\x07\x2a")), Ok(json!({"schema": 7, "number": 42})));
        assert_eq!(values.text(Some(b"\0\0\0\0\x07\x2a")).unwrap(), &br#"{"schema":7,"number":42}"#[..]);
        assert_eq!(values.read(Some(b"\0\0\0\0\x07{\"a\": 1}")), Ok(json!({"a": 1})));
        let refused = values.read(Some(b"\0\0\0\0\x07")).unwrap_err();
        assert_eq!(refused.to_string(), "schema id 7: 0 bytes are not a number");
        assert_eq!(values.read(Some(b"{}")), Ok(json!({})), "what is not framed needs no decoder");
    }

    #[test]
    fn the_text_of_json_keeps_the_digits_of_its_numbers_and_the_order_of_its_fields() {
        let text: &[u8] = br#"{"z": 123456789012345678901234567890, "a": 1.10}"#;
        assert_eq!(Values::default().text(Some(text)).unwrap(), text);
    }
}
