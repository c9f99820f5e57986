//! Brokers that stop and start, and leaders that move.

use std::collections::BTreeSet;

use kafka_trial_wire::Uuid;

use super::{Core, InternalTopic, Node, Partition, Topic};

/// Which brokers of the cluster do not run.
#[derive(Clone, Debug, Default)]
pub(crate) struct StoppedBrokers {
    ids: BTreeSet<i32>,
    /// Brokers that were unregistered; they register again when they start.
    unregistered: Vec<Node>,
    /// Counts what happens to brokers, for the metadata log's offset.
    pub(crate) changes: u64,
}

/// Why a leader cannot be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MoveRefusal {
    UnknownTopic,
    UnknownPartition,
    NotInSync,
}

impl Core {
    /// Whether a broker is registered and runs.
    pub(crate) fn is_alive(&self, id: i32) -> bool {
        self.node(id).is_some() && !self.stopped.ids.contains(&id)
    }

    /// Whether a broker was not stopped, registered or not.
    pub(crate) fn is_running(&self, id: i32) -> bool {
        self.stopped.unregistered.iter().all(|node| node.id != id) && !self.stopped.ids.contains(&id)
    }

    /// The brokers that run.
    pub(crate) fn alive_nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| !self.stopped.ids.contains(&node.id))
    }

    /// The broker that is named as the controller: the first one that runs.
    pub(crate) fn controller_id(&self) -> i32 {
        self.alive_nodes().next().map_or(-1, |node| node.id)
    }

    /// The broker that leads a coordinators' partition. Before the topic is there: the one that would.
    pub(crate) fn coordinator_of_partition(&self, topic: InternalTopic, partition: i32) -> Option<&Node> {
        if let Some(topic) = self.topics.get(topic.name()) {
            return self.node(topic.partition(partition)?.leader);
        }
        let first = usize::try_from(partition).unwrap_or_default();
        let replicas = usize::try_from(self.replicas_of(topic)).unwrap_or_default();
        let places = (first..first + replicas).map(|place| place % self.nodes.len());
        places.filter_map(|index| self.nodes.get(index)).find(|node| self.is_alive(node.id))
    }

    /// A broker stops: what it led is led by others, if there are any in sync.
    pub(crate) fn stop_broker(&mut self, id: i32) {
        self.stopped.ids.insert(id);
        self.stopped.changes += 1;
        self.sessions.remove_all(id);
        self.change_partitions(|topic, partition| partition.lose(id, topic.config.min_insync_replicas));
    }

    /// A broker starts: its replicas are in sync again.
    pub(crate) fn start_broker(&mut self, id: i32) {
        self.stopped.ids.remove(&id);
        self.stopped.changes += 1;
        if let Some(place) = self.stopped.unregistered.iter().position(|node| node.id == id) {
            let node = self.stopped.unregistered.remove(place);
            self.nodes.push(node);
            self.nodes.sort_by_key(|node| node.id);
        }
        let alive: BTreeSet<i32> = self.alive_nodes().map(|node| node.id).collect();
        self.change_partitions(|topic, partition| {
            partition.regain(id, topic.config.min_insync_replicas, |id| alive.contains(&id))
        });
    }

    /// A broker is not part of the cluster any more; whether it was.
    pub(crate) fn unregister_broker(&mut self, id: i32) -> bool {
        let Some(place) = self.nodes.iter().position(|node| node.id == id) else { return false };
        self.stop_broker(id);
        let node = self.nodes.remove(place);
        self.stopped.unregistered.push(node);
        true
    }

    /// Another in-sync replica leads.
    pub(crate) fn move_leader(&mut self, topic: &str, index: i32, id: i32) -> Result<(), MoveRefusal> {
        let found = self.topics.get_mut(topic).ok_or(MoveRefusal::UnknownTopic)?;
        let topic_id = found.id;
        let partition = found.partition_mut(index).ok_or(MoveRefusal::UnknownPartition)?;
        if !partition.isr.contains(&id) {
            return Err(MoveRefusal::NotInSync);
        }
        if partition.leader != id {
            partition.lead_by(id);
            self.leader_moved(topic_id, index);
        }
        Ok(())
    }

    /// Changes all partitions; fetches that wait where the leader is another are answered.
    fn change_partitions(&mut self, mut change: impl FnMut(&Topic, &mut Partition) -> bool) {
        let mut moved: Vec<(Uuid, i32)> = Vec::new();
        for topic in self.topics.iter_mut() {
            let mut partitions = std::mem::take(&mut topic.partitions);
            for (partition, index) in partitions.iter_mut().zip(0..) {
                if change(topic, partition) {
                    moved.push((topic.id, index));
                }
            }
            topic.partitions = partitions;
        }
        for (topic, index) in moved {
            self.leader_moved(topic, index);
        }
    }

    /// Another replica leads: fetches that wait are answered, and groups have another coordinator.
    pub(crate) fn leader_moved(&mut self, topic: Uuid, index: i32) {
        self.wake_partition(topic, index);
        if self.topics.by_id(topic).is_some_and(|topic| topic.name == InternalTopic::ConsumerOffsets.name()) {
            self.coordinator_moved(index);
        }
    }
}
