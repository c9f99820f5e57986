//! A thin, blocking client straight over the wire: probing, administration, producing, and reading without a group.
//!
//! It joins no group, starts no thread and keeps no state beyond its connections. Every call has a [`Deadline`], and
//! an error says which broker and which request it was. Tests of group behaviour belong to a full client.

mod address;
mod cluster;
mod connection;
mod deadline;
mod error;
mod frames;
mod groups;
mod offsets;
mod pipeline;
mod positions;
mod reader;
mod topics;

pub use self::address::check_addresses;
pub(crate) use self::address::{expected, host};
pub use self::cluster::{BrokerView, Client, NewRecord};
pub use self::connection::Connection;
pub(crate) use self::connection::connect;
pub use self::deadline::{Deadline, Stopwatch, now_millis, pause};
pub use self::error::ClientError;
pub use self::groups::{GroupListing, GroupView, MemberView};
pub use self::offsets::OffsetAt;
pub use self::pipeline::{Replies, Requests};
pub use self::positions::GroupPosition;
pub(crate) use self::reader::{LogEvent, UNPACKED};
pub use self::reader::{ReceivedRecord, Start, TopicReader};
pub use self::topics::{PartitionView, TopicPartition, TopicView};
