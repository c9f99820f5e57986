//! The suites, in the order in which they are run: the quick ones first.

use std::time::Duration;

use anyhow::Result;

use crate::broker::{Broker, Setup, Side};
use crate::needs::Need;
use crate::outcome::Outcomes;
use crate::place::Place;
use crate::suites;

/// Somebody else's tests.
pub(crate) struct Suite {
    pub(crate) name: &'static str,
    /// Whose tests at which version.
    pub(crate) title: &'static str,
    pub(crate) about: &'static str,
    pub(crate) needs: &'static [Need],
    /// Which of its tests are cheap enough to run on every change.
    pub(crate) each_change: EachChange,
    /// Fetches and builds what is not there yet.
    pub(crate) prepare: fn(&Place) -> Result<()>,
    /// Runs the wanted tests on fresh brokers.
    pub(crate) run: fn(&Run<'_>) -> Result<Outcomes>,
}

/// What of a suite runs on every change.
#[derive(Clone, Copy, Debug)]
pub(crate) enum EachChange {
    All,
    Only(&'static [&'static str]),
    Nothing,
}

/// One run of a suite.
pub(crate) struct Run<'a> {
    pub(crate) side: Side,
    pub(crate) place: &'a Place,
    /// The tests to run; all of them where none is named.
    pub(crate) only: &'a [String],
    /// Whether what a real Kafka answers is to be kept.
    pub(crate) record: bool,
}

impl Run<'_> {
    /// A fresh broker for some of the tests.
    pub(crate) fn broker(&self, setup: &Setup) -> Result<Broker> {
        Broker::start(self.side, setup, self.place)
    }

    /// Whether this test is to run.
    pub(crate) fn wants(&self, test: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == test)
    }
}

/// How long a program with many tests may take.
pub(crate) const PROGRAM_LIMIT: Duration = Duration::from_secs(600);

/// All suites.
pub(crate) const ALL: &[Suite] = &[
    suites::kcat::SUITE,
    suites::rskafka::SUITE,
    suites::rdkafka::SUITE,
    suites::kgo::SUITE,
    suites::tools::SUITE,
    suites::streams::SUITE,
    suites::librdkafka::SUITE,
    suites::librdkafka::CONSUMER_PROTOCOL,
    suites::kgo_chaos::SUITE,
    suites::copiers::SUITE,
];
