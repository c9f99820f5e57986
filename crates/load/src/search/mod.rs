//! The search for the highest rate that meets the thresholds.
//!
//! From the lowest rate the search doubles until a run fails or the highest rate is reached; then it halves the gap
//! between the best that passed and the least that did not, in ratio, until they are close enough. The number of runs
//! is bounded. A run that was invalid says nothing about the system: it is repeated once, and when that one is invalid
//! too, the rate is one that this driver cannot measure.

mod report;

use serde::{Deserialize, Serialize};

pub use self::report::{SearchReport, SearchRun};
use crate::Verdict;

/// Where to search, and how long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SearchRange {
    /// The rate of the first run, in requests per second.
    pub from: f64,
    /// The highest rate that is tried.
    pub to: f64,
    /// How close the answer has to be: 0.05 is within 5 %.
    pub within: f64,
    /// The most runs, repeated ones included.
    pub most_runs: u32,
}

impl SearchRange {
    /// To 5 %, in at most 16 runs.
    pub fn new(from: f64, to: f64) -> Self {
        Self { from, to: to.max(from), within: 0.05, most_runs: 16 }
    }
}

/// What stands above the highest rate that passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ceiling {
    /// A rate at which a threshold fails: the system's own limit.
    Threshold,
    /// A rate that this driver could not keep: the system may do more.
    Driver,
    /// The range: nothing higher was asked for.
    Range,
    /// The search ended before its answer was close enough: interrupted, or out of runs.
    Cut,
    /// After a failed run the system did not answer any more.
    Stuck,
}

/// A search under way.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    range: SearchRange,
    passed: Option<f64>,
    /// The least rate that did not pass, and whether it was the driver that failed.
    above: Option<(f64, Ceiling)>,
    /// The rate of the last run, where that was invalid and has not been repeated.
    again: Option<f64>,
    runs: u32,
}

impl Search {
    pub(crate) fn new(range: SearchRange) -> Self {
        Self { range, passed: None, above: None, again: None, runs: 0 }
    }

    /// The rate of the next run; none when the search is over.
    pub(crate) fn next_rate(&self) -> Option<f64> {
        if self.runs >= self.range.most_runs {
            return None;
        }
        if self.again.is_some() {
            return self.again;
        }
        match (self.passed, self.above) {
            (None, None) => Some(self.range.from),
            // The lowest rate has failed: there is nothing below it to search.
            (None, Some(_)) => None,
            (Some(passed), None) if passed >= self.range.to => None,
            (Some(passed), None) => Some((passed * 2.0).min(self.range.to)),
            (Some(passed), Some((above, _))) => {
                (above > passed * (1.0 + self.range.within)).then(|| (passed * above).sqrt())
            }
        }
    }

    /// How a run at this rate ended.
    pub(crate) fn ran(&mut self, rate: f64, verdict: Verdict) {
        self.runs += 1;
        let is_repeated = self.again.take().is_some();
        match verdict {
            Verdict::Passed => self.passed = Some(rate),
            Verdict::Failed => self.above = Some((rate, Ceiling::Threshold)),
            Verdict::Invalid if is_repeated => self.above = Some((rate, Ceiling::Driver)),
            Verdict::Invalid => self.again = Some(rate),
        }
    }

    /// What the search found.
    pub(crate) fn found(&self) -> (Option<f64>, Ceiling) {
        let is_over = self.next_rate().is_none() && self.runs < self.range.most_runs;
        let ceiling = match self.above {
            Some((_, ceiling)) if is_over => ceiling,
            None if is_over => Ceiling::Range,
            // The last run that was allowed may have been the one that settles it.
            _ if Self { runs: 0, ..self.clone() }.next_rate().is_none() => {
                self.above.map_or(Ceiling::Range, |(_, ceiling)| ceiling)
            }
            _ => Ceiling::Cut,
        };
        (self.passed, ceiling)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Searches a system that holds up to `limit`, with a driver that keeps up to `driver`.
    fn search(range: SearchRange, limit: f64, driver: f64) -> (Option<f64>, Ceiling, Vec<f64>) {
        let mut search = Search::new(range);
        let mut rates = Vec::new();
        while let Some(rate) = search.next_rate() {
            rates.push(rate);
            let verdict = match rate {
                rate if rate > driver => Verdict::Invalid,
                rate if rate > limit => Verdict::Failed,
                _ => Verdict::Passed,
            };
            search.ran(rate, verdict);
        }
        let (highest, ceiling) = search.found();
        (highest, ceiling, rates)
    }

    #[test]
    fn the_answer_is_as_close_as_asked_for() {
        let (highest, ceiling, rates) = search(SearchRange::new(100.0, 10_000.0), 700.0, f64::MAX);
        assert_eq!(rates[..4], [100.0, 200.0, 400.0, 800.0]);
        assert!((700.0 / 1.05..=700.0).contains(&highest.unwrap()), "{highest:?} of {rates:?}");
        assert_eq!(ceiling, Ceiling::Threshold);
        assert!(rates.len() <= 9, "{rates:?}");
    }

    #[test]
    fn a_driver_that_is_too_slow_is_no_limit_of_the_system() {
        let (highest, ceiling, rates) = search(SearchRange::new(100.0, 10_000.0), f64::MAX, 700.0);
        assert!((700.0 / 1.05..=700.0).contains(&highest.unwrap()));
        assert_eq!(ceiling, Ceiling::Driver);
        assert_eq!(rates.iter().filter(|rate| **rate == 800.0).count(), 2, "it was repeated once: {rates:?}");
    }

    #[test]
    fn the_ends_of_the_range_are_told_apart() {
        assert_eq!(search(SearchRange::new(100.0, 350.0), f64::MAX, f64::MAX), {
            (Some(350.0), Ceiling::Range, vec![100.0, 200.0, 350.0])
        });
        assert_eq!(search(SearchRange::new(100.0, 350.0), 50.0, f64::MAX), (None, Ceiling::Threshold, vec![100.0]));
        let short = SearchRange { most_runs: 3, ..SearchRange::new(1.0, 1e6) };
        assert_eq!(search(short, 1e5, f64::MAX), (Some(4.0), Ceiling::Cut, vec![1.0, 2.0, 4.0]));
        let enough = SearchRange { most_runs: 3, ..SearchRange::new(100.0, 350.0) };
        assert_eq!(search(enough, f64::MAX, f64::MAX).1, Ceiling::Range, "the last run settled it");
    }

    proptest! {
        #[test]
        fn every_search_ends_below_the_limit(from in 1.0..1e3f64, times in 1.0..1e4f64, limit in 0.1..1e6f64) {
            let range = SearchRange { most_runs: 40, ..SearchRange::new(from, from * times) };
            let (highest, ceiling, rates) = search(range, limit, f64::MAX);
            prop_assert!(rates.len() < 40);
            match highest {
                None => prop_assert!(limit < from),
                Some(rate) if ceiling == Ceiling::Range => prop_assert!(rate <= limit && rate >= range.to),
                Some(rate) => prop_assert!(rate <= limit && limit <= rate * 1.05 + 1e-6),
            }
        }
    }
}
