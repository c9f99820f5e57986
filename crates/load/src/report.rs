//! What a run gave. Every other form of it derives from this one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::threshold::{Limit, Measure, Statistic};
use crate::{Class, Ledger, Load, Plan, Series, SeriesKind, Threshold};

/// The version of the report's form.
const SCHEMA: u32 = 1;
/// A driver this late (99th percentile) has measured itself, unless answers take much longer anyway.
const LAG_LIMIT: Duration = Duration::from_millis(1);
/// The share of the response time that the driver's lag may be.
const LAG_SHARE: f64 = 0.05;

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
    /// The exit status of a command.
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Invalid => 4,
        }
    }
}

/// How many requests ended how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the classes and marks")]
pub struct Counts {
    pub sent: u64,
    pub ok: u64,
    pub error_response: u64,
    pub malformed: u64,
    pub late: u64,
    pub lost: u64,
    pub produce_failed: u64,
    pub duplicates: u64,
    pub misordered: u64,
    pub orphans: u64,
    pub dropped: u64,
    pub warm_up: u64,
}

/// Percentiles in milliseconds. A percentile among requests that were never answered is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the percentiles")]
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

/// A series in a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesSummary {
    /// `response`, `service`, `lag` or `ack`.
    pub name: String,
    /// How many times were measured.
    pub count: u64,
    /// Its percentiles.
    pub ms: Percentiles,
}

/// One second of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Seconds since the start.
    pub second: u64,
    /// Requests sent in it.
    pub sent: u64,
    /// Requests answered in it.
    pub answered: u64,
    /// Of the answers in it: the median of their response times in milliseconds.
    pub p50_ms: Option<f64>,
    /// Likewise the 99th percentile.
    pub p99_ms: Option<f64>,
    /// Likewise the longest.
    pub max_ms: Option<f64>,
}

/// How a threshold went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThresholdResult {
    /// The threshold as it was given.
    pub threshold: String,
    /// What was measured, in words.
    pub measured: String,
    /// Whether it holds.
    pub holds: bool,
}

/// What a run gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The version of this form.
    pub schema: u32,
    /// How it ended.
    pub verdict: Verdict,
    /// Why it is invalid, where it is.
    pub invalid_because: Option<String>,
    /// `open` or `closed`.
    pub model: String,
    /// Where the randomness of the schedule came from.
    pub seed: u64,
    /// How long requests were sent, in seconds.
    pub seconds: f64,
    /// Requests per second that were asked for; none in a closed load.
    pub asked_rate: Option<f64>,
    /// Requests per second that were sent.
    pub achieved_rate: f64,
    /// How many requests ended how.
    pub counts: Counts,
    /// Why the cluster did not take a request, the first time it did not.
    pub refusal: Option<String>,
    /// The latencies.
    pub series: Vec<SeriesSummary>,
    /// Second by second.
    pub intervals: Vec<Interval>,
    /// The thresholds, in their order.
    pub thresholds: Vec<ThresholdResult>,
    /// The series themselves, for logs and merging; not part of the written form.
    #[serde(skip)]
    pub recorded: Vec<(SeriesKind, Series)>,
}

impl PartialEq for Series {
    fn eq(&self, other: &Self) -> bool {
        self.histogram() == other.histogram()
    }
}

impl<'de> Deserialize<'de> for SeriesKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let found = Self::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| serde::de::Error::custom(format!("{name} is no series")))
    }
}

/// What a run ends with.
pub(crate) struct Outcome<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) ledger: &'a Ledger,
    pub(crate) measured: [(SeriesKind, Series); 4],
    pub(crate) intervals: Vec<Interval>,
    pub(crate) dropped: u64,
    /// When the last request was sent.
    pub(crate) sending: Duration,
    /// Why the cluster did not take a request, the first time.
    pub(crate) refusal: Option<String>,
    /// Whether it was told to end early.
    pub(crate) is_stopped: bool,
}

