//! What a rule is: which requests it means, which of those it acts on, and what it does.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use kafka_trial_wire::{ApiKey, ErrorCode};

use crate::journal::Entry;

/// Names what keeps a request from being meant, one text for each condition that it misses; empty if it is meant.
pub type Misses = Arc<dyn Fn(&Entry) -> Vec<String> + Send + Sync>;

/// One rule: a fault that the broker has for the requests that it means.
///
/// Rules are tried in the order in which they were armed, and the first that acts on a request is the only one.
#[derive(Clone)]
pub struct FaultRule {
    /// The name of the rule, in reports and to disarm it.
    pub id: String,
    /// The API of the requests that it means; any if `None`.
    pub api: Option<ApiKey>,
    /// The other conditions, tried after `api`. The function runs on the broker's thread, so it must be quick and pure.
    pub misses: Misses,
    /// Which topics and partitions of an answer get the error of [`FaultAction::ApplyThenFail`]; the others are answered as
    /// always. A rejected request is rejected as a whole.
    pub parts: Parts,
    /// Which of the requests that it means it acts on.
    pub when: When,
    /// What it does.
    pub action: FaultAction,
    /// Whether a test fails in which the rule never acted.
    pub must_fire: bool,
}

impl FaultRule {
    /// A rule for all requests of an API that must act.
    pub fn new(id: impl Into<String>, api: Option<ApiKey>, action: FaultAction) -> Self {
        let misses = Arc::new(|_: &Entry| Vec::new());
        Self { id: id.into(), api, misses, parts: Parts::default(), when: When::Always, action, must_fire: true }
    }
}

impl fmt::Debug for FaultRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, api, parts, when, action, must_fire, .. } = self;
        let mut rule = f.debug_struct("FaultRule");
        rule.field("id", id).field("api", api).field("parts", parts).field("when", when).field("action", action);
        rule.field("must_fire", must_fire).finish_non_exhaustive()
    }
}

/// The topics and partitions of an answer that a rule means; all by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// The name of the topic.
    pub topic: Option<String>,
    /// The number of the partition.
    pub partition: Option<i32>,
}

/// Which of the requests that a rule means it acts on. The requests are counted from 1, for each rule alone.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum When {
    /// All of them.
    Always,
    /// Those with these numbers: `1..=1` is the first, `1..=5` the first five.
    Nth(RangeInclusive<u64>),
    /// Every n-th: 3 is the third, the sixth and so on.
    Every(u64),
    /// Each with this probability, from 0 to 1. The draw depends on the seed of the cluster, the rule, the client's id and
    /// how many requests of that client the rule has seen, so the order in which clients come does not change it.
    Probability(f64),
}

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
    /// The request has its effect when the hold of this name is released.
    HoldBefore(String),
    /// The request has its effect at once, and its answer leaves when the hold of this name is released.
    HoldAfter(String),
    /// The request has its effect, and is never answered. Requests behind it on the same connection wait, too.
    Swallow,
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
            Self::HoldBefore(name) => write!(f, "hold as {name:?}"),
            Self::HoldAfter(name) => write!(f, "apply, then hold the answer as {name:?}"),
            Self::Swallow => f.write_str("apply, and never answer"),
        }
    }
}
