//! Whether a run meets its thresholds, and whether it may be believed at all.

use super::{Report, ThresholdResult, Verdict, millis};
use crate::threshold::{Limit, Measure, Need, Statistic};
use crate::{Count, SeriesKind, Threshold};

/// The share of the response time that the driver's lag may be.
const LAG_SHARE: f64 = 0.05;

impl Report {
    /// Judges the run anew; a threshold against a baseline holds only where there is one.
    pub fn judge(&mut self, thresholds: &[Threshold], baseline: Option<&Self>) {
        self.invalid_because = self.invalid_because.take().or_else(|| self.untrue());
        self.thresholds = thresholds.iter().map(|threshold| self.result(threshold, baseline)).collect();
        self.verdict = if self.invalid_because.is_some() {
            Verdict::Invalid
        } else if self.thresholds.iter().all(|result| result.holds) {
            Verdict::Passed
        } else {
            Verdict::Failed
        };
    }

    /// Why the driver's own figures cannot be believed.
    fn untrue(&self) -> Option<String> {
        if self.counts[Count::Dropped] > 0 {
            return Some(format!(
                "{} requests could not be sent in their time; ask for a lower rate or give the driver another machine",
                self.counts[Count::Dropped]
            ));
        }
        let p99 = |kind| self.percentile(99.0, kind);
        let lag = p99(SeriesKind::Lag).filter(|_| self.model == "open")?;
        let limit = p99(SeriesKind::Response).map_or(0.0, |response| response * LAG_SHARE).max(self.max_lag_ms);
        (lag > limit).then(|| {
            format!(
                "the driver sent up to {lag:.2} ms late (99th percentile, {limit:.2} ms allowed); ask for a lower rate or give the driver another machine"
            )
        })
    }

    /// A percentile of a series in milliseconds; none among requests that were never answered.
    pub fn percentile(&self, percent: f64, kind: SeriesKind) -> Option<f64> {
        self.time(Statistic::Percentile(percent), kind)
    }

    /// Milliseconds; none among requests that were never answered, and where nothing was measured.
    fn time(&self, statistic: Statistic, kind: SeriesKind) -> Option<f64> {
        let series = &self.series(kind)?.series;
        // A group that was stable throughout has not kept anybody waiting.
        if kind == SeriesKind::Rebalance && series.is_empty() {
            return Some(0.0);
        }
        let unanswered = if kind.ends_with_the_answer() { self.counts.unanswered() } else { 0 };
        let time = match statistic {
            Statistic::Percentile(percent) => series.percentile(percent, unanswered),
            Statistic::Min => series.min(),
            Statistic::Mean => series.mean(),
            Statistic::Max => series.percentile(100.0, unanswered),
        };
        time.map(millis)
    }

    fn value(&self, measure: Measure) -> Option<f64> {
        let counts = &self.counts;
        let sent = counts[Count::Sent];
        let share = |part: u64| if sent == 0 { 0.0 } else { part as f64 / sent as f64 };
        Some(match measure {
            Measure::Time(statistic, kind) => return self.time(statistic, kind),
            Measure::Ratio("success_rate") => share(counts[Count::Ok]),
            Measure::Ratio("error_rate") => 1.0 - share(counts[Count::Ok]),
            Measure::Ratio("dead_letter_rate") => share(counts[Count::DeadLetters]),
            Measure::Ratio("schema_rate") => {
                let answered = counts.answered();
                if answered == 0 { 0.0 } else { 1.0 - counts[Count::OffSchema] as f64 / answered as f64 }
            }
            Measure::Ratio(_) => self.asked_rate.map_or(1.0, |asked| self.achieved_rate / asked.max(1e-9)),
            Measure::Count(count) => counts[count] as f64,
            Measure::TimedOut => counts.timed_out() as f64,
        })
    }

    fn result(&self, threshold: &Threshold, baseline: Option<&Self>) -> ThresholdResult {
        let value = self.value(threshold.measure);
        let limit = match threshold.limit {
            Limit::Value(value) => Some(value),
            Limit::Baseline(factor) => baseline.and_then(|other| other.value(threshold.measure)).map(|v| v * factor),
        };
        let holds = match (value, limit) {
            (Some(value), Some(limit)) => threshold.operator.holds(value, limit),
            _ => false,
        };
        let shown = |value: Option<f64>| match (threshold.measure, value) {
            (Measure::Time(_, kind), None) if self.series(kind).is_none() => {
                let needed = threshold.needs().map_or("another kind of load", Need::words);
                format!("not measured: it needs {needed}")
            }
            (Measure::Time(..), Some(ms)) => format!("{ms:.2} ms"),
            (Measure::Ratio(_), Some(share)) => format!("{:.2} %", share * 100.0),
            (_, Some(count)) => format!("{count}"),
            (_, None) => "never answered".to_owned(),
        };
        let measured = match (threshold.limit, limit) {
            (Limit::Baseline(_), Some(limit)) => format!("{}, the limit is {}", shown(value), shown(Some(limit))),
            (Limit::Baseline(_), None) => format!("{}, without a baseline to compare with", shown(value)),
            _ => shown(value),
        };
        ThresholdResult { threshold: threshold.to_string(), measured, holds }
    }
}
