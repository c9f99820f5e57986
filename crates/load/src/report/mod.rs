//! What a run gave. Every other form of it derives from this one.

mod csv;
mod hlog;
mod html;
mod judge;
mod junit;
mod merge;
mod outcome;
mod text;

use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use self::outcome::{Outcome, SCHEMA};
pub(crate) use self::text::shown_ms;
use crate::{Counts, PackedSeries, Series, SeriesKind, Stall};

/// How a run ended, in the order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All thresholds hold.
    Passed,
    /// A threshold does not hold.
    Failed,
    /// The driver could not keep its schedule, so the figures mean nothing.
    Invalid,
}

impl Verdict {
    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Invalid => "invalid",
        }
    }
}

/// Percentiles in milliseconds. A percentile among requests that were never answered is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the percentiles")]
#[non_exhaustive]
pub struct Percentiles {
    pub min: Option<f64>,
    pub mean: Option<f64>,
    pub p50: Option<f64>,
    pub p75: Option<f64>,
    pub p90: Option<f64>,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
    pub p99_9: Option<f64>,
    pub p99_99: Option<f64>,
    pub max: Option<f64>,
}

impl Percentiles {
    /// Those of a series among which `unanswered` more are slower than any.
    pub fn of(series: &Series, unanswered: u64) -> Self {
        let at = |percent| series.percentile(percent, unanswered).map(millis);
        Self {
            min: series.min().map(millis),
            mean: series.mean().map(millis),
            p50: at(50.0),
            p75: at(75.0),
            p90: at(90.0),
            p95: at(95.0),
            p99: at(99.0),
            p99_9: at(99.9),
            p99_99: at(99.99),
            max: at(100.0),
        }
    }

    /// All of them by name, in the order of tables.
    pub fn columns(&self) -> [(&'static str, Option<f64>); 9] {
        [
            ("p50", self.p50),
            ("p75", self.p75),
            ("p90", self.p90),
            ("p95", self.p95),
            ("p99", self.p99),
            ("p99.9", self.p99_9),
            ("p99.99", self.p99_99),
            ("max", self.max),
            ("mean", self.mean),
        ]
    }
}

/// A series in a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeriesSummary {
    /// What was measured.
    pub name: SeriesKind,
    /// How many times were measured.
    pub count: u64,
    /// Its percentiles.
    pub ms: Percentiles,
    /// All of it.
    #[serde(rename = "log")]
    pub series: Series,
}

/// One second of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Interval {
    /// Seconds since the start.
    pub second: u64,
    /// Requests sent in it, those of the warm-up too.
    pub sent: u64,
    /// Requests answered in it, those of the warm-up too.
    pub answered: u64,
    /// Those of the answers that were good and in time.
    pub ok: u64,
    /// Of the answers in it, without those of the warm-up: the median of their response times in milliseconds.
    pub p50_ms: Option<f64>,
    /// Likewise the 90th percentile.
    pub p90_ms: Option<f64>,
    /// Likewise the 99th percentile.
    pub p99_ms: Option<f64>,
    /// Likewise the longest.
    pub max_ms: Option<f64>,
    /// Their response times, packed.
    pub log: PackedSeries,
}

/// How a threshold went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ThresholdResult {
    /// The threshold as it was given.
    pub threshold: String,
    /// What was measured, in words.
    pub measured: String,
    /// Whether it holds.
    pub holds: bool,
}

/// What was driven, and by what. A run without a cluster leaves it empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Setting {
    /// The version of the driver.
    pub version: String,
    /// How many cores its machine has.
    pub cores: usize,
    /// How many drivers shared the load.
    pub workers: u32,
    /// The addresses that were given.
    pub bootstrap_servers: String,
    /// How many brokers the cluster had.
    pub brokers: usize,
    /// Where requests went.
    pub request_topic: String,
    /// Where answers came.
    pub response_topic: String,
}

/// What a run gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// The version of this form.
    pub schema: u32,
    /// How it ended.
    pub verdict: Verdict,
    /// Why it is invalid, where it is.
    pub invalid_because: Option<String>,
    /// Why the run broke off before its end, where it did: it is invalid then, and what was measured is here.
    pub broken: Option<String>,
    /// Whether somebody ended the run before its load was through.
    #[serde(default)]
    pub interrupted: bool,
    /// `open` or `closed`.
    pub model: String,
    /// When requests were meant to be sent, in words.
    pub schedule: String,
    /// Where the randomness of the schedule came from.
    pub seed: u64,
    /// What was driven, and by what.
    pub setting: Setting,
    /// How long requests were sent, in seconds.
    pub seconds: f64,
    /// Requests per second that were asked for; none in a closed load.
    pub asked_rate: Option<f64>,
    /// Requests per second that were sent.
    pub achieved_rate: f64,
    /// How late the driver might be, in milliseconds.
    pub max_lag_ms: f64,
    /// How many requests ended how.
    pub counts: Counts,
    /// Why the cluster did not take a request, the first time it did not.
    pub refusal: Option<String>,
    /// What an answer had that its schema does not want, the first time one did not fit.
    #[serde(default)]
    pub complaint: Option<String>,
    /// The latencies.
    pub series: Vec<SeriesSummary>,
    /// When requests waited and none was answered.
    pub stalls: Vec<Stall>,
    /// Second by second.
    pub intervals: Vec<Interval>,
    /// The thresholds, in their order.
    pub thresholds: Vec<ThresholdResult>,
}

impl Report {
    /// Whether it is valid and all thresholds hold.
    pub fn passed(&self) -> bool {
        self.verdict == Verdict::Passed
    }

    /// The thresholds that do not hold.
    pub fn failed(&self) -> impl Iterator<Item = &ThresholdResult> {
        self.thresholds.iter().filter(|result| !result.holds)
    }

    /// A series of the run.
    pub fn series(&self, kind: SeriesKind) -> Option<&SeriesSummary> {
        self.series.iter().find(|summary| summary.name == kind)
    }
}

impl fmt::Display for Report {
    /// The same as [`Report::to_text`]: `assert!(report.passed(), "{report}")` shows thresholds and measurements.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_text(f)
    }
}

/// Milliseconds as a number, to a microsecond: with few digits it is the same when it is read again.
pub(crate) fn millis(time: std::time::Duration) -> f64 {
    time.as_micros() as f64 / 1e3
}
