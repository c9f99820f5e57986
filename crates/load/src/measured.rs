//! All that a run measures: a series per kind, and one line per second.

use std::time::Duration;

use crate::report::{Interval, millis};
use crate::stall::Silences;
use crate::{Count, PackedSeries, Series, SeriesKind};

/// All series of a run and its intervals of one second.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    pub(crate) response: Series,
    pub(crate) service: Series,
    pub(crate) lag: Series,
    pub(crate) ack: Series,
    /// How long the group of the service was not stable, each time; none where nobody looks.
    pub(crate) rebalance: Option<Series>,
    pub(crate) silences: Silences,
    pub(crate) intervals: Vec<Interval>,
    current: Option<Interval>,
    /// The response times of the current second.
    second: Series,
}

impl Measured {
    /// Everything by its kind. In a closed load, a caller of which rests for `rest` before it asks again, its response
    /// times are there corrected too.
    pub(crate) fn all(&self, rest: Option<Duration>) -> Vec<(SeriesKind, Series)> {
        let median = self.response.percentile(50.0, 0).unwrap_or_default();
        let corrected = rest.map(|rest| (SeriesKind::Corrected, self.response.corrected(rest + median)));
        let all = [
            Some((SeriesKind::Response, self.response.clone())),
            corrected,
            Some((SeriesKind::Service, self.service.clone())),
            Some((SeriesKind::Lag, self.lag.clone())),
            Some((SeriesKind::Ack, self.ack.clone())),
            self.rebalance.clone().map(|series| (SeriesKind::Rebalance, series)),
        ];
        all.into_iter().flatten().collect()
    }

    /// Closes the interval when its second is over, whether anything comes after it or not.
    pub(crate) fn tick(&mut self, now: Duration) {
        if self.current.as_ref().is_some_and(|current| current.second < now.as_secs()) {
            self.close_interval();
        }
    }

    /// The interval that `now` falls into; those before it are closed.
    fn interval(&mut self, now: Duration) -> &mut Interval {
        self.tick(now);
        // An answer may have come shortly before the time to which the run was told before.
        let next = self.intervals.last().map_or(0, |last| last.second + 1);
        let second = now.as_secs().max(next);
        self.current.get_or_insert_with(|| Interval { second, ..Interval::default() })
    }

    pub(crate) fn count_sent(&mut self, now: Duration) {
        self.interval(now).sent += 1;
    }

    /// An answer came in this second, to a request of the run or of its warm-up.
    pub(crate) fn count_answer(&mut self, now: Duration, class: Count) {
        let interval = self.interval(now);
        interval.answered += 1;
        interval.ok += u64::from(class == Count::Ok);
    }

    /// The times of an answer that is counted, in the second of the last [`Measured::count_answer`].
    pub(crate) fn answered(&mut self, response: Duration, service: Duration) {
        self.response.record(response);
        self.service.record(service);
        self.second.record(response);
    }

    pub(crate) fn close_interval(&mut self) {
        let Some(mut interval) = self.current.take() else { return };
        interval.set(&self.second);
        self.intervals.push(interval);
        self.second.clear();
    }

    /// The last interval that is complete.
    pub(crate) fn last_interval(&self) -> Option<&Interval> {
        self.intervals.last()
    }
}

impl Interval {
    /// Sets what derives from the response times.
    pub(crate) fn set(&mut self, series: &Series) {
        let at = |percent| series.percentile(percent, 0).map(millis);
        self.p50_ms = at(50.0);
        self.p90_ms = at(90.0);
        self.p99_ms = at(99.0);
        self.max_ms = series.max().map(millis);
        self.log = PackedSeries::from(series);
    }
}
