//! The brokers of a cluster stop and start, and leaders move between them.

use std::collections::BTreeSet;
use std::sync::Arc;

use kafka_trial_wire::Uuid;

use crate::event::Event;
use crate::state::Timer;
use crate::{InternalTopic, Partition, State, Topic};

/// How long new replicas take to catch up, in milliseconds. There is nothing to copy here; a reassignment is to be seen all
/// the same.
const CATCH_UP_MS: i64 = 100;

/// A broker of the cluster.
#[derive(Clone, Debug)]
pub struct Node {
    /// The broker's id.
    pub id: i32,
    /// The host that Metadata reports to clients.
    pub host: String,
    /// The port that Metadata reports to clients.
    pub port: u16,
    /// The broker's rack (`broker.rack`).
    pub rack: Option<String>,
}

/// The brokers of a cluster, and which of them run.
#[derive(Clone, Debug)]
pub(crate) struct Brokers {
    /// The registered brokers, by id. They change rarely, so clones share them.
    pub(crate) nodes: Arc<Vec<Node>>,
    stopped: BTreeSet<i32>,
    /// The unregistered brokers; they register again when they start.
    pub(crate) unregistered: Vec<Node>,
    /// Counts how often a broker stopped, started or was unregistered.
    changes: u64,
}

impl Brokers {
    pub(crate) fn new(nodes: Vec<Node>) -> Self {
        Self { nodes: Arc::new(nodes), stopped: BTreeSet::new(), unregistered: Vec::new(), changes: 0 }
    }

    /// Returns whether a broker is registered and runs.
    pub(crate) fn is_alive(&self, id: i32) -> bool {
        !self.stopped.contains(&id) && self.nodes.iter().any(|node| node.id == id)
    }
}

/// The reason why a leader cannot move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveRefusal {
    /// No topic has this name.
    UnknownTopic,
    /// The topic has no such partition.
    UnknownPartition,
    /// The broker has no in-sync replica of the partition.
    NotInSync,
}

impl State {
    /// Returns the registered brokers, by id.
    pub fn nodes(&self) -> &[Node] {
        &self.brokers.nodes
    }

    /// Returns a registered broker.
    pub fn node(&self, id: i32) -> Option<&Node> {
        self.brokers.nodes.iter().find(|node| node.id == id)
    }

    /// Returns whether a broker is registered and runs.
    pub fn is_alive(&self, id: i32) -> bool {
        self.brokers.is_alive(id)
    }

    /// Returns whether a broker runs, registered or not.
    pub fn is_running(&self, id: i32) -> bool {
        self.brokers.unregistered.iter().all(|node| node.id != id) && !self.brokers.stopped.contains(&id)
    }

    /// Returns the registered brokers that run.
    pub fn alive_nodes(&self) -> impl Iterator<Item = &Node> {
        self.brokers.nodes.iter().filter(|node| !self.brokers.stopped.contains(&node.id))
    }

    /// Returns the id of the broker that Metadata names as the controller: the first one that runs; -1 when none runs.
    pub fn controller_id(&self) -> i32 {
        self.alive_nodes().next().map_or(-1, |node| node.id)
    }

    /// Returns how often a broker stopped, started or was unregistered.
    pub fn broker_changes(&self) -> u64 {
        self.brokers.changes
    }

    /// Returns the leader of a partition in which a coordinator keeps its state. Before the topic exists, returns the
    /// broker that would lead it.
    pub(crate) fn coordinator_of_partition(&self, topic: InternalTopic, partition: i32) -> Option<&Node> {
        if let Some(topic) = self.topics.get(topic.name()) {
            return self.node(topic.partition(partition)?.leader);
        }
        let first = usize::try_from(partition).unwrap_or_default();
        let replicas = usize::try_from(self.replicas_of(topic)).unwrap_or_default();
        let nodes = self.nodes();
        let places = (first..first + replicas).map(|place| place % nodes.len());
        places.filter_map(|index| nodes.get(index)).find(|node| self.is_alive(node.id))
    }

    /// Stops a broker: in-sync replicas on other brokers take over its partitions.
    pub fn stop_broker(&mut self, id: i32) {
        self.brokers.stopped.insert(id);
        self.brokers.changes += 1;
        self.note(Event::BrokerStopped { broker: id });
        self.change_partitions(|topic, partition| partition.shrink_isr(id, topic.config.min_insync_replicas));
    }

