//! Latencies: one histogram per kind, and one line per second.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::report::Interval;

/// The longest time that is told apart: an hour.
const LONGEST_MICROS: u64 = 3_600_000_000;

/// From where to where a time is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SeriesKind {
    /// From the intended send to the first answer: what a caller feels.
    Response,
    /// From the actual send to the first answer.
    Service,
    /// From the intended send to the actual one: how late the driver itself was.
    Lag,
    /// From the actual send to the cluster's acknowledgement.
    Ack,
}

impl SeriesKind {
    /// All kinds in the order in which reports show them.
    pub const ALL: [Self; 4] = [Self::Response, Self::Service, Self::Lag, Self::Ack];

    /// The word for it in thresholds and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::Service => "service",
            Self::Lag => "lag",
            Self::Ack => "ack",
        }
    }
}

/// Times in microseconds, to three significant digits up to an hour.
#[derive(Clone, Debug)]
pub struct Series {
    histogram: Histogram<u64>,
}

impl Series {
    /// An empty series.
    #[expect(clippy::expect_used, reason = "the bounds are constant and legal")]
    pub fn new() -> Self {
        let histogram = Histogram::new_with_bounds(1, LONGEST_MICROS, 3);
        Self { histogram: histogram.expect("bounds of a histogram") }
    }

    pub(crate) fn record(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(LONGEST_MICROS);
        self.histogram.saturating_record(micros.max(1));
    }

    /// How many times there are.
    pub fn len(&self) -> u64 {
        self.histogram.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.histogram.is_empty()
    }

    /// The time below which `percent` of all lie, by nearest rank. `unanswered` more count as slower than any.
    pub fn percentile(&self, percent: f64, unanswered: u64) -> Option<Duration> {
        let rank = nearest_rank(percent, self.len() + unanswered)?;
        if rank > self.len() {
            return None;
        }
        let mut seen = 0;
        for bucket in self.histogram.iter_recorded() {
            seen += bucket.count_since_last_iteration();
            if seen >= rank {
                return Some(Duration::from_micros(bucket.value_iterated_to()));
            }
        }
        None
    }

    /// The shortest time.
    pub fn min(&self) -> Option<Duration> {
        (!self.is_empty()).then(|| Duration::from_micros(self.histogram.min()))
    }

    /// The longest time.
    pub fn max(&self) -> Option<Duration> {
        (!self.is_empty()).then(|| Duration::from_micros(self.histogram.max()))
    }

    /// The average.
    pub fn mean(&self) -> Option<Duration> {
        (!self.is_empty()).then(|| Duration::from_secs_f64(self.histogram.mean() / 1e6))
    }

    /// The histogram itself, for logs and for merging.
    pub fn histogram(&self) -> &Histogram<u64> {
        &self.histogram
    }
}

impl Default for Series {
    fn default() -> Self {
        Self::new()
    }
}

/// The rank of a percentile among `count` values, at least 1, in whole numbers: a percentage is taken to a thousandth.
fn nearest_rank(percent: f64, count: u64) -> Option<u64> {
    if count == 0 {
        return None;
    }
    let thousandths = (percent.clamp(0.0, 100.0) * 1000.0).round() as u128;
    let rank = (thousandths * u128::from(count)).div_ceil(100_000);
    Some(u64::try_from(rank).unwrap_or(count).clamp(1, count))
}

/// All series of a run and its intervals of one second.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    pub(crate) response: Series,
    pub(crate) service: Series,
    pub(crate) lag: Series,
    pub(crate) ack: Series,
    current: Option<(u64, Interval, Series)>,
    pub(crate) intervals: Vec<Interval>,
}

impl Measured {
    pub(crate) fn of(&self, kind: SeriesKind) -> &Series {
        match kind {
            SeriesKind::Response => &self.response,
            SeriesKind::Service => &self.service,
            SeriesKind::Lag => &self.lag,
            SeriesKind::Ack => &self.ack,
        }
    }

    /// The interval that `now` falls into; those before it are closed.
    fn interval(&mut self, now: Duration) -> &mut (u64, Interval, Series) {
        let second = now.as_secs();
        if self.current.as_ref().is_some_and(|(current, ..)| *current < second) {
            self.close_interval();
        }
        self.current.get_or_insert_with(|| (second, Interval { second, ..Interval::default() }, Series::new()))
    }

    pub(crate) fn count_sent(&mut self, now: Duration) {
        self.interval(now).1.sent += 1;
    }

    pub(crate) fn count_answer(&mut self, now: Duration, response: Duration) {
        let (_, interval, series) = self.interval(now);
        interval.answered += 1;
        series.record(response);
    }

    pub(crate) fn close_interval(&mut self) {
        let Some((_, mut interval, series)) = self.current.take() else { return };
        let millis = |percent| series.percentile(percent, 0).map(|time| time.as_secs_f64() * 1e3);
        interval.p50_ms = millis(50.0);
        interval.p99_ms = millis(99.0);
        interval.max_ms = series.max().map(|time| time.as_secs_f64() * 1e3);
        self.intervals.push(interval);
    }

    /// The last interval that is complete.
    pub(crate) fn last_interval(&self) -> Option<&Interval> {
        self.intervals.last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_nearest_and_whole() {
        assert_eq!(nearest_rank(99.9, 2000), Some(1998), "in floating point it becomes 1999");
        assert_eq!(nearest_rank(50.0, 1), Some(1));
        assert_eq!(nearest_rank(0.0, 10), Some(1));
        assert_eq!(nearest_rank(100.0, 10), Some(10));
        assert_eq!(nearest_rank(99.0, 0), None);
    }

    #[test]
    fn what_was_never_answered_counts_as_slower_than_any() {
        let mut series = Series::new();
        (0..98).for_each(|_| series.record(Duration::from_millis(1)));
        assert_eq!(series.percentile(98.0, 2).unwrap().as_millis(), 1);
        assert_eq!(series.percentile(99.0, 2), None);
        assert!(series.percentile(99.0, 0).is_some());
    }
}
