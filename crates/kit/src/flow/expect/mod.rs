//! What a test expects of a flow beyond its being answered.

mod in_topic;
mod json;

use std::fmt;
use std::panic::Location;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use self::in_topic::{Condition, InTopic};
pub use self::json::ExpectError;
use super::anomaly::Anomaly;
use super::golden::Golden;
use super::model::Flow;
use super::observation::Observation;
#[cfg(feature = "json-schema")]
use crate::payload::JsonSchema;
use crate::payload::{Difference, Payload};

/// What a test expects of a flow. Aborted records, and those whose transaction is still open, never count.
///
/// ```
/// use std::time::Duration;
/// use kafka_trial::flow::Expect;
/// use serde_json::json;
///
/// let expected = [
///     Expect::topic("audit").exactly(5).within(Duration::from_millis(500)),
///     Expect::topic("responses").field("/payload/is_valid", json!(true)),
///     Expect::never("requests.dlq"),
///     Expect::no_more_for(Duration::from_millis(200)),
/// ];
/// # assert_eq!(expected[2].to_string(), "nothing in requests.dlq");
/// ```
#[derive(Clone, Debug)]
pub struct Expect {
    kind: Kind,
    /// Where it was written: `file:line`.
    location: String,
}

#[derive(Clone, Debug)]
enum Kind {
    Topic(Box<InTopic>),
    OneOf(Vec<String>),
    InOrder(Vec<String>),
    SamePartition(Vec<String>),
    KeyPreserved,
    HeaderPreserved(String),
    ExactlyOnce,
    NoMoreFor(Duration),
    Golden(Box<Golden>),
}

/// An expectation that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// What was expected.
    pub expected: String,
    /// What was there instead.
    pub seen: String,
    /// Where the expectation was written: `file:line`.
    pub location: String,
    /// The parts of records that are not as expected, where that is what does not hold.
    pub differences: Vec<Difference>,
}

/// What is there instead of what was expected.
#[derive(Clone, Debug)]
pub(super) struct Missed {
    seen: String,
    differences: Vec<Difference>,
}

impl From<String> for Missed {
    fn from(seen: String) -> Self {
        Self { seen, differences: Vec::new() }
    }
}

impl Missed {
    /// Differences are what is there.
    pub(super) fn of(differences: Vec<Difference>) -> Self {
        let first = differences.first().map(|first| format!("{}: {first}", first.record)).unwrap_or_default();
        let seen = match differences.len() {
            0 | 1 => first,
            count => format!("{count} differences, the first: {first}"),
        };
        Self { seen, differences }
    }
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} ({}); {}", self.expected, self.location, self.seen)
    }
}

impl Expect {
    #[track_caller]
    fn new(kind: Kind) -> Self {
        let caller = Location::caller();
        Self { kind, location: format!("{}:{}", caller.file(), caller.line()) }
    }

    /// Written elsewhere than where it was made, as a line of another language is.
    pub fn at(mut self, location: impl Into<String>) -> Self {
        self.location = location.into();
        self
    }

    /// At least one record of the flow in this topic.
    #[track_caller]
    pub fn topic(topic: impl Into<String>) -> Self {
        let in_topic =
            InTopic { topic: topic.into(), least: 1, most: None, within: None, after: None, conditions: Vec::new() };
        Self::new(Kind::Topic(Box::new(in_topic)))
    }

    /// No record of the flow in this topic.
    #[track_caller]
    pub fn never(topic: impl Into<String>) -> Self {
        Self::topic(topic).exactly(0)
    }

    /// A record in one of these topics and none in the others: an answer, a dead letter or an error.
    #[track_caller]
    pub fn one_of<T: Into<String>>(topics: impl IntoIterator<Item = T>) -> Self {
        Self::new(Kind::OneOf(topics.into_iter().map(Into::into).collect()))
    }

    /// The first records in these topics came in this order.
    #[track_caller]
    pub fn in_order<T: Into<String>>(topics: impl IntoIterator<Item = T>) -> Self {
        Self::new(Kind::InOrder(topics.into_iter().map(Into::into).collect()))
    }

    /// All records in these topics lie in partitions of one number.
    #[track_caller]
    pub fn same_partition<T: Into<String>>(topics: impl IntoIterator<Item = T>) -> Self {
        Self::new(Kind::SamePartition(topics.into_iter().map(Into::into).collect()))
    }

    /// All records of the flow have the key of its first.
    #[track_caller]
    pub fn key_preserved() -> Self {
        Self::new(Kind::KeyPreserved)
    }

