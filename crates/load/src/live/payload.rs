//! What requests carry, and how answers are told apart.

use std::fmt;

use bytes::Bytes;
use memchr::memmem;
use serde_json::{Map, Value as Json};
use thiserror::Error;

use crate::Reply;

/// Digits of a request's number in its id.
const DIGITS: usize = 12;

/// Marks the requests of one run, so that answers to another are told apart.
#[derive(Clone, Copy, Debug)]
pub struct Tag([u8; 12]);

impl Tag {
    /// A tag from the run's seed.
    pub fn new(seed: u64) -> Self {
        let text = format!("kt{:08x}--", seed ^ (seed >> 32) & 0xffff_ffff);
        let mut tag = *b"kt00000000--";
        tag.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
        Self(tag)
    }

    /// The id of a request: the tag and its number.
    pub fn id(self, number: u64) -> String {
        format!("{self}{number:0DIGITS$}")
    }

    /// The number of the request whose id stands in these bytes.
    pub fn find(self, bytes: &[u8]) -> Option<u64> {
        let start = memmem::find(bytes, &self.0)? + self.0.len();
        std::str::from_utf8(bytes.get(start..start + DIGITS)?).ok()?.parse().ok()
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{}", char::from(*byte)))
    }
}

/// A payload that requests cannot carry.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a payload is a JSON object, found {0}")]
pub struct PayloadError(String);

/// The body of each request: a JSON object with the request's `correlation_id` in it. The key is the same id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    before: String,
    after: String,
}

impl Payload {
    /// An event to which each request adds its own `correlation_id`.
    pub fn event(event: &Json) -> Result<Self, PayloadError> {
        let Json::Object(fields) = event else { return Err(PayloadError(event.to_string())) };
        let mut all = Map::new();
        all.insert("correlation_id".to_owned(), Json::from(""));
        all.extend(fields.iter().filter(|(name, _)| *name != "correlation_id").map(|(n, v)| (n.clone(), v.clone())));
        let text = Json::Object(all).to_string();
        let start = "{\"correlation_id\":\"".len();
        let (before, after) = text.split_at_checked(start).unwrap_or_default();
        Ok(Self { before: before.to_owned(), after: after.to_owned() })
    }

    /// An event of about so many bytes.
    pub fn sized(bytes: usize) -> Self {
        let frame = "{\"correlation_id\":\"\",\"padding\":\"\"}".len() + 12 + DIGITS;
        let padding = "x".repeat(bytes.saturating_sub(frame));
        Self { before: "{\"correlation_id\":\"".to_owned(), after: format!("\",\"padding\":\"{padding}\"}}") }
    }

    /// The body of one request.
    pub fn body(&self, id: &str) -> Bytes {
        [&self.before, id, &self.after].concat().into()
    }
}

/// Where services say that something went wrong; anything but null there is an error.
const ERRORS: [&str; 5] = ["/error", "/error_code", "/payload/error", "/payload/error_code", "/payload/details/error"];

/// What an answer is.
pub(super) fn judge(value: Option<&[u8]>) -> Reply {
    match value.and_then(|value| serde_json::from_slice::<Json>(value).ok()) {
        Some(event @ Json::Object(_)) => {
            let is_error = ERRORS.iter().any(|place| event.pointer(place).is_some_and(|found| !found.is_null()));
            if is_error { Reply::Error } else { Reply::Ok }
        }
        _ => Reply::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_found_again_by_its_id_wherever_it_stands() {
        let tag = Tag::new(7);
        let id = tag.id(42);
        assert_eq!(tag.find(id.as_bytes()), Some(42));
        let payload = Payload::event(&serde_json::json!({"a": 1, "correlation_id": "other"})).unwrap();
        let body = payload.body(&id);
        assert_eq!(tag.find(&body), Some(42));
        let event: Json = serde_json::from_slice(&body).unwrap();
        assert_eq!(event, serde_json::json!({"correlation_id": id, "a": 1}));
        assert_eq!(Tag::new(8).find(&body), None, "another run's");
        assert!(Payload::event(&Json::from(3)).is_err());
    }

    #[test]
    fn a_sized_payload_is_an_event_of_that_size() {
        let body = Payload::sized(256).body(&Tag::new(1).id(1));
        assert_eq!(body.len(), 256);
        assert!(serde_json::from_slice::<Json>(&body).is_ok());
    }

    #[test]
    fn answers_are_judged_by_what_they_say() {
        assert_eq!(judge(Some(br#"{"quality_score": 1}"#)), Reply::Ok);
        assert_eq!(judge(Some(br#"{"payload": {"details": {"error": "no code"}}}"#)), Reply::Error);
        assert_eq!(judge(Some(br#"{"error": null}"#)), Reply::Ok);
        assert_eq!(judge(Some(b"nonsense")), Reply::Malformed);
        assert_eq!(judge(None), Reply::Malformed);
    }
}
