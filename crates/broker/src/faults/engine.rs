//! The rules that are armed, and what they decide.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use bytes::Bytes;
use kafka_trial_core::{Rng, State, TicketId, Time};
use kafka_trial_wire::{ApiKey, ErrorCode, Segments};

use super::FaultError;
use super::pace::Pace;
use super::refused::check;
use super::rule::{FaultAction, FaultRule, Hint, OncePer, Parts, When};
use super::stamp::Stamp;
use super::status::{FaultStatus, FiredFault, NearMiss};
use crate::journal::{Detail, Entry};
use crate::traffic::{ConnectionId, Context, Ticket};

/// How many requests that nearly met a rule are kept for it.
const NEAR: usize = 3;
/// How many requests that rules acted on are remembered, the newest.
const FIRED: usize = 10_000;

/// What happens to a request before its effect.
#[derive(Clone, Debug)]
pub(crate) enum Before {
    /// It is handled as always.
    Nothing,
    /// What the error means has no effect, and its answer has this error.
    Reject(Stamp),
    /// Its connection is closed.
    Cut { rule: String, reset: bool },
    /// It is handled twice, and answered once.
    Twice,
    /// It is answered as if it had an effect.
    Lose,
    /// It is answered from this state.
    Stale(Box<State>),
    /// The state changes first.
    Change(FaultAction),
    /// It is never answered, and has no effect.
    Blackhole,
    /// It is handled later.
    Delay(Duration),
    /// It is handled when this hold is released.
    Hold(String),
    /// It is kept: a delay or a hold has it.
    Kept,
}

/// What happens to an answer after the effect.
#[derive(Clone, Debug)]
pub(crate) enum After {
    /// It has this error.
    Fail(Stamp),
    /// The connection is closed in its place, or after so many of its bytes.
    Cut { rule: String, bytes: Option<usize>, reset: bool },
    /// It is changed.
    Edit(FaultAction, Parts),
    /// It leaves slowly, or the connection is muted after it.
    Pace(FaultAction, Pace),
    /// It leaves later.
    Delay(Duration),
    /// It leaves when this hold is released.
    Hold(String),
    /// It never leaves.
    Swallow,
}

/// A broker that goes away for a time.
#[derive(Clone, Debug)]
pub(crate) struct Outage {
    pub(crate) rule: String,
    pub(crate) broker: i32,
    pub(crate) down: Option<Duration>,
    /// Whether the next broker follows.
    pub(crate) rolling: bool,
}

/// What a rule looks at.
pub(crate) struct Request<'a> {
    pub(crate) entry: &'a Entry,
    /// The cluster's time.
    pub(crate) now: Time,
    /// The correlation ids of the records that the request carries, asked only if a rule needs them.
    pub(crate) correlations: &'a dyn Fn() -> Vec<String>,
}

/// A request or an answer that waits for its release.
#[derive(Debug)]
pub(crate) enum Held {
    /// A request that has had no effect yet.
    Request(Box<Context>, Bytes),
    /// An answer, framed.
    Reply(Ticket, Segments),
}

impl Held {
    fn connection(&self) -> ConnectionId {
        match self {
            Self::Request(context, _) => context.ticket.connection,
            Self::Reply(ticket, _) => ticket.connection,
        }
    }
}

/// The rules that are armed.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    seed: u64,
    armed: Vec<Armed>,
    /// What is to happen to the answers of requests that were judged.
    after: BTreeMap<TicketId, After>,
    /// The request that was judged before and is handled now, after a delay or a hold.
    judged: Option<TicketId>,
    /// What waits for its release: by time, or by the name of a hold.
    held: BTreeMap<TicketId, (Option<String>, Held)>,
    fired: VecDeque<FiredFault>,
    /// The brokers that go away, for the driver.
    outages: Vec<Outage>,
    /// Who waits for what.
    watchers: Vec<(Awaited, SyncSender<()>)>,
}

/// What can be waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Awaited {
    /// A request or an answer is held under this name.
    Held(String),
    /// The rule has acted on so many requests.
    Fired { rule: String, count: u64 },
}

#[derive(Debug)]
struct Armed {
    status: FaultStatus,
    /// When the rule was armed, on the cluster's clock.
    since: Time,
    /// The state at that time, if the rule answers from it.
    snapshot: Option<Box<State>>,
    /// How many requests of each client, API and partition the rule has meant, for the draws.
    seen: BTreeMap<String, u64>,
    /// The values that `once_per` has met.
    met: BTreeSet<String>,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Whether any rule is armed.
    pub(crate) fn is_armed(&self) -> bool {
        !self.armed.is_empty()
    }

