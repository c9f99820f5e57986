//! The rules that are armed, and what they decide.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use bytes::Bytes;
use kafka_trial_core::{State, TicketId, Time};
use kafka_trial_wire::{ApiKey, ErrorCode, Segments};

use super::FaultError;
use super::action::{FaultAction, Hint};
use super::armed::{Armed, Hit, Request, lacks};
use super::refused::check;
use super::rule::{FaultRule, Parts};
use super::stamp::Stamp;
use super::status::{FaultStatus, FiredFault};
use crate::journal::Entry;
use crate::traffic::{ConnectionId, Context, Pace, Ticket};

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
        // What a rule of the same name did before is not what this one does.
        self.fired.retain(|one| one.rule != rule.id);
        let snapshot = matches!(rule.action, FaultAction::Stale).then(|| Box::new(state.clone()));
        self.armed.push(Armed::new(rule, state.now(), snapshot));
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

    /// A rule has not acted after all: the answer had no place for its error. The request is not counted either.
    pub(crate) fn take_back(&mut self, id: &str) {
        if let Some(armed) = self.armed.iter_mut().find(|armed| armed.status.rule.id == id) {
            armed.status.matched = armed.status.matched.saturating_sub(1);
            armed.status.fired = armed.status.fired.saturating_sub(1);
        }
        if let Some(place) = self.fired.iter().rposition(|one| one.rule == id) {
            self.fired.remove(place);
        }
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
