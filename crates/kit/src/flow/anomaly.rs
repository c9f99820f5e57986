//! What is odd about a flow, whatever its verdict.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;

use super::index::Entry;
use super::locators::disagreement;
use super::observation::{Observation, ProducerStamp, Transaction};
use super::place::Place;
use super::route::Route;

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
pub enum DuplicateClass {
    /// One batch was appended twice: same producer id, epoch and sequence.
    Wire,
    /// A producer without idempotence has sent it twice: same key and value.
    Retry,
    /// A group was given the request twice.
    Redelivery,
    /// The application has sent one event twice: same event id.
    Application,
    /// A producer wrote although a later epoch of it had begun to.
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
                    DuplicateClass::Zombie => "its producer wrote on although a later epoch had begun",
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
            Self::NotJson { at, reason } => write!(f, "{at} is no JSON: {reason}"),
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

/// Each record is compared with the first of its kind, so that a thousand of them make a thousand comparisons.
fn duplicates(observations: &[Observation], found: &mut Vec<Anomaly>) {
    if observations.len() < 2 {
        return;
    }
    type Content<'a> = (&'a str, Option<&'a Bytes>, Option<&'a Bytes>);
    let mut stamps: BTreeMap<(&str, i32, i64, i16, i32), &Place> = BTreeMap::new();
    let mut events: BTreeMap<(&str, &str), &Place> = BTreeMap::new();
    let mut contents: BTreeMap<Content<'_>, &Place> = BTreeMap::new();
    let mut epochs: BTreeMap<(&str, i32, i64), (i16, &Place)> = BTreeMap::new();
    let mut in_log: Vec<&Observation> = observations.iter().collect();
    in_log.sort_by(|a, b| a.place.cmp(&b.place));
    for observation in in_log {
        let place = &observation.place;
        let topic = place.topic.as_str();
        let mut first = None;
        if let Some(ProducerStamp { id, epoch, sequence }) = observation.producer {
            let same = stamps.insert((topic, place.partition, id, epoch, sequence), place);
            first = same.map(|first| (DuplicateClass::Wire, first));
            let newest = epochs.entry((topic, place.partition, id)).or_insert((epoch, place));
            if newest.0 > epoch {
                first = first.or(Some((DuplicateClass::Zombie, newest.1)));
            } else {
                *newest = (epoch, place);
            }
        }
        if let Some(event) = &observation.event_id {
            let same = *events.entry((topic, event)).or_insert(place);
            first = first.or((same != place).then_some((DuplicateClass::Application, same)));
        } else if observation.producer.is_none() {
            let content = (topic, observation.key.as_ref(), observation.value.as_ref());
            let same = *contents.entry(content).or_insert(place);
            first = first.or((same != place).then_some((DuplicateClass::Retry, same)));
        }
        if let Some((class, first)) = first {
            found.push(Anomaly::Duplicate { class, first: first.clone(), second: place.clone() });
        }
    }
}

/// What is odd about the answers of each step.
fn answers(entries: &[&Entry], observations: &[Observation], route: &Route, single: &[&str], found: &mut Vec<Anomaly>) {
    let is_json = |entry: &Entry| entry.record.value.is_some() && entry.facts.unreadable.is_none();
    let first = |topic: &str| observations.iter().zip(entries).find(|(o, _)| o.place.topic == topic && o.is_visible());
    for pair in route.topics().windows(2) {
        let [from, to] = pair else { continue };
        if from == to {
            continue;
        }
        let request = first(from);
        let of_step = observations.iter().zip(entries).filter(|(o, _)| o.place.topic == *to && o.is_visible());
        let repeated = |place: &Place| {
            found.iter().any(|anomaly| matches!(anomaly, Anomaly::Duplicate { second, .. } if second == place))
        };
        let several: Vec<&Observation> =
            of_step.clone().map(|(observation, _)| observation).filter(|o| !repeated(&o.place)).collect();
        let mut odd = Vec::new();
        if let (Some((request, _)), [one, others @ ..]) = (request, several.as_slice()) {
            let twice = request.handled.iter().flatten().any(|handling| {
                let same = request.handled.iter().flatten().filter(|other| other.group == handling.group);
                handling.group.is_some() && same.count() > 1
            });
            if !others.is_empty() && twice {
                odd.extend(others.iter().map(|other| Anomaly::Duplicate {
                    class: DuplicateClass::Redelivery,
                    first: one.place.clone(),
                    second: other.place.clone(),
                }));
            } else if !others.is_empty() && single.contains(&to.as_str()) {
                odd.push(Anomaly::SeveralAnswers { at: several.iter().map(|o| o.place.clone()).collect() });
            }
        }
        for (answer, entry) in of_step {
            let at = answer.place.clone();
            if answer.value.is_none() {
                odd.push(Anomaly::Tombstone { at });
            } else if let (Some(reason), Some(true)) =
                (&entry.facts.unreadable, request.map(|(_, entry)| is_json(entry)))
            {
                odd.push(Anomaly::NotJson { at, reason: reason.clone() });
            }
            let Some((request, _)) = request else { continue };
            let (request_at, answer_at) = (request.place.clone(), answer.place.clone());
            match request.appended.zip(answer.appended) {
                Some((asked, answered)) if answered < asked => {
                    odd.push(Anomaly::Misordered { request: request_at, answer: answer_at });
                }
                None if answer.timestamp < request.timestamp => odd.push(Anomaly::ClockSkew {
                    request: request_at,
                    answer: answer_at,
                    millis: request.timestamp - answer.timestamp,
                }),
                _ => {}
            }
        }
        found.extend(odd);
    }
}
