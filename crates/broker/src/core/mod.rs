//! The cluster as a state machine: requests and the time go in, replies come out.
//!
//! Nothing here does I/O, reads a clock or takes randomness from outside: the same inputs give the same outputs.
//! A request is answered at once or *parked* under its [`Ticket`]; the event it waits for (an append, a member, a
//! timer) completes it with [`Core::complete`], and the shell collects what is complete from [`Core::take_completed`].

mod brokers;
mod cleaner;
mod configs;
mod groups;
mod internal_topics;
mod log;
mod partition;
mod producers;
mod retention;
mod rng;
mod session_partitions;
mod sessions;
mod settings;
mod string_hash;
mod time;
mod timers;
mod topic_name;
mod topics;
mod transactions;
mod waiting;

use std::collections::BTreeMap;

use kafka_trial_wire::{ApiKey, Segments, Text};

use crate::Release;
use crate::journal::{Ending, Journal, Journaled};

pub(crate) use self::brokers::*;
pub use self::configs::IgnoredProperty;
pub(crate) use self::configs::*;
pub(crate) use self::groups::*;
pub(crate) use self::internal_topics::*;
pub(crate) use self::log::*;
pub(crate) use self::partition::*;
pub(crate) use self::producers::*;
pub(crate) use self::rng::Rng;
pub(crate) use self::session_partitions::*;
pub(crate) use self::sessions::*;
pub use self::settings::SettingError;
pub(crate) use self::settings::Settings;
pub(crate) use self::string_hash::string_hash;
pub use self::time::Time;
pub(crate) use self::timers::*;
pub(crate) use self::topic_name::*;
pub(crate) use self::topics::*;
pub(crate) use self::transactions::*;
pub(crate) use self::waiting::*;

/// A connection, for as long as it lasts.
pub(crate) type ConnectionId = u64;
/// A request that has not been answered yet.
pub(crate) type TicketId = u64;

/// What is needed to answer a request later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) id: TicketId,
    pub(crate) connection: ConnectionId,
    pub(crate) api: ApiKey,
    pub(crate) version: i16,
    pub(crate) correlation_id: i32,
}

/// Who asks, and what for.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) ticket: Ticket,
    /// The broker whose listener took the request.
    pub(crate) node: i32,
    /// Empty when the client gave none.
    pub(crate) client_id: Text,
    /// The client's address as groups show it: `/127.0.0.1`.
    pub(crate) client_host: String,
}

impl Context {
    pub(crate) fn version(&self) -> i16 {
        self.ticket.version
    }
}

/// What a handler does with a request.
#[derive(Debug)]
pub(crate) enum Answer<T> {
    /// Answered now.
    Reply(T),
    /// Kept under its ticket until an event completes it.
    Parked,
    /// No answer is owed (Produce with acks=0); this is what it would have been.
    Silent(T),
    /// The connection ends without an answer; this is what it would have been.
    Close(T),
}

/// A broker of the cluster.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) id: i32,
    /// The advertised host.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) rack: Option<String>,
}

/// The state of a whole cluster. It has one owner; a clone is an independent cluster that shares the log bytes.
#[derive(Clone, Debug)]
pub(crate) struct Core {
    pub(crate) now: Time,
    pub(crate) cluster_id: String,
    /// The registered brokers, by id.
    pub(crate) nodes: Vec<Node>,
    pub(crate) stopped: StoppedBrokers,
    /// The release whose versions are shown.
    pub(crate) release: Release,
    pub(crate) settings: Settings,
    pub(crate) topics: Topics,
    pub(crate) groups: Groups,
    /// Configs of groups and of client metrics subscriptions by their names.
    pub(crate) group_configs: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) client_metrics: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) producer_ids: ProducerIds,
    pub(crate) transactions: Transactions,
    pub(crate) transactional_offsets: TransactionalOffsets,
    /// How many offsets have been committed: which of two commits came later.
    pub(crate) commits: u64,
    pub(crate) sessions: FetchSessions,
    pub(crate) fetches: ParkedFetches,
    pub(crate) timers: Timers,
    pub(crate) rng: Rng,
    /// Off unless it is given a capacity.
    pub(crate) journal: Journal,
    completed: Vec<(TicketId, Segments)>,
}

