//! What can go wrong between this process and a cluster.

use std::io;
use std::time::Duration;

use kafka_trial_wire::{ApiKey, DecodeError, EncodeError, ErrorCode};
use thiserror::Error;

/// A call that failed, and where.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClientError {
    /// An address that is not `HOST:PORT`.
    #[error("invalid address {text:?}: {}", super::expected(.0), text = .0)]
    Address(String),
    /// A security protocol that this client does not speak.
    #[error("{servers}: security.protocol {protocol} is not supported yet; name a PLAINTEXT listener of the cluster")]
    Security {
        /// The bootstrap servers.
        servers: String,
        /// The word of `security.protocol`.
        protocol: &'static str,
    },
    /// None of several bootstrap servers answers.
    #[error("none of {} bootstrap servers answers: {}", .0.len(), each(.0))]
    NoServer(Vec<ClientError>),
    /// A name without an address.
    #[error("{address}: the name does not resolve: {reason}")]
    Resolve {
        /// What was asked for.
        address: String,
        /// What the resolver says.
        reason: String,
    },
    /// Nothing accepts connections there.
    #[error("{address}: {}", plain(source))]
    Connect {
        /// What was asked for.
        address: String,
        /// What the system says.
        source: io::Error,
    },
    /// The connection broke.
    #[error("{address}: {api}: {}", plain(source))]
    Broken {
        /// The broker.
        address: String,
        /// The request that was on its way.
        api: ApiKey,
        /// What the system says.
        source: io::Error,
    },
    /// No answer in time.
    #[error("{address}: {api}: no answer within {} ms", limit.as_millis())]
    TimedOut {
        /// The broker.
        address: String,
        /// The request that was on its way.
        api: ApiKey,
        /// How long it was waited for.
        limit: Duration,
    },
    /// Something that is not Kafka, or a broken one.
    #[error("{address}: {api}: not an answer of Kafka: {reason}")]
    Garbage {
        /// The broker.
        address: String,
        /// The request that was on its way.
        api: ApiKey,
        /// What is wrong with it.
        reason: String,
    },
    /// The broker serves no version that this client speaks.
    #[error("{address}: {api} is served in versions {theirs}, this client speaks {ours}")]
    Versions {
        /// The broker.
        address: String,
        /// The API.
        api: ApiKey,
        /// What it serves.
        theirs: String,
        /// What this client speaks.
        ours: String,
    },
    /// A request cannot be written.
    #[error("{api}: {source}")]
    Encode {
        /// The request.
        api: ApiKey,
        /// Why not.
        source: EncodeError,
    },
    /// The cluster answered with an error.
    #[error("{api}{}{subject}: {code}{}{}", if subject.is_empty() { "" } else { " of " }, if text.is_empty() { "" } else { ": " }, text)]
    Kafka {
        /// The request.
        api: ApiKey,
        /// The topic, partition or group it was about.
        subject: String,
        /// Kafka's error.
        code: ErrorCode,
        /// Kafka's own text, where it sent one.
        text: String,
    },
    /// A broker that the cluster does not have now.
    #[error("the cluster has no broker {0} now")]
    UnknownBroker(i32),
    /// A topic that does not exist.
    #[error("topic {0} does not exist")]
    UnknownTopic(String),
    /// A partition that its topic does not have.
    #[error("topic {topic} has {partitions} partition{}, and none is {partition}; they count from 0", if *partitions == 1 { "" } else { "s" })]
    UnknownPartition {
        /// The topic.
        topic: String,
        /// What was asked for.
        partition: i32,
        /// How many it has.
        partitions: usize,
    },
    /// A partition without a leader.
    #[error("partition {partition} of {topic} has no leader")]
    NoLeader {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
    },
    /// A group that did not settle in time.
    #[error("group {group} {seen} after {} ms; expected Stable{wanted}", limit.as_millis())]
    NotStable {
        /// The group.
        group: String,
        /// How it was seen last: its state and its members.
        seen: String,
        /// How many members are waited for, where that matters.
        wanted: String,
        /// How long it was waited for.
        limit: Duration,
    },
    /// A group that has not read to the ends of its topics in time.
    #[error("group {group} has not caught up after {} ms: {seen}", limit.as_millis())]
    NotCaughtUp {
        /// The group.
        group: String,
        /// Where it stood last in the partitions that it has not read to their ends.
        seen: String,
        /// How long it was waited for.
        limit: Duration,
    },
    /// Records that cannot be packed or read.
    #[error("records of {subject}: {reason}")]
    Records {
        /// The topic and partition.
        subject: String,
        /// What is wrong with them.
        reason: String,
    },
}

impl ClientError {
    pub(crate) fn garbage(address: &str, api: ApiKey, error: &DecodeError) -> Self {
        Self::Garbage { address: address.to_owned(), api, reason: error.to_string() }
    }

    /// The server that it is about, where it is about one.
    pub(super) fn address(&self) -> Option<&str> {
        match self {
            Self::Resolve { address, .. }
            | Self::Connect { address, .. }
            | Self::Broken { address, .. }
            | Self::TimedOut { address, .. }
            | Self::Garbage { address, .. }
            | Self::Versions { address, .. } => Some(address),
            _ => None,
        }
    }

    /// Whether more time might have helped.
    pub(super) fn is_time_out(&self) -> bool {
        match self {
            Self::Connect { source, .. } => {
                matches!(source.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
            }
            Self::TimedOut { .. } => true,
            _ => false,
        }
    }

    /// The reason without the address, as a skipped test shows it: `connection refused`.
    pub fn reason(&self) -> String {
        match self {
            Self::Connect { source, .. } | Self::Broken { source, .. } => plain(source),
            Self::Resolve { reason, .. } => format!("the name does not resolve: {reason}"),
            Self::TimedOut { limit, .. } => format!("no answer within {} ms", limit.as_millis()),
            Self::NoServer(errors) => each(errors),
            other => other.to_string(),
        }
    }
}

fn each(errors: &[ClientError]) -> String {
    errors.iter().map(ClientError::to_string).collect::<Vec<_>>().join("; ")
}

/// The usual failures in plain words, without the system's numbers.
fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "timed out".to_owned(),
        io::ErrorKind::ConnectionReset => "connection reset".to_owned(),
        io::ErrorKind::UnexpectedEof => "the other side closed the connection".to_owned(),
        _ => error.to_string(),
    }
}
