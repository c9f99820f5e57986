//! Groups of the classic protocol, after Kafka's `ClassicGroup` and `GroupMetadataManager`: their members choose a leader, who assigns the partitions.

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
