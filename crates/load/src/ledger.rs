//! What becomes of each request.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;
use std::time::Duration;

use crate::{Count, Counts};

/// What an answer looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// As it should.
    Ok,
    /// It says that something went wrong.
    Error,
    /// It cannot be read.
    Malformed,
}

/// A request that has not ended yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pending {
    pub(crate) intended: Duration,
    pub(crate) actual: Duration,
    /// The partition it went to.
    lane: u32,
    is_acknowledged: bool,
}

/// A part of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The first, which is not counted.
    WarmUp,
    /// What is between the two.
    Counted,
    /// The last, which is not counted.
    CoolDown,
}

/// What an answer was to the ledger.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entry {
    /// The first answer to a request.
    First {
        class: Count,
        request: Pending,
        /// Whether it belongs to the run, and not to its warm-up.
        is_counted: bool,
    },
    /// Another answer, or one that nobody asked for.
    Nothing,
}

/// Every request of a run and how it ended.
#[derive(Clone, Debug)]
pub struct Ledger {
    timeout: Duration,
    /// How long after its time-out an answer still makes a request late rather than lost.
    drain: Duration,
    pending: BTreeMap<u64, Pending>,
    /// Requests in the order of their time-outs.
    by_age: VecDeque<u64>,
    /// Requests that were answered before they were acknowledged, and when they were sent.
    unacknowledged: BTreeMap<u64, Duration>,
    /// The requests that are counted.
    counted: Range<u64>,
    /// A bit per request: whether it was answered.
    answered: Vec<u64>,
    /// The latest request of each partition that was answered.
    highest: BTreeMap<u32, u64>,
    /// All but the dead letters.
    counts: Counts,
    /// Requests that ended as dead letters.
    dead: BTreeSet<u64>,
    /// Dead letters that no request is found in.
    dead_strangers: u64,
}

impl Ledger {
    pub(crate) fn new(timeout: Duration, drain: Duration) -> Self {
        Self {
            timeout,
            drain,
            pending: BTreeMap::new(),
            by_age: VecDeque::new(),
            unacknowledged: BTreeMap::new(),
            counted: 0..u64::MAX,
            answered: Vec::new(),
            highest: BTreeMap::new(),
            counts: Counts::default(),
            dead: BTreeSet::new(),
            dead_strangers: 0,
        }
    }

    /// A request was handed to the client; `lane` is its partition.
    pub(crate) fn sent(&mut self, number: u64, intended: Duration, actual: Duration, lane: u32, part: Part) {
        match part {
            Part::WarmUp => {
                self.counts[Count::WarmUp] += 1;
                self.counted.start = number + 1;
            }
            Part::Counted => self.counts[Count::Sent] += 1,
            Part::CoolDown => {
                self.counts[Count::CoolDown] += 1;
                self.counted.end = self.counted.end.min(number);
            }
        }
        self.pending.insert(number, Pending { intended, actual, lane, is_acknowledged: false });
        self.by_age.push_back(number);
    }

    /// The cluster has acknowledged a request; gives when it was sent, the first time. An answer may have been faster.
    pub(crate) fn acknowledged(&mut self, number: u64) -> Option<Duration> {
        let Some(pending) = self.pending.get_mut(&number) else { return self.unacknowledged.remove(&number) };
        let is_first = !std::mem::replace(&mut pending.is_acknowledged, true);
        is_first.then_some(pending.actual)
    }

    pub(crate) fn is_counted(&self, number: u64) -> bool {
        self.counted.contains(&number)
    }

    fn end(&mut self, number: u64, class: Count) {
        if self.is_counted(number) {
            self.counts[class] += 1;
        }
    }

    /// The cluster did not take a request.
    pub(crate) fn produce_failed(&mut self, number: u64) -> bool {
        let was_pending = self.pending.remove(&number).is_some();
        if was_pending {
            self.end(number, Count::ProduceFailed);
        }
        was_pending
    }

