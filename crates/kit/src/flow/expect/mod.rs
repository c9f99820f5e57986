//! What a test expects of a flow beyond its being answered.

mod json;
mod records;

use std::fmt;
use std::panic::Location;
use std::path::PathBuf;
use std::time::Duration;

pub use self::json::ExpectError;
pub use self::records::Records;
use super::anomaly::Anomaly;
pub use super::golden::Golden;
use super::model::Flow;
use super::observation::Observation;
use super::unmet::{Missed, Unmet};

/// What a test expects of a flow. Aborted records, and those whose transaction is still open, never count.
///
/// ```
/// use std::time::Duration;
/// use kafka_trial::flow::Expect;
/// use serde_json::json;
///
/// let expected: [Expect; 4] = [
///     Expect::topic("audit").exactly(5).within(Duration::from_millis(500)).into(),
///     Expect::topic("responses").field("/payload/is_valid", json!(true)).into(),
///     Expect::never("requests.dlq"),
///     Expect::no_more_for(Duration::from_millis(200)),
/// ];
/// # assert_eq!(expected[2].to_string(), "nothing in requests.dlq");
/// ```
/// What only records in a topic can have does not compile elsewhere:
/// ```compile_fail
/// # use std::time::Duration;
/// # use kafka_trial::flow::Expect;
/// let wrong = Expect::exactly_once().within(Duration::from_secs(1));
/// ```
#[derive(Clone, Debug)]
pub struct Expect {
    kind: Kind,
    /// Where it was written: `file:line`.
    location: String,
}

#[derive(Clone, Debug)]
enum Kind {
    Records(Box<Records>),
    OneOf(Vec<String>),
    InOrder(Vec<String>),
    SamePartition(Vec<String>),
    KeyPreserved,
    HeaderPreserved(String),
    ExactlyOnce,
    NoMoreFor(Duration),
    Golden(Box<Golden>),
}

impl Expect {
    #[track_caller]
    fn new(kind: Kind) -> Self {
        Self { kind, location: caller() }
    }

    /// Written elsewhere than where it was made, as a line of another language is.
    pub fn at(mut self, location: impl Into<String>) -> Self {
        self.location = location.into();
        self
    }

    /// At least one record of the flow in this topic.
    #[track_caller]
    pub fn topic(topic: impl Into<String>) -> Records {
        Records::of(topic.into())
    }

    /// No record of the flow in this topic.
    #[track_caller]
    pub fn never(topic: impl Into<String>) -> Self {
        Self::topic(topic).exactly(0).into()
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
    pub fn golden(path: impl Into<PathBuf>) -> Golden {
        Golden::at(path, caller())
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

    /// The topics that have to be read.
    pub(super) fn topics(&self) -> Vec<&str> {
        match &self.kind {
            Kind::Records(records) => records.topics(),
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
            Kind::Records(records) => records.fan_out(),
            _ => None,
        }
    }

    /// Whether more records may still make it hold where it does not.
    pub(super) fn may_still_hold(&self, flow: &Flow) -> bool {
        match &self.kind {
            Kind::Records(records) => records.may_still_hold(),
            Kind::Golden(golden) => golden.has_more_than(flow),
            Kind::OneOf(_) | Kind::InOrder(_) => true,
            // What has been broken stays broken.
            _ => false,
        }
    }

    /// What is there instead, if it does not hold.
    pub(super) fn unmet(&self, flow: &Flow) -> Option<Unmet> {
        let seen = match &self.kind {
            Kind::Records(records) => return records.missed(flow).map(|missed| self.not_met(missed)),
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

impl From<Golden> for Expect {
    fn from(golden: Golden) -> Self {
        let location = golden.location.clone();
        Self { kind: Kind::Golden(Box::new(golden)), location }
    }
}

/// Where a test wrote it: `file:line`.
#[track_caller]
fn caller() -> String {
    let caller = Location::caller();
    format!("{}:{}", caller.file(), caller.line())
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
            Kind::Records(records) => fmt::Display::fmt(records, f),
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
