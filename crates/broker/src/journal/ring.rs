//! The ring itself, and the requests that have not ended yet.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use kafka_trial_core::{Happened, TicketId, Time, Topics};
use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::Message as _;

use super::events::Events;
use super::shared_names::Names;
use super::traffic::Counts;
use super::{CloseReason, ClosedConnection, Detail, Ending, Entry, EventPage, Journaled, Page, Traffic};
use crate::traffic::Context;

/// How many bytes an entry may take to count for one; a larger one counts for as many as it would fill.
const ORDINARY: usize = 512;
/// How many connections that the broker closed are remembered.
const CLOSED: usize = 256;
/// For how many entries there is room at once; a larger ring grows.
const RESERVED: usize = 65_536;

/// What clients asked and were answered, the newest of it. One of capacity 0 keeps nothing and costs nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    capacity: usize,
    /// The request that is being handled: most end at once and never get any further.
    current: Option<(TicketId, Entry)>,
    /// Those that wait for their answers.
    open: BTreeMap<TicketId, Entry>,
    /// Those that ended since the time was last given.
    ended: Vec<Entry>,
    pub(super) names: Names,
    /// In one piece of memory, which is asked for with the first entry.
    kept: VecDeque<Entry>,
    /// How many ordinary entries those that are kept amount to.
    weight: usize,
    next: u64,
    counts: Counts,
    closed: VecDeque<ClosedConnection>,
    events: Events,
}

impl Journal {
    pub(crate) fn of(capacity: usize) -> Self {
        Self { capacity, ..Self::default() }
    }

    fn is_on(&self) -> bool {
        self.capacity > 0
    }

    /// A request has been read.
    pub(crate) fn open(&mut self, context: &Context, now: Time) {
        if !self.is_on() {
            return;
        }
        let entry = Entry {
            sequence: self.next,
            broker: context.node,
            connection: context.ticket.connection,
            client_id: self.names.shared(&context.client_id),
            api: context.ticket.api,
            version: context.ticket.version,
            correlation_id: context.ticket.correlation_id,
            received: now,
            ended: None,
            ending: Ending::Waiting,
            close_reason: None,
            error: ErrorCode::NONE,
            detail: Detail::Other,
        };
        if let Some((ticket, waits)) = self.current.replace((context.ticket.id, entry)) {
            self.open.insert(ticket, waits);
        }
    }

    fn entry(&mut self, ticket: TicketId) -> Option<&mut Entry> {
        match &mut self.current {
            Some((current, entry)) if *current == ticket => Some(entry),
            _ => self.open.get_mut(&ticket),
        }
    }

    /// What is to be filled in for a request that has not ended; none when the journal is off.
    pub(crate) fn detail(&mut self, ticket: TicketId) -> Option<&mut Detail> {
        self.entry(ticket).map(|entry| &mut entry.detail)
    }

    /// What is kept of a request: taken from it where there is somebody to keep it.
    pub(crate) fn ask(&mut self, ticket: TicketId, request: &impl Journaled, topics: &Topics) {
        if self.is_on() {
            let detail = request.asked(topics, &mut self.names);
            if let Some(entry) = self.entry(ticket) {
                entry.detail = detail;
            }
        }
    }

    /// Takes from an answer what is kept of it, whether it is sent or not.
    pub(crate) fn answer<R: Journaled>(&mut self, ticket: TicketId, response: &R::Response) {
        if let Some(entry) = self.entry(ticket) {
            R::answered(response, &mut entry.detail);
            entry.error = response.first_error();
        }
    }

    /// A request has ended.
    pub(crate) fn end(&mut self, ticket: TicketId, ending: Ending, reason: Option<CloseReason>) {
        let entry = match self.current.take_if(|(current, _)| *current == ticket) {
            Some((_, entry)) => Some(entry),
            None => self.open.remove(&ticket),
        };
        if let Some(mut entry) = entry {
            entry.ending = ending;
            entry.close_reason = reason.map(Box::new);
            self.ended.push(entry);
        }
    }

    /// A connection has been accepted.
    pub(crate) fn connect(&mut self) {
        self.counts.accepted();
    }

