//! Transactions (KIP-98, KIP-890), after Kafka's `TransactionCoordinator`.
//!
//! ```text
//!            partitions added            EndTxn                 markers written
//! Empty, Complete* ──────────> Ongoing ──────────> Prepare* ────────────────────> Complete*
//! ```
//! - [`Transaction`]: what the coordinator knows of one transactional id, and how it changes.
//! - `markers`: the ends of transactions in the logs, and the offsets that they commit.
//! - [`AbortedTransactions`]: what `read_committed` consumers are told to leave out.
//!
//! Markers follow EndTxn at once unless `trial.transaction.marker.delay.ms` holds them back, so that a test can see
//! CONCURRENT_TRANSACTIONS when it wants to.

mod aborted;
mod coordinator;
mod markers;
mod offsets;
mod transaction;

pub use self::aborted::{AbortedTransaction, AbortedTransactions};
pub use self::coordinator::Transactions;
pub(crate) use self::coordinator::partition_of;
pub use self::markers::Marker;
pub use self::offsets::TransactionalOffsets;
pub(crate) use self::offsets::offsets_partition;
pub(crate) use self::transaction::Ended;
pub use self::transaction::{Transaction, TransactionState, TransactionVersion};
