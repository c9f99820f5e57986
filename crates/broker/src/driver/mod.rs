//! The driver of a cluster: it feeds the state with requests and time, and hands out the answers.
//!
//! ```text
//!  frame ──> Dispatch::handle ──> a handler ──> State ──┬─> the answer ────────────┐
//!  time  ──> Driver::advance ────────────────> State ───┤                          ├─> finish: journal, frame ──> Outcome
//!            Traffic: waits ────────────────────────────┴─> events, completions ───┘
//! ```
//! Each answer, at once or later, passes `Dispatch::finish`. What a request wakes is answered after the request itself.

mod clock;

use std::sync::Arc;

use bytes::Bytes;
use kafka_trial_core::{Event, Happened, State, TicketId, Time, TopicIdPartition};

use self::clock::StateClock;
use crate::Release;
use crate::api::{Dispatch, Outcome, Table, retry_fetch};
use crate::journal::{CloseReason, ClosedConnection, Journal};
use crate::traffic::{Connection, ConnectionId, Traffic, Wait};

/// A cluster's state, its traffic, its journal, and its time.
#[derive(Debug)]
pub(crate) struct Driver {
    pub(crate) state: State,
    pub(crate) traffic: Traffic,
    /// Off unless it is given a capacity.
    pub(crate) journal: Journal,
    table: Table,
    /// The real time: that of connections and of what they wait for.
    now: Time,
    clock: StateClock,
    pub(crate) finished: Vec<(TicketId, Outcome)>,
    closing: Vec<(ConnectionId, CloseReason)>,
    /// Empty between the calls: its room is used again.
    events: Vec<Happened>,
}

impl Driver {
    pub(crate) fn new(state: State, journal: Journal, release: Release, seed: u64) -> Self {
        Self {
            now: state.now(),
            state,
            traffic: Traffic::new(seed),
            journal,
            table: Table::of(release),
            clock: StateClock::default(),
            finished: Vec::new(),
            closing: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Handles one request frame (without its size), and then answers those whom it woke.
    pub(crate) fn handle(&mut self, connection: ConnectionId, id: TicketId, frame: Bytes) -> Outcome {
        let outcome = self.dispatch().handle(connection, id, frame);
        self.settle();
        outcome
    }

    fn dispatch(&mut self) -> Dispatch<'_> {
        let Self { state, traffic, journal, table, now, .. } = self;
        Dispatch { table, state, traffic, journal, now: *now }
    }

    /// The release whose versions are shown.
    pub(crate) fn release(&self) -> Release {
        self.table.release()
    }

    /// The real time, as it was last given.
    pub(crate) fn now(&self) -> Time {
        self.now
    }

    /// When [`Driver::advance`] has something to do next, in real time.
    pub(crate) fn next_deadline(&self) -> Option<Time> {
        let of_state = self.state.next_deadline().and_then(|due| self.clock.real(due));
        [self.traffic.waits.next(), of_state].into_iter().flatten().min()
    }

    /// Moves the real time forward, and the cluster's with it. What is due on the way happens at its own time, in order.
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

    /// Moves the cluster's time ahead by so many microseconds: sessions, retention and transactions end as if it had
    /// passed. Waits of clients go on in real time.
    pub(crate) fn move_clock(&mut self, micros: u64) {
        self.clock.move_ahead(micros);
        self.state.advance(self.clock.at(self.now));
        self.settle();
    }

    /// Stops the cluster's time, until [`Driver::run_clock`].
    pub(crate) fn freeze_clock(&mut self) {
        self.clock.freeze(self.now);
    }

    /// Lets the cluster's time go on from where it stood.
    pub(crate) fn run_clock(&mut self) {
        self.clock.run(self.now);
    }

    fn end_wait(&mut self, wait: Wait) {
        match wait {
            Wait::Fetch(ticket) => self.retry_fetch(ticket, true),
            Wait::Idle(connection) => self.look_at_idle(connection),
        }
    }

    /// A broker has accepted a connection from a host.
    pub(crate) fn connect(&mut self, node: i32, host: Arc<str>) -> ConnectionId {
        self.journal.connect();
        let id = self.traffic.connections.next();
        let idle = self.traffic.waits.at(self.now.plus_millis(self.idle_limit_ms()), Wait::Idle(id));
        self.traffic.connections.open(Connection { node, host, active: self.now, idle })
    }

    /// Closes a connection that has been idle for `connections.max.idle.ms`; otherwise looks again when it may be. A
    /// connection whose request waits for an answer is not idle.
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

    /// A connection is gone: what it waited for is dropped.
    pub(crate) fn disconnect(&mut self, id: ConnectionId, reason: CloseReason) {
        self.traffic.forget_waiting(id);
        if let Some(connection) = self.traffic.connections.close(id) {
            self.traffic.waits.cancel(connection.idle);
            let closed = ClosedConnection { connection: id, broker: connection.node, at: self.now, reason };
            self.journal.disconnect(closed);
        }
    }

    /// A broker stops: in-sync replicas on other brokers lead what it led, and its fetch sessions are gone.
    pub(crate) fn stop_broker(&mut self, id: i32) {
        self.traffic.sessions.remove_all(id);
        self.state.stop_broker(id);
        self.settle();
    }

    /// A broker starts: its replicas are in sync again.
    pub(crate) fn start_broker(&mut self, id: i32) {
        self.state.start_broker(id);
        self.settle();
    }

    /// The connections to close since the last call, each with the reason.
    pub(crate) fn take_closing(&mut self) -> Vec<(ConnectionId, CloseReason)> {
        std::mem::take(&mut self.closing)
    }

    /// The requests that were answered later since the last call.
    pub(crate) fn take_finished(&mut self) -> Vec<(TicketId, Outcome)> {
        std::mem::take(&mut self.finished)
    }

    /// Answers the requests that wait for what has happened, until nothing happens any more.
    pub(crate) fn settle(&mut self) {
        while self.state.has_output() {
            for completion in self.state.take_completions() {
                let ticket = completion.ticket;
                if let Some(outcome) = self.dispatch().complete(completion) {
                    self.finished.push((ticket, outcome));
                }
            }
            let mut events = std::mem::take(&mut self.events);
            self.state.take_events(&mut events);
            for happened in events.drain(..) {
                self.wake(&happened.event);
                self.journal.note(happened);
            }
            self.events = events;
        }
    }

    /// The fetches that wait for what has happened are tried again.
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
        if let Some(outcome) = retry_fetch(&mut self.dispatch(), fetch, expired) {
            self.finished.push((ticket, outcome));
        }
    }
}
