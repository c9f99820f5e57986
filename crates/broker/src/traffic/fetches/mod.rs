//! Fetches wait for records, and may belong to fetch sessions.

mod parked;
mod partitions;
mod session;

pub(crate) use self::parked::{FetchPlan, FetchReader, ParkedFetch, ParkedFetches, SessionContext};
pub(crate) use self::partitions::{FetchPartition, PartitionKey, SessionPartitions};
pub(crate) use self::session::{FINAL_EPOCH, FetchSession, FetchSessions, INITIAL_EPOCH, next_epoch};