impl Core {
    pub(crate) fn new(settings: Settings, nodes: Vec<Node>, seed: u64, now: Time) -> Self {
        let mut rng = Rng::new(seed);
        let cluster_id = rng.uuid().to_string();
        let mut timers = Timers::default();
        timers.at(now.plus_millis(settings.retention_check_interval_ms), Timer::Retention);
        timers.at(now.plus_millis(settings.offsets_retention_check_interval_ms), Timer::Offsets);
        timers.at(now.plus_millis(settings.log_cleaner_backoff_ms), Timer::Cleaner);
        timers.at(now.plus_millis(settings.producer_id_expiration_check_interval_ms), Timer::Producers);
        Self {
            now,
            cluster_id,
            nodes,
            stopped: StoppedBrokers::default(),
            release: Release::LATEST,
            settings,
            topics: Topics::default(),
            groups: Groups::default(),
            group_configs: BTreeMap::new(),
            client_metrics: BTreeMap::new(),
            producer_ids: ProducerIds::default(),
            transactions: Transactions::default(),
            transactional_offsets: TransactionalOffsets::default(),
            commits: 0,
            sessions: FetchSessions::default(),
            fetches: ParkedFetches::default(),
            timers,
            rng,
            journal: Journal::default(),
            completed: Vec::new(),
        }
    }

    /// When [`Core::advance`] wants to be called next.
    pub(crate) fn next_deadline(&self) -> Option<Time> {
        self.timers.next()
    }

    /// Moves the time forward and does what is due.
    pub(crate) fn advance(&mut self, now: Time) {
        self.now = self.now.max(now);
        while let Some(timer) = self.timers.pop_due(self.now) {
            match timer {
                Timer::FetchExpires(ticket) => self.expire_fetch(ticket),
                Timer::Group { group, timer } => self.group_timer(&group, timer),
                Timer::TransactionExpires { id, round } => self.transaction_expires(&id, round),
                Timer::Markers { id, round } => self.write_markers(&id, round),
                Timer::Cleaner => {
                    self.clean_logs();
                    self.timers.at(self.now.plus_millis(self.settings.log_cleaner_backoff_ms.max(1)), Timer::Cleaner);
                }
                Timer::Producers => {
                    self.expire_producers();
                    let next = self.now.plus_millis(self.settings.producer_id_expiration_check_interval_ms);
                    self.timers.at(next, Timer::Producers);
                }
                Timer::Retention => {
                    self.enforce_retention();
                    let next = self.now.plus_millis(self.settings.retention_check_interval_ms);
                    self.timers.at(next, Timer::Retention);
                }
                Timer::Offsets => {
                    self.expire_offsets();
                    let next = self.now.plus_millis(self.settings.offsets_retention_check_interval_ms);
                    self.timers.at(next, Timer::Offsets);
                }
            }
        }
    }

    /// Answers a parked request. An answer that cannot be written in the request's version is a bug of a handler;
    /// the connection then gets no bytes and is closed by the shell, as Kafka does when serialisation fails.
    pub(crate) fn complete<R: Journaled>(&mut self, ticket: Ticket, response: &R::Response) {
        let reply = crate::api::frame(ticket, response).unwrap_or_default();
        self.journal.answer::<R>(ticket.id, response);
        self.journal.end(ticket.id, if reply.is_empty() { Ending::Closed } else { Ending::Answered });
        self.completed.push((ticket.id, reply));
    }

    /// The parked requests that were completed since the last call, with their framed replies.
    pub(crate) fn take_completed(&mut self) -> Vec<(TicketId, Segments)> {
        std::mem::take(&mut self.completed)
    }

    /// A connection is gone: what it waited for is dropped.
    pub(crate) fn disconnect(&mut self, connection: ConnectionId) {
        self.journal.disconnect(connection);
        for fetch in self.fetches.take_connection(connection) {
            fetch.expires.into_iter().for_each(|timer| self.timers.cancel(timer));
        }
    }

    pub(crate) fn node(&self, id: i32) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }
}
