//! Two ways to do the same, timed in turns.

use std::time::{Duration, Instant};

/// Short beside a scheduler's time slice, so that most rounds run undisturbed on a busy machine.
const ROUND: Duration = Duration::from_micros(500);
const ROUNDS: usize = 201;

/// How often and how long everything is run.
pub(crate) struct Rounds {
    count: usize,
    length: Duration,
}

/// Nanoseconds for one run, and our time to theirs; medians of all rounds.
pub(crate) struct Figures {
    pub(crate) ours: f64,
    pub(crate) theirs: f64,
    pub(crate) ratio: f64,
}

impl Rounds {
    /// Enough of them to measure, or one run each to see that it works.
    pub(crate) fn new(measure: bool) -> Self {
        if measure { Self { count: ROUNDS, length: ROUND } } else { Self { count: 1, length: Duration::ZERO } }
    }

    pub(crate) fn compare(&self, ours: impl Fn(), theirs: impl Fn()) -> Figures {
        let counts = [self.runs_a_round(&ours), self.runs_a_round(&theirs)];
        let rounds: Vec<[f64; 2]> =
            (0..self.count).map(|_| [nanoseconds(counts[0], &ours), nanoseconds(counts[1], &theirs)]).collect();
        Figures {
            ours: median(rounds.iter().map(|[ours, _]| *ours)),
            theirs: median(rounds.iter().map(|[_, theirs]| *theirs)),
            ratio: median(rounds.iter().map(|[ours, theirs]| ours / theirs)),
        }
    }

    fn runs_a_round(&self, run: &impl Fn()) -> u32 {
        let mut count = 1;
        while nanoseconds(count, run) * f64::from(count) < self.length.as_secs_f64() * 1e9 {
            count *= 2;
        }
        count
    }
}

/// What one of `count` runs takes.
fn nanoseconds(count: u32, run: &impl Fn()) -> f64 {
    let start = now();
    (0..count).for_each(|_| run());
    now().duration_since(start).as_secs_f64() * 1e9 / f64::from(count)
}

#[expect(clippy::disallowed_methods, reason = "a bench owns its clock")]
fn now() -> Instant {
    Instant::now()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.swap_remove(values.len() / 2)
}
