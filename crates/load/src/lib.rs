//! Load over Kafka: how long does a caller wait for the answer, at this rate, also when the system stalls?
//!
//! ```text
//! Plan ──> Schedule ──due──> Run ──Send──> driver ──> cluster ──> the system under test
//!                             ^                                            │
//!                             └── acknowledged, answered, failed ──────────┘
//! ```
//! - [`Plan`]: what is to be sent and when. The schedule is fixed before the run: nothing the system does moves it.
//! - [`Run`]: the engine, a state machine without I/O or clock. Times go in, and out comes what is due.
//! - [`Ledger`]: every request ends in exactly one [`Class`].
//! - [`Series`]: latencies from the intended send time, so that a stall shows as what callers felt.
//! - [`Threshold`]: what a run has to meet, as text.
//! - [`Report`]: what a run gave, and its verdict.
//! - [`drive`](live::drive): a run against a cluster.

mod ledger;
pub mod live;
mod plan;
mod report;
mod run;
mod schedule;
mod series;
mod text;
mod threshold;

pub use self::ledger::{Class, Ledger, Reply};
pub use self::plan::{Load, Plan, Shape, Stage};
pub use self::report::{Counts, Interval, Percentiles, Report, SeriesSummary, ThresholdResult, Verdict};
pub use self::run::{Run, Send};
pub use self::series::{Series, SeriesKind};
pub use self::threshold::{Threshold, ThresholdError};

/// The page about load: its Rust has to compile.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/load.md")]
struct Page;
