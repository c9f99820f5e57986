//! Records of the flow in one topic.

use std::fmt;
use std::time::Duration;

use serde_json::Value as Json;

use super::super::model::Flow;
use super::super::observation::Observation;
use super::super::step::time;
use super::super::unmet::Missed;
use super::{Expect, Kind, caller, visible};
use crate::client::ReceivedRecord;
#[cfg(feature = "json-schema")]
use crate::matcher::JsonSchema;
use crate::matcher::{Difference, Matcher, Subject};

/// The most records that do not fit of which is told why.
const SHOWN: usize = 3;

/// Records of the flow in one topic; [`Expect::topic`] begins it.
#[derive(Clone, Debug)]
#[must_use = "it is expected once a Follow has it"]
pub struct Records {
    topic: String,
    least: usize,
    most: Option<usize>,
    within: Option<Duration>,
    after: Option<String>,
    matcher: Matcher,
    location: String,
}

impl Records {
    #[track_caller]
    pub(super) fn of(topic: String) -> Self {
        let (least, most, within, after, matcher) = (1, None, None, None, Matcher::any());
        Self { topic, least, most, within, after, matcher, location: caller() }
    }

    /// Exactly so many records in the topic.
    pub fn exactly(self, count: usize) -> Self {
        Self { least: count, most: Some(count), ..self }
    }

    /// At least so many records in the topic.
    pub fn at_least(self, count: usize) -> Self {
        Self { least: count, most: None, ..self }
    }

    /// Within this time after the flow's first record.
    pub fn within(self, limit: Duration) -> Self {
        Self { within: Some(limit), ..self }
    }

    /// Later than the first record in this other topic.
    pub fn after(self, other: impl Into<String>) -> Self {
        Self { after: Some(other.into()), ..self }
    }

    /// That match this too; its topic is not looked at.
    pub fn matching(self, matcher: Matcher) -> Self {
        Self { matcher: self.matcher.and(matcher.anywhere()), ..self }
    }

    /// With this at a JSON Pointer into the value; a name without a slash is a field at its top.
    pub fn field(self, pointer: impl Into<String>, value: Json) -> Self {
        self.matching(Matcher::any().field(pointer, value))
    }

    /// With a value that this schema allows.
    #[cfg(feature = "json-schema")]
    pub fn schema(self, schema: &JsonSchema) -> Self {
        self.matching(Matcher::any().schema(schema))
    }

    /// For which this holds; the text says what.
    pub fn that(
        self,
        text: impl Into<String>,
        holds: impl Fn(&ReceivedRecord) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.matching(Matcher::any().that(text, holds))
    }

    pub(super) fn topics(&self) -> Vec<&str> {
        std::iter::once(&self.topic).chain(&self.after).map(String::as_str).collect()
    }

    /// The topic, where it may have several records of one request.
    pub(super) fn fan_out(&self) -> Option<&str> {
        (self.least > 1).then_some(&self.topic)
    }

    /// Whether more records may still make it hold.
    pub(super) fn may_still_hold(&self) -> bool {
        self.most != Some(0)
    }

    pub(super) fn missed(&self, flow: &Flow) -> Option<Missed> {
        let mut fitting = Vec::new();
        let mut others = Vec::new();
        for observation in visible(flow, &self.topic) {
            let differences = self.differences(flow, observation);
            if differences.is_empty() { fitting.push(observation) } else { others.push((observation, differences)) }
        }
        if self.most.is_some_and(|most| fitting.len() > most) {
            let places: Vec<String> = fitting.iter().take(5).map(|o| o.place.to_string()).collect();
            return Some(format!("{} are there: {}", fitting.len(), places.join(", ")).into());
        }
        if fitting.len() < self.least {
            return Some(too_few(fitting.len(), others));
        }
        self.too_late(flow, &fitting).map(Missed::from)
    }

    fn differences(&self, flow: &Flow, observation: &Observation) -> Vec<Difference> {
        let record = observation.record();
        let ids = observation.matched_by.map(|_| flow.id.as_str()).into_iter().collect();
        self.matcher.differences(&Subject::new(&record, ids, observation.values()))
    }

    fn too_late(&self, flow: &Flow, fitting: &[&Observation]) -> Option<String> {
        let begin = flow.observations.iter().find(|o| o.is_visible()).map_or(0, Observation::micros);
        let limit = self.within.and_then(|limit| i64::try_from(limit.as_micros()).ok());
        // With so many expected, the last of them has to be in time.
        let last = fitting.get(self.least.saturating_sub(1));
        if let (Some(limit), Some(last)) = (limit, last) {
            let micros = last.micros() - begin;
            if micros > limit {
                return Some(format!("{} came after {}", last.place, time(micros)));
            }
        }
        let after = self.after.as_ref().map(|topic| (topic, visible(flow, topic).next()));
        match (after, fitting.first()) {
            (Some((topic, None)), Some(_)) => Some(format!("nothing is in {topic}")),
            (Some((_, Some(before))), Some(first)) if first.micros() < before.micros() => {
                Some(format!("{} came before {}", first.place, before.place))
            }
            _ => None,
        }
    }
}

/// What is there instead, and of the first of them why they do not fit.
fn too_few(count: usize, others: Vec<(&Observation, Vec<Difference>)>) -> Missed {
    let mut seen = match count {
        0 => "none is there".to_owned(),
        count => format!("{count} of them are there"),
    };
    let mut differences = Vec::new();
    for (other, misses) in others.into_iter().take(SHOWN) {
        let reasons: Vec<String> = misses.iter().map(ToString::to_string).collect();
        seen += &format!("; {} does not fit: {}", other.place, reasons.join(", "));
        let place = other.place.to_string();
        // What a function says stands in the sentence; there is nothing to put beside it.
        let told = misses.into_iter().filter(|miss| !miss.pointer.is_empty() || miss.received.is_some());
        differences.extend(told.map(|miss| miss.of(&place)));
    }
    Missed { seen, differences }
}

impl From<Records> for Expect {
    fn from(records: Records) -> Self {
        let location = records.location.clone();
        Self { kind: Kind::Records(Box::new(records)), location }
    }
}

impl fmt::Display for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.least, self.most) {
            (_, Some(0)) => f.write_str("nothing")?,
            (1, None) => f.write_str("a record")?,
            (least, None) => write!(f, "at least {least} records")?,
            (_, Some(1)) => f.write_str("exactly 1 record")?,
            (_, Some(most)) => write!(f, "exactly {most} records")?,
        }
        write!(f, " in {}", self.topic)?;
        if let Some(limit) = self.within {
            write!(f, " within {limit:?}")?;
        }
        if let Some(other) = &self.after {
            write!(f, " after {other}")?;
        }
        let conditions = self.matcher.conditions();
        if conditions.is_empty() { Ok(()) } else { write!(f, " with {conditions}") }
    }
}
