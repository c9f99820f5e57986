//! The journal is a bounded ring of requests with their outcomes.
//!
//! ```text
//! request ──opened──> open, by ticket ──answer──> ended ──time──> ring ──> readers, each from a sequence number on
//! ```
//! The driver opens an [`Entry`] for every request whose header can be read, each API fills in its details
//! (`Journaled`), and the shell adds the time at which the answer left the core. A reader that is too slow loses
//! entries and learns how many; it never delays a client.
//!
//! In addition to the requests, the journal keeps the cluster's events ([`Cluster::events`](crate::Cluster::events))
//! and the reasons for closed connections ([`Cluster::closed_connections`](crate::Cluster::closed_connections)).

mod close_reason;
mod committed;
mod entry;
mod events;
mod fetched;
mod journaled;
mod membership;
pub(crate) mod names;
mod page;
mod produced;
mod ring;
mod shared_names;
mod text;
mod traffic;
mod transaction;

pub use kafka_trial_wire::{ApiKey, ErrorCode};

pub use self::close_reason::{CloseReason, ClosedConnection};
pub use self::entry::{
    Commit, Committed, Detail, Ending, Entry, Fetch, Fetched, Membership, Offsets, Partitions, Produce, Produced,
    ProducerState, Transaction,
};
pub use self::events::EventPage;
pub(crate) use self::journaled::Journaled;
pub use self::page::Page;
pub(crate) use self::ring::Journal;
pub(crate) use self::shared_names::Names;
pub use self::traffic::{RequestCount, Traffic};
