//! What the service counts, for Prometheus.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kafka_trial::metrics::Exposition;
use kafka_trial::metrics::Kind::Counter;
use serde::Deserialize;

use crate::{Operation, Outcome};

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    /// It was answered as it should.
    Answered,
    /// It was answered with an error: priority `HIGH`.
    AnsweredError,
    /// It went to a dead-letter topic.
    DeadLetter,
    /// It asks for nothing.
    Ignored,
    /// The cluster will never take what was to be produced.
    Refused,
}

impl Ending {
    const ALL: [Self; 5] = [Self::Answered, Self::AnsweredError, Self::DeadLetter, Self::Ignored, Self::Refused];

    pub(crate) fn of(outcome: &Outcome) -> Self {
        #[derive(Deserialize)]
        struct Envelope<'a> {
            #[serde(borrow)]
            priority: Option<&'a str>,
        }
        match outcome {
            Outcome::Answer(record) => match serde_json::from_slice(&record.value) {
                Ok(Envelope { priority: Some("HIGH") }) => Self::AnsweredError,
                _ => Self::Answered,
            },
            Outcome::DeadLetter(_) => Self::DeadLetter,
            Outcome::Ignored(_) => Self::Ignored,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::AnsweredError => "answered_error",
            Self::DeadLetter => "dead_letter",
            Self::Ignored => "ignored",
            Self::Refused => "refused",
        }
    }
}

/// Requests that ended the same way.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    count: u64,
    took: Duration,
}

/// How many requests ended how, and how long they took.
#[derive(Debug, Default)]
pub struct Metrics {
    ended: Mutex<BTreeMap<(&'static str, Ending), Sum>>,
}

impl Metrics {
    /// A request of a topic has ended, `took` after it was read.
    pub(crate) fn ended(&self, topic: &str, ending: Ending, took: Duration) {
        let operation = Operation::of_topic(topic).map_or("none", Operation::name);
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = ended.entry((operation, ending)).or_default();
        sum.count += 1;
        sum.took += took;
    }

    /// The text of one scrape. What has not happened yet is there with 0.
    pub fn render(&self) -> String {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let all = Operation::ALL.map(Operation::name);
        let rows = || {
            all.iter().flat_map(|operation| Ending::ALL.map(|ending| (*operation, ending))).map(|key| {
                let Sum { count, took } = ended.get(&key).copied().unwrap_or_default();
                (vec![("operation", key.0), ("outcome", key.1.name())], count, took)
            })
        };
        let mut text = Exposition::default();
        #[expect(clippy::cast_precision_loss, reason = "Prometheus' numbers are floating-point ones")]
        text.family(
            "codegen_events_total",
            Counter,
            "Requests by operation and by how they ended; failed are all but answered and ignored.",
            rows().map(|(labels, count, _)| (labels, count as f64)),
        );
        text.family(
            "codegen_event_seconds_total",
            Counter,
            "How long they took, from having been read to the acknowledgement of the answer.",
            rows().map(|(labels, _, took)| (labels, took.as_secs_f64())),
        );
        text.to_string()
    }
}
