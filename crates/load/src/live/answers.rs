//! Reading the response topic.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use kafka_trial::client::{Stopwatch, TopicReader};

use super::Event;
use super::payload::{Tag, judge};

/// How long one read waits.
const TURN: Duration = Duration::from_millis(100);

/// Reads until `done` is set. An answer bears the time at which its records arrived here.
pub(super) fn read_answers(
    mut reader: TopicReader,
    tag: Tag,
    clock: Stopwatch,
    done: &AtomicBool,
    events: &Sender<Event>,
) {
    while !done.load(Ordering::Relaxed) {
        let event = match reader.poll(TURN) {
            Ok(records) if records.is_empty() => continue,
            Ok(records) => {
                let at = clock.elapsed();
                let answers = records.iter().map(|record| {
                    let places = [record.key.as_deref(), record.value.as_deref()];
                    let found = places.into_iter().flatten().find_map(|bytes| tag.find(bytes));
                    let in_headers = || record.headers.iter().find_map(|(_, value)| tag.find(value.as_deref()?));
                    (found.or_else(in_headers), judge(record.value.as_deref()), (record.partition, record.offset))
                });
                Event::Answers(answers.collect(), at)
            }
            Err(error) => {
                // Nobody listens any more when this fails.
                let _ = events.send(Event::ReadingFailed(error));
                return;
            }
        };
        if events.send(event).is_err() {
            return;
        }
    }
}