impl Report {
    pub(crate) fn new(outcome: Outcome<'_>, thresholds: &[Threshold]) -> Self {
        let Outcome { plan, ledger, measured, intervals, dropped, sending, refusal, is_stopped } = outcome;
        let counts = Counts {
            sent: ledger.total(),
            ok: ledger.count(Class::Ok),
            error_response: ledger.count(Class::ErrorResponse),
            malformed: ledger.count(Class::Malformed),
            late: ledger.count(Class::Late),
            lost: ledger.count(Class::Lost),
            produce_failed: ledger.count(Class::ProduceFailed),
            duplicates: ledger.duplicates(),
            misordered: ledger.misordered(),
            orphans: ledger.orphans(),
            dropped,
            warm_up: ledger.warm_up(),
        };
        // Never answered is slower than any answer.
        let unanswered = counts.lost + counts.produce_failed;
        let series = measured.iter().map(|(kind, series)| {
            let unanswered = if matches!(kind, SeriesKind::Response | SeriesKind::Service) { unanswered } else { 0 };
            SeriesSummary { name: kind.name().to_owned(), count: series.len(), ms: percentiles(series, unanswered) }
        });
        let series = series.collect();
        let requests = counts.sent + counts.warm_up;
        // The last request goes one gap before the end, so a run that was not cut short is measured over its whole
        // length.
        let span = if is_stopped { sending } else { sending.max(plan.load.duration()) };
        let seconds = span.as_secs_f64().max(1e-3);
        let is_open = matches!(plan.load, Load::Open(_));
        let asked_rate = is_open.then(|| (requests + dropped) as f64 / seconds);
        let mut report = Self {
            schema: SCHEMA,
            verdict: Verdict::Passed,
            invalid_because: None,
            model: if is_open { "open" } else { "closed" }.to_owned(),
            seed: plan.seed,
            seconds,
            asked_rate,
            achieved_rate: requests as f64 / seconds,
            counts,
            refusal,
            series,
            intervals,
            thresholds: Vec::new(),
            recorded: measured.to_vec(),
        };
        if !ledger.balances() {
            report.invalid_because =
                Some("the classes do not sum up to what was sent; this is a bug of the engine".to_owned());
        }
        report.judge(thresholds, None);
        report
    }

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
        if self.counts.dropped > 0 {
            return Some(format!(
                "{} requests could not be sent in their time; ask for a lower rate or give the driver another machine",
                self.counts.dropped
            ));
        }
        let p99 = |kind| self.percentile(Statistic::Percentile(99.0), kind);
        let lag = p99(SeriesKind::Lag).filter(|_| self.model == "open")?;
        let limit = p99(SeriesKind::Response).map_or(0.0, |response| response * LAG_SHARE);
        let limit = limit.max(LAG_LIMIT.as_secs_f64() * 1e3);
        (lag > limit).then(|| {
            format!(
                "the driver sent up to {lag:.2} ms late (99th percentile, {limit:.2} ms allowed); ask for a lower rate or give the driver another machine"
            )
        })
    }

    fn summary(&self, kind: SeriesKind) -> Option<&SeriesSummary> {
        self.series.iter().find(|summary| summary.name == kind.name())
    }

    fn percentile(&self, statistic: Statistic, kind: SeriesKind) -> Option<f64> {
        let ms = |time: Option<Duration>| time.map(|time| time.as_secs_f64() * 1e3);
        let unanswered = if matches!(kind, SeriesKind::Response | SeriesKind::Service) {
            self.counts.lost + self.counts.produce_failed
        } else {
            0
        };
        if let Some((_, series)) = self.recorded.iter().find(|(recorded, _)| *recorded == kind) {
            return match statistic {
                Statistic::Percentile(percent) => ms(series.percentile(percent, unanswered)),
                Statistic::Min => ms(series.min()),
                Statistic::Mean => ms(series.mean()),
                Statistic::Max => ms(series.percentile(100.0, unanswered)),
            };
        }
        // A report that was read again has its usual percentiles alone.
        let summary = &self.summary(kind)?.ms;
        match statistic {
            Statistic::Min => summary.min,
            Statistic::Mean => summary.mean,
            Statistic::Max => summary.max,
            Statistic::Percentile(percent) => [
                (50.0, summary.p50),
                (75.0, summary.p75),
                (90.0, summary.p90),
                (95.0, summary.p95),
                (99.0, summary.p99),
                (99.9, summary.p99_9),
                (99.99, summary.p99_99),
            ]
            .into_iter()
            .find(|(known, _)| (known - percent).abs() < 1e-9)
            .and_then(|(_, value)| value),
        }
    }

    fn value(&self, measure: Measure) -> Option<f64> {
        let counts = &self.counts;
        let share = |part: u64| if counts.sent == 0 { 0.0 } else { part as f64 / counts.sent as f64 };
        Some(match measure {
            Measure::Time(statistic, kind) => return self.percentile(statistic, kind),
            Measure::Ratio("success_rate") => share(counts.ok),
            Measure::Ratio("error_rate") => 1.0 - share(counts.ok),
            Measure::Ratio(_) => self.asked_rate.map_or(1.0, |asked| self.achieved_rate / asked.max(1e-9)),
            Measure::Count(word) => {
                let count = match word {
                    "sent" => counts.sent,
                    "ok" => counts.ok,
                    "error_response" => counts.error_response,
                    "malformed" => counts.malformed,
                    "late" => counts.late,
                    "lost" => counts.lost,
                    "timeout" => counts.late + counts.lost,
                    "produce_failed" => counts.produce_failed,
                    "dropped" => counts.dropped,
                    "duplicates" => counts.duplicates,
                    "misordered" => counts.misordered,
                    _ => counts.orphans,
                };
                count as f64
            }
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

fn percentiles(series: &Series, unanswered: u64) -> Percentiles {
    let ms = |time: Option<Duration>| time.map(|time| time.as_secs_f64() * 1e3);
    let at = |percent| ms(series.percentile(percent, unanswered));
    Percentiles {
        min: ms(series.min()),
        mean: ms(series.mean()),
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
