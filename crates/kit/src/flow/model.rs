//! A flow: everything that is known about one id.

use std::time::Duration;

use super::anomaly::Anomaly;
use super::groups::GroupState;
use super::hop::Hop;
use super::observation::Observation;
use super::route::Route;
use super::step::Step;
use super::unmet::Unmet;
use super::verdict::Verdict;
use crate::value::Unreadable;

/// Where the evidence comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The logs of a cluster, read without a group. Who fetched a record, and when a broker appended it, is not known.
    Log,
    /// The logs and the journal of the embedded broker, which sees every request.
    Journal,
}

impl Source {
    /// `log` or `journal`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Journal => "journal",
        }
    }
}

/// Everything that is known about one id. Its [`Display`](std::fmt::Display) is the report, 80 columns wide.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Flow {
    /// The id that was followed.
    pub id: String,
    /// The way that it should have taken.
    pub route: Route,
    /// Where the evidence comes from.
    pub source: Source,
    /// What became of it: the verdict of the first step that is not complete.
    pub verdict: Verdict,
    /// One sentence that says so, with the part that blocks and the evidence.
    pub explanation: String,
    /// Each step of the route, up to the one that blocks.
    pub steps: Vec<Step>,
    /// All records of the flow in the order of their times.
    pub observations: Vec<Observation>,
    /// How they hang together.
    pub hops: Vec<Hop>,
    /// What is odd about them.
    pub anomalies: Vec<Anomaly>,
    /// The expectations that do not hold.
    pub unmet: Vec<Unmet>,
    /// The groups that read topics of the route; not looked at where the flow is complete.
    pub groups: Vec<GroupState>,
    /// What happened to the evidence: topics that were deleted or truncated, a cluster that was away.
    pub remarks: Vec<String>,
    /// How long was waited at most.
    pub timeout: Duration,
}

impl Flow {
    /// Whether it is complete and every expectation holds.
    pub fn is_complete(&self) -> bool {
        self.verdict == Verdict::Complete && self.unmet.is_empty()
    }

    /// Gives the flow back if it is complete and every expectation holds; the error has the flow.
    pub fn check(self) -> Result<Self, FlowFailure> {
        if self.is_complete() { Ok(self) } else { Err(FlowFailure(Box::new(self))) }
    }

    /// What is wrong, in one line: the sentence of the verdict, or the first expectation that does not hold.
    pub fn summary(&self) -> String {
        match self.unmet.first().filter(|_| self.verdict == Verdict::Complete) {
            Some(unmet) => unmet.to_string(),
            None => format!("{}: {}", self.verdict, self.explanation),
        }
    }

    /// The record that began it.
    pub fn request(&self) -> Option<&Observation> {
        self.observations.get(self.steps.first()?.request?)
    }

    /// The record that ended it, in the last topic of its route.
    pub fn response(&self) -> Option<&Observation> {
        let last = self.steps.last().filter(|step| Some(&step.to) == self.route.topics().last())?;
        let answer = self.observations.get(last.answer?)?;
        (answer.place.topic == last.to).then_some(answer)
    }

    /// From the request's append to the response's, in microseconds; `None` where one of them is missing. By the
    /// records' own timestamps where the broker's times are not known.
    pub fn micros(&self) -> Option<i64> {
        Some(self.response()?.micros() - self.request()?.micros())
    }

    /// The same in milliseconds.
    pub fn duration_ms(&self) -> Option<f64> {
        Some(self.micros()? as f64 / 1e3)
    }

    /// The records that name a schema which is not there or does not read them, each with its place and the reason.
    pub fn unreadable(&self) -> Vec<String> {
        let wrong = self.observations.iter().flat_map(|seen| Unreadable::of(seen.values(), &seen.record()));
        wrong.map(|wrong| wrong.to_string()).collect()
    }

    /// The hop that leads to a record.
    pub fn hop_to(&self, observation: usize) -> Option<&Hop> {
        self.hops.iter().find(|hop| hop.to == observation)
    }
}

/// A flow that is not as it should be. Its text is one line; [`Flow::report`] tells the whole.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("flow {}: {}", .0.id, .0.summary())]
pub struct FlowFailure(pub Box<Flow>);
