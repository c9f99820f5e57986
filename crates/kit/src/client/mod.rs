//! A thin, blocking client straight over the wire: probing, administration, producing, and reading without a group.
//!
//! It joins no group, starts no thread and keeps no state beyond its connections. Every call has a [`Deadline`], and
//! an error says which broker and which request it was. Tests of group behaviour belong to a full client.

mod cluster;
mod connection;
mod deadline;
mod endpoint;
mod error;
mod frames;
mod groups;
mod offsets;
mod partitioner;
mod pipeline;
mod positions;
mod produce;
mod reach;
mod reader;
mod topics;

pub use self::cluster::{BrokerView, Client};
pub use self::connection::Connection;
pub use self::deadline::{Deadline, Stopwatch, now_millis, pause};
pub(crate) use self::endpoint::expected;
pub use self::endpoint::{Address, Endpoint, Sasl, Security, Tls, ToEndpoint};
pub use self::error::ClientError;
pub(crate) use self::frames::CLIENT;
pub use self::groups::{GroupListing, GroupView, MemberView};
pub use self::offsets::OffsetAt;
pub use self::partitioner::partition_of;
pub use self::pipeline::{Replies, Requests};
pub use self::positions::GroupPosition;
pub(crate) use self::reach::connect;
pub use self::reader::{Isolation, ReceivedRecord, Start, TopicReader};
pub(crate) use self::reader::{LogEvent, UNPACKED, marker};
pub use self::topics::{PartitionView, TopicPartition, TopicView};
