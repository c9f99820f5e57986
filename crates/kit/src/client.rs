//! A thin, blocking client straight over the wire: probing, administration, producing, and reading without a group.
//!
//! It joins no group, starts no thread and keeps no state beyond its connections. Every call has a [`Deadline`], and
//! an error says which broker and which request it was. Tests of group behaviour belong to a full client.

mod cluster;
mod connection;
mod deadline;
mod error;
mod reader;

pub use self::cluster::{Client, NewRecord, PartitionView, TopicView};
pub use self::connection::Connection;
pub use self::deadline::{Deadline, Stopwatch, now_millis, pause};
pub use self::error::ClientError;
pub use self::reader::{ReceivedRecord, Start, TopicReader};
