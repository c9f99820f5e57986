//! The state of a whole cluster, and the passing of its time.

use std::collections::BTreeMap;

use crate::completion::Completion;
use crate::event::{Event, Happened};
use crate::{
    Brokers, GroupTimer, Groups, Node, ProducerIds, Rng, Settings, Time, Timers, Topics, TransactionalOffsets,
    Transactions,
};

/// Something that becomes due in a cluster.
#[derive(Clone, Debug)]
pub(crate) enum Timer {
    /// A deadline of a group; see [`GroupTimer`].
    Group { group: std::sync::Arc<str>, timer: GroupTimer },
    /// A transaction has lasted for its time-out, unless it was ended before.
    TransactionExpires { id: std::sync::Arc<str>, round: u64 },
    /// The markers of a transaction that is being ended are due.
    Markers { id: std::sync::Arc<str>, round: u64 },
    /// The cleaner looks for logs that are due for compaction.
    Cleaner,
    /// Idempotent producers past `producer.id.expiration.ms` are forgotten.
    Producers,
    /// Segments past their retention are deleted.
    Retention,
    /// Committed offsets past `offsets.retention.minutes` are deleted, and groups that have none left.
    Offsets,
}

/// All that a cluster knows: brokers, topics with their records, groups, transactions, configs, and what is due.
///
/// It changes through its methods only, which have Kafka's verbs: append, commit, elect, fence. A method notes what it has
/// changed as an [`Event`]; groups answer waiting members by [`Completion`]s. The caller of a method collects both
/// afterwards: [`State::take_events`], [`State::take_completions`].
///
/// A clone is an independent cluster. It costs a pointer for each topic and group, whatever they hold: records and
/// members are shared until one of the two changes them. Requests that wait belong to connections and stay
/// behind: a completion for one of them names a ticket that the clone's owner does not know.
#[derive(Clone, Debug)]
pub struct State {
    pub(crate) now: Time,
    pub(crate) cluster_id: std::sync::Arc<str>,
    pub(crate) brokers: Brokers,
    pub(crate) settings: Settings,
    pub(crate) topics: Topics,
    pub(crate) groups: Groups,
    pub(crate) group_configs: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) client_metrics: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) producer_ids: ProducerIds,
    pub(crate) transactions: Transactions,
    pub(crate) transactional_offsets: TransactionalOffsets,
    pub(crate) timers: Timers<Timer>,
    pub(crate) rng: Rng,
    pub(crate) completions: Vec<Completion>,
    events: Vec<Happened>,
}

impl State {
    /// An empty cluster of these brokers. All ids that it gives out come from `seed`.
    pub fn new(settings: Settings, nodes: Vec<Node>, seed: u64, now: Time) -> Self {
        let mut rng = Rng::new(seed);
        let cluster_id = rng.uuid().to_string().into();
        let mut timers = Timers::default();
        timers.at(now.plus_millis(settings.retention_check_interval_ms), Timer::Retention);
        timers.at(now.plus_millis(settings.offsets_retention_check_interval_ms), Timer::Offsets);
        timers.at(now.plus_millis(settings.log_cleaner_backoff_ms), Timer::Cleaner);
        timers.at(now.plus_millis(settings.producer_id_expiration_check_interval_ms), Timer::Producers);
        Self {
            now,
            cluster_id,
            brokers: Brokers::new(nodes),
            settings,
            topics: Topics::default(),
            groups: Groups::default(),
            group_configs: BTreeMap::new(),
            client_metrics: BTreeMap::new(),
            producer_ids: ProducerIds::default(),
            transactions: Transactions::default(),
            transactional_offsets: TransactionalOffsets::default(),
            timers,
            rng,
            completions: Vec::new(),
            events: Vec::new(),
        }
    }

    /// The time of the cluster: it governs sessions, retention, transactions and the timestamps of appends.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The cluster's id, as Metadata shows it.
    pub fn cluster_id(&self) -> &str {
        &self.cluster_id
    }

    /// The settings of the brokers.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The topics, with their partitions and records.
    pub fn topics(&self) -> &Topics {
        &self.topics
    }

    /// The groups, with their members and committed offsets.
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// The transactional ids.
    pub fn transactions(&self) -> &Transactions {
        &self.transactions
    }

    /// The offsets that await the ends of their transactions.
    pub fn transactional_offsets(&self) -> &TransactionalOffsets {
        &self.transactional_offsets
    }

    /// A fresh id, of a topic or a member.
    pub fn fresh_uuid(&mut self) -> kafka_trial_wire::Uuid {
        self.rng.uuid()
    }

    /// When [`State::advance`] has something to do next.
    pub fn next_deadline(&self) -> Option<Time> {
        self.timers.next()
    }

    /// Moves the time forward to `now`. Each timer that is due on the way fires at its own time, so that one jump has the
    /// same outcome as many small steps. A time before the present one changes nothing.
    pub fn advance(&mut self, now: Time) {
        while let Some((due, timer)) = self.timers.pop_due(now) {
            self.now = self.now.max(due);
            self.fire(timer);
        }
        self.now = self.now.max(now);
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
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
                self.timers.at(self.now.plus_millis(self.settings.retention_check_interval_ms), Timer::Retention);
            }
            Timer::Offsets => {
                self.expire_offsets();
                let next = self.now.plus_millis(self.settings.offsets_retention_check_interval_ms);
                self.timers.at(next, Timer::Offsets);
            }
        }
    }

    /// Notes what has happened, now.
    pub(crate) fn note(&mut self, event: Event) {
        self.events.push(Happened { at: self.now, event });
    }

    /// Whether something has happened since [`State::take_events`], or a waiting request was answered since
    /// [`State::take_completions`].
    pub fn has_output(&self) -> bool {
        !self.events.is_empty() || !self.completions.is_empty()
    }

    /// Moves what has happened since the last call to the end of `events`, in order.
    pub fn take_events(&mut self, events: &mut Vec<Happened>) {
        events.append(&mut self.events);
    }

    /// The answers to waiting requests since the last call, in order.
    pub fn take_completions(&mut self) -> Vec<Completion> {
        std::mem::take(&mut self.completions)
    }

    /// The answer to one request, if it is among those not yet taken.
    pub fn take_completion(&mut self, ticket: crate::TicketId) -> Option<Completion> {
        let place = self.completions.iter().position(|completion| completion.ticket == ticket)?;
        Some(self.completions.remove(place))
    }
}
