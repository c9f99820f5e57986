//! The times at which requests are meant to be sent.

use std::time::Duration;

use crate::{Shape, Stage};

/// The intended times of an open load, one after the other, from the start of the run. They take no memory.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    stages: std::vec::IntoIter<Stage>,
    current: Option<Stage>,
    /// When the current stage starts.
    started: Duration,
    /// How many requests the current stage has had.
    count: u64,
    /// The last time within the current stage.
    last: f64,
    random: fastrand::Rng,
}

impl Schedule {
    pub(crate) fn new(stages: Vec<Stage>, seed: u64) -> Self {
        let mut stages = stages.into_iter();
        let current = stages.next();
        Self { stages, current, started: Duration::ZERO, count: 0, last: 0.0, random: fastrand::Rng::with_seed(seed) }
    }

    /// The next time within the current stage, in seconds; `None` when the stage has no more.
    fn next_in_stage(&mut self) -> Option<f64> {
        let stage = self.current.as_ref()?;
        let length = stage.duration.as_secs_f64();
        // Whole numbers below 2⁵³ are exact; no run has more requests.
        let count = self.count as f64;
        let time = match &stage.shape {
            Shape::Constant { rate } if *rate > 0.0 => count / rate,
            Shape::Poisson { rate } if *rate > 0.0 => {
                // 1 - x lies in (0, 1], so the logarithm is finite.
                self.last - (1.0 - self.random.f64()).ln() / rate
            }
            Shape::Ramp { from, to } => ramp(*from, *to, length, count)?,
            Shape::Replay(times) => times.get(usize::try_from(self.count).ok()?)?.as_secs_f64(),
            Shape::Constant { .. } | Shape::Poisson { .. } => return None,
        };
        if time >= length {
            return None;
        }
        self.count += 1;
        self.last = time;
        Some(time)
    }
}

/// When a rate that changes evenly over `length` has let `count` requests through.
fn ramp(from: f64, to: f64, length: f64, count: f64) -> Option<f64> {
    // count = from·t + growth·t²/2, solved in the form that holds for growth 0 too.
    let growth = (to - from) / length;
    let root = from.mul_add(from, 2.0 * growth * count);
    let divisor = from + if root >= 0.0 { root.sqrt() } else { return None };
    if count == 0.0 {
        return (from > 0.0 || to > 0.0).then_some(0.0);
    }
    (divisor > 0.0).then(|| 2.0 * count / divisor)
}

impl Iterator for Schedule {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        loop {
            if let Some(seconds) = self.next_in_stage() {
                return Some(self.started + Duration::from_secs_f64(seconds.max(0.0)));
            }
            self.started += self.current.take()?.duration;
            self.current = self.stages.next();
            self.count = 0;
            self.last = 0.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Load;

    fn times(load: Load, seed: u64) -> Vec<Duration> {
        let Load::Open(stages) = load else { panic!("a closed load has no schedule") };
        Schedule::new(stages, seed).collect()
    }

    #[test]
    fn a_constant_rate_is_even_and_ends_with_its_stage() {
        let times = times(Load::sustained(200.0, Duration::from_secs(10)), 1);
        assert_eq!(times.len(), 2000);
        assert_eq!(times[400], Duration::from_secs(2));
        assert_eq!(times[1999], Duration::from_millis(9995));
    }

    #[test]
    fn a_ramp_sends_the_area_under_its_line() {
        for (from, to) in [(0.0, 100.0), (100.0, 0.0), (50.0, 50.0), (10.0, 90.0)] {
            let stage = Stage { shape: Shape::Ramp { from, to }, duration: Duration::from_secs(10) };
            let times = times(Load::Open(vec![stage]), 1);
            assert!((499..=501).contains(&times.len()), "{from} to {to}: {}", times.len());
            assert!(times.is_sorted(), "{from} to {to}");
        }
    }

    #[test]
    fn random_arrivals_keep_their_rate_and_their_seed() {
        let stage = Stage { shape: Shape::Poisson { rate: 1000.0 }, duration: Duration::from_secs(20) };
        let first = times(Load::Open(vec![stage.clone()]), 7);
        assert!((19_000..21_000).contains(&first.len()), "{}", first.len());
        assert_eq!(first, times(Load::Open(vec![stage.clone()]), 7));
        assert_ne!(first, times(Load::Open(vec![stage]), 8));
    }

    #[test]
    fn stages_follow_each_other() {
        let times = times(Load::spike(10.0, 100.0, Duration::from_secs(30)), 1);
        assert_eq!(times.len(), 100 + 1000 + 100);
        assert_eq!(times[100], Duration::from_secs(10));
        assert_eq!(times[1100], Duration::from_secs(20));
        let recorded = vec![Duration::from_millis(3), Duration::from_millis(3), Duration::from_secs(9)];
        let stage = Stage { shape: Shape::Replay(recorded), duration: Duration::from_secs(1) };
        assert_eq!(super::tests::times(Load::Open(vec![stage]), 1).len(), 2, "what is past its stage is not sent");
    }
}
