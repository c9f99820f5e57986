//! What is odd about a flow, whatever its verdict.

mod answers;
mod duplicates;

use std::fmt;

use self::answers::answers;
use self::duplicates::duplicates;
use super::observation::Observation;
use super::route::Route;
use crate::evidence::Entry;
use crate::evidence::Place;
use crate::evidence::Transaction;
use crate::evidence::disagreement;

/// Something odd.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Anomaly {
    /// A header names one id and the value another.
    Disagreement {
        /// The record.
        at: Place,
        /// The header's id.
        header: String,
        /// The value's id.
        value: String,
    },
    /// What answers this flow carries another id.
    ChangedId {
        /// The record.
        at: Place,
        /// The id it carries; none where it has none.
        id: Option<String>,
    },
    /// A record is there twice.
    Duplicate {
        /// Why.
        class: DuplicateClass,
        /// The first.
        first: Place,
        /// The second.
        second: Place,
    },
    /// One request has several answers with event ids of their own.
    SeveralAnswers {
        /// The answers.
        at: Vec<Place>,
    },
    /// By the broker's clock an answer was appended before its request.
    Misordered {
        /// The request.
        request: Place,
        /// The answer.
        answer: Place,
    },
    /// By the clocks of their producers an answer is older than its request.
    ClockSkew {
        /// The request.
        request: Place,
        /// The answer.
        answer: Place,
        /// By how many milliseconds.
        millis: i64,
    },
    /// A record that consumers of committed records do not see.
    Invisible {
        /// The record.
        at: Place,
        /// Its transaction.
        transaction: Transaction,
    },
    /// An answer without a value.
    Tombstone {
        /// The record.
        at: Place,
    },
    /// An answer that is no JSON, to a request that is.
    NotJson {
        /// The record.
        at: Place,
        /// Where the parser stopped.
        reason: String,
    },
}

/// Why a record is there twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DuplicateClass {
    /// One batch was appended twice: same producer id, epoch and sequence.
    Wire,
    /// A producer without idempotence has sent it twice: same key and value.
    Retry,
    /// A group was given the request twice.
    Redelivery,
    /// The application has sent one event twice: same event id.
    Application,
    /// A producer wrote although it had been replaced: a later epoch of it had begun to, or, by the journal, the group had
    /// given the request to another member.
    Zombie,
}

impl DuplicateClass {
    /// `wire`, `retry`, `redelivery`, `application` or `zombie`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wire => "wire",
            Self::Retry => "retry",
            Self::Redelivery => "redelivery",
            Self::Application => "application",
            Self::Zombie => "zombie",
        }
    }
}

impl Anomaly {
    /// The name of its kind.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Disagreement { .. } => "disagreement",
            Self::ChangedId { .. } => "changed_id",
            Self::Duplicate { .. } => "duplicated",
            Self::SeveralAnswers { .. } => "several_answers",
            Self::Misordered { .. } => "misordered",
            Self::ClockSkew { .. } => "clock_skew",
            Self::Invisible { .. } => "invisible",
            Self::Tombstone { .. } => "tombstone",
            Self::NotJson { .. } => "not_json",
        }
    }
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disagreement { at, header, value } => {
                write!(f, "{at} carries two ids: {header} in its header, {value} in its value")
            }
            Self::ChangedId { at, id: Some(id) } => write!(f, "{at} belongs to the flow, but carries the id {id}"),
            Self::ChangedId { at, id: None } => write!(f, "{at} belongs to the flow, but carries no id"),
            Self::Duplicate { class, first, second } => {
                write!(f, "{second} repeats {first}: ")?;
                f.write_str(match class {
                    DuplicateClass::Wire => "one batch was appended twice (same producer id, epoch and sequence)",
                    DuplicateClass::Retry => "a producer without idempotence has sent it twice (same key and value)",
                    DuplicateClass::Redelivery => "a group was given the request twice",
                    DuplicateClass::Application => "the application has sent it twice (same event id)",
                    DuplicateClass::Zombie => "its producer wrote on after another had taken its place",
                })
            }
            Self::SeveralAnswers { at } => {
                let places: Vec<String> = at.iter().take(5).map(ToString::to_string).collect();
                let more = if at.len() > places.len() { ", ..." } else { "" };
                write!(f, "the request has {} answers: {}{more}", at.len(), places.join(", "))
            }
            Self::Misordered { request, answer } => write!(f, "{answer} was appended before its request {request}"),
            Self::ClockSkew { request, answer, millis } => write!(
                f,
                "by its producer's clock {answer} is {millis} ms older than its request {request}: the clocks disagree"
            ),
            Self::Invisible { at, transaction: Transaction::Aborted } => {
                write!(f, "{at} was aborted with its transaction: consumers of committed records never see it")
            }
            Self::Invisible { at, .. } => {
                write!(f, "{at} is in a transaction that is still open: consumers of committed records do not see it")
            }
            Self::Tombstone { at } => write!(f, "{at} is a tombstone: it has no value"),
            Self::NotJson { at, reason } => write!(f, "{at} is not JSON: {reason}"),
        }
    }
}

/// What is odd about each record and each pair of records. `single` are the topics that should have one answer.
pub(super) fn anomalies(
    id: &str,
    entries: &[&Entry],
    observations: &[Observation],
    route: &Route,
    single: &[&str],
) -> Vec<Anomaly> {
    let mut found = Vec::new();
    for (entry, observation) in entries.iter().zip(observations) {
        let at = observation.place.clone();
        if let Some((header, value)) = disagreement(&entry.found) {
            let (header, value) = (header.id.clone(), value.id.clone());
            found.push(Anomaly::Disagreement { at: at.clone(), header, value });
        }
        let is_known_by_id = entry.found.iter().any(|located| located.id == id);
        if !is_known_by_id && !route.is_dead_letter(&at.topic) && route.step_of(&at.topic).is_some_and(|step| step > 0)
        {
            let id = entry.found.first().map(|located| located.id.clone());
            found.push(Anomaly::ChangedId { at: at.clone(), id });
        }
        if !observation.is_visible() {
            found.push(Anomaly::Invisible { at, transaction: observation.transaction });
        }
    }
    duplicates(observations, &mut found);
    answers(entries, observations, route, single, &mut found);
    found
}
