//! What coordinators write down: records in `__consumer_offsets` and `__transaction_state`, in Kafka's keys and formats
//! (`GroupCoordinatorRecordHelpers`, `TransactionLog`).
//!
//! Here the state itself is the truth and the records follow it, for those who read the topics: Burrow, kminion, a
//! console. Nothing reads them back.
//!
//! - [`CoordinatorRecord`]: a key, and a value or a tombstone. `append`: how records get into their partition.
//! - `offsets`, `classic_group`, `consumer_group`, `transaction`: what is written about each.
//! - [`WrittenGroup`]: what was written about the members of a group last, so that only changes are written.

mod append;
mod classic_group;
mod consumer_group;
mod offsets;
mod record;
mod transaction;
mod written_group;

pub(crate) use self::record::CoordinatorRecord;
pub(crate) use self::written_group::{Stepped, WrittenGroup};
