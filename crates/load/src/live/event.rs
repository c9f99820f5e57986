//! What the threads of a run tell the engine.

use std::time::Duration;

use kafka_trial::client::{ClientError, Stopwatch};

use super::answers::Answer;
use super::split::Place;
use super::tag::Match;

/// Something that happened on a thread of its own.
pub(super) enum Event {
    /// Requests, where the first of them is, and how long ago that came.
    Acknowledged(Vec<u64>, Place, Stopwatch),
    Refused(Vec<u64>, String),
    Answers(Vec<Answer>, Duration),
    /// The requests that they are of; none where that cannot be told.
    DeadLetters(Vec<Option<Match>>),
    /// How long the group was not stable.
    Rebalanced(Duration),
    ReadingFailed(ClientError),
}
