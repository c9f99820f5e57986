//! What a tracker is asked.

use std::time::Duration;

use super::expect::Expect;
use super::model::Flow;
use super::route::Route;

/// An id, the way it should take, and what is expected on it.
#[derive(Clone, Debug)]
pub struct Follow {
    pub(super) id: String,
    pub(super) route: Route,
    pub(super) expected: Vec<Expect>,
}

impl Follow {
    /// Follows an id along a route.
    pub fn new(id: impl Into<String>, route: Route) -> Self {
        Self { id: id.into(), route, expected: Vec::new() }
    }

    /// Expects something more of it.
    pub fn expect(mut self, expectation: impl Into<Expect>) -> Self {
        self.expected.push(expectation.into());
        self
    }

    /// The topics of the answers.
    pub(super) fn answers(&self) -> impl Iterator<Item = &String> {
        self.route.topics().iter().skip(1)
    }

    /// All topics that have to be read.
    pub(super) fn topics(&self) -> impl Iterator<Item = &str> {
        self.route.topics().iter().map(String::as_str).chain(self.expected.iter().flat_map(Expect::topics))
    }

    /// Whether a record of this topic can be a part of the flow. The tracker reads the topics of other flows, too, whose
    /// ids may be the same.
    pub(super) fn concerns(&self, topic: &str) -> bool {
        self.topics().any(|known| known == topic) || self.route.is_dead_letter(topic)
    }

    /// How long it has to be quiet in the end.
    pub(super) fn quiet(&self) -> Duration {
        self.expected.iter().filter_map(Expect::quiet).max().unwrap_or_default()
    }

    /// Whether waiting for more cannot change anything for the better.
    pub(super) fn is_settled(&self, flow: &Flow) -> bool {
        flow.verdict.is_final()
            && self.expected.iter().all(|expected| !expected.may_still_hold(flow) || expected.unmet(flow).is_none())
    }

    /// The same, but that golden files are to be written.
    pub(super) fn recording(&self) -> Self {
        Self { expected: self.expected.iter().cloned().map(Expect::recording).collect(), ..self.clone() }
    }
}
