//! What requests carry, and how answers are told apart.

use bytes::Bytes;
use kafka_trial::flow::ERROR_POINTERS;
use memchr::memmem;
use serde_json::{Map, Value as Json};
use thiserror::Error;

use crate::Reply;

/// Digits of a request's number in its id.
const DIGITS: usize = 12;
/// Digits of a worker's number in it.
const WORKER_DIGITS: usize = 4;
/// How long an id is.
const ID: usize = 11 + WORKER_DIGITS + 1 + DIGITS;

/// Marks the requests of one run, so that answers to another are told apart.
#[derive(Clone, Copy, Debug)]
pub struct Tag {
    /// `kt`, eight digits of the seed, and a dash: the same for all workers of a run.
    run: [u8; 11],
    worker: u32,
}

/// What an answer is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// A request of this driver.
    Own(u64),
    /// A request of another driver that shares the load.
    Other,
}

impl Tag {
    /// A tag from the run's seed, for one of the drivers that share the load.
    pub fn new(seed: u64, worker: u32) -> Self {
        let text = format!("kt{:08x}-", (seed ^ (seed >> 32)) & 0xffff_ffff);
        let mut run = *b"kt00000000-";
        run.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
        Self { run, worker }
    }

    /// The id of a request: the run, the worker, and the request's number.
    pub fn id(self, number: u64) -> String {
        let run = std::str::from_utf8(&self.run).unwrap_or_default();
        format!("{run}{:0WORKER_DIGITS$}-{number:0DIGITS$}", self.worker)
    }

    /// The request whose id stands in these bytes.
    pub fn find(self, bytes: &[u8]) -> Option<Match> {
        let rest = bytes.get(memmem::find(bytes, &self.run)? + self.run.len()..)?;
        let digits = |range| std::str::from_utf8(rest.get(range)?).ok();
        let worker: u32 = digits(0..WORKER_DIGITS)?.parse().ok()?;
        let number = digits(WORKER_DIGITS + 1..WORKER_DIGITS + 1 + DIGITS)?.parse().ok()?;
        Some(if worker == self.worker { Match::Own(number) } else { Match::Other })
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
        event.as_object().map(Self::object).ok_or_else(|| PayloadError(event.to_string()))
    }

    /// Likewise, of its fields.
    pub fn object(fields: &Map<String, Json>) -> Self {
        let mut all = Map::new();
        all.insert("correlation_id".to_owned(), Json::from(""));
        all.extend(fields.iter().filter(|(name, _)| *name != "correlation_id").map(|(n, v)| (n.clone(), v.clone())));
        let text = Json::Object(all).to_string();
        let start = "{\"correlation_id\":\"".len();
        let (before, after) = text.split_at_checked(start).unwrap_or_default();
        Self { before: before.to_owned(), after: after.to_owned() }
    }

    /// An event of about so many bytes.
    pub fn sized(bytes: usize) -> Self {
        let frame = "{\"correlation_id\":\"\",\"padding\":\"\"}".len() + ID;
        let padding = "x".repeat(bytes.saturating_sub(frame));
        Self { before: "{\"correlation_id\":\"".to_owned(), after: format!("\",\"padding\":\"{padding}\"}}") }
    }

    /// The body of one request.
    pub fn body(&self, id: &str) -> Bytes {
        [&self.before, id, &self.after].concat().into()
    }
}

/// What an answer says.
pub fn judge(value: Option<&[u8]>) -> Reply {
    match value.and_then(|value| serde_json::from_slice::<Json>(value).ok()) {
        Some(event @ Json::Object(_)) => {
            let is_error =
                ERROR_POINTERS.iter().any(|place| event.pointer(place).is_some_and(|found| !found.is_null()));
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
        let tag = Tag::new(7, 0);
        let id = tag.id(42);
        assert_eq!(tag.find(id.as_bytes()), Some(Match::Own(42)));
        let payload = Payload::event(&serde_json::json!({"a": 1, "correlation_id": "other"})).unwrap();
        let body = payload.body(&id);
        assert_eq!(tag.find(&body), Some(Match::Own(42)));
        let event: Json = serde_json::from_slice(&body).unwrap();
        assert_eq!(event, serde_json::json!({"correlation_id": id, "a": 1}));
        assert_eq!(Tag::new(8, 0).find(&body), None, "another run's");
        assert_eq!(Tag::new(7, 1).find(&body), Some(Match::Other), "another worker's");
        assert!(Payload::event(&Json::from(3)).is_err());
    }

    #[test]
    fn a_sized_payload_is_an_event_of_that_size() {
        let body = Payload::sized(256).body(&Tag::new(1, 0).id(1));
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