    /// Arms a rule, with the present state of the cluster.
    pub(crate) fn arm(&mut self, rule: FaultRule, state: &State) -> Result<(), FaultError> {
        check(&rule)?;
        if self.armed.iter().any(|armed| armed.status.rule.id == rule.id) {
            return Err(FaultError::Known(rule.id));
        }
        let status = FaultStatus { rule, matched: 0, fired: 0, near: Vec::new() };
        // What a rule of the same name did before is not what this one does.
        self.fired.retain(|one| one.rule != status.rule.id);
        let snapshot = matches!(status.rule.action, FaultAction::Stale).then(|| Box::new(state.clone()));
        self.armed.push(Armed { status, since: state.now(), snapshot, seen: BTreeMap::new(), met: BTreeSet::new() });
        Ok(())
    }

    /// Takes a rule away; returns what it has done.
    pub(crate) fn disarm(&mut self, id: &str) -> Option<FaultStatus> {
        let place = self.armed.iter().position(|armed| armed.status.rule.id == id)?;
        Some(self.armed.remove(place).status)
    }

    /// All rules in their order, and what they have done.
    pub(crate) fn status(&self) -> Vec<FaultStatus> {
        self.armed.iter().map(|armed| armed.status.clone()).collect()
    }

    /// The requests that rules acted on, in order.
    pub(crate) fn fired(&self) -> Vec<FiredFault> {
        self.fired.iter().cloned().collect()
    }

    /// A request that was delayed or held is handled next, and not judged again.
    pub(crate) fn pass(&mut self, ticket: TicketId) {
        self.judged = Some(ticket);
    }

    /// Decides about a request. What is to happen to its answer is kept for [`Faults::take_after`].
    pub(crate) fn judge(&mut self, ticket: TicketId, request: &Request<'_>) -> Before {
        if self.judged.take_if(|judged| *judged == ticket).is_some() {
            return Before::Nothing;
        }
        let seed = self.seed;
        let rules = self.armed.iter_mut().filter(|armed| {
            let action = &armed.status.rule.action;
            !action.is_of_answer() && *action != FaultAction::CutAtAccept
        });
        let mut rules = rules.filter_map(|armed| {
            let lacks = lacks(&armed.status.rule.action, request.entry);
            armed.acts_on(request, seed, lacks)
        });
        let Some(Hit { rule, number, share, snapshot }) = rules.next() else { return Before::Nothing };
        self.remember(&rule, request.entry);
        let FaultRule { id: rule, parts, level, action, .. } = rule;
        let stamp = |code| Stamp { rule: rule.clone(), code, parts: parts.clone(), level };
        let after = match action {
            FaultAction::Reject(code) => return Before::Reject(stamp(code)),
            FaultAction::RejectInTurn(codes) => {
                let place = usize::try_from(number).unwrap_or_default().saturating_sub(1) % codes.len().max(1);
                let code = codes.get(place).copied().unwrap_or(ErrorCode::UNKNOWN_SERVER_ERROR);
                return Before::Reject(stamp(code));
            }
            FaultAction::CutBefore => return Before::Cut { rule, reset: false },
            FaultAction::ResetBefore => return Before::Cut { rule, reset: true },
            FaultAction::DelayBefore(time) => return Before::Delay(time),
            FaultAction::Jitter { fixed, jitter, answer } => {
                let time = fixed.saturating_add(jitter.mul_f64(share.clamp(0.0, 1.0)));
                if !answer {
                    return Before::Delay(time);
                }
                After::Delay(time)
            }
            FaultAction::HoldBefore(name) => return Before::Hold(name),
            FaultAction::Blackhole => return Before::Blackhole,
            FaultAction::AppendTwice => return Before::Twice,
            FaultAction::Lose => return Before::Lose,
            FaultAction::Stale => return snapshot.map_or(Before::Nothing, Before::Stale),
            FaultAction::Restart { down, rolling } => {
                let broker = request.entry.broker;
                self.outages.push(Outage { rule: rule.clone(), broker, down, rolling });
                return Before::Cut { rule, reset: false };
            }
            FaultAction::MoveLeader { hint: Hint::Wrong | Hint::Absent, .. } => {
                self.after.insert(ticket, After::Edit(action.clone(), Parts::default()));
                return Before::Change(action);
            }
            FaultAction::Fence
            | FaultAction::TimeOutTransaction
            | FaultAction::ExpireMembers { .. }
            | FaultAction::MoveLeader { .. }
            | FaultAction::MoveCoordinator { .. }
            | FaultAction::Truncate
            | FaultAction::ApplyRetention => return Before::Change(action),
            // A Fetch has no effect, and records that its client does not see were not fetched.
            FaultAction::ApplyThenFail(code) if request.entry.api == ApiKey::Fetch => {
                return Before::Reject(stamp(code));
            }
            FaultAction::ApplyThenFail(code) => After::Fail(stamp(code)),
            FaultAction::CutAfter => After::Cut { rule, bytes: None, reset: false },
            FaultAction::ResetAfter => After::Cut { rule, bytes: None, reset: true },
            FaultAction::CutInReply(bytes) => After::Cut { rule, bytes: Some(bytes), reset: false },
            FaultAction::DelayAfter(time) => After::Delay(time),
            FaultAction::HoldAfter(name) => After::Hold(name),
            FaultAction::Swallow => After::Swallow,
            FaultAction::Slow { bytes_per_s, chunk } => {
                After::Pace(action, Pace { bytes_per_s: Some(bytes_per_s), chunk, mute: Duration::ZERO })
            }
            FaultAction::Throttle(mute) => After::Pace(action, Pace { bytes_per_s: None, chunk: usize::MAX, mute }),
            FaultAction::Advertise { .. }
            | FaultAction::Downgrade { .. }
            | FaultAction::Corrupt(_)
            | FaultAction::SkewTime(_)
            | FaultAction::Rewind(_)
            | FaultAction::CutAtAccept => return Before::Nothing,
        };
        self.after.insert(ticket, after);
        Before::Nothing
    }

