//! Transactions (KIP-98, KIP-890), after Kafka's `TransactionCoordinator`.
//!
//! ```text
//!            partitions added            EndTxn                 markers written
//! Empty, Complete* ──────────> Ongoing ──────────> Prepare* ────────────────────> Complete*
//! ```
//! - [`Transaction`]: one transactional id, and how its state changes.
//! - `markers`: the ends of transactions in the logs, and the offsets that they commit.
//! - [`AbortedTransactions`]: the transactions whose records `read_committed` consumers leave out.
//!
//! Markers follow EndTxn at once. A test that wants to see CONCURRENT_TRANSACTIONS delays them by
//! `trial.transaction.marker.delay.ms`.

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
