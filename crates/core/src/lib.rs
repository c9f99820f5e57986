//! This crate holds the state of a Kafka cluster and changes it: requests and the time go in, answers and events come
//! out.
//!
//! ```text
//!  a door (append, commit, elect …) ─┐                    ┌─> its result
//!                                    ├──> State changes ──┼─> Event: a change, for waiting or watching readers
//!  advance(now) ─────────────────────┘                    └─> Completion: the answer to a member that waited
//! ```
//! Nothing here does I/O, reads a clock or takes randomness from outside. The same inputs lead to the same outputs, so
//! a cluster can be simulated, cloned and replayed. Connections, frames and request versions are unknown here:
//! `kafka-trial-broker` translates between them and the doors of [`State`].
//!
//! Other crates can read the state but not write it: [`State`] hands out shared references only.

mod brokers;
mod cleaner;
mod completion;
mod configs;
mod coordinator_records;
mod due;
mod due_now;
mod event;
mod fork;
mod groups;
mod internal_topics;
mod log;
mod partition;
mod producers;
mod re2;
mod records;
mod refusal;
mod retention;
mod rng;
mod state;
mod string_hash;
#[cfg(test)]
mod tests;
mod time;
mod timers;
mod topic_name;
mod topic_partition;
mod topics;
mod transactions;

pub(crate) use self::brokers::Brokers;
pub use self::brokers::{MoveRefusal, Node};
pub use self::completion::{Completion, GroupReply, JoinReply, JoinedMember, SyncReply, TicketId};
pub use self::configs::{
    BrokerConfig, BrokerConfigs, CLIENT_METRICS_CONFIGS, ConfigDefinition, ConfigError, ConfigSource, ConfigType,
    DynamicProperties, GROUP_CONFIGS, IgnoredProperty, LogConfig, SettingError, Settings, Synonym, TOPIC_CONFIGS,
    config_documentation, topic_config,
};
pub(crate) use self::coordinator_records::{CoordinatorRecord, Stepped, WrittenGroup};
pub use self::due::{Due, DueKind};
pub use self::due_now::DueRefusal;
pub use self::event::{Event, Happened};
pub use self::fork::LeftBehind;
pub(crate) use self::groups::GroupTimer;
pub use self::groups::{
    Assignor, ClassicGroup, ClassicGroupState, ClassicMember, ClassicProtocols, Commit, Committed, ConsumerGroup,
    ConsumerGroupConfig, ConsumerHeartbeat, ConsumerHeartbeatReply, ConsumerMember, Group, GroupKind, Groups,
    JoinRequest, MemberState, MigrationPolicy, Offsets, SyncRequest,
};
pub use self::internal_topics::InternalTopic;
pub(crate) use self::log::Cleanable;
pub use self::log::{FoundOffset, Log, LogEntry, MAX_UNPACKED_BYTES};
pub use self::partition::{Appended, NO_LEADER, Partition};
pub use self::producers::{Producer, Producers};
pub(crate) use self::producers::{ProducerIds, Sequence};
pub use self::re2::{Pattern, PatternError};
pub use self::refusal::{Refusal, TopicRefusal};
pub use self::rng::Rng;
pub use self::state::State;
pub use self::string_hash::string_hash;
pub use self::time::Time;
pub use self::timers::{TimerId, Timers};
pub use self::topic_name::{is_internal_topic, is_valid_topic_name, topic_name_refusal};
pub use self::topic_partition::{TopicIdPartition, TopicPartition};
pub use self::topics::{Topic, Topics};
pub use self::transactions::{
    AbortedTransaction, AbortedTransactions, Marker, Transaction, TransactionState, TransactionVersion,
    TransactionalOffsets, Transactions,
};