    /// A connection is gone, and its waiting requests with it. Connections that their clients closed are only counted.
    pub(crate) fn disconnect(&mut self, closed: ClosedConnection) {
        self.counts.closed();
        // What is current waits too: it would have ended otherwise.
        self.open.extend(self.current.take());
        let of_it = self.open.iter().filter(|(_, entry)| entry.connection == closed.connection);
        let gone: Vec<TicketId> = of_it.map(|(ticket, _)| *ticket).collect();
        gone.into_iter().for_each(|ticket| self.end(ticket, Ending::Disconnected, None));
        if self.is_on() && closed.reason != CloseReason::Disconnected {
            if self.closed.len() >= CLOSED {
                self.closed.pop_front();
            }
            self.closed.push_back(closed);
        }
    }

    /// The connections that the broker closed, the latest of them.
    pub(crate) fn closed(&self) -> Vec<ClosedConnection> {
        self.closed.iter().cloned().collect()
    }

    /// Keeps what has happened in the cluster.
    pub(crate) fn note(&mut self, happened: Happened) {
        if self.is_on() {
            self.events.push(happened, self.capacity);
        }
    }

    /// What has happened from a number on.
    pub(crate) fn events(&self, sequence: u64) -> EventPage {
        self.events.since(sequence)
    }

    /// Whether something waits for [`Journal::stamp`].
    pub(crate) fn has_ended(&self) -> bool {
        !self.ended.is_empty()
    }

    /// Gives the time at which the answers left the core to all that ended since the last call.
    pub(crate) fn stamp(&mut self, now: Time) {
        let mut ended = std::mem::take(&mut self.ended);
        for mut entry in ended.drain(..) {
            entry.sequence = self.next;
            entry.ended = Some(now);
            self.next += 1;
            self.counts.ended(&entry);
            self.keep(entry);
        }
        // Its room is used again.
        self.ended = ended;
    }

    fn keep(&mut self, entry: Entry) {
        let added = weight(&entry);
        while self.weight.saturating_add(added) > self.capacity {
            match self.kept.pop_front() {
                Some(oldest) => self.weight -= weight(&oldest),
                // It alone is larger than the ring: it is dropped itself.
                None => return,
            }
        }
        if self.kept.capacity() == 0 {
            self.kept.reserve(self.capacity.min(RESERVED));
        }
        self.weight += added;
        self.kept.push_back(entry);
    }

    /// The number of the entry that comes next.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// What is kept from a number on.
    pub(crate) fn since(&self, sequence: u64) -> Page {
        let start = self.kept.partition_point(|entry| entry.sequence < sequence);
        let entries: Vec<_> = self.kept.range(start..).cloned().map(Arc::new).collect();
        let asked_for = self.next.saturating_sub(sequence);
        let dropped = asked_for.saturating_sub(u64::try_from(entries.len()).unwrap_or(u64::MAX));
        Page { entries, next: self.next, dropped }
    }

    /// What has been counted.
    pub(crate) fn traffic(&self) -> Traffic {
        self.counts.traffic()
    }

    /// The requests that have not ended, in the order in which they came.
    pub(crate) fn waiting(&self) -> Vec<Entry> {
        let current = self.current.as_ref().map(|(_, entry)| entry);
        let waiting = self.open.values().chain(current);
        waiting.map(|entry| Entry { sequence: self.next, ..entry.clone() }).collect()
    }
}

/// For how many ordinary entries one counts.
fn weight(entry: &Entry) -> usize {
    (size_of::<Entry>() + entry.client_id.len() + entry.detail.size()).div_ceil(ORDINARY)
}

impl Detail {
    /// How many bytes it takes beside itself, about.
    fn size(&self) -> usize {
        fn names(names: &[Arc<str>]) -> usize {
            names.iter().map(|name| size_of::<Arc<str>>() + name.len()).sum()
        }
        let length = |name: &Option<Arc<str>>| name.as_ref().map_or(0, |name| name.len());
        match self {
            Self::Produce(produce) => {
                let partitions = produce.partitions.iter().map(|of| size_of_val(of) + of.topic.len());
                length(&produce.transactional_id) + partitions.sum::<usize>()
            }
            Self::Fetch(fetch) => fetch.partitions.iter().map(|of| size_of_val(of) + of.topic.len()).sum(),
            Self::Commit(commit) => {
                let partitions = commit.partitions.iter().map(|of| size_of_val(of) + of.topic.len());
                commit.membership.size() + partitions.sum::<usize>()
            }
            Self::Members(members) => members.iter().map(|member| size_of_val(member) + member.size()).sum(),
            Self::Transaction(step) => length(&step.transactional_id) + length(&step.group),
            Self::Topics(topics) => names(topics),
            Self::Groups(groups) => names(groups),
            Self::Other => 0,
        }
    }
}
