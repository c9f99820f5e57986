//! Looking for events while they come: each record is looked at once.

use std::collections::BTreeSet;

use super::ExpectedEvent;
use crate::flow::{Entry, Index};

/// A search for the events of one kind in an index that grows.
pub(super) struct Search<'a> {
    expected: &'a ExpectedEvent,
    /// Where the records begin that it has not looked at.
    next: usize,
    /// Records that nobody sees before their transactions have ended.
    open: Vec<usize>,
    found: BTreeSet<usize>,
}

impl<'a> Search<'a> {
    pub(super) fn of(expected: &'a ExpectedEvent) -> Self {
        Self { expected, next: 0, open: Vec::new(), found: BTreeSet::new() }
    }

    /// Looks at what is new, and gives how many there are.
    pub(super) fn look(&mut self, index: &Index) -> usize {
        let waiting = std::mem::take(&mut self.open);
        let waiting = waiting.into_iter().filter_map(|number| Some((number, index.get(number)?)));
        let fresh = index.since(self.next).filter(|(_, entry)| entry.record.topic == self.expected.topic());
        for (number, entry) in waiting.chain(fresh) {
            if entry.is_open() {
                self.open.push(number);
            } else if entry.is_visible() && self.expected.misses(&entry.record, &entry.ids()).is_empty() {
                self.found.insert(number);
            }
        }
        self.next = index.next();
        // A topic that was deleted and made again takes its records along.
        self.found.retain(|number| index.get(*number).is_some());
        self.found.len()
    }

    /// What was found, in the order in which it was read.
    pub(super) fn found<'i>(&'i self, index: &'i Index) -> impl Iterator<Item = &'i Entry> {
        self.found.iter().filter_map(|number| index.get(*number))
    }
}
