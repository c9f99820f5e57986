//! What a rule does.

use std::fmt;
use std::time::Duration;

use kafka_trial_wire::{ApiKey, ErrorCode};

/// What a rule does to a request or its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultAction {
    /// The request has no effect, and its answer has this error, for each topic and partition that it names.
    Reject(ErrorCode),
    /// The request has its effect, and its answer has this error all the same.
    ApplyThenFail(ErrorCode),
    /// The connection is closed; the request has no effect.
    CutBefore,
    /// The request has its effect, and the connection is closed without an answer.
    CutAfter,
    /// The request has its effect, and the connection is closed after so many bytes of the answer.
    CutInReply(usize),
    /// The request has its effect after this time.
    DelayBefore(Duration),
    /// The request has its effect at once, and its answer leaves after this time.
    DelayAfter(Duration),
    /// The request is delayed by `fixed` and up to `jitter` more: before its effect, or its answer after it. The draw is that
    /// of [`When::Probability`](super::When::Probability).
    Jitter {
        /// The least delay.
        fixed: Duration,
        /// What is added at most.
        jitter: Duration,
        /// Whether the answer is delayed, after the effect.
        answer: bool,
    },
    /// The request has its effect when the hold of this name is released.
    HoldBefore(String),
    /// The request has its effect at once, and its answer leaves when the hold of this name is released.
    HoldAfter(String),
    /// The request has its effect, and is never answered. Requests behind it on the same connection wait, too.
    Swallow,
    /// Like [`FaultAction::Reject`], with these errors in turn.
    RejectInTurn(Vec<ErrorCode>),
    /// A new connection is closed as soon as it is accepted.
    CutAtAccept,
    /// The connection is reset (TCP RST); the request has no effect.
    ResetBefore,
    /// The request has its effect, and the connection is reset without an answer.
    ResetAfter,
    /// The request has no effect and is never answered. Requests behind it on the same connection wait, too.
    Blackhole,
    /// The request has no effect, and is answered as if it had.
    Lose,
    /// The answer leaves in pieces of `chunk` bytes, at most `bytes_per_s` bytes in a second.
    Slow {
        /// Bytes in a second, above 0.
        bytes_per_s: u64,
        /// Bytes in a piece, above 0.
        chunk: usize,
    },
    /// The answer says that the client is throttled for this time, and the broker reads nothing from the connection
    /// meanwhile (KIP-219).
    Throttle(Duration),
    /// The first batch of an answered Fetch is damaged, in the copy that is sent. Fetches without records are not meant.
    Corrupt(Corruption),
    /// The records of an answered Fetch have times later by so many milliseconds (earlier if negative), in the copy that
    /// is sent.
    SkewTime(i64),
    /// The batches of a Produce are appended twice and acknowledged once. Only for producers without idempotence.
    AppendTwice,
    /// An OffsetFetch answers offsets that lie so many records back, so that they are delivered again.
    Rewind(i64),
    /// A second producer with the same transactional id fences the sender before its request is handled.
    Fence,
    /// The transaction of the sender times out before its request is handled.
    TimeOutTransaction,
    /// The members of the group that the request names leave it as if their sessions had ended: the sender alone, or all.
    ExpireMembers {
        /// Whether all members go.
        all: bool,
    },
    /// Different brokers lead the partitions that the request names, before it is handled.
    MoveLeader {
        /// The new leader; the next running broker if `None`.
        to: Option<i32>,
        /// What the answer says about the new leader (KIP-951).
        hint: Hint,
    },
    /// A different broker coordinates the group or the transactional id that the request names, before it is handled.
    MoveCoordinator {
        /// The new coordinator; the next running broker if `None`.
        to: Option<i32>,
    },
    /// The partitions that the request names lose their records before it is handled: the start of the log moves to its
    /// end.
    Truncate,
    /// `retention.ms` and `retention.bytes` of the topics that the request names are applied before it is handled.
    ApplyRetention,
    /// The request is answered from the state that the cluster had when the rule was armed. For requests that only read.
    Stale,
    /// Answers name this host and port in place of the brokers' own.
    Advertise {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// ApiVersions shows versions up to this one only.
    Downgrade {
        /// The API; all if `None`.
        api: Option<ApiKey>,
        /// The highest version.
        to: i16,
    },
    /// The broker that was asked stops: it closes its connections, different brokers lead its partitions, and for this time
    /// it closes new connections at once. The request has no effect.
    Restart {
        /// How long the broker is away; until the rule ends if `None`.
        down: Option<Duration>,
        /// Whether the other brokers follow, one after the other.
        rolling: bool,
    },
}

/// How the first batch of a fetched partition is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Corruption {
    /// A bit of the checksum is flipped.
    Crc,
    /// A bit of the records is flipped.
    Bit,
    /// The batch names a codec that its records are not packed with; its checksum is right.
    Codec,
    /// The last byte of each value is cut off; the batch is valid.
    Payload,
    /// Each value that begins with a schema id has the id 2147483647, which no registry has; the batch is valid.
    SchemaId,
}

