//! A report as people read it: in a terminal, and in Markdown.

use std::fmt::Write as _;

use super::{Percentiles, Report, Verdict};
use crate::Count;

impl Report {
    /// A few lines for a terminal: the verdict, what became of the requests, the latencies, the thresholds.
    pub fn to_text(&self) -> String {
        self.to_string()
    }

    pub(super) fn write_text(&self, out: &mut impl std::fmt::Write) -> std::fmt::Result {
        writeln!(out, "{}", self.headline())?;
        writeln!(out, "\nrequests  {}", self.outcome())?;
        if let Some(why) = &self.refusal {
            writeln!(out, "          the cluster refused with {why}")?;
        }
        if let Some(why) = &self.complaint {
            writeln!(out, "          an answer does not fit its schema: {why}")?;
        }
        if let Some(stalls) = self.stalled() {
            writeln!(out, "          {stalls}")?;
        }
        // As wide as a terminal usually is.
        write!(out, "\n{:<9}{:>8}", "ms", "count")?;
        Percentiles::default().columns().iter().try_for_each(|(column, _)| write!(out, "{column:>7}"))?;
        writeln!(out)?;
        for series in self.series.iter().filter(|series| series.count > 0) {
            write!(out, "{:<9}{:>8}", series.name.name(), series.count)?;
            series.ms.columns().iter().try_for_each(|(_, value)| write!(out, "{:>7}", shown_ms(*value)))?;
            writeln!(out)?;
        }
        if !self.thresholds.is_empty() {
            writeln!(out)?;
        }
        let width = self.thresholds.iter().map(|result| result.threshold.chars().count()).max().unwrap_or(0);
        for result in &self.thresholds {
            let mark = if result.holds { "holds" } else { "FAILS" };
            writeln!(out, "{mark}  {:<width$}  {}", result.threshold, result.measured)?;
        }
        Ok(())
    }

    /// A section for a summary of a CI run.
    pub fn to_markdown(&self) -> String {
        let mut out = String::new();
        // A String takes all text.
        let _ = self.write_markdown(&mut out);
        out
    }

    fn write_markdown(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "### Load: {}\n\n{}\n", self.headline(), self.outcome())?;
        if let Some(stalls) = self.stalled() {
            writeln!(out, "{stalls}\n")?;
        }
        let columns = Percentiles::default().columns().map(|(column, _)| column);
        writeln!(out, "| ms | count | {} |", columns.join(" | "))?;
        writeln!(out, "|---|---:|{}", "---:|".repeat(columns.len()))?;
        for series in self.series.iter().filter(|series| series.count > 0) {
            let values = series.ms.columns().map(|(_, value)| shown_ms(value));
            writeln!(out, "| {} | {} | {} |", series.name.name(), series.count, values.join(" | "))?;
        }
        if !self.thresholds.is_empty() {
            writeln!(out, "\n| threshold | measured | |\n|---|---|---|")?;
        }
        for result in &self.thresholds {
            let mark = if result.holds { "holds" } else { "**fails**" };
            writeln!(out, "| `{}` | {} | {mark} |", result.threshold, result.measured)?;
        }
        Ok(())
    }

    /// One line: the verdict, and what ran.
    pub fn headline(&self) -> String {
        let asked = self.asked_rate.map_or_else(String::new, |asked| format!(" of {asked:.1}"));
        let ran =
            format!("{:.1}{asked} requests/s for {:.1} s, {} model", self.achieved_rate, self.seconds, self.model);
        let ran = if self.interrupted { format!("{ran}, interrupted") } else { ran };
        match (self.verdict, &self.invalid_because) {
            (Verdict::Invalid, Some(why)) => format!("INVALID: {why} ({ran})"),
            (Verdict::Failed, _) => format!("FAILED: {ran}"),
            _ => format!("passed: {ran}"),
        }
    }

    /// How many stalls there were, and how long the longest was; `None` without one.
    pub fn stalled(&self) -> Option<String> {
        let longest = self.stalls.iter().max_by(|a, b| (a.to - a.from).total_cmp(&(b.to - b.from)))?;
        let (length, from) = (longest.to - longest.from, longest.from);
        Some(match self.stalls.len() {
            1 => format!("a stall without an answer, {length:.2} s from {from:.2} s on"),
            count => format!("{count} stalls without an answer, the longest {length:.2} s from {from:.2} s on"),
        })
    }

    /// One line: what became of the requests.
    pub fn outcome(&self) -> String {
        let shown = |counts: &mut dyn Iterator<Item = Count>| {
            let there = counts.map(|count| (count, self.counts[count])).filter(|(_, number)| *number > 0);
            there.map(|(count, number)| format!("{number} {}", count.about())).collect::<Vec<_>>().join(", ")
        };
        let (ended, marked) = (shown(&mut Count::CLASSES.into_iter()), shown(&mut Count::beside()));
        let marked = if marked.is_empty() { String::new() } else { format!("; in addition {marked}") };
        format!("{} sent: {}{marked}", self.counts[Count::Sent], if ended.is_empty() { "none" } else { &ended })
    }
}

/// Three digits that matter; what was never answered has no time.
pub(crate) fn shown_ms(value: Option<f64>) -> String {
    match value {
        None => "never".to_owned(),
        Some(ms) if ms >= 100.0 => format!("{ms:.0}"),
        Some(ms) if ms >= 10.0 => format!("{ms:.1}"),
        Some(ms) => format!("{ms:.2}"),
    }
}
