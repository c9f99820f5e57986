//! What a record tells besides its ids: which event it is, what caused it, whether it reports an error.

use bytes::Bytes;
use serde_json::Value as Json;

use super::locator::trace_id;
use super::place::Place;
use crate::client::ReceivedRecord;
use crate::excerpt::excerpt;
use crate::value::{NotJson, text_at};

/// Where the body of an answer reports an error: something other than null stands at one of these JSON Pointers.
pub const ERROR_POINTERS: [&str; 5] =
    ["/error", "/error_code", "/payload/error", "/payload/error_code", "/payload/details/error"];

const EVENT_IDS: [&str; 2] = ["/event_id", "/metadata/event_id"];
const CAUSES: [&str; 4] = ["/causation_id", "/causationId", "/causationid", "/metadata/causation_id"];
const TRACES: [&str; 2] = ["/trace_id", "/metadata/trace_id"];

/// What one record tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) event_id: Option<String>,
    /// The event id of what caused it.
    pub(crate) cause: Option<String>,
    pub(crate) trace: Option<String>,
    /// Where the record lies whose dead letter this is.
    pub(crate) origin: Option<Place>,
    /// The error it reports, in a few words.
    pub(crate) error: Option<String>,
    /// Why the value is no JSON, where there is one.
    pub(crate) unreadable: Option<String>,
}

impl Facts {
    pub(super) fn of(record: &ReceivedRecord, body: &Result<Json, NotJson>) -> Self {
        let json = body.as_ref().ok();
        let header = |name: &str| record.header(name).map(|text| text.into_owned()).filter(|text| !text.is_empty());
        let text = |pointers: &[&str]| text_at(json, pointers).map(str::to_owned);
        let is_cloud_event = || text_at(json, &["/specversion"]).and_then(|_| text(&["/id"]));
        Self {
            event_id: header("ce_id").or_else(|| text(&EVENT_IDS)).or_else(is_cloud_event),
            cause: header("ce_causationid").or_else(|| text(&CAUSES)),
            trace: header("traceparent").and_then(|text| trace_id(&text)).or_else(|| text(&TRACES)),
            origin: origin(record, json),
            error: error(record, json),
            unreadable: match body {
                Ok(_) | Err(NotJson::Tombstone) => None,
                Err(reason) => Some(reason.to_string()),
            },
        }
    }
}

/// The record that a dead letter is about, as Spring, Kafka Connect and bodies with `original_topic` tell it.
fn origin(record: &ReceivedRecord, json: Option<&Json>) -> Option<Place> {
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
        let json = json?;
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

fn error(record: &ReceivedRecord, json: Option<&Json>) -> Option<String> {
    let headers = ["kafka_dlt-exception-message", "__connect.errors.exception.message"];
    if let Some(text) = headers.iter().find_map(|name| record.header(name)) {
        return Some(excerpt(&text));
    }
    let json = json?;
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