    /// Whether a rule waits for answers that it could change.
    pub(crate) fn watches_answers(&self) -> bool {
        self.armed.iter().any(|armed| armed.status.rule.action.is_of_answer())
    }

    /// Decides about an answer, with the rules that change what it holds. `can` tells whether the answer has what a rule
    /// would change.
    pub(crate) fn judge_answer(
        &mut self,
        ticket: TicketId,
        request: &Request<'_>,
        can: impl Fn(&FaultRule) -> bool,
    ) -> Option<After> {
        // Another rule has acted on this request.
        if self.after.contains_key(&ticket) {
            return None;
        }
        let seed = self.seed;
        let rules = self.armed.iter_mut().filter(|armed| armed.status.rule.action.is_of_answer());
        let mut rules = rules.filter_map(|armed| {
            let lacks =
                (!can(&armed.status.rule)).then(|| "its answer holds nothing that the fault changes".to_owned());
            armed.acts_on(request, seed, lacks)
        });
        let Hit { rule, .. } = rules.next()?;
        self.remember(&rule, request.entry);
        Some(After::Edit(rule.action, rule.parts))
    }

    /// Decides about a connection that a broker has accepted. Returns the rule that cuts it.
    pub(crate) fn judge_accept(
        &mut self,
        broker: i32,
        connection: ConnectionId,
        now: Time,
        real: Time,
    ) -> Option<String> {
        let entry = Entry::of_connection(broker, connection, real);
        let request = Request { entry: &entry, now, correlations: &Vec::new };
        let seed = self.seed;
        let rules = self.armed.iter_mut().filter(|armed| armed.status.rule.action == FaultAction::CutAtAccept);
        let mut rules = rules.filter_map(|armed| armed.acts_on(&request, seed, None));
        let Hit { rule, .. } = rules.next()?;
        self.remember(&rule, &entry);
        Some(rule.id)
    }

    fn remember(&mut self, rule: &FaultRule, entry: &Entry) {
        if self.fired.len() >= FIRED {
            self.fired.pop_front();
        }
        self.fired.push_back(FiredFault {
            rule: rule.id.clone(),
            at: entry.received,
            broker: entry.broker,
            connection: entry.connection,
            client_id: entry.client_id.to_string(),
            api: entry.api,
            correlation_id: entry.correlation_id,
        });
        self.wake();
    }

