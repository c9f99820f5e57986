//! The driver of a cluster feeds the state with requests and time, and hands out the answers.
//!
//! ```text
//!  frame ──> Dispatch::handle ──> a handler ──> State ──┬─> the answer ────────────┐
//!  time  ──> Driver::advance ────────────────> State ───┤                          ├─> finish: journal, frame ──> Outcome
//!            Traffic: waits ────────────────────────────┴─> events, completions ───┘
//! ```
//! Each answer, at once or later, passes `Dispatch::finish`. Requests that a request wakes are answered after it.

mod clock;
mod faults;

use std::sync::Arc;

use bytes::Bytes;
use kafka_trial_core::{Due, DueKind, Event, Happened, State, TicketId, Time, TopicIdPartition};

use self::clock::StateClock;
use crate::Release;
use crate::api::{Dispatch, Outcome, Table, retry_fetch};
use crate::faults::{Faults, Outage, is_like};
use crate::journal::{CloseReason, ClosedConnection, Journal};
use crate::traffic::{Connection, ConnectionId, Traffic, Wait};

/// A cluster's state, its traffic, its journal, and its time.
#[derive(Debug)]
pub(crate) struct Driver {
    pub(crate) state: State,
    pub(crate) traffic: Traffic,
    /// The journal; off with capacity 0.
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
    table: Table,
    /// The real time, which counts for connections and their waiting requests.
    now: Time,
    clock: StateClock,
    pub(crate) finished: Vec<(TicketId, Outcome)>,
    closing: Vec<(ConnectionId, CloseReason)>,
    /// The brokers that fault rules have taken away.
    away: Vec<Outage>,
    /// Empty between calls; its memory is reused.
    events: Vec<Happened>,
}