    /// An answer to a request came at `now`.
    pub(crate) fn answered(&mut self, number: u64, reply: Reply, now: Duration) -> Entry {
        let Some(pending) = self.pending.remove(&number) else {
            if self.was_answered(number) {
                self.counts[Count::Duplicates] += u64::from(self.is_counted(number));
            } else {
                self.counts[Count::Orphans] += 1;
            }
            return Entry::Nothing;
        };
        self.note_answer(number);
        if !pending.is_acknowledged {
            self.unacknowledged.insert(number, pending.actual);
        }
        let highest = self.highest.entry(pending.lane).or_default();
        if *highest > number {
            self.counts[Count::Misordered] += u64::from(self.counted.contains(&number));
        }
        *highest = number.max(*highest);
        let class = match reply {
            _ if now > pending.intended + self.timeout => Count::Late,
            Reply::Ok => Count::Ok,
            Reply::Error => Count::ErrorResponse,
            Reply::Malformed => Count::Malformed,
        };
        self.end(number, class);
        Entry::First { class, request: pending, is_counted: self.is_counted(number) }
    }

    /// An answer that fits no request.
    pub(crate) fn orphan(&mut self) {
        self.counts[Count::Orphans] += 1;
    }

    /// The first answer to a request is about to be counted, and does not fit its schema. Says whether it counts.
    pub(crate) fn off_schema(&mut self, number: u64) -> bool {
        let counts = self.pending.contains_key(&number) && self.is_counted(number);
        self.counts[Count::OffSchema] += u64::from(counts);
        counts
    }

    /// A dead letter came: of a request, or of nobody knows what.
    pub(crate) fn dead_letter(&mut self, of: Option<u64>) {
        match of {
            None => self.dead_strangers += 1,
            Some(number) if self.is_counted(number) => {
                self.dead.insert(number);
            }
            Some(_) => {}
        }
    }

    /// Gives up on requests that have had their time-out and their drain. Gives those that are lost.
    pub(crate) fn give_up(&mut self, now: Duration) -> Vec<u64> {
        let mut lost = Vec::new();
        while let Some(number) = self.by_age.front().copied() {
            if let Some(pending) = self.pending.get(&number) {
                if now <= pending.intended + self.timeout + self.drain {
                    break;
                }
                self.pending.remove(&number);
                self.end(number, Count::Lost);
                lost.push(number);
            }
            self.by_age.pop_front();
        }
        // What has not been acknowledged by now will not be.
        let is_old = |actual: Duration| now > actual + self.timeout + self.drain;
        while self.unacknowledged.first_key_value().is_some_and(|(_, actual)| is_old(*actual)) {
            self.unacknowledged.pop_first();
        }
        lost
    }

    /// The end: whatever has not been answered is lost.
    pub(crate) fn close(&mut self) {
        for number in std::mem::take(&mut self.pending).into_keys() {
            self.end(number, Count::Lost);
        }
        self.by_age.clear();
    }

    /// Whether every request has ended.
    pub fn is_settled(&self) -> bool {
        self.pending.is_empty()
    }

    fn was_answered(&self, number: u64) -> bool {
        let word = usize::try_from(number / 64).ok().and_then(|word| self.answered.get(word));
        word.is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    fn note_answer(&mut self, number: u64) {
        let Ok(word) = usize::try_from(number / 64) else { return };
        if self.answered.len() <= word {
            self.answered.resize(word + 1, 0);
        }
        if let Some(word) = self.answered.get_mut(word) {
            *word |= 1 << (number % 64);
        }
    }

    /// A request could not be sent in its time.
    pub(crate) fn dropped(&mut self) {
        self.counts[Count::Dropped] += 1;
    }

    /// What there is of each so far.
    pub fn counts(&self) -> Counts {
        let mut counts = self.counts.clone();
        counts[Count::DeadLetters] = self.dead_strangers + self.dead.len() as u64;
        counts
    }

    /// Whether each request that was sent ended in exactly one class. Anything else is a bug of the engine.
    pub fn balances(&self) -> bool {
        self.pending.is_empty()
            && Count::CLASSES.iter().map(|class| self.counts[*class]).sum::<u64>() == self.counts[Count::Sent]
    }
}
