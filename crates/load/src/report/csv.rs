//! A report's intervals as CSV: for spreadsheets and plots.

use std::fmt::Write as _;

use super::{Interval, Report};

const HEADER: &str = "second,sent,answered,ok,p50_ms,p90_ms,p99_ms,max_ms\n";

impl Report {
    /// A line a second, after a line of names. A second without answers has no times.
    pub fn to_csv(&self) -> String {
        self.intervals.iter().fold(HEADER.to_owned(), |mut out, interval| {
            let Interval { second, sent, answered, ok, p50_ms, p90_ms, p99_ms, max_ms, .. } = interval;
            let times = [p50_ms, p90_ms, p99_ms, max_ms].map(|ms| ms.map_or_else(String::new, |ms| format!("{ms:.3}")));
            // A String takes all text.
            let _ = writeln!(out, "{second},{sent},{answered},{ok},{}", times.join(","));
            out
        })
    }
}