impl Driver {
    pub(crate) fn new(state: State, journal: Journal, release: Release, seed: u64) -> Self {
        Self {
            now: state.now(),
            state,
            traffic: Traffic::new(seed),
            journal,
            faults: Faults::new(seed),
            table: Table::of(release),
            clock: StateClock::default(),
            finished: Vec::new(),
            closing: Vec::new(),
            away: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Returns a driver that goes on from this one's state and time, with no connections, an empty journal and no faults.
    pub(crate) fn fork(&self, journal: Journal, seed: u64) -> Self {
        Self { now: self.now, clock: self.clock, ..Self::new(self.state.clone(), journal, self.release(), seed) }
    }

    /// Handles one request frame (without its size), and then answers the requests that it woke.
    pub(crate) fn handle(&mut self, connection: ConnectionId, id: TicketId, frame: Bytes) -> Outcome {
        let outcome = self.dispatch().handle(connection, id, frame);
        for outage in self.faults.take_outages() {
            self.begin_outage(outage);
        }
        self.settle();
        outcome
    }

    fn dispatch(&mut self) -> Dispatch<'_> {
        let Self { state, traffic, journal, faults, table, now, .. } = self;
        Dispatch { table, state, traffic, journal, faults, at_once: false, now: *now }
    }

    /// Returns the release whose API versions the cluster shows.
    pub(crate) fn release(&self) -> Release {
        self.table.release()
    }

    /// Returns the real time of the last call.
    pub(crate) fn now(&self) -> Time {
        self.now
    }

    /// Returns the real time of the next timer.
    pub(crate) fn next_deadline(&self) -> Option<Time> {
        let of_state = self.state.next_deadline().and_then(|due| self.clock.real(due));
        [self.traffic.waits.next(), of_state].into_iter().flatten().min()
    }

    /// Moves the real time forward, and the cluster's with it. Each timer fires at its own time, in order.
    pub(crate) fn advance(&mut self, now: Time) {
        while let Some(due) = self.next_deadline().filter(|due| *due <= now) {
            self.now = self.now.max(due);
            self.state.advance(self.clock.at(self.now));
            while let Some((_, wait)) = self.traffic.waits.pop_due(self.now) {
                self.end_wait(wait);
            }
            self.settle();
        }
        self.now = self.now.max(now);
        self.state.advance(self.clock.at(self.now));
    }

    /// Moves the cluster's time ahead, in microseconds: retention and transactions end as if it had passed, and so do sessions
    /// of the groups that `expiring` names. Clients still wait in real time. Returns what has happened.
    pub(crate) fn move_clock(&mut self, micros: u64, expiring: &[String]) -> Vec<Happened> {
        let stays = |group: &str| expiring.iter().any(|pattern| is_like(group, pattern));
        self.state.carry_groups(i64::try_from(micros).unwrap_or(i64::MAX), stays);
        self.clock.move_ahead(micros);
        self.state.advance(self.clock.at(self.now));
        let mut happened = Vec::new();
        self.state.take_events(&mut happened);
        happened.iter().for_each(|happened| self.take_in(happened.clone()));
        self.settle();
        happened
    }

    /// Moves the cluster's time to the next timer of a kind, without the sessions of other groups. Returns that timer and what
    /// has happened; `None` if there is no such timer.
    pub(crate) fn move_clock_to_next(&mut self, kind: DueKind) -> Option<(Due, Vec<Happened>)> {
        let next = self.state.due().into_iter().find(|due| due.kind == kind)?;
        let micros = self.state.now().micros_until(next.at);
        let expiring = match kind {
            DueKind::Session | DueKind::Rebalance => vec![next.subject.clone()],
            _ => Vec::new(),
        };
        let happened = self.move_clock(micros, &expiring);
        Some((next, happened))
    }

    /// Stops the cluster's time, until [`Driver::run_clock`]. Returns whether it ran before.
    pub(crate) fn freeze_clock(&mut self) -> bool {
        self.clock.freeze(self.now)
    }

    /// Restarts the cluster's time from the point at which it stopped.
    pub(crate) fn run_clock(&mut self) {
        self.clock.run(self.now);
    }

    fn end_wait(&mut self, wait: Wait) {
        match wait {
            Wait::Fetch(ticket) => self.retry_fetch(ticket, true),
            Wait::Release(ticket) => self.let_go(ticket),
            Wait::Idle(connection) => self.look_at_idle(connection),
            Wait::Outage(broker) => self.end_outage(broker),
        }
    }

    /// Adds a connection that a broker has accepted from a host.
    pub(crate) fn connect(&mut self, node: i32, host: Arc<str>) -> ConnectionId {
        self.journal.connect();
        let id = self.traffic.connections.next();
        let idle = self.traffic.waits.at(self.now.plus_millis(self.idle_limit_ms()), Wait::Idle(id));
        self.traffic.connections.open(Connection { node, host, active: self.now, idle })
    }

    /// Closes a connection that was idle for `connections.max.idle.ms`; otherwise sets the next check. A connection
    /// with a waiting request is not idle.
    fn look_at_idle(&mut self, id: ConnectionId) {
        let limit_ms = self.idle_limit_ms();
        let waits = self.traffic.waiting.values().any(|ticket| ticket.connection == id);
        if waits {
            self.traffic.connections.touch(id, self.now);
        }
        let Some(connection) = self.traffic.connections.get_mut(id) else { return };
        let idle_at = connection.active.plus_millis(limit_ms);
        if idle_at > self.now {
            connection.idle = self.traffic.waits.at(idle_at, Wait::Idle(id));
        } else {
            self.closing.push((id, CloseReason::Idle { limit_ms }));
        }
    }

    fn idle_limit_ms(&self) -> i64 {
        i64::try_from(self.state.settings().connections_max_idle_ms).unwrap_or(i64::MAX)
    }

    /// Removes a closed connection and its waiting requests.
    pub(crate) fn disconnect(&mut self, id: ConnectionId, reason: CloseReason) {
        self.traffic.forget_waiting(id);
        self.faults.forget(id);
        if let Some(connection) = self.traffic.connections.close(id) {
            self.traffic.waits.cancel(connection.idle);
            let closed = ClosedConnection { connection: id, broker: connection.node, at: self.now, reason };
            self.journal.disconnect(closed);
        }
    }

    /// Stops a broker: in-sync replicas on other brokers lead its partitions, and its fetch sessions end.
    pub(crate) fn stop_broker(&mut self, id: i32) {
        self.traffic.sessions.remove_all(id);
        self.state.stop_broker(id);
        self.settle();
    }

    /// Starts a broker: its replicas are in sync again.
    pub(crate) fn start_broker(&mut self, id: i32) {
        self.state.start_broker(id);
        self.settle();
    }

    /// Returns the connections to close since the last call, each with the reason.
    pub(crate) fn take_closing(&mut self) -> Vec<(ConnectionId, CloseReason)> {
        std::mem::take(&mut self.closing)
    }

    /// Returns the waiting requests that were answered since the last call.
    pub(crate) fn take_finished(&mut self) -> Vec<(TicketId, Outcome)> {
        std::mem::take(&mut self.finished)
    }

    /// Answers the requests that wait for the latest events, until there are no new events.
    pub(crate) fn settle(&mut self) {
        while self.state.has_output() {
            for completion in self.state.take_completions() {
                let ticket = completion.ticket;
                let outcome = self.dispatch().complete(completion);
                self.answered_later(ticket, outcome);
            }
            let mut events = std::mem::take(&mut self.events);
            self.state.take_events(&mut events);
            events.drain(..).for_each(|happened| self.take_in(happened));
            self.events = events;
        }
    }

    fn take_in(&mut self, happened: Happened) {
        self.wake(&happened.event);
        self.journal.note(happened);
    }

    /// Tries the fetches again that wait for this event.
    fn wake(&mut self, event: &Event) {
        let woken = match event {
            Event::Appended { id, partition, .. }
            | Event::Truncated { id, partition, .. }
            | Event::LeaderMoved { id, partition, .. } => {
                self.traffic.fetches.take_waiting(TopicIdPartition::new(*id, *partition))
            }
            Event::TopicDeleted { id, .. } => self.traffic.fetches.take_topic(*id),
            _ => return,
        };
        for ticket in woken {
            self.retry_fetch(ticket, false);
        }
    }

    fn retry_fetch(&mut self, ticket: TicketId, expired: bool) {
        let Some(fetch) = self.traffic.fetches.take(ticket) else { return };
        let outcome = retry_fetch(&mut self.dispatch(), fetch, expired);
        self.answered_later(ticket, outcome);
    }

    /// Lets go a request or an answer that a fault has kept back.
    fn let_go(&mut self, ticket: TicketId) {
        let outcome = self.dispatch().release(ticket);
        self.answered_later(ticket, outcome);
    }

    fn answered_later(&mut self, ticket: TicketId, outcome: Option<Outcome>) {
        // A fault may have kept the answer back.
        if let Some(outcome) = outcome.filter(|outcome| !matches!(outcome, Outcome::Parked)) {
            self.finished.push((ticket, outcome));
        }
    }
}
