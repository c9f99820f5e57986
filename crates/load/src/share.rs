//! The part of a load that one of several drivers takes.

use std::iter::{Skip, StepBy};

/// One of several drivers that share a schedule: the first takes the first request, the second the second, and so on
/// in turn. Together they send exactly the schedule that one driver alone would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    worker: u32,
    workers: u32,
}

/// What is left of an iterator when the others have taken their part.
pub(crate) type Shared<I> = StepBy<Skip<I>>;

impl Share {
    /// All of it.
    pub const WHOLE: Self = Self { worker: 0, workers: 1 };

    /// The part of one worker, counting from 0; none where there is no such worker.
    pub fn new(worker: u32, workers: u32) -> Option<Self> {
        (worker < workers).then_some(Self { worker, workers })
    }

    /// Which worker it is, counting from 0.
    pub fn worker(self) -> u32 {
        self.worker
    }

    /// How many share the load.
    pub fn workers(self) -> u32 {
        self.workers
    }

    pub(crate) fn of<I: Iterator>(self, all: I) -> Shared<I> {
        let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        all.skip(size(self.worker)).step_by(size(self.workers.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_all_workers_are_the_whole() {
        let mut all: Vec<u32> = (0..3).flat_map(|worker| Share::new(worker, 3).unwrap().of(0..100)).collect();
        all.sort_unstable();
        assert_eq!(all, (0..100).collect::<Vec<_>>());
        assert_eq!(Share::new(1, 3).unwrap().of(0..7).collect::<Vec<_>>(), [1, 4]);
        assert_eq!(Share::new(3, 3), None);
    }
}
