//! A record's value: JSON as it is, JSON behind a registry's frame, what a decoder makes of a frame, or bytes and why.
//!
//! ```text
//! {"total": 12}                        JSON
//! 0, id (4 bytes), {"total": 12}       JSON behind the id of its schema, as serializers of a schema registry write it
//! 0, id (4 bytes), Avro or Protobuf    what the decoder makes of it; without one bytes, and why
//! header __value_schema_id: 1, guid    the same with the id of the schema in a header and the value alone
//! all else                             bytes, and why
//! ```
//! Flows, events, golden files, responders, `consume_response`, `assert_record!` and load read values here and nowhere
//! else, in Rust and in Python.

mod frame;
mod not_json;
mod shown;
mod unreadable;

use std::borrow::Cow;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Arc, OnceLock};

use serde::de::IgnoredAny;
use serde_json::Value as Json;

pub(crate) use self::frame::framed;
use self::frame::{KEY_HEADER, VALUE_HEADER, in_header};
pub use self::not_json::NotJson;
pub(crate) use self::shown::{preview, shown};
pub(crate) use self::unreadable::Unreadable;
pub use self::unreadable::unreadable_records;
use crate::client::ReceivedRecord;

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

    /// The same where a header of the record names the schema by its guid, and `payload` is the whole value.
    fn decode_by_guid(&self, guid: &str, payload: &[u8]) -> Result<Json, String> {
        let _ = payload;
        Err(format!("this decoder knows no schemas by guid, and the header names {guid}"))
    }

    /// In half a sentence why a value is not what its schema says, although it can be read: JSON that breaks its schema.
    fn violation(&self, schema: Schema<'_>, value: &Json) -> Option<String> {
        let _ = (schema, value);
        None
    }
}

/// How a record names the schema of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema<'a> {
    /// By the id that stands before the value.
    Id(i32),
    /// By the guid in a header.
    Guid(&'a str),
}

impl fmt::Display for Schema<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "schema id {id}"),
            Self::Guid(guid) => write!(f, "schema guid {guid}"),
        }
    }
}

/// A decoder that is there from the beginning, or comes later.
#[derive(Clone)]
enum Source {
    Now(Arc<dyn Decode>),
    Later(Arc<OnceLock<Arc<dyn Decode>>>),
}

/// How values are read. By default JSON is read, also behind a registry's frame; Avro and Protobuf need a decoder.
#[derive(Clone, Default)]
pub struct Values {
    source: Option<Source>,
}

impl Values {
    /// Reads what stands behind the id of a schema by this decoder.
    pub fn decoded_by(decoder: Arc<dyn Decode>) -> Self {
        Self { source: Some(Source::Now(decoder)) }
    }

    /// Reads by the decoder that this holds once one has been put there: a registry that a test starts later.
    pub fn decoded_later(slot: Arc<OnceLock<Arc<dyn Decode>>>) -> Self {
        Self { source: Some(Source::Later(slot)) }
    }

    /// Whether there is a decoder by now.
    pub fn have_decoder(&self) -> bool {
        self.decoder().is_some()
    }

    fn decoder(&self) -> Option<&Arc<dyn Decode>> {
        match self.source.as_ref()? {
            Source::Now(decoder) => Some(decoder),
            Source::Later(slot) => slot.get(),
        }
    }

    /// The JSON of a record's value; the error says why there is none.
    pub fn of(&self, record: &ReceivedRecord) -> Result<Json, NotJson> {
        self.in_record(record.value.as_deref(), in_header(&record.headers, VALUE_HEADER))
    }

    /// The JSON of a record's key, as [`Values::of`] reads its value.
    pub fn of_key(&self, record: &ReceivedRecord) -> Result<Json, NotJson> {
        self.in_record(record.key.as_deref(), in_header(&record.headers, KEY_HEADER))
    }

    fn in_record(&self, bytes: Option<&[u8]>, guid: Option<String>) -> Result<Json, NotJson> {
        let (Some(bytes), Some(guid)) = (bytes, guid) else { return self.read(bytes) };
        let decoded = match self.decoder() {
            Some(decoder) => decoder.decode_by_guid(&guid, bytes),
            None => return self.read(Some(bytes)).map_err(|_| NotJson::NoDecoderOfGuid(guid)),
        };
        decoded.or_else(|reason| match serde_json::from_slice(bytes) {
            Ok(json @ (Json::Object(_) | Json::Array(_))) => Ok(json),
            _ => Err(NotJson::UndecodedByGuid { guid, reason }),
        })
    }

    /// The text of the JSON of a record's value, as [`Values::text`] has it.
    pub fn text_of<'a>(&self, record: &'a ReceivedRecord) -> Result<Cow<'a, [u8]>, NotJson> {
        if in_header(&record.headers, VALUE_HEADER).is_none() {
            return self.text(record.value.as_deref());
        }
        let json = self.of(record)?;
        Ok(kept(record.value.as_deref().unwrap_or_default(), &json))
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
            Ok(json) => Ok(kept(payload, &json)),
            Err(_) if is_container(payload) => Ok(Cow::Borrowed(payload)),
            Err(reason) => Err(reason),
        }
    }

    fn decode(&self, id: i32, payload: &[u8]) -> Result<Json, NotJson> {
        match self.decoder() {
            Some(decoder) => decoder.decode(id, payload).map_err(|reason| NotJson::Undecoded { id, reason }),
            None if payload.is_empty() => Err(NotJson::EmptyFrame(id)),
            None => Err(NotJson::NoDecoder(id)),
        }
    }
}

/// Two ways to read are equal where they read by the same decoder.
impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        match (&self.source, &other.source) {
            (None, None) => true,
            (Some(Source::Now(one)), Some(Source::Now(other))) => Arc::ptr_eq(one, other),
            (Some(Source::Later(one)), Some(Source::Later(other))) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Eq for Values {}

/// A record may be looked at where a panic is caught, as `assert_record!` is in tests of tests: what a decoder keeps is behind
/// locks.
impl UnwindSafe for Values {}
impl RefUnwindSafe for Values {}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.have_decoder() { "Values(decoded)" } else { "Values" })
    }
}

/// The text of JSON that was read of these bytes: the bytes themselves where they are it, which keep each digit.
fn kept<'a>(bytes: &'a [u8], json: &Json) -> Cow<'a, [u8]> {
    let is_same = matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['))
        && serde_json::from_slice::<Json>(bytes).is_ok_and(|parsed| parsed == *json);
    if is_same { Cow::Borrowed(bytes) } else { Cow::Owned(json.to_string().into_bytes()) }
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
