//! Groups of the consumer protocol (KIP-848), after Kafka's `ConsumerGroup` and `GroupMetadataManager`.
//!
//! ```text
//! heartbeat ──> subscription changed? ──> group epoch ──> target assignment ──> one step towards it ──> answer
//! ```
//! - [`ConsumerGroup`]: members, and the epochs of the group and of its target assignment.
//! - [`Assignor`]: who gets which partition.
//! - Members that speak the classic protocol may be in it too: `classic_members`, `migration`.

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
pub(crate) use self::view::GroupView;
pub use self::view::{ConsumerGroupConfig, MigrationPolicy};
use super::Effects;