/// What an answer says about the leader of a partition (KIP-951).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hint {
    /// The new leader.
    #[default]
    Right,
    /// A different broker than the new leader.
    Wrong,
    /// Nothing.
    Absent,
}

impl FaultAction {
    /// The errors that it answers with.
    pub(super) fn codes(&self) -> &[ErrorCode] {
        match self {
            Self::Reject(code) | Self::ApplyThenFail(code) => std::slice::from_ref(code),
            Self::RejectInTurn(codes) => codes,
            _ => &[],
        }
    }

    /// Whether it is decided when the answer is there, because it changes what the answer holds.
    pub(super) fn is_of_answer(&self) -> bool {
        matches!(
            self,
            Self::Corrupt(_) | Self::SkewTime(_) | Self::Rewind(_) | Self::Advertise { .. } | Self::Downgrade { .. }
        )
    }
}

impl fmt::Display for FaultAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reject(code) => write!(f, "reject with {code}"),
            Self::ApplyThenFail(code) => write!(f, "apply, then answer {code}"),
            Self::CutBefore => f.write_str("cut before the effect"),
            Self::CutAfter => f.write_str("apply, then cut"),
            Self::CutInReply(bytes) => write!(f, "apply, then cut after {bytes} bytes of the answer"),
            Self::DelayBefore(time) => write!(f, "delay the effect by {time:?}"),
            Self::DelayAfter(time) => write!(f, "apply, then delay the answer by {time:?}"),
            Self::Jitter { fixed, jitter, answer } => {
                let what = if *answer { "apply, then delay the answer" } else { "delay the effect" };
                write!(f, "{what} by {fixed:?} and up to {jitter:?} more")
            }
            Self::HoldBefore(name) => write!(f, "hold as {name:?}"),
            Self::HoldAfter(name) => write!(f, "apply, then hold the answer as {name:?}"),
            Self::Swallow => f.write_str("apply, and never answer"),
            Self::RejectInTurn(codes) => {
                let codes: Vec<String> = codes.iter().map(ToString::to_string).collect();
                write!(f, "reject with {} in turn", codes.join(", "))
            }
            Self::CutAtAccept => f.write_str("cut at accept"),
            Self::ResetBefore => f.write_str("reset before the effect"),
            Self::ResetAfter => f.write_str("apply, then reset"),
            Self::Blackhole => f.write_str("neither apply nor answer"),
            Self::Lose => f.write_str("answer without the effect"),
            Self::Slow { bytes_per_s, chunk } => {
                write!(f, "answer with {bytes_per_s} bytes a second in pieces of {chunk}")
            }
            Self::Throttle(time) => write!(f, "throttle for {time:?}"),
            Self::Corrupt(Corruption::Crc) => f.write_str("corrupt the checksum of fetched records"),
            Self::Corrupt(Corruption::Bit) => f.write_str("corrupt a bit of fetched records"),
            Self::Corrupt(Corruption::Codec) => f.write_str("corrupt the codec of fetched records"),
            Self::Corrupt(Corruption::Payload) => f.write_str("corrupt the values of fetched records"),
            Self::Corrupt(Corruption::SchemaId) => f.write_str("corrupt the schema ids of fetched records"),
            Self::SkewTime(ms) => write!(f, "skew the times of fetched records by {ms} ms"),
            Self::AppendTwice => f.write_str("append twice"),
            Self::Rewind(records) => write!(f, "answer offsets {records} records back"),
            Self::Fence => f.write_str("fence the producer"),
            Self::TimeOutTransaction => f.write_str("time the transaction out"),
            Self::ExpireMembers { all: false } => f.write_str("expire the member"),
            Self::ExpireMembers { all: true } => f.write_str("expire all members"),
            Self::MoveLeader { to, hint } => {
                f.write_str("move the leader")?;
                to.map_or(Ok(()), |to| write!(f, " to {to}"))?;
                match hint {
                    Hint::Right => Ok(()),
                    Hint::Wrong => f.write_str(", with a wrong hint"),
                    Hint::Absent => f.write_str(", without a hint"),
                }
            }
            Self::MoveCoordinator { to } => {
                f.write_str("move the coordinator")?;
                to.map_or(Ok(()), |to| write!(f, " to {to}"))
            }
            Self::Truncate => f.write_str("delete the records"),
            Self::ApplyRetention => f.write_str("apply the retention"),
            Self::Stale => f.write_str("answer from the state at the time of arming"),
            Self::Advertise { host, port } => write!(f, "advertise {host}:{port}"),
            Self::Downgrade { api: Some(api), to } => write!(f, "show {api} up to version {to}"),
            Self::Downgrade { api: None, to } => write!(f, "show all APIs up to version {to}"),
            Self::Restart { down, rolling } => {
                f.write_str(if *rolling { "restart the brokers in turn" } else { "restart the broker" })?;
                down.map_or(Ok(()), |down| write!(f, " within {down:?}"))
            }
        }
    }
}
