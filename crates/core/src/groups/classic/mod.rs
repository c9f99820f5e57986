//! A group of the classic protocol elects a leader among its members, and the leader assigns the partitions
//! (`ClassicGroup`, `GroupMetadataManager`).

mod commit;
mod group;
mod join;
mod member;
mod subscription;
mod sync;
mod vote;
mod written;

pub use self::group::{ClassicGroup, ClassicGroupState};
pub use self::join::JoinRequest;
pub use self::member::ClassicMember;
pub use self::sync::SyncRequest;
pub(super) use self::vote::known_by_all;
use super::Effects;
