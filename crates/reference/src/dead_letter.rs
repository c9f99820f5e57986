//! Requests that cannot be answered, because nobody knows what they ask or who asks.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::json;
use thiserror::Error;

use crate::timestamp::iso_8601;
use crate::{Context, Record, Source};

/// What a dead-letter topic adds to the name of the request's topic.
const SUFFIX: &str = ".dlq";
/// How long the original value may be as a JSON string, and how long the key. With both the record stays within
/// the 1 MB that brokers take by default.
const MAX_VALUE: usize = 512 << 10;
const MAX_KEY: usize = 64 << 10;

/// Why a request goes to the dead-letter topic.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum Refusal {
    #[error("the value is not JSON: {0}")]
    Undecodable(String),
    #[error("the value is JSON, but not an object")]
    NotAnObject,
    #[error("there is neither a correlation_id nor a key that is text, so an answer would find nobody")]
    MissingCorrelationId,
    #[error("the correlation id is {length} bytes long, the limit is {limit}")]
    CorrelationIdTooLong { length: usize, limit: usize },
    #[error("neither the event_type nor the topic names an operation")]
    UnknownOperation,
    #[error("the handler crashed: {0}")]
    HandlerCrash(String),
}

impl Refusal {
    /// The `error_type`.
    const fn name(&self) -> &'static str {
        match self {
            Self::Undecodable(_) => "JSONDecodeError",
            Self::NotAnObject => "NotAnObject",
            Self::MissingCorrelationId => "MissingCorrelationId",
            Self::CorrelationIdTooLong { .. } => "CorrelationIdTooLong",
            Self::UnknownOperation => "UnknownOperation",
            Self::HandlerCrash(_) => "HandlerCrash",
        }
    }
}

/// Runs a handler; a panic of it is a refusal of the request, so that the next one is still handled.
pub(crate) fn guard<T>(handler: impl FnOnce() -> T) -> Result<T, Refusal> {
    catch_unwind(AssertUnwindSafe(handler)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().copied().map(str::to_owned);
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Refusal::HandlerCrash(text.unwrap_or_else(|| "without a message".to_owned()))
    })
}

/// The record for the dead-letter topic. The original value is there to be read: bytes that are not UTF-8 become
/// U+FFFD, and what is too long is cut. The bytes themselves stay where topic, partition and offset say.
pub(crate) fn record(source: &Source<'_>, value: &[u8], refusal: &Refusal, context: &Context) -> Record {
    let (original_value, is_cut) = readable(value);
    let mut letter = json!({
        "original_topic": source.topic,
        "original_partition": source.partition,
        "original_offset": source.offset,
        "original_value": original_value,
        "error": refusal.to_string(),
        "error_type": refusal.name(),
        "error_timestamp": iso_8601(context.now_ms),
        "consumer_group": context.consumer_group,
    });
    if let (true, Some(letter)) = (is_cut, letter.as_object_mut()) {
        letter.insert("original_value_length".to_owned(), json!(value.len()));
    }
    Record {
        topic: topic(source.topic),
        key: source.key.filter(|key| key.len() <= MAX_KEY).map(<[u8]>::to_vec),
        value: letter.to_string().into_bytes(),
    }
}

/// The dead-letter topic of a topic.
pub(crate) fn topic(of: &str) -> String {
    format!("{of}{SUFFIX}")
}

/// A value as text, and whether it was cut.
fn readable(value: &[u8]) -> (String, bool) {
    let (head, mut is_cut) = match value.get(..MAX_VALUE) {
        Some(head) if head.len() < value.len() => (head, true),
        _ => (value, false),
    };
    let mut text = String::new();
    let mut room = MAX_VALUE;
    for character in String::from_utf8_lossy(head).chars() {
        // JSON writes a control character with up to six bytes, quotes and backslashes with two.
        let length = match character {
            '\0'..='\x1f' => 6,
            '"' | '\\' => 2,
            other => other.len_utf8(),
        };
        let Some(left) = room.checked_sub(length) else {
            is_cut = true;
            break;
        };
        room = left;
        text.push(character);
    }
    (text, is_cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_of_a_handler_is_a_refusal_that_tells_its_message() {
        let crash = guard(|| -> () { panic!("offset {}", 7) }).unwrap_err();
        assert_eq!(crash.to_string(), "the handler crashed: offset 7");
        assert_eq!(crash.name(), "HandlerCrash");
    }

    #[test]
    fn a_long_value_is_cut_to_what_fits_as_json() {
        for unit in ["\0", "\"", "ü", "a"] {
            let (text, is_cut) = readable(unit.repeat(MAX_VALUE + 1).as_bytes());
            assert!(is_cut && json!(text).to_string().len() <= MAX_VALUE + 2, "{unit:?}: {}", text.len());
        }
        assert_eq!(readable(b"{\xff"), ("{\u{fffd}".to_owned(), false));
    }
}