    /// Starts a broker: its replicas are in sync again.
    pub fn start_broker(&mut self, id: i32) {
        let brokers = &mut self.brokers;
        brokers.stopped.remove(&id);
        brokers.changes += 1;
        if let Some(place) = brokers.unregistered.iter().position(|node| node.id == id) {
            let node = brokers.unregistered.remove(place);
            let nodes = Arc::make_mut(&mut brokers.nodes);
            nodes.push(node);
            nodes.sort_by_key(|node| node.id);
        }
        self.note(Event::BrokerStarted { broker: id });
        let brokers = self.brokers.clone();
        self.change_partitions(|topic, partition| {
            partition.expand_isr(id, topic.config.min_insync_replicas, |id| brokers.is_alive(id))
        });
    }

    /// Removes a broker from the cluster. Returns whether it was registered.
    pub fn unregister_broker(&mut self, id: i32) -> bool {
        let Some(place) = self.brokers.nodes.iter().position(|node| node.id == id) else { return false };
        self.stop_broker(id);
        let node = Arc::make_mut(&mut self.brokers.nodes).remove(place);
        self.brokers.unregistered.push(node);
        true
    }

    /// Makes a different in-sync replica lead.
    pub fn move_leader(&mut self, topic: &str, index: i32, id: i32) -> Result<(), MoveRefusal> {
        let found = self.topics.get(topic).ok_or(MoveRefusal::UnknownTopic)?;
        let partition = found.partition(index).ok_or(MoveRefusal::UnknownPartition)?;
        if !partition.isr.contains(&id) {
            return Err(MoveRefusal::NotInSync);
        }
        if partition.leader != id {
            let topic_id = found.id;
            self.change_partition(topic_id, index, |partition| partition.elect(id));
            self.leader_moved(topic_id, index);
        }
        Ok(())
    }

    /// Elects a replica as the leader of a partition, in sync or not. One that was not in sync is the only in-sync
    /// replica afterwards (`PartitionChangeBuilder`, unclean election).
    pub fn elect(&mut self, topic: Uuid, index: i32, id: i32) {
        self.change_partition(topic, index, |partition| partition.elect_unclean(id));
        self.leader_moved(topic, index);
    }

    /// Moves the replicas of a partition to these brokers. It is done in a moment when all of them run, otherwise when the
    /// last of them starts.
    pub fn reassign(&mut self, topic: Uuid, index: i32, target: Vec<i32>) {
        let has_moved = self.change_partition(topic, index, |partition| partition.reassign(target));
        self.timers.at(self.now.plus_millis(CATCH_UP_MS), Timer::Reassignment { topic, partition: index });
        if has_moved == Some(true) {
            self.leader_moved(topic, index);
        }
    }

    /// The replicas that come to a partition have had their time to catch up.
    pub(crate) fn advance_reassignment(&mut self, topic: Uuid, index: i32) {
        let brokers = self.brokers.clone();
        let advance = |partition: &mut Partition| partition.advance_reassignment(|id| brokers.is_alive(id));
        if self.change_partition(topic, index, advance) == Some(true) {
            self.leader_moved(topic, index);
        }
    }

    /// Cancels the reassignment of a partition: its replicas go back to where they were.
    pub fn cancel_reassignment(&mut self, topic: Uuid, index: i32) {
        self.change_partition(topic, index, Partition::cancel_reassignment);
    }

    /// Changes one partition; returns `None` when the partition does not exist.
    pub(crate) fn change_partition<T>(
        &mut self,
        topic: Uuid,
        index: i32,
        change: impl FnOnce(&mut Partition) -> T,
    ) -> Option<T> {
        self.topics.by_id_mut(topic)?.partition_mut(index).map(change)
    }

    /// Changes all partitions; `change` returns whether the leader changed.
    fn change_partitions(&mut self, change: impl Fn(&Topic, &mut Partition) -> bool) {
        let mut moved: Vec<(Uuid, i32)> = Vec::new();
        for topic in self.topics.iter_mut() {
            let mut partitions = std::mem::take(&mut topic.partitions);
            for (partition, index) in partitions.iter_mut().zip(0..) {
                if change(topic, Arc::make_mut(partition)) {
                    moved.push((topic.id, index));
                }
            }
            topic.partitions = partitions;
        }
        for (topic, index) in moved {
            self.leader_moved(topic, index);
        }
    }

    /// Notes that a partition has a new leader. The groups of a partition of `__consumer_offsets` get a new
    /// coordinator.
    fn leader_moved(&mut self, topic: Uuid, index: i32) {
        let Some(found) = self.topics.by_id(topic) else { return };
        let Some(partition) = found.partition(index) else { return };
        let (leader, epoch) = (partition.leader, partition.leader_epoch);
        let coordinates = *found.name == *InternalTopic::ConsumerOffsets.name();
        self.note(Event::LeaderMoved { topic: Arc::clone(&found.name), id: topic, partition: index, leader, epoch });
        if coordinates {
            self.coordinator_moved(index);
        }
    }
}
