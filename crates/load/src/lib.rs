//! A load generator for request-response over Kafka: how long do callers wait at this rate, even while the system stalls?
//!
//! ```text
//! Plan ──> Schedule ──due──> Run ──Due───> driver ──> cluster ──> the system under test
//!                             ^                                            │
//!                             └── acknowledged, answered, failed ──────────┘
//! ```
//! - [`Plan`]: what to send and when. The schedule is fixed before the run: the system under test cannot delay it.
//! - [`Run`]: the engine, a state machine without I/O or clock. It takes times and returns the requests that are due.
//! - [`Ledger`]: every request ends in exactly one of [`Count::CLASSES`].
//! - [`Series`]: latencies from the intended send time (no coordinated omission), so a stall shows as callers felt it.
//! - [`Threshold`]: a condition on a run, as text; a [`Preset`] is a named set of them.
//! - [`Report`]: the measurements and the verdict of a run, as JSON, text, Markdown, CSV, JUnit and an HdrHistogram log.
//! - [`Scenario`]: a load from a file.
//! - [`drive`](live::drive): one run against a cluster; [`search`](live::search): many runs, for the highest rate.
//! - [`Job`](live::Job): a run or a search, checked before anything is sent.

mod count;
mod ledger;
pub mod live;
mod measured;
mod plan;
mod preset;
mod report;
mod run;
mod scenario;
mod schedule;
mod search;
mod series;
mod share;
mod stall;
mod threshold;
pub mod units;

pub use self::count::{Count, Counts};
pub use self::ledger::{Ledger, Part, Reply};
pub use self::plan::{Load, Plan, Shape, Stage, any_seed};
pub use self::preset::Preset;
pub use self::report::{Interval, Percentiles, Report, SeriesSummary, Setting, ThresholdResult, Verdict};
pub use self::run::{Due, Run};
pub use self::scenario::{Scenario, ScenarioError, Work, read_schema};
pub use self::search::{Ceiling, SearchRange, SearchReport, SearchRun};
pub use self::series::{PackedSeries, PackedSeriesError, Series, SeriesKind};
pub use self::share::Share;
pub use self::stall::Stall;
pub use self::threshold::{Need, Threshold, ThresholdError};

/// The page about load, whose Rust must compile.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/load.md")]
struct Page;
