//! Fetches that wait, and the sessions that they may be part of.

mod parked;
mod partitions;
mod session;

pub(crate) use self::parked::{FetchPlan, FetchReader, ParkedFetch, ParkedFetches, SessionContext};
pub(crate) use self::partitions::{FetchPartition, PartitionKey, SessionPartitions};
pub(crate) use self::session::{FINAL_EPOCH, FetchSession, FetchSessions, INITIAL_EPOCH, next_epoch};
