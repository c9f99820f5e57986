//! Load over Kafka: how long does a caller wait for the answer, at this rate, also when the system stalls?
//!
//! ```text
//! Plan ──> Schedule ──due──> Run ──Due───> driver ──> cluster ──> the system under test
//!                             ^                                            │
//!                             └── acknowledged, answered, failed ──────────┘
//! ```
//! - [`Plan`]: what is to be sent and when. The schedule is fixed before the run: nothing the system does moves it.
//! - [`Run`]: the engine, a state machine without I/O or clock. Times go in, and out comes what is due.
//! - [`Ledger`]: every request ends in exactly one of [`Count::CLASSES`].
//! - [`Series`]: latencies from the intended send time, so that a stall shows as what callers felt.
//! - [`Threshold`]: what a run has to meet, as text; a [`Preset`] is some of them by a name.
//! - [`Report`]: what a run gave, and its verdict, as JSON, text, Markdown, CSV, JUnit and HdrHistogram's log.
//! - [`Scenario`]: all of it from a file.
//! - [`drive`](live::drive): a run against a cluster; [`search`](live::search): many, for the highest rate.
//! - [`Job`](live::Job): either of them, checked before anything is sent.

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

/// The page about load: its Rust has to compile.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/load.md")]
struct Page;
