//! A rule that is armed: which requests it acts on, and those that came near.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use kafka_trial_core::{Rng, State, Time};
use kafka_trial_wire::ApiKey;

use super::action::FaultAction;
use super::rule::{FaultRule, OncePer, When};
use super::status::{FaultStatus, NearMiss};
use crate::journal::{Detail, Entry};

/// How many requests that nearly met a rule are kept for it.
const NEAR: usize = 3;

/// What a rule looks at.
pub(crate) struct Request<'a> {
    pub(crate) entry: &'a Entry,
    /// The cluster's time.
    pub(crate) now: Time,
    /// The correlation ids of the records that the request carries, asked only if a rule needs them.
    pub(crate) correlations: &'a dyn Fn() -> Vec<String>,
}

#[derive(Debug)]
pub(super) struct Armed {
    pub(super) status: FaultStatus,
    /// When the rule was armed, on the cluster's clock.
    pub(super) since: Time,
    /// The state at that time, if the rule answers from it.
    pub(super) snapshot: Option<Box<State>>,
    /// How many requests of each client, API and partition the rule has meant, for the draws.
    pub(super) seen: BTreeMap<String, u64>,
    /// The values that `once_per` has met.
    pub(super) met: BTreeSet<String>,
}

/// A rule that acts on a request.
pub(super) struct Hit {
    pub(super) rule: FaultRule,
    /// How often it has acted, with this time.
    pub(super) number: u64,
    /// A draw from 0 to 1.
    pub(super) share: f64,
    pub(super) snapshot: Option<Box<State>>,
}

/// The APIs whose requests wait for others, or have no effect.
pub(super) const NEVER_LOST: [ApiKey; 3] = [ApiKey::Fetch, ApiKey::JoinGroup, ApiKey::SyncGroup];

/// What a request lacks that the action works on.
pub(super) fn lacks(action: &FaultAction, entry: &Entry) -> Option<String> {
    let (is_there, what) = match action {
        FaultAction::AppendTwice if entry.api != ApiKey::Produce => {
            return Some(format!("its API is {}, not Produce", entry.api));
        }
        FaultAction::Lose if NEVER_LOST.contains(&entry.api) => {
            return Some(format!("a request of {} has no effect to lose, or waits for others", entry.api));
        }
        FaultAction::AppendTwice => {
            let is_idempotent = matches!(&entry.detail, Detail::Produce(produce)
                if produce.partitions.iter().any(|partition| partition.producer.is_some()));
            return is_idempotent.then(|| "its producer is idempotent, so nothing is appended twice".to_owned());
        }
        FaultAction::Fence | FaultAction::TimeOutTransaction => {
            (entry.transactional_id().is_some(), "transactional id")
        }
        FaultAction::ExpireMembers { .. } => {
            (entry.membership().is_some_and(|membership| !membership.member.is_empty()), "member")
        }
        FaultAction::MoveLeader { .. } | FaultAction::Truncate => (!entry.partitions().is_empty(), "partition"),
        FaultAction::ApplyRetention => (!entry.topics().is_empty(), "topic"),
        FaultAction::MoveCoordinator { .. } => {
            (!entry.groups().is_empty() || entry.transactional_id().is_some(), "group and no transactional id")
        }
        _ => return None,
    };
    (!is_there).then(|| format!("it names no {what}"))
}

impl Armed {
    pub(super) fn new(rule: FaultRule, since: Time, snapshot: Option<Box<State>>) -> Self {
        let status = FaultStatus { rule, matched: 0, fired: 0, near: Vec::new() };
        Self { status, since, snapshot, seen: BTreeMap::new(), met: BTreeSet::new() }
    }

    /// The rule, if it acts on this request. `lacks` is what keeps its action from acting on it.
    pub(super) fn acts_on(&mut self, request: &Request<'_>, seed: u64, lacks: Option<String>) -> Option<Hit> {
        let (rule, entry) = (&self.status.rule, request.entry);
        let mut misses = Vec::new();
        if !rule.apis.is_empty() && !rule.apis.contains(&entry.api) && rule.action != FaultAction::CutAtAccept {
            let apis: Vec<String> = rule.apis.iter().map(ToString::to_string).collect();
            misses.push(format!("its API is {}, not {}", entry.api, apis.join(" or ")));
        }
        misses.extend((rule.misses)(entry));
        if misses.is_empty() {
            misses.extend(lacks);
        }
        if misses.is_empty() {
            self.status.matched += 1;
            let partitions = entry.partitions();
            let partition = partitions.first().map(|(topic, partition)| format!("{topic}-{partition}"));
            let key = format!("{}\0{}\0{}", entry.client_id, entry.api, partition.as_deref().unwrap_or_default());
            let count = self.seen.entry(key.clone()).or_default();
            *count += 1;
            let number = self.status.matched;
            let age = Duration::from_micros(self.since.micros_until(request.now));
            let mut once = |value: Option<String>| value.is_some_and(|value| self.met.insert(value));
            let is_within = rule.limit.is_none_or(|limit| self.status.fired < limit);
            let acts = is_within
                && match &rule.when {
                    When::Always => true,
                    When::Nth(range) => range.contains(&number),
                    When::Every(n) => number.is_multiple_of(*n),
                    When::Probability(p) => draw(seed, &rule.id, &key, *count) < *p,
                    When::After(time) => age >= *time,
                    When::Between(from, to) => (*from..*to).contains(&age),
                    When::OncePer(OncePer::Client) => once(Some(entry.client_id.to_string())),
                    When::OncePer(OncePer::Connection) => once(Some(entry.connection.to_string())),
                    When::OncePer(OncePer::Partition) => once(partition),
                    When::OncePer(OncePer::Correlation) => {
                        // All ids are met, also behind the first new one.
                        (request.correlations)().into_iter().filter(|id| once(Some(id.clone()))).count() > 0
                    }
                };
            if acts {
                self.status.fired += 1;
                self.status.near = Vec::new();
                let share = draw(seed, &format!("{} jitter", rule.id), &key, *count);
                let (rule, number) = (rule.clone(), self.status.fired);
                return Some(Hit { rule, number, share, snapshot: self.snapshot.clone() });
            }
        }
        if self.status.fired == 0 {
            self.came_near(entry, misses);
        }
        None
    }

    /// Keeps the nearest requests: those that miss the fewest conditions, and of equals the first.
    fn came_near(&mut self, entry: &Entry, misses: Vec<String>) {
        let near = &mut self.status.near;
        let place = near.partition_point(|kept| kept.misses.len() <= misses.len());
        if place < NEAR {
            near.insert(place, NearMiss { request: entry.clone(), misses });
            near.truncate(NEAR);
        }
    }
}

/// A number from 0 to 1 that these decide alone.
fn draw(seed: u64, rule: &str, key: &str, count: u64) -> f64 {
    // FNV-1a over both names, each with its end.
    let bytes = rule.bytes().chain([0]).chain(key.bytes()).chain([0]);
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let number = Rng::new(seed ^ hash ^ count.rotate_left(32)).next_u64();
    // The upper 32 bits, which a double holds exactly.
    f64::from(u32::try_from(number >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}
