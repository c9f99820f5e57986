//! A closed connection has a reason.

use kafka_trial_core::Time;
use kafka_trial_wire::ApiKey;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::names;

/// The reason why a connection was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CloseReason {
    /// The client closed the connection.
    #[error("the client closed it")]
    Disconnected,
    /// A frame announced a size below 0 or above `socket.request.max.bytes`.
    #[error("a frame announced {size} bytes; the largest is {largest} (socket.request.max.bytes)")]
    FrameSize {
        /// The announced size.
        size: i32,
        /// The largest size that is accepted.
        largest: usize,
    },
    /// The header of a request cannot be read.
    #[error("the header of a request cannot be read: {cause}")]
    Header {
        /// The fault of the header.
        cause: String,
    },
    /// The broker does not serve this API in this version; ApiVersions shows the served ones.
    #[error("{api} is not served at version {version}; ApiVersions shows the versions that are")]
    Unserved {
        /// The API.
        #[serde(with = "names::api")]
        api: ApiKey,
        /// The version of the request.
        version: i16,
    },
    /// The body of a request cannot be read.
    #[error("the request cannot be read: {error}")]
    Body {
        /// The message, its version, the field, and the field's fault.
        error: String,
    },
    /// A Produce with `acks=0` failed. Kafka closes the connection so that the producer notices.
    #[error("a Produce with acks=0 failed, and closing is the only way to say so")]
    Unacknowledged,
    /// The broker's answer cannot be written in the version of the request: a bug of the broker.
    #[error("the answer to {api} v{version} cannot be written, which is a bug of the broker: {error}")]
    Unwritable {
        /// The API.
        #[serde(with = "names::api")]
        api: ApiKey,
        /// The version.
        version: i16,
        /// The encoding error.
        error: String,
    },
    /// The connection was idle for `connections.max.idle.ms`.
    #[error("it was idle for {limit_ms} ms (connections.max.idle.ms)")]
    Idle {
        /// The limit in milliseconds.
        limit_ms: i64,
    },
    /// A fault rule cut it.
    #[error("the fault {rule:?} {} it", if *reset { "reset" } else { "cut" })]
    Fault {
        /// The rule.
        rule: String,
        /// Whether the client got a TCP reset.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        reset: bool,
    },
    /// The broker was stopped.
    #[error("the broker was stopped")]
    BrokerStopped,
    /// The connection failed.
    #[error("the connection failed: {error}")]
    Failed {
        /// The error of the operating system.
        error: String,
    },
}

/// A connection that the broker closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedConnection {
    /// The connection, numbered as in [`Entry::connection`](super::Entry::connection).
    pub connection: u64,
    /// The broker of the connection.
    pub broker: i32,
    /// When the connection was closed.
    pub at: Time,
    /// The reason.
    pub reason: CloseReason,
}
