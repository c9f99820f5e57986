//! The ids of a run's requests, by which answers are told apart.

use memchr::memmem;

use crate::Share;

/// Digits of a request's number in its id.
const DIGITS: usize = 12;
/// Digits of a worker's number in it.
const WORKER_DIGITS: usize = 4;
/// How long an id is.
pub(super) const ID: usize = 11 + WORKER_DIGITS + 1 + DIGITS;

/// Marks the requests of one run, so that answers to another are told apart.
#[derive(Clone, Copy, Debug)]
pub struct Tag {
    /// `kt`, eight digits of the seed, and a dash: the same for all workers of a run.
    run: [u8; 11],
    seed: u64,
    share: Share,
}

/// What an answer is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// A request of this driver.
    Own(u64),
    /// A request of another driver that shares the load.
    Other,
}

impl Tag {
    /// A tag from the run's seed, for one of the drivers that share the load.
    pub fn new(seed: u64, share: Share) -> Self {
        let text = format!("kt{:08x}-", (seed ^ (seed >> 32)) & 0xffff_ffff);
        let mut run = *b"kt00000000-";
        run.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
        Self { run, seed, share }
    }

    /// The id of a request: the run, the worker, and the request's number.
    pub fn id(self, number: u64) -> String {
        let run = std::str::from_utf8(&self.run).unwrap_or_default();
        format!("{run}{:0WORKER_DIGITS$}-{number:0DIGITS$}", self.share.worker())
    }

    /// The request whose id stands in these bytes.
    pub fn find(self, bytes: &[u8]) -> Option<Match> {
        let rest = bytes.get(memmem::find(bytes, &self.run)? + self.run.len()..)?;
        let digits = |range| std::str::from_utf8(rest.get(range)?).ok();
        let worker: u32 = digits(0..WORKER_DIGITS)?.parse().ok()?;
        let number = digits(WORKER_DIGITS + 1..WORKER_DIGITS + 1 + DIGITS)?.parse().ok()?;
        Some(if worker == self.share.worker() { Match::Own(number) } else { Match::Other })
    }

    /// Which request of the whole schedule it is: one driver alone would give it this number.
    pub(super) fn of_all(self, number: u64) -> u64 {
        number.saturating_mul(self.share.workers().into()).saturating_add(self.share.worker().into())
    }

    /// The randomness of a request: its own, so that it is the same whoever sends it, and whenever.
    pub(super) fn random(self, number: u64) -> fastrand::Rng {
        fastrand::Rng::with_seed(self.seed ^ self.of_all(number).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_found_again_by_its_id_wherever_it_stands() {
        let tag = Tag::new(7, Share::WHOLE);
        let body = format!("{{\"deep\": [\"re: {}!\"]}}", tag.id(42)).into_bytes();
        assert_eq!(tag.id(42).len(), ID);
        assert_eq!(tag.find(&body), Some(Match::Own(42)));
        assert_eq!(Tag::new(8, Share::WHOLE).find(&body), None, "another run's");
        assert_eq!(Tag::new(7, Share::new(1, 2).unwrap()).find(&body), Some(Match::Other), "another worker's");
        assert_eq!(tag.find(&tag.id(42).as_bytes()[..ID - 1]), None, "a part of an id is none");
    }

    #[test]
    fn workers_number_and_randomize_requests_as_one_driver_would() {
        let alone = Tag::new(7, Share::WHOLE);
        let second = Tag::new(7, Share::new(1, 3).unwrap());
        assert_eq!((second.of_all(0), second.of_all(1)), (1, 4));
        assert_eq!(second.random(1).u64(..), alone.random(4).u64(..));
        assert_ne!(alone.random(4).u64(..), alone.random(5).u64(..));
    }
}
