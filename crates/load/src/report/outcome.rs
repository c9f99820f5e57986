//! From the end of a run to its report.

use std::time::Duration;

use super::{Interval, Percentiles, Report, SeriesSummary, Setting, Verdict, millis};
use crate::{Count, Counts, Ledger, Load, Plan, Series, SeriesKind, Stall, Threshold};

/// The version of the report's form.
pub(crate) const SCHEMA: u32 = 1;

/// What a run ends with.
pub(crate) struct Outcome<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) ledger: &'a Ledger,
    pub(crate) measured: Vec<(SeriesKind, Series)>,
    pub(crate) intervals: Vec<Interval>,
    pub(crate) stalls: Vec<Stall>,
    /// When the last request was sent.
    pub(crate) sending: Duration,
    /// Why the cluster did not take a request, the first time.
    pub(crate) refusal: Option<String>,
    /// What an answer has that its schema does not want, the first time.
    pub(crate) complaint: Option<String>,
    /// Whether it was told to end early.
    pub(crate) is_stopped: bool,
}

impl Report {
    pub(crate) fn new(outcome: Outcome<'_>, thresholds: &[Threshold]) -> Self {
        let Outcome { plan, ledger, measured, intervals, stalls, sending, refusal, complaint, is_stopped } = outcome;
        let counts = ledger.counts();
        let series = measured.into_iter().map(|(kind, series)| SeriesSummary::new(kind, series, &counts)).collect();
        let requests = counts.requests();
        // The last request goes one gap before the end, so a run that was not cut short is measured over its whole
        // length.
        let span = if is_stopped { sending } else { sending.max(plan.load.duration()) };
        let seconds = span.as_secs_f64().max(1e-3);
        let is_open = matches!(plan.load, Load::Open(_));
        let asked_rate = is_open.then(|| (requests + counts[Count::Dropped]) as f64 / seconds);
        let mut report = Self {
            schema: SCHEMA,
            verdict: Verdict::Passed,
            invalid_because: None,
            broken: None,
            interrupted: is_stopped,
            model: if is_open { "open" } else { "closed" }.to_owned(),
            schedule: plan.load.to_string(),
            seed: plan.seed,
            setting: Setting::default(),
            seconds,
            asked_rate,
            achieved_rate: requests as f64 / seconds,
            max_lag_ms: millis(plan.max_lag),
            counts,
            refusal,
            complaint,
            series,
            stalls,
            intervals,
            thresholds: Vec::new(),
        };
        if !ledger.balances() {
            report.invalid_because =
                Some("the classes do not sum up to what was sent; this is a bug of the engine".to_owned());
        }
        report.judge(thresholds, None);
        report
    }
}

impl SeriesSummary {
    pub(crate) fn new(kind: SeriesKind, series: Series, counts: &Counts) -> Self {
        let unanswered = if kind.ends_with_the_answer() { counts.unanswered() } else { 0 };
        Self { name: kind, count: series.len(), ms: Percentiles::of(&series, unanswered), series }
    }
}
