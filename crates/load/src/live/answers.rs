//! Reading the response topic, and that of dead letters.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use kafka_trial::client::{ReceivedRecord, Stopwatch, TopicReader};
use kafka_trial::flow::ERROR_POINTERS;
use kafka_trial::matcher::JsonSchema;
use kafka_trial::value::NotJson;
use serde_json::Value as Json;

use super::Watched;
use super::event::Event;
use super::split::Place;
use super::tag::{Match, Tag};
use crate::Reply;

/// How long one read waits.
const TURN: Duration = Duration::from_millis(100);

/// An answer, or what is taken for one.
pub(super) struct Answer {
    /// The request that it is to; none where it fits nothing.
    pub(super) to: Option<Match>,
    pub(super) reply: Reply,
    /// What its schema does not want of it, where there is one.
    pub(super) complaint: Option<String>,
    pub(super) place: Place,
}

/// Reads until `done` is set. An answer bears the time at which its records arrived here.
pub(super) fn read_answers(
    mut reader: TopicReader,
    watched: &Watched,
    tag: Tag,
    clock: Stopwatch,
    done: &AtomicBool,
    events: &Sender<Event>,
) {
    let is_dead = |record: &&ReceivedRecord| watched.dead_letters.as_ref() == Some(&record.topic);
    while !done.load(Ordering::Relaxed) {
        let read = match reader.poll(TURN) {
            Ok(records) if records.is_empty() => continue,
            Ok(records) => {
                let at = clock.elapsed();
                let (dead, answers): (Vec<_>, Vec<_>) = records.iter().partition(is_dead);
                let answer = |record: &ReceivedRecord| {
                    let (reply, complaint) = judge(watched.values.of(record), watched.schema.as_ref());
                    Answer { to: find(record, tag), reply, complaint, place: (record.partition, record.offset) }
                };
                let answers = Event::Answers(answers.into_iter().map(answer).collect(), at);
                let dead: Vec<_> = dead.into_iter().map(|record| find(record, tag)).collect();
                [Some(answers), (!dead.is_empty()).then_some(Event::DeadLetters(dead))]
            }
            Err(error) => {
                // Nobody listens any more when this fails.
                let _ = events.send(Event::ReadingFailed(error));
                return;
            }
        };
        if read.into_iter().flatten().any(|event| events.send(event).is_err()) {
            return;
        }
    }
}

/// The request whose id a record carries: in its key, its value, or a header.
fn find(record: &ReceivedRecord, tag: Tag) -> Option<Match> {
    let places = [record.key.as_deref(), record.value.as_deref()].into_iter();
    let headers = record.headers.iter().map(|(_, value)| value.as_deref());
    places.chain(headers).flatten().find_map(|bytes| tag.find(bytes))
}

/// What an answer says, and what its schema does not want of it.
pub(super) fn judge(value: Result<Json, NotJson>, schema: Option<&JsonSchema>) -> (Reply, Option<String>) {
    let answer = match value {
        Ok(answer) => answer,
        Err(reason) => return (Reply::Malformed, schema.map(|_| format!("it is not JSON: {reason}"))),
    };
    let complaint = schema.and_then(|schema| schema.differences(&answer).first().map(ToString::to_string));
    let is_error = |place: &str| answer.pointer(place).is_some_and(|found| !found.is_null());
    let reply = match answer {
        Json::Object(_) if ERROR_POINTERS.iter().any(|place| is_error(place)) => Reply::Error,
        Json::Object(_) => Reply::Ok,
        _ => Reply::Malformed,
    };
    (reply, complaint)
}

#[cfg(test)]
mod tests {
    use kafka_trial::value::Values;

    use super::*;

    #[test]
    fn answers_are_judged_by_what_they_say() {
        let judged = |value: Option<&[u8]>| judge(Values::default().read(value), None).0;
        assert_eq!(judged(Some(br#"{"quality_score": 1}"#)), Reply::Ok);
        assert_eq!(judged(Some(br#"{"payload": {"details": {"error": "no code"}}}"#)), Reply::Error);
        assert_eq!(judged(Some(br#"{"error": null}"#)), Reply::Ok);
        assert_eq!(judged(Some(b"nonsense")), Reply::Malformed);
        assert_eq!(judged(None), Reply::Malformed);
        assert_eq!(judged(Some(b"\0\0\0\0\x07{\"quality_score\": 1}")), Reply::Ok, "behind the id of its schema");
        assert_eq!(judged(Some(b"\0")), Reply::Malformed);
    }

    #[test]
    fn answers_are_held_to_their_schema() {
        let schema: JsonSchema =
            r#"{"properties": {"score": {"type": "number"}}, "required": ["score"]}"#.parse().unwrap();
        let complaint = |value: &[u8]| judge(Values::default().read(Some(value)), Some(&schema)).1;
        assert_eq!(complaint(br#"{"score": 1}"#), None);
        assert!(complaint(br#"{"score": "good"}"#).unwrap().starts_with("/score: "));
        assert_eq!(complaint(b"nonsense").as_deref(), Some("it is not JSON: expected ident at line 1 column 2"));
    }
}
