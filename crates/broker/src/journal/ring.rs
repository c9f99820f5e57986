//! The ring keeps the latest entries, and the requests that have not ended.

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

/// The largest entry that counts as one, in bytes; a larger one counts as several.
const ORDINARY: usize = 512;
/// How many closed connections are kept.
const CLOSED: usize = 256;
/// The initial capacity, in entries; a larger ring grows.
const RESERVED: usize = 65_536;

/// The latest requests with their outcomes. A journal of capacity 0 keeps nothing and costs nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    capacity: usize,
    /// The request that is being handled; most requests end at once and never leave this field.
    current: Option<(TicketId, Entry)>,
    /// The requests that wait for their answers.
    open: BTreeMap<TicketId, Entry>,
    /// The requests that ended since the last [`Journal::stamp`].
    ended: Vec<Entry>,
    pub(super) names: Names,
    /// The entries, in one piece of memory that is allocated with the first entry.
    kept: VecDeque<Entry>,
    /// The size of the kept entries, counted in ordinary ones.
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

    pub(crate) fn is_on(&self) -> bool {
        self.capacity > 0
    }

    /// Opens an entry for a request.
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

    /// A request that has not ended; `None` if the journal is off.
    pub(crate) fn unfinished(&self, ticket: TicketId) -> Option<&Entry> {
        match &self.current {
            Some((current, entry)) if *current == ticket => Some(entry),
            _ => self.open.get(&ticket),
        }
    }

    /// Returns the details of a request that has not ended; `None` when the journal is off.
    pub(crate) fn detail(&mut self, ticket: TicketId) -> Option<&mut Detail> {
        self.entry(ticket).map(|entry| &mut entry.detail)
    }

    /// Keeps the details of a request, if the journal is on.
    pub(crate) fn ask(&mut self, ticket: TicketId, request: &impl Journaled, topics: &Topics) {
        if self.is_on() {
            let detail = request.asked(topics, &mut self.names);
            if let Some(entry) = self.entry(ticket) {
                entry.detail = detail;
            }
        }
    }

    /// Keeps the details of an answer, whether it is sent or not.
    pub(crate) fn answer<R: Journaled>(&mut self, ticket: TicketId, response: &R::Response) {
        if let Some(entry) = self.entry(ticket) {
            R::answered(response, &mut entry.detail);
            entry.error = response.first_error();
        }
    }

    /// Ends a request.
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

    /// Counts an accepted connection.
    pub(crate) fn connect(&mut self) {
        self.counts.accepted();
    }

    /// Ends the waiting requests of a closed connection. If the client closed it, it is only counted.
    pub(crate) fn disconnect(&mut self, closed: ClosedConnection) {
        self.counts.closed();
        // The current request waits too; otherwise it would have ended.
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

    /// Returns the latest connections that the cluster closed.
    pub(crate) fn closed(&self) -> Vec<ClosedConnection> {
        self.closed.iter().cloned().collect()
    }

    /// Keeps an event of the cluster.
    pub(crate) fn note(&mut self, happened: Happened) {
        if self.is_on() {
            self.events.push(happened, self.capacity);
        }
    }

    /// Returns the events from a number on.
    pub(crate) fn events(&self, sequence: u64) -> EventPage {
        self.events.since(sequence)
    }

    /// Returns whether an entry waits for [`Journal::stamp`].
    pub(crate) fn has_ended(&self) -> bool {
        !self.ended.is_empty()
    }

    /// Sets the end of all requests that ended since the last call, when their answers leave the core.
    pub(crate) fn stamp(&mut self, now: Time) {
        let mut ended = std::mem::take(&mut self.ended);
        for mut entry in ended.drain(..) {
            entry.sequence = self.next;
            entry.ended = Some(now);
            self.next += 1;
            self.counts.ended(&entry);
            self.keep(entry);
        }
        // Its memory is reused.
        self.ended = ended;
    }

    fn keep(&mut self, entry: Entry) {
        let added = weight(&entry);
        while self.weight.saturating_add(added) > self.capacity {
            match self.kept.pop_front() {
                Some(oldest) => self.weight -= weight(&oldest),
                // The entry alone is larger than the ring, so it is dropped.
                None => return,
            }
        }
        if self.kept.capacity() == 0 {
            self.kept.reserve(self.capacity.min(RESERVED));
        }
        self.weight += added;
        self.kept.push_back(entry);
    }

    /// Returns the number of the next entry.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// Returns the kept entries from a number on.
    pub(crate) fn since(&self, sequence: u64) -> Page {
        let start = self.kept.partition_point(|entry| entry.sequence < sequence);
        let entries: Vec<_> = self.kept.range(start..).cloned().map(Arc::new).collect();
        let asked_for = self.next.saturating_sub(sequence);
        let dropped = asked_for.saturating_sub(u64::try_from(entries.len()).unwrap_or(u64::MAX));
        Page { entries, next: self.next, dropped }
    }

    /// Returns the counts of requests and connections.
    pub(crate) fn traffic(&self) -> Traffic {
        self.counts.traffic()
    }

    /// Returns the requests that have not ended, in the order of their arrival.
    pub(crate) fn waiting(&self) -> Vec<Entry> {
        let current = self.current.as_ref().map(|(_, entry)| entry);
        let waiting = self.open.values().chain(current);
        waiting.map(|entry| Entry { sequence: self.next, ..entry.clone() }).collect()
    }
}

/// Returns how many ordinary entries one entry counts for.
fn weight(entry: &Entry) -> usize {
    (size_of::<Entry>() + entry.client_id.len() + entry.detail.size()).div_ceil(ORDINARY)
}

impl Detail {
    /// Returns roughly how many bytes the entry takes in addition to its own struct.
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
