//! What a rule is: which requests it means, which of those it acts on, and what it does.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use kafka_trial_wire::ApiKey;

use super::FaultError;
use super::action::FaultAction;
use super::refused::check;
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
    /// The requests that it means, in words, such as `Produce of topic orders`; for reports only.
    pub about: String,
    /// The APIs of the requests that it means; any if empty.
    pub apis: Vec<ApiKey>,
    /// The other conditions, tried after `apis`. The function runs on the broker's thread, so it must be quick and pure.
    pub misses: Misses,
    /// Which parts of an answer get the error of [`FaultAction::Reject`] and [`FaultAction::ApplyThenFail`]; the other parts
    /// have their effect and are answered as always.
    pub parts: Parts,
    /// Where in an answer the error stands; the innermost place if `None`.
    pub level: Option<Level>,
    /// Which of the requests that it means it acts on.
    pub when: When,
    /// On how many requests it acts at most.
    pub limit: Option<u64>,
    /// What it does.
    pub action: FaultAction,
    /// Whether a test fails in which the rule never acted.
    pub must_fire: bool,
}

impl FaultRule {
    /// A rule for all requests of an API that must act.
    pub fn new(id: impl Into<String>, api: Option<ApiKey>, action: FaultAction) -> Self {
        let misses = Arc::new(|_: &Entry| Vec::new());
        Self {
            id: id.into(),
            about: api.map_or_else(|| "any request".to_owned(), |api| api.to_string()),
            apis: api.into_iter().collect(),
            misses,
            parts: Parts::default(),
            level: None,
            when: When::Always,
            limit: None,
            action,
            must_fire: true,
        }
    }
}

impl FaultRule {
    /// Refuses a rule that could never act, or that contradicts itself. What depends on a cluster is checked when the rule is
    /// armed.
    pub fn check(&self) -> Result<(), FaultError> {
        check(self)
    }
}

impl fmt::Debug for FaultRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, apis, parts, level, when, limit, action, must_fire, .. } = self;
        let mut rule = f.debug_struct("FaultRule");
        rule.field("id", id).field("apis", apis).field("parts", parts).field("level", level).field("when", when);
        rule.field("limit", limit).field("action", action).field("must_fire", must_fire).finish_non_exhaustive()
    }
}

/// The parts of an answer that a rule means; all by default. In names `*` stands for any text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// The name of the topic.
    pub topic: Option<String>,
    /// The number of the partition.
    pub partition: Option<i32>,
    /// The id of the group.
    pub group: Option<String>,
    /// The id of the member.
    pub member: Option<String>,
}

impl Parts {
    /// Whether all parts are meant.
    pub(crate) fn is_all(&self) -> bool {
        *self == Self::default()
    }
}

/// Where an error stands in an answer: each API has some of these places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Level {
    /// The answer as a whole.
    Top,
    /// A topic, with all of its partitions.
    Topic,
    /// A partition.
    Partition,
    /// A group.
    Group,
    /// A member of a group.
    Member,
    /// A row of a different kind, such as a broker, a user or a config resource.
    Row,
}

impl Level {
    /// All levels with their names in files.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Top, "top"),
        (Self::Topic, "topic"),
        (Self::Partition, "partition"),
        (Self::Group, "group"),
        (Self::Member, "member"),
        (Self::Row, "row"),
    ];
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find(|(level, _)| level == self).map(|(_, name)| *name);
        f.write_str(name.unwrap_or_default())
    }
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
    /// Each with this probability, from 0 to 1. The draw depends on the seed of the cluster, the rule, the client's id, the
    /// API, the first partition that the request names, and how many such requests of that client the rule has seen. So
    /// neither threads nor the order in which clients come change it.
    Probability(f64),
    /// Those that come later than this after the rule was armed, on the cluster's clock.
    After(Duration),
    /// Those that come within these times after the rule was armed, on the cluster's clock.
    Between(Duration, Duration),
    /// The first for each value of this.
    OncePer(OncePer),
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("all of them"),
            Self::Nth(range) if (*range.start(), *range.end()) == (1, 1) => f.write_str("the first"),
            Self::Nth(range) if *range.start() == 1 => write!(f, "the first {}", range.end()),
            Self::Nth(range) if range.start() == range.end() => write!(f, "number {}", range.start()),
            Self::Nth(range) => write!(f, "numbers {} to {}", range.start(), range.end()),
            Self::Every(n) => write!(f, "number {n}, {}, and so on", n.saturating_mul(2)),
            Self::Probability(p) => write!(f, "each with probability {p}"),
            Self::After(time) => write!(f, "those later than {time:?}"),
            Self::Between(from, to) => write!(f, "those between {from:?} and {to:?}"),
            Self::OncePer(OncePer::Correlation) => f.write_str("the first for each correlation id"),
            Self::OncePer(OncePer::Client) => f.write_str("the first of each client"),
            Self::OncePer(OncePer::Connection) => f.write_str("the first on each connection"),
            Self::OncePer(OncePer::Partition) => f.write_str("the first for each partition"),
        }
    }
}

/// What a rule acts on once for each value of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OncePer {
    /// The correlation ids of the records that a Produce carries: the header `correlation_id` or `correlation-id`. A retry of
    /// the same record is not hit again. Requests without such a record are not hit.
    Correlation,
    /// The client's id.
    Client,
    /// The connection.
    Connection,
    /// The first partition that the request names.
    Partition,
}
