//! Stretches in which callers waited and nobody was answered.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The shortest silence that may be a stall.
const SHORTEST: Duration = Duration::from_millis(100);
/// So many times the usual response time are a stall: where every answer takes a second, silence of a second is none.
const TIMES_USUAL: u32 = 10;
/// The most that are kept.
const MOST: usize = 1000;

/// A stretch in which requests waited and none was answered, in seconds from the start of the run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stall {
    /// When it began.
    pub from: f64,
    /// When the next answer came, or the last request was sent without one.
    pub to: f64,
}

/// Notes silences as answers come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Silences {
    last_answer: Duration,
    found: Vec<(Duration, Duration)>,
}

impl Silences {
    /// An answer at `now` to a request that waited since `since`.
    pub(crate) fn answered(&mut self, since: Duration, now: Duration) {
        let from = self.last_answer.max(since);
        if now.saturating_sub(from) >= SHORTEST && self.found.len() < MOST {
            self.found.push((from, now));
        }
        self.last_answer = self.last_answer.max(now);
    }

    /// Those that were stalls, given the usual response time. With requests lost, whatever was sent after the last
    /// answer met silence.
    pub(crate) fn stalls(mut self, usual: Duration, last_sent: Duration, has_lost: bool) -> Vec<Stall> {
        if has_lost && last_sent > self.last_answer {
            self.found.push((self.last_answer, last_sent));
        }
        let shortest = SHORTEST.max(usual.saturating_mul(TIMES_USUAL));
        let stalls = self.found.into_iter().filter(|(from, to)| to.saturating_sub(*from) >= shortest);
        stalls.map(|(from, to)| Stall { from: from.as_secs_f64(), to: to.as_secs_f64() }).collect()
    }
}