    /// All records of the flow have this header with the value of the first. Of `traceparent` the trace id counts: each
    /// service has a span of its own.
    #[track_caller]
    pub fn header_preserved(name: impl Into<String>) -> Self {
        Self::new(Kind::HeaderPreserved(name.into()))
    }

    /// No duplicates of any class, and one answer to the request.
    #[track_caller]
    pub fn exactly_once() -> Self {
        Self::new(Kind::ExactlyOnce)
    }

    /// Nothing more comes for this long once all else is there. Without it duplicates that are late are not noticed.
    #[track_caller]
    pub fn no_more_for(quiet: Duration) -> Self {
        Self::new(Kind::NoMoreFor(quiet))
    }

    /// The flow is as a file has it: the same records, each from the same one, with the same keys, headers and values, but
    /// for ids, times and the random parts of topics. A relative path begins at the folder of the package, which is where
    /// `cargo test` runs its tests. With `KAFKA_TRIAL_UPDATE_GOLDEN=1` a complete flow is written to the file instead.
    #[track_caller]
    pub fn golden(path: impl Into<PathBuf>) -> Self {
        Self::new(Kind::Golden(Box::new(Golden::at(path))))
    }

    /// What stands there is left out of [`Expect::golden`], which alone this changes: a JSON Pointer into values, where `*` is
    /// any field or element, `$message.header#/NAME` or `$message.key#`.
    pub fn redact(mut self, place: &str) -> Self {
        if let Kind::Golden(golden) = &mut self.kind {
            golden.redact(place);
        }
        self
    }

    /// The same, but that a golden file is to be written.
    pub(super) fn recording(mut self) -> Self {
        if let Kind::Golden(golden) = &mut self.kind {
            golden.is_recording = true;
        }
        self
    }

    /// Writes the golden file of a flow, if it is that which is expected. What went wrong is an expectation that does not
    /// hold.
    pub(super) fn record(&self, flow: &Flow) -> Option<Unmet> {
        let Kind::Golden(golden) = &self.kind else { return None };
        golden.record(flow).err().map(|error| self.not_met(error.into()))
    }

    fn in_topic(mut self, change: impl FnOnce(&mut InTopic)) -> Self {
        if let Kind::Topic(in_topic) = &mut self.kind {
            change(in_topic);
        }
        self
    }

    /// Exactly so many records in the topic. Changes [`Expect::topic`] alone, as the calls below do.
    pub fn exactly(self, count: usize) -> Self {
        self.in_topic(|topic| (topic.least, topic.most) = (count, Some(count)))
    }

    /// At least so many records in the topic.
    pub fn at_least(self, count: usize) -> Self {
        self.in_topic(|topic| (topic.least, topic.most) = (count, None))
    }

    /// Within this time after the flow's first record.
    pub fn within(self, limit: Duration) -> Self {
        self.in_topic(|topic| topic.within = Some(limit))
    }

    /// Later than the first record in this other topic.
    pub fn after(self, other: impl Into<String>) -> Self {
        let other = other.into();
        self.in_topic(|topic| topic.after = Some(other))
    }

    /// With this at a JSON Pointer into the value; a name without a slash is a field at its top.
    pub fn field(self, pointer: impl Into<String>, value: Json) -> Self {
        self.when(Condition::Payload(Payload::field(pointer.into(), value)))
    }

    /// With a value that this schema allows.
    #[cfg(feature = "json-schema")]
    pub fn schema(self, schema: &JsonSchema) -> Self {
        self.when(Condition::Payload(Payload::Schema(schema.clone())))
    }

    /// For which this holds; the text says what.
    pub fn that(self, text: impl Into<String>, holds: impl Fn(&Observation) -> bool + Send + Sync + 'static) -> Self {
        self.when(Condition::That(text.into(), Arc::new(holds)))
    }

    fn when(self, condition: Condition) -> Self {
        self.in_topic(|topic| topic.conditions.push(condition))
    }

    /// The topics that have to be read.
    pub(super) fn topics(&self) -> Vec<&str> {
        match &self.kind {
            Kind::Topic(in_topic) => {
                let after = in_topic.after.iter().map(String::as_str);
                std::iter::once(in_topic.topic.as_str()).chain(after).collect()
            }
            Kind::OneOf(topics) | Kind::InOrder(topics) | Kind::SamePartition(topics) => {
                topics.iter().map(String::as_str).collect()
            }
            _ => Vec::new(),
        }
    }

    /// How long it has to be quiet.
    pub(super) fn quiet(&self) -> Option<Duration> {
        match self.kind {
            Kind::NoMoreFor(quiet) => Some(quiet),
            _ => None,
        }
    }

    /// The topic that may have several records of one request.
    pub(super) fn fan_out(&self) -> Option<&str> {
        match &self.kind {
            Kind::Topic(in_topic) if in_topic.least > 1 => Some(&in_topic.topic),
            _ => None,
        }
    }

