//! What a reader of the journal gets.

use std::sync::Arc;

use super::Entry;

/// The entries from a number on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Those that are kept, in order.
    pub entries: Vec<Arc<Entry>>,
    /// The number to go on from: that of the entry that comes next.
    pub next: u64,
    /// How many of those that were asked for are no longer kept. From 0 on, all that were ever dropped.
    pub dropped: u64,
}
