//! The journal: a bounded ring of what clients asked and what they were answered.
//!
//! ```text
//! request ──opened──> open, by ticket ──answer──> ended ──time──> ring ──> readers, each from a sequence number on
//! ```
//! `Core::handle` opens an [`Entry`] for every request whose header can be read, each API fills in what it knows
//! (`Journaled`), and the shell gives the time at which the answer left the core. A reader that is too slow loses
//! entries and is told how many; it never holds a client up.

mod committed;
mod entry;
mod fetched;
mod journaled;
mod membership;
mod names;
mod page;
mod produced;
mod reading;
mod ring;
mod shared_names;
#[cfg(test)]
mod tests;
mod text;
mod traffic;
mod transaction;

pub use kafka_trial_wire::{ApiKey, ErrorCode};

pub use self::entry::{
    Commit, Committed, Detail, Ending, Entry, Fetch, Fetched, Membership, Offsets, Partitions, Produce, Produced,
    ProducerState, Transaction,
};
pub(crate) use self::journaled::Journaled;
pub use self::page::Page;
pub(crate) use self::ring::Journal;
pub use self::traffic::{RequestCount, Traffic};
