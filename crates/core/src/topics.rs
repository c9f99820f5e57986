//! A cluster finds its topics and partitions by name and by id.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kafka_trial_wire::Uuid;

use crate::event::Event;
use crate::topic_name::metric_name;
use crate::{LogConfig, Partition, State, is_internal_topic};

/// A topic with its partitions.
#[derive(Clone, Debug)]
pub struct Topic {
    /// The topic's name.
    pub name: Arc<str>,
    /// The topic's id (KIP-516).
    pub id: Uuid,
    /// Whether the topic is internal, such as `__consumer_offsets`.
    pub internal: bool,
    /// The topic's partitions, in order.
    pub partitions: Vec<Arc<Partition>>,
    /// The configs that were set on this topic, as given.
    pub overrides: Arc<BTreeMap<String, String>>,
    /// The effective configs: the overrides over the broker's values.
    pub config: Arc<LogConfig>,
}

impl Topic {
    /// Returns how many partitions the topic has.
    pub fn count(&self) -> i32 {
        i32::try_from(self.partitions.len()).unwrap_or(i32::MAX)
    }

    /// Returns the partition with this index.
    pub fn partition(&self, index: i32) -> Option<&Partition> {
        self.partitions.get(usize::try_from(index).ok()?).map(|partition| &**partition)
    }

    pub(crate) fn partition_mut(&mut self, index: i32) -> Option<&mut Partition> {
        self.partitions.get_mut(usize::try_from(index).ok()?).map(Arc::make_mut)
    }
}

/// All topics of a cluster. A clone shares each topic until one of the two changes it.
#[derive(Clone, Debug, Default)]
pub struct Topics {
    by_name: BTreeMap<Arc<str>, Arc<Topic>>,
    names: BTreeMap<Uuid, Arc<str>>,
    /// Names that may collide, by their names in metrics (`ReplicationControlManager.topicsWithCollisionChars`).
    by_metric_name: BTreeMap<String, BTreeSet<Arc<str>>>,
    created: u64,
}

impl Topics {
    /// Returns the topic with this name.
    pub fn get(&self, name: &str) -> Option<&Topic> {
        self.by_name.get(name).map(|topic| &**topic)
    }

    /// Returns the topic with this id.
    pub fn by_id(&self, id: Uuid) -> Option<&Topic> {
        self.get(self.names.get(&id)?)
    }

    /// Returns the topics in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Topic> {
        self.by_name.values().map(|topic| &**topic)
    }

    /// Returns a topic whose metrics would have the same names: in them, `.` and `_` are the same.
    pub fn colliding_with(&self, name: &str) -> Option<&str> {
        let alike = self.by_metric_name.get(&metric_name(name)?)?;
        alike.iter().find(|other| ***other != *name).map(|other| &**other)
    }

    /// Returns how many topics were ever created.
    pub fn created(&self) -> u64 {
        self.created
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Topic> {
        self.by_name.get_mut(name).map(Arc::make_mut)
    }

    pub(crate) fn by_id_mut(&mut self, id: Uuid) -> Option<&mut Topic> {
        let name = self.names.get(&id)?;
        self.by_name.get_mut(name).map(Arc::make_mut)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Topic> {
        self.by_name.values_mut().map(Arc::make_mut)
    }

    fn insert(&mut self, topic: Topic) {
        self.created += 1;
        self.names.insert(topic.id, Arc::clone(&topic.name));
        if let Some(metric) = metric_name(&topic.name) {
            self.by_metric_name.entry(metric).or_default().insert(Arc::clone(&topic.name));
        }
        self.by_name.insert(Arc::clone(&topic.name), Arc::new(topic));
    }

    fn remove(&mut self, name: &str) -> Option<Arc<Topic>> {
        let topic = self.by_name.remove(name)?;
        self.names.remove(&topic.id);
        if let Some(metric) = metric_name(name)
            && let Some(alike) = self.by_metric_name.get_mut(&metric)
        {
            alike.remove(name);
            if alike.is_empty() {
                self.by_metric_name.remove(&metric);
            }
        }
        Some(topic)
    }
}

impl State {
    /// Adds a topic with one partition for each list of replicas, and returns its id. The name and the configs were checked
    /// before.
    pub fn add_topic(
        &mut self,
        name: &str,
        assignments: Vec<Vec<i32>>,
        overrides: BTreeMap<String, String>,
        config: LogConfig,
    ) -> Uuid {
        let id = self.rng.uuid();
        let partitions = self.new_partitions(assignments);
        let internal = is_internal_topic(name);
        let (name, overrides, config) = (Arc::from(name), Arc::new(overrides), Arc::new(config));
        let topic = Topic { name: Arc::clone(&name), id, internal, partitions, overrides, config };
        let partitions = topic.count();
        self.topics.insert(topic);
        self.note(Event::TopicCreated { topic: name, id, partitions });
        id
    }

    /// Adds a partition to a topic for each list of replicas.
    pub fn add_partitions(&mut self, name: &str, assignments: Vec<Vec<i32>>) {
        let partitions = self.new_partitions(assignments);
        if let Some(topic) = self.topics.get_mut(name) {
            topic.partitions.extend(partitions);
            let event = Event::PartitionsAdded { topic: Arc::clone(&topic.name), partitions: topic.count() };
            self.note(event);
        }
    }

    fn new_partitions(&self, assignments: Vec<Vec<i32>>) -> Vec<Arc<Partition>> {
        let new = |replicas| Arc::new(Partition::new(replicas, |id| self.is_alive(id)));
        assignments.into_iter().map(new).collect()
    }

    /// Removes a topic, and the groups' committed offsets for it.
    pub fn remove_topic(&mut self, name: &str) {
        let Some(topic) = self.topics.remove(name) else { return };
        for (group, partitions) in self.groups.forget_topic(name) {
            self.write_offset_tombstones(&group, &partitions);
        }
        self.transactional_offsets.forget_topic(name);
        self.note(Event::TopicDeleted { topic: Arc::clone(&topic.name), id: topic.id });
    }

    /// Returns replicas for `count` partitions, spread round robin over the brokers. `first` shifts the start so that
    /// partitions added later continue the sequence.
    pub fn place_replicas(&self, count: i32, replication_factor: i16, first: i32) -> Vec<Vec<i32>> {
        let nodes: Vec<i32> = self.nodes().iter().map(|node| node.id).collect();
        let at = |position: i32| {
            let size = i32::try_from(nodes.len()).unwrap_or(i32::MAX).max(1);
            usize::try_from(position.rem_euclid(size)).ok().and_then(|index| nodes.get(index)).copied().unwrap_or(-1)
        };
        (first..first.saturating_add(count))
            .map(|partition| (0..i32::from(replication_factor)).map(|replica| at(partition + replica)).collect())
            .collect()
    }
}
