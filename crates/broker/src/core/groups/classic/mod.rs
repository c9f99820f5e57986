//! Groups of the classic protocol, after Kafka's `ClassicGroup` and `GroupMetadataManager`: their members choose a leader, who assigns the partitions.

mod commit;
mod group;
mod join;
mod member;
#[cfg(test)]
mod simulation;
mod subscription;
mod sync;
mod vote;
mod written;

pub(crate) use self::group::{ClassicGroup, ClassicGroupState};
pub(crate) use self::join::{JoinRequest, join_error};
pub(crate) use self::member::ClassicMember;
pub(crate) use self::sync::{SyncRequest, sync_error};
pub(crate) use self::vote::known_by_all;
use super::Effects;
