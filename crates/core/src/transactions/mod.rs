//! Transactions end with markers in all of their partitions (KIP-98, KIP-890; `TransactionCoordinator`).
//!
//! ```text
//!            partitions added            EndTxn                 markers written
//! Empty, Complete* ──────────> Ongoing ──────────> Prepare* ────────────────────> Complete*
//! ```
//! - [`Transaction`]: the state of one transactional id, and its changes.
//! - `markers`: the ends of transactions in the logs, and the offsets that commit with them.
//! - [`AbortedTransactions`]: the transactions that `read_committed` consumers skip.
//!
//! Markers follow EndTxn at once, unless `trial.transaction.marker.delay.ms` delays them so that a test can see
//! CONCURRENT_TRANSACTIONS.

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
