//! What a record tells besides its ids: which event it is, what caused it, whether it reports an error.

use bytes::Bytes;

use super::body::{Body, framed, json_of, wire_format};
use super::locator::trace_id;
use super::place::Place;
use crate::client::ReceivedRecord;
use crate::excerpt::excerpt;

/// Where the body of an answer reports an error: something other than null stands at one of these JSON Pointers.
pub const ERROR_POINTERS: [&str; 5] =
    ["/error", "/error_code", "/payload/error", "/payload/error_code", "/payload/details/error"];

const EVENT_IDS: [&str; 2] = ["/event_id", "/metadata/event_id"];
const CAUSES: [&str; 4] = ["/causation_id", "/causationId", "/causationid", "/metadata/causation_id"];
const TRACES: [&str; 2] = ["/trace_id", "/metadata/trace_id"];
/// The most of a value, in bytes, that a page shows.
const PREVIEW: usize = 4096;

/// What one record tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) event_id: Option<String>,
    /// The event id of what caused it.
    pub(super) cause: Option<String>,
    pub(super) trace: Option<String>,
    /// Where the record lies whose dead letter this is.
    pub(super) origin: Option<Place>,
    /// The error it reports, in a few words.
    pub(super) error: Option<String>,
    /// Why the value is no JSON, where there is one.
    pub(super) unreadable: Option<String>,
}

impl Facts {
    pub(super) fn of(record: &ReceivedRecord, body: &Body) -> Self {
        let header = |name: &str| record.header(name).map(|text| text.into_owned()).filter(|text| !text.is_empty());
        let text = |pointers: &[&str]| body.text_at(pointers).map(str::to_owned);
        let is_cloud_event = || body.text_at(&["/specversion"]).and_then(|_| text(&["/id"]));
        Self {
            event_id: header("ce_id").or_else(|| text(&EVENT_IDS)).or_else(is_cloud_event),
            cause: header("ce_causationid").or_else(|| text(&CAUSES)),
            trace: header("traceparent").and_then(|text| trace_id(&text)).or_else(|| text(&TRACES)),
            origin: origin(record, body),
            error: error(record, body),
            unreadable: match body {
                Body::Other(reason) => Some(reason.clone()),
                _ => None,
            },
        }
    }
}

/// The record that a dead letter is about, as Spring, Kafka Connect and bodies with `original_topic` tell it.
fn origin(record: &ReceivedRecord, body: &Body) -> Option<Place> {
    let raw = |name: &str| -> Option<&Bytes> {
        record.headers.iter().rev().find(|(known, _)| **known == *name.as_bytes())?.1.as_ref()
    };
    let text = |name: &str| std::str::from_utf8(raw(name)?).ok();
    let spring = |prefix: &str| {
        Some(Place {
            topic: text(&format!("{prefix}topic"))?.to_owned(),
            partition: i32::from_be_bytes(*raw(&format!("{prefix}partition"))?.first_chunk()?),
            offset: i64::from_be_bytes(*raw(&format!("{prefix}offset"))?.first_chunk()?),
        })
    };
    let connect = || {
        Some(Place {
            topic: text("__connect.errors.topic")?.to_owned(),
            partition: text("__connect.errors.partition")?.parse().ok()?,
            offset: text("__connect.errors.offset")?.parse().ok()?,
        })
    };
    let in_body = || {
        let json = body.json()?;
        let number = |name: &str| json.get(name)?.as_i64();
        Some(Place {
            topic: json.get("original_topic")?.as_str()?.to_owned(),
            partition: number("original_partition")?.try_into().ok()?,
            offset: number("original_offset")?,
        })
    };
    if record.headers.is_empty() {
        return in_body();
    }
    spring("kafka_dlt-original-").or_else(|| spring("kafka_original-")).or_else(connect).or_else(in_body)
}

fn error(record: &ReceivedRecord, body: &Body) -> Option<String> {
    let headers = ["kafka_dlt-exception-message", "__connect.errors.exception.message"];
    if let Some(text) = headers.iter().find_map(|name| record.header(name)) {
        return Some(excerpt(&text));
    }
    let json = body.json()?;
    let found = ERROR_POINTERS.iter().find_map(|pointer| json.pointer(pointer).filter(|error| !error.is_null()))?;
    // What is a code at its place has its text or its type in the neighbourhood.
    let named = ["/error_type", "/error_code", "/payload/details/error_code"];
    let name = named.iter().find_map(|pointer| json.pointer(pointer)?.as_str());
    let text = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
    Some(match name {
        Some(name) if name != text => format!("{name}: {}", excerpt(&text)),
        _ => excerpt(&text),
    })
}

/// The beginning of a value as text, for a page.
pub(super) fn preview(value: &Bytes) -> String {
    let text = String::from_utf8_lossy(value.get(..PREVIEW).unwrap_or(value));
    if value.len() > PREVIEW { format!("{text}...") } else { text.into_owned() }
}

/// A value for people: JSON on one line, text, or the number of bytes.
pub(crate) fn shown(value: Option<&Bytes>) -> String {
    match value {
        None => "tombstone".to_owned(),
        Some(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => match json_of(bytes) {
                Ok(json) => excerpt(&json.to_string()),
                Err(_) if framed(bytes).is_some() => opaque(bytes),
                Err(_) => excerpt(text),
            },
            Err(_) => opaque(bytes),
        },
    }
}

/// What there is to say of bytes that are no text.
fn opaque(bytes: &Bytes) -> String {
    match framed(bytes) {
        Some((id, _)) => format!("{} bytes; {}", bytes.len(), wire_format(id)),
        None => format!("{} bytes that are no text", bytes.len()),
    }
}
