//! Looking for events while they come: each record is looked at once.

use std::collections::BTreeSet;

use crate::evidence::{Entry, Index, Reading};
use crate::matcher::{Difference, Matcher, Subject};

/// A search for the events of one kind in an index that grows.
pub(super) struct Search<'a> {
    expected: &'a Matcher,
    reading: &'a Reading,
    /// Where the records begin that it has not looked at.
    next: usize,
    /// Records that nobody sees before their transactions have ended.
    open: Vec<usize>,
    found: BTreeSet<usize>,
}

impl<'a> Search<'a> {
    pub(super) fn of(expected: &'a Matcher, reading: &'a Reading) -> Self {
        Self { expected, reading, next: 0, open: Vec::new(), found: BTreeSet::new() }
    }

    /// Looks at what is new, and gives how many there are.
    pub(super) fn look(&mut self, index: &Index) -> usize {
        let waiting = std::mem::take(&mut self.open);
        let waiting = waiting.into_iter().filter_map(|number| Some((number, index.get(number)?)));
        let topic = self.expected.topic().unwrap_or_default();
        let fresh = index.since(self.next).filter(|(_, entry)| entry.stored.record.topic == topic);
        for (number, entry) in waiting.chain(fresh) {
            if entry.is_open() {
                self.open.push(number);
            } else if entry.is_visible() && misses(self.expected, entry, self.reading).is_empty() {
                self.found.insert(number);
            }
        }
        self.next = index.next();
        // A topic that was deleted and made again takes its records along.
        self.found.retain(|number| index.get(*number).is_some());
        self.found.len()
    }

    /// The numbers of what was found, in the order in which it was read.
    pub(super) fn found(&self) -> impl Iterator<Item = usize> {
        self.found.iter().copied()
    }
}

/// What keeps a record from being such an event; nothing where it is one.
pub(super) fn misses(expected: &Matcher, entry: &Entry, reading: &Reading) -> Vec<Difference> {
    expected.differences(&Subject::new(&entry.stored.record, entry.ids(), &reading.values))
}
