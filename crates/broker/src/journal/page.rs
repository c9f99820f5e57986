//! A reader of the journal gets pages.

use std::sync::Arc;

use super::Entry;

/// Entries from a number on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The kept entries, in order.
    pub entries: Vec<Arc<Entry>>,
    /// The number of the next entry, from which a reader continues.
    pub next: u64,
    /// How many of the requested entries are no longer kept. From 0 on, the number of all dropped entries.
    pub dropped: u64,
}
