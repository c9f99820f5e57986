//! What the cluster's clock will do next.

use std::fmt;
use std::str::FromStr;

use crate::state::Timer;
use crate::{GroupTimer, State, Time, Transaction, TransactionState};

/// A timer of a cluster that has not fired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The time at which it fires, on the cluster's clock.
    pub at: Time,
    /// Its kind.
    pub kind: DueKind,
    /// The group, the transactional id or the partition that it concerns; empty if it concerns all.
    pub subject: String,
    /// The member whose session it checks; otherwise empty.
    pub member: String,
}

/// What a timer of a cluster does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DueKind {
    /// Checks the session of a member, which may have been prolonged meanwhile.
    Session,
    /// Ends the time in which the members of a group have to join, or to synchronise.
    Rebalance,
    /// Ends a transaction (`transaction.timeout.ms`).
    Transaction,
    /// Writes the markers of a transaction that ends.
    Markers,
    /// Ends the reassignment of a partition.
    Reassignment,
    /// Looks for logs to compact (`log.cleaner.backoff.ms`).
    Cleaner,
    /// Looks for silent idempotent producers (`producer.id.expiration.check.interval.ms`).
    Producers,
    /// Looks for segments past their retention (`log.retention.check.interval.ms`).
    Retention,
    /// Looks for committed offsets past their retention (`offsets.retention.check.interval.ms`).
    Offsets,
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, subject, member, .. } = self;
        match (subject.as_str(), member.as_str()) {
            ("", _) => write!(f, "{kind}"),
            (subject, "") => write!(f, "{kind} of {subject}"),
            (subject, member) => write!(f, "{kind} of {member} in {subject}"),
        }
    }
}

impl DueKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Session,
        Self::Rebalance,
        Self::Transaction,
        Self::Markers,
        Self::Reassignment,
        Self::Cleaner,
        Self::Producers,
        Self::Retention,
        Self::Offsets,
    ];

    /// Returns the kind's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Rebalance => "rebalance",
            Self::Transaction => "transaction",
            Self::Markers => "markers",
            Self::Reassignment => "reassignment",
            Self::Cleaner => "cleaner",
            Self::Producers => "producers",
            Self::Retention => "retention",
            Self::Offsets => "offsets",
        }
    }
}

impl fmt::Display for DueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DueKind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.into_iter().map(Self::name).collect();
            format!("no timer is called {name}; expected one of {}", known.join(", "))
        })
    }
}

impl State {
    /// Returns all timers in the order in which they fire.
    pub fn due(&self) -> Vec<Due> {
        let due = |(at, timer): (Time, &Timer)| {
            let (kind, subject, member) = match timer {
                Timer::Group { group, timer: GroupTimer::Session { member } } => {
                    (DueKind::Session, group.to_string(), member.clone())
                }
                Timer::Group { group, .. } => (DueKind::Rebalance, group.to_string(), String::new()),
                Timer::TransactionExpires { id, .. } => (DueKind::Transaction, id.to_string(), String::new()),
                Timer::Markers { id, .. } => (DueKind::Markers, id.to_string(), String::new()),
                Timer::Reassignment { topic, partition } => {
                    let name = self.topics.by_id(*topic).map(|topic| &*topic.name).unwrap_or_default();
                    (DueKind::Reassignment, format!("{name}-{partition}"), String::new())
                }
                Timer::Cleaner => (DueKind::Cleaner, String::new(), String::new()),
                Timer::Producers => (DueKind::Producers, String::new(), String::new()),
                Timer::Retention => (DueKind::Retention, String::new(), String::new()),
                Timer::Offsets => (DueKind::Offsets, String::new(), String::new()),
            };
            Due { at, kind, subject, member }
        };
        self.timers.iter().filter(|(_, timer)| self.matters(timer)).map(due).collect()
    }

    /// Whether a timer still does something when it fires.
    fn matters(&self, timer: &Timer) -> bool {
        match timer {
            Timer::TransactionExpires { id, round } => {
                let is_it = |of: &Transaction| of.round == *round && of.state == TransactionState::Ongoing;
                self.transactions.get(id).is_some_and(is_it)
            }
            Timer::Markers { id, round } => self.transactions.get(id).is_some_and(|of| of.round == *round),
            Timer::Group { group, .. } => self.groups.get(group).is_some(),
            _ => true,
        }
    }
}
