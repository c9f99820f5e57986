//! Events that did not come, or came where none should.

use std::time::Duration;

use thiserror::Error;

use crate::client::ClientError;
use crate::evidence::Place;
use crate::matcher::Difference;

/// What a test expected of events and did not get. The text has a line for each event that came near.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EventError {
    /// Fewer came than were expected.
    #[error("{}", missing(self))]
    Missing {
        /// What was expected.
        expected: String,
        /// How many of them.
        wanted: usize,
        /// How many came.
        found: usize,
        /// How many others came on the topic.
        others: usize,
        /// How long they were waited for.
        waited: Duration,
        /// Those that came nearest, the nearest first.
        nearest: Vec<NearMiss>,
        /// What happened to the cluster meanwhile.
        remarks: Vec<String>,
    },
    /// One came that should not.
    #[error("expected no {expected}, and {place} is one: {value}")]
    Unwanted {
        /// What was not expected.
        expected: String,
        /// Where it lies.
        place: Place,
        /// Its value.
        value: String,
    },
    /// A matcher that names no topic: it cannot be waited for.
    #[error("{expected} is on no topic: begin with Matcher::on(topic)")]
    NoTopic {
        /// What was expected.
        expected: String,
    },
    /// They came in another order.
    #[error("{expected}: {second} has {after} at {pointer} and came behind {first} with {before}")]
    Misordered {
        /// What was expected.
        expected: String,
        /// The JSON Pointer of what orders them.
        pointer: String,
        /// The one that came before.
        first: Box<Place>,
        /// What it has there.
        before: String,
        /// The one that came after it.
        second: Box<Place>,
        /// What that has there.
        after: String,
    },
    /// The cluster cannot be reached.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// An event that is nearly the expected one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NearMiss {
    /// Where it lies.
    pub place: Place,
    /// What keeps it from being the one.
    pub misses: Vec<Difference>,
}

fn missing(error: &EventError) -> String {
    let EventError::Missing { expected, wanted, found, others, waited, nearest, remarks } = error else {
        return String::new();
    };
    let what = match (wanted, found) {
        (1, _) => format!("no {expected}"),
        (wanted, found) => format!("{found} of {wanted} times an {expected}"),
    };
    let came = match others {
        0 => "nothing else came there".to_owned(),
        1 => "1 other came there".to_owned(),
        others => format!("{others} others came there"),
    };
    let mut text = format!("{what} within {waited:?}; {came}");
    for NearMiss { place, misses } in nearest {
        let misses: Vec<String> = misses.iter().map(ToString::to_string).collect();
        text += &format!("\n  {place}: {}", misses.join("; "));
    }
    remarks.iter().fold(text, |text, remark| text + "\n  " + remark)
}
