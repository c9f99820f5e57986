//! The rules that are armed, and what they decide.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use bytes::Bytes;
use kafka_trial_core::{Rng, TicketId};
use kafka_trial_wire::{ApiKey, ErrorCode, Segments};

use super::FaultError;
use super::refused::check;
use super::rule::{FaultAction, FaultRule, Parts, When};
use super::status::{FaultStatus, FiredFault, NearMiss};
use crate::journal::Entry;
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
    /// It has no effect, and its answer has this error.
    Reject { code: ErrorCode },
    /// Its connection is closed.
    Cut { rule: String },
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
    Fail { code: ErrorCode, parts: Parts },
    /// The connection is closed in its place, or after so many of its bytes.
    Cut { rule: String, bytes: Option<usize> },
    /// It leaves later.
    Delay(Duration),
    /// It leaves when this hold is released.
    Hold(String),
    /// It never leaves.
    Swallow,
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
    /// How many requests of each client the rule has meant, for the draws.
    seen: BTreeMap<String, u64>,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Whether any rule is armed.
    pub(crate) fn is_armed(&self) -> bool {
        !self.armed.is_empty()
    }

    pub(crate) fn arm(&mut self, rule: FaultRule) -> Result<(), FaultError> {
        check(&rule)?;
        if self.armed.iter().any(|armed| armed.status.rule.id == rule.id) {
            return Err(FaultError::Known(rule.id));
        }
        let status = FaultStatus { rule, matched: 0, fired: 0, near: Vec::new() };
        self.armed.push(Armed { status, seen: BTreeMap::new() });
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
    pub(crate) fn judge(&mut self, ticket: TicketId, entry: &Entry) -> Before {
        if self.judged.take_if(|judged| *judged == ticket).is_some() {
            return Before::Nothing;
        }
        let seed = self.seed;
        let Some(rule) = self.armed.iter_mut().find_map(|armed| armed.acts_on(entry, seed)) else {
            return Before::Nothing;
        };
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
        let after = match rule.action {
            FaultAction::Reject(code) => return Before::Reject { code },
            FaultAction::CutBefore => return Before::Cut { rule: rule.id },
            FaultAction::DelayBefore(time) => return Before::Delay(time),
            FaultAction::HoldBefore(name) => return Before::Hold(name),
            // A Fetch has no effect, and records that its client does not see were not fetched.
            FaultAction::ApplyThenFail(code) if entry.api == ApiKey::Fetch => {
                return Before::Reject { code };
            }
            FaultAction::ApplyThenFail(code) => After::Fail { code, parts: rule.parts },
            FaultAction::CutAfter => After::Cut { rule: rule.id, bytes: None },
            FaultAction::CutInReply(bytes) => After::Cut { rule: rule.id, bytes: Some(bytes) },
            FaultAction::DelayAfter(time) => After::Delay(time),
            FaultAction::HoldAfter(name) => After::Hold(name),
            FaultAction::Swallow => After::Swallow,
        };
        self.after.insert(ticket, after);
        Before::Nothing
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

impl Armed {
    /// The rule, if it acts on this request.
    fn acts_on(&mut self, entry: &Entry, seed: u64) -> Option<FaultRule> {
        let rule = &self.status.rule;
        let mut misses = Vec::new();
        if let Some(api) = rule.api.filter(|api| *api != entry.api) {
            misses.push(format!("its API is {}, not {api}", entry.api));
        }
        misses.extend((rule.misses)(entry));
        if misses.is_empty() {
            self.status.matched += 1;
            let count = self.seen.entry(entry.client_id.to_string()).or_default();
            *count += 1;
            let number = self.status.matched;
            let acts = match &rule.when {
                When::Always => true,
                When::Nth(range) => range.contains(&number),
                When::Every(n) => number.is_multiple_of(*n),
                When::Probability(p) => draw(seed, &rule.id, &entry.client_id, *count) < *p,
            };
            if acts {
                self.status.fired += 1;
                self.status.near = Vec::new();
                return Some(rule.clone());
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
fn draw(seed: u64, rule: &str, client: &str, count: u64) -> f64 {
    // FNV-1a over both names, each with its end.
    let bytes = rule.bytes().chain([0]).chain(client.bytes()).chain([0]);
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let number = Rng::new(seed ^ hash ^ count.rotate_left(32)).next_u64();
    // The upper 32 bits, which a double holds exactly.
    f64::from(u32::try_from(number >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}
