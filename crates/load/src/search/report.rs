//! What a search gave.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::Ceiling;
use crate::report::shown_ms;
use crate::{Report, SeriesKind, Verdict};

/// What a search gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SearchReport {
    /// The version of this form.
    pub schema: u32,
    /// The highest rate that passed, in requests per second; none where not even the lowest did.
    pub highest_rate: Option<f64>,
    /// What stands above it.
    pub ceiling: Ceiling,
    /// Every run in order, with the rate that it was asked for.
    pub runs: Vec<SearchRun>,
}

/// A run of a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SearchRun {
    /// The rate that was asked for.
    pub rate: f64,
    /// What it gave.
    pub report: Report,
}

impl SearchReport {
    /// The run at the highest rate that passed; else the last one.
    pub fn best(&self) -> Option<&Report> {
        let is_passed = |run: &&SearchRun| run.report.verdict == Verdict::Passed && !run.report.interrupted;
        let passed = self.runs.iter().filter(is_passed);
        passed.max_by(|a, b| a.rate.total_cmp(&b.rate)).or(self.runs.last()).map(|run| &run.report)
    }

    /// Passed with a rate that the thresholds or the range bound; invalid where the driver was the limit or the search
    /// was cut; failed where not even the lowest rate passed, and where the system did not come back.
    pub fn verdict(&self) -> Verdict {
        match (self.highest_rate, self.ceiling) {
            (_, Ceiling::Driver | Ceiling::Cut) => Verdict::Invalid,
            (None, _) | (_, Ceiling::Stuck) => Verdict::Failed,
            (Some(_), Ceiling::Threshold | Ceiling::Range) => Verdict::Passed,
        }
    }

    /// One line: what was found, and what it means.
    pub fn headline(&self) -> String {
        let above = |what| match self.highest_rate {
            Some(rate) => format!("highest passing rate: {rate:.1} requests/s{what}"),
            None => format!("no rate passed{what}"),
        };
        match self.ceiling {
            Ceiling::Threshold if self.highest_rate.is_some() => above("; a threshold fails above it"),
            Ceiling::Threshold => above(": not even the lowest meets the thresholds"),
            Ceiling::Range => above("; the search went no higher"),
            Ceiling::Driver => above("; above it this driver cannot keep its schedule, and the system may do more"),
            Ceiling::Cut => above("; the search ended before it was close enough"),
            Ceiling::Stuck => above("; after the last run the system stopped answering"),
        }
    }

    /// A few lines for a terminal: the answer, and each run.
    pub fn to_text(&self) -> String {
        let mut out =
            format!("{}\n\n{:>12}  {:<8}{:>10}{:>10}\n", self.headline(), "requests/s", "", "p50 ms", "p99 ms");
        for run in &self.runs {
            let (verdict, [p50, p99], why) = run.cells();
            // A String takes all text.
            let _ = writeln!(out, "{:>12.1}  {verdict:<8}{p50:>10}{p99:>10}  {why}", run.rate);
        }
        out
    }

    /// A section for a summary of a CI run.
    pub fn to_markdown(&self) -> String {
        let head = "| requests/s | | p50 ms | p99 ms | |\n|---:|---|---:|---:|---|";
        let mut out = format!("### Load: {}\n\n{head}\n", self.headline());
        for run in &self.runs {
            let (verdict, [p50, p99], why) = run.cells();
            let _ = writeln!(out, "| {:.1} | {verdict} | {p50} | {p99} | {why} |", run.rate);
        }
        out
    }
}

impl SearchRun {
    /// Verdict, percentiles of the response time, and why it did not pass.
    fn cells(&self) -> (&'static str, [String; 2], String) {
        let report = &self.report;
        let verdict = match report.verdict {
            _ if report.interrupted => "stopped",
            Verdict::Passed => "passed",
            Verdict::Failed => "FAILED",
            Verdict::Invalid => "INVALID",
        };
        let ms = report.series(SeriesKind::Response).map(|summary| [summary.ms.p50, summary.ms.p99]);
        let failed = report.thresholds.iter().find(|result| !result.holds);
        let failed = || failed.map(|result| format!("{}: {}", result.threshold, result.measured));
        let why = report.invalid_because.clone().or_else(failed).unwrap_or_default();
        (verdict, ms.unwrap_or_default().map(shown_ms), why)
    }
}