    /// The brokers that go away, since the last call.
    pub(crate) fn take_outages(&mut self) -> Vec<Outage> {
        std::mem::take(&mut self.outages)
    }

    /// Whether a rule of this name is armed.
    pub(crate) fn knows(&self, id: &str) -> bool {
        self.armed.iter().any(|armed| armed.status.rule.id == id)
    }

    /// What is to happen to the answer of a request, once.
    pub(crate) fn take_after(&mut self, ticket: TicketId) -> Option<After> {
        if self.after.is_empty() { None } else { self.after.remove(&ticket) }
    }

    /// Keeps a request or an answer until its release, under the name of a hold if it has one. Those who wait for that
    /// hold are woken.
    pub(crate) fn keep(&mut self, ticket: TicketId, hold: Option<String>, held: Held) {
        self.held.insert(ticket, (hold, held));
        self.wake();
    }

    /// Takes what is held of a request.
    pub(crate) fn take_held(&mut self, ticket: TicketId) -> Option<Held> {
        self.held.remove(&ticket).map(|(_, held)| held)
    }

    /// The requests that are held under a name, in the order in which they came.
    pub(crate) fn held_as(&self, name: &str) -> Vec<TicketId> {
        let held = self.held.iter().filter(|(_, (hold, _))| hold.as_deref() == Some(name));
        held.map(|(ticket, _)| *ticket).collect()
    }

    /// A connection is gone, and with it what was held of it.
    pub(crate) fn forget(&mut self, connection: ConnectionId) {
        self.held.retain(|_, (_, held)| held.connection() != connection);
    }

    /// Wakes somebody when this is so, at once if it is.
    pub(crate) fn watch(&mut self, awaited: Awaited, watcher: SyncSender<()>) {
        self.watchers.push((awaited, watcher));
        self.wake();
    }

    fn wake(&mut self) {
        let mut watchers = std::mem::take(&mut self.watchers);
        watchers.retain(|(awaited, watcher)| {
            let is_met = self.is_met(awaited);
            if is_met {
                // There is room for one, and the watcher may have given up.
                let _ = watcher.try_send(());
            }
            !is_met
        });
        self.watchers = watchers;
    }

    fn is_met(&self, awaited: &Awaited) -> bool {
        match awaited {
            Awaited::Held(name) => !self.held_as(name).is_empty(),
            Awaited::Fired { rule, count } => {
                self.armed.iter().any(|armed| armed.status.rule.id == *rule && armed.status.fired >= *count)
            }
        }
    }
}

/// A rule that acts on a request.
struct Hit {
    rule: FaultRule,
    /// How often it has acted, with this time.
    number: u64,
    /// A draw from 0 to 1.
    share: f64,
    snapshot: Option<Box<State>>,
}

/// What a request lacks that the action works on.
fn lacks(action: &FaultAction, entry: &Entry) -> Option<String> {
    let (is_there, what) = match action {
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

/// What rules would have acted on in a journal: the sequence numbers of the requests for each rule, and its status. The
/// times of rules count from the first entry. Correlation ids are not in a journal, and what an answer held is taken to be
/// what a rule changes.
pub fn dry_run(rules: Vec<FaultRule>, entries: &[Entry], seed: u64) -> Vec<(FaultStatus, Vec<u64>)> {
    let since = entries.first().map_or(Time(0), |entry| entry.received);
    let armed = rules.into_iter().map(|rule| {
        let status = FaultStatus { rule, matched: 0, fired: 0, near: Vec::new() };
        (Armed { status, since, snapshot: None, seen: BTreeMap::new(), met: BTreeSet::new() }, Vec::new())
    });
    let mut armed: Vec<(Armed, Vec<u64>)> = armed.collect();
    for entry in entries {
        let request = Request { entry, now: entry.received, correlations: &Vec::new };
        let acted = armed.iter_mut().find_map(|(armed, hits)| {
            let lacks = lacks(&armed.status.rule.action, entry);
            armed.acts_on(&request, seed, lacks).map(|_| hits)
        });
        if let Some(hits) = acted {
            hits.push(entry.sequence);
        }
    }
    armed.into_iter().map(|(armed, hits)| (armed.status, hits)).collect()
}

impl Armed {
    /// The rule, if it acts on this request. `lacks` is what keeps its action from acting on it.
    fn acts_on(&mut self, request: &Request<'_>, seed: u64, lacks: Option<String>) -> Option<Hit> {
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