    /// Whether more records may still make it hold where it does not.
    pub(super) fn may_still_hold(&self, flow: &Flow) -> bool {
        match &self.kind {
            Kind::Topic(in_topic) => in_topic.most != Some(0),
            Kind::Golden(golden) => golden.has_more_than(flow),
            Kind::OneOf(_) | Kind::InOrder(_) => true,
            // What has been broken stays broken.
            _ => false,
        }
    }

    /// What is there instead, if it does not hold.
    pub(super) fn unmet(&self, flow: &Flow) -> Option<Unmet> {
        let seen = match &self.kind {
            Kind::Topic(in_topic) => return in_topic.missed(flow).map(|missed| self.not_met(missed)),
            Kind::Golden(golden) => return golden.missed(flow).map(|missed| self.not_met(missed)),
            Kind::OneOf(topics) => one_of(topics, flow),
            Kind::InOrder(topics) => in_order(topics, flow),
            Kind::SamePartition(topics) => same_partition(topics, flow),
            Kind::KeyPreserved => preserved(flow, |o| o.key.clone(), "the key"),
            Kind::HeaderPreserved(name) if name.eq_ignore_ascii_case("traceparent") => {
                preserved(flow, |o| o.trace_id.clone(), "the trace id")
            }
            Kind::HeaderPreserved(name) => preserved(flow, |o| o.header(name).cloned(), &format!("the header {name}")),
            Kind::ExactlyOnce => {
                let repeats = |a: &&Anomaly| matches!(a, Anomaly::Duplicate { .. } | Anomaly::SeveralAnswers { .. });
                flow.anomalies.iter().find(repeats).map(ToString::to_string)
            }
            Kind::NoMoreFor(_) => None,
        };
        seen.map(|seen| self.not_met(seen.into()))
    }

    fn not_met(&self, missed: Missed) -> Unmet {
        let Missed { seen, differences } = missed;
        Unmet { expected: self.to_string(), seen, location: self.location.clone(), differences }
    }
}

fn visible<'a>(flow: &'a Flow, topic: &'a str) -> impl Iterator<Item = &'a Observation> {
    flow.observations.iter().filter(move |o| o.place.topic == topic && o.is_visible())
}

fn one_of(topics: &[String], flow: &Flow) -> Option<String> {
    let present: Vec<&str> =
        topics.iter().map(String::as_str).filter(|topic| visible(flow, topic).next().is_some()).collect();
    match present.as_slice() {
        [_] => None,
        [] => Some("none of them has one".to_owned()),
        several => Some(format!("{} have one", several.join(" and "))),
    }
}

fn in_order(topics: &[String], flow: &Flow) -> Option<String> {
    let mut before: Option<&Observation> = None;
    for topic in topics {
        let Some(first) = visible(flow, topic).next() else { return Some(format!("nothing is in {topic}")) };
        if let Some(before) = before.filter(|before| before.micros() > first.micros()) {
            return Some(format!("{} came before {}", first.place, before.place));
        }
        before = Some(first);
    }
    None
}

fn same_partition(topics: &[String], flow: &Flow) -> Option<String> {
    let mut of_topics = topics.iter().flat_map(|topic| visible(flow, topic));
    let first = of_topics.next()?;
    let other = of_topics.find(|other| other.place.partition != first.place.partition)?;
    Some(format!("{} and {} are not", first.place, other.place))
}

fn preserved<T: PartialEq>(flow: &Flow, part: impl Fn(&Observation) -> Option<T>, name: &str) -> Option<String> {
    let mut visible = flow.observations.iter().filter(|o| o.is_visible());
    let first = visible.next()?;
    let wanted = part(first);
    let other = visible.find(|other| part(other) != wanted)?;
    Some(format!("{name} of {} is not that of {}", other.place, first.place))
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Topic(in_topic) => fmt::Display::fmt(in_topic, f),
            Kind::OneOf(topics) => write!(f, "a record in one of {}", topics.join(", ")),
            Kind::InOrder(topics) => write!(f, "the order {}", topics.join(", ")),
            Kind::SamePartition(topics) => write!(f, "one partition in {}", topics.join(", ")),
            Kind::KeyPreserved => f.write_str("one key throughout"),
            Kind::HeaderPreserved(name) => write!(f, "one {name} throughout"),
            Kind::ExactlyOnce => f.write_str("everything once"),
            Kind::NoMoreFor(quiet) => write!(f, "nothing more for {quiet:?}"),
            Kind::Golden(golden) => write!(f, "the flow of {}", golden.path().display()),
        }
    }
}
