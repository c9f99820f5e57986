//! The coordinator assigns the partitions of groups of the consumer protocol (KIP-848; `ConsumerGroup`,
//! `GroupMetadataManager`).
//!
//! ```text
//! heartbeat ──> subscription changed? ──> group epoch ──> target assignment ──> one step towards it ──> answer
//! ```
//! - [`ConsumerGroup`]: members, and the epochs of the group and of its target assignment.
//! - [`Assignor`]: how partitions are distributed among members.
//! - `classic_members`, `migration`: members of the classic protocol in the same group.

mod assignor;
mod classic_members;
mod commit;
mod deadlines;
mod group;
mod heartbeat;
mod leave;
mod member;
mod member_order;
mod migration;
mod reconcile;
mod regex;
mod subscription;
mod target;
mod view;

pub use self::assignor::Assignor;
pub use self::group::ConsumerGroup;
pub use self::heartbeat::{ConsumerHeartbeat, ConsumerHeartbeatReply};
pub use self::member::{ClassicProtocols, ConsumerMember, MemberState};
pub(crate) use self::member_order::MemberOrder;
pub(crate) use self::regex::ResolvedRegex;
pub(crate) use self::view::GroupView;
pub use self::view::{ConsumerGroupConfig, MigrationPolicy};
use super::Effects;
