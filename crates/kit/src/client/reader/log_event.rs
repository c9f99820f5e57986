//! What a look into the logs gives.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::records::Batch;

/// What a look into the logs gave.
#[derive(Clone, Debug)]
pub(crate) enum LogEvent {
    /// A batch as it lies in the log. Records before `from` have been given already.
    Batch { topic: String, partition: i32, from: i64, batch: Batch },
    /// Records from `expected` on have gone before they were read; reading goes on at `next`.
    Truncated { topic: String, partition: i32, expected: i64, next: i64 },
    /// A topic of the same name has taken the place of one that was deleted; it is read from its beginning.
    Replaced { topic: String },
    /// The leader refused to read a partition.
    Refused { topic: String, partition: i32, code: ErrorCode },
}
