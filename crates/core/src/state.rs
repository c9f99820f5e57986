//! The state of a whole cluster changes by requests and with time.

use std::collections::BTreeMap;

use crate::completion::Completion;
use crate::event::{Event, Happened};
use crate::{
    Brokers, GroupTimer, Groups, Node, ProducerIds, Rng, Settings, Time, Timers, Topics, TransactionalOffsets,
    Transactions,
};

/// A timer of a cluster.
#[derive(Clone, Debug)]
pub(crate) enum Timer {
    /// A timer of a group; see [`GroupTimer`].
    Group { group: std::sync::Arc<str>, timer: GroupTimer },
    /// The time-out of a transaction, unless it has ended before.
    TransactionExpires { id: std::sync::Arc<str>, round: u64 },
    /// The markers of an ending transaction, which are written now.
    Markers { id: std::sync::Arc<str>, round: u64 },
    /// The replicas that come to a partition have caught up.
    Reassignment { topic: kafka_trial_wire::Uuid, partition: i32 },
    /// The cleaner looks for logs that are due for compaction.
    Cleaner,
    /// The next check for producers past `producer.id.expiration.ms`.
    Producers,
    /// The next check for segments past their retention.
    Retention,
    /// The next check for committed offsets past `offsets.retention.minutes`, and for groups without any.
    Offsets,
}

/// How many checks that find nothing an advance may do one by one; more are left out.
const MANY_CHECKS: i64 = 1_000;

/// The whole state of a cluster: brokers, topics with their records, groups, transactions, configs and timers.
///
/// The state changes only through its methods, which are named by Kafka's verbs: append, commit, elect, fence. A method
/// reports each change by an [`Event`]; groups answer waiting members by [`Completion`]s. The caller collects both
/// afterwards: [`State::take_events`], [`State::take_completions`].
///
/// A clone is an independent cluster. It costs one pointer for each topic and group, whatever their size: records and
/// members are shared until one of the two changes them. Waiting requests belong to connections and are not cloned: a
/// completion for such a request names a ticket that the clone's owner does not know.
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
    /// Returns an empty cluster of these brokers. All of its ids are drawn from `seed`.
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

    /// Returns the cluster's time, which counts for sessions, retention, transactions and appended records.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Returns the cluster's id, as Metadata shows it.
    pub fn cluster_id(&self) -> &str {
        &self.cluster_id
    }

    /// Returns the settings of the brokers.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns the topics, with their partitions and records.
    pub fn topics(&self) -> &Topics {
        &self.topics
    }

    /// Returns the groups, with their members and committed offsets.
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// Returns the transactional ids.
    pub fn transactions(&self) -> &Transactions {
        &self.transactions
    }

    /// Returns the offsets that wait for the ends of their transactions.
    pub fn transactional_offsets(&self) -> &TransactionalOffsets {
        &self.transactional_offsets
    }

    /// Returns a new id, for a topic or a member.
    pub fn fresh_uuid(&mut self) -> kafka_trial_wire::Uuid {
        self.rng.uuid()
    }

    /// Returns the time of the next timer.
    pub fn next_deadline(&self) -> Option<Time> {
        self.timers.next()
    }

    /// Moves the time forward to `now`. Each timer fires at its own time, so one jump has the same outcome as many
    /// small steps. A time before the present one changes nothing.
    pub fn advance(&mut self, now: Time) {
        while let Some((due, timer)) = self.timers.pop_due(now) {
            self.now = self.now.max(due);
            self.fire(timer, now);
        }
        self.now = self.now.max(now);
    }

    /// Fires a timer of an advance that ends at `target`.
    fn fire(&mut self, timer: Timer, target: Time) {
        match timer {
            Timer::Group { group, timer } => self.group_timer(&group, timer),
            Timer::TransactionExpires { id, round } => self.transaction_expires(&id, round),
            Timer::Markers { id, round } => self.write_markers(&id, round),
            Timer::Reassignment { topic, partition } => self.advance_reassignment(topic, partition),
            Timer::Cleaner => {
                self.clean_logs();
                let is_idle = !self.topics.iter().any(|topic| topic.config.compact);
                self.repeat(Timer::Cleaner, self.settings.log_cleaner_backoff_ms.max(1), is_idle, target);
            }
            Timer::Producers => {
                self.expire_producers();
                let is_idle = self.topics.iter().next().is_none();
                let every = self.settings.producer_id_expiration_check_interval_ms;
                self.repeat(Timer::Producers, every, is_idle, target);
            }
            Timer::Retention => {
                self.enforce_retention();
                let is_idle = self.topics.iter().next().is_none() && self.transactions.iter().next().is_none();
                self.repeat(Timer::Retention, self.settings.retention_check_interval_ms, is_idle, target);
            }
            Timer::Offsets => {
                self.expire_offsets();
                let is_idle = self.groups.iter().next().is_none();
                self.repeat(Timer::Offsets, self.settings.offsets_retention_check_interval_ms, is_idle, target);
            }
        }
    }

    /// Sets a recurring timer again. While there is nothing for it to look at, which only a request can change, the times
    /// until the end of an advance are left out: a jump of years would have millions.
    fn repeat(&mut self, timer: Timer, every_ms: i64, is_idle: bool, target: Time) {
        let every = every_ms.saturating_mul(1000).max(1);
        let times = target.0.saturating_sub(self.now.0).max(0) / every;
        let left_out = if is_idle && times > MANY_CHECKS { times } else { 0 };
        let next = self.now.0.saturating_add(every.saturating_mul(left_out.saturating_add(1)));
        self.timers.at(Time(next), timer);
    }

    /// Notes an event at the present time.
    pub(crate) fn note(&mut self, event: Event) {
        self.events.push(Happened { at: self.now, event });
    }

    /// Returns whether there are events or completions to take.
    pub fn has_output(&self) -> bool {
        !self.events.is_empty() || !self.completions.is_empty()
    }

    /// Moves the events since the last call to the end of `events`, in order.
    pub fn take_events(&mut self, events: &mut Vec<Happened>) {
        events.append(&mut self.events);
    }

    /// Returns the answers to waiting requests since the last call, in order.
    pub fn take_completions(&mut self) -> Vec<Completion> {
        std::mem::take(&mut self.completions)
    }

    /// Removes and returns the answer to one request, if it has one.
    pub fn take_completion(&mut self, ticket: crate::TicketId) -> Option<Completion> {
        let place = self.completions.iter().position(|completion| completion.ticket == ticket)?;
        Some(self.completions.remove(place))
    }
}
