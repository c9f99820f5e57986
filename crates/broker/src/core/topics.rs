//! Topics and partitions by name and by id.

use std::collections::{BTreeMap, BTreeSet};

use kafka_trial_wire::Uuid;

use super::topic_name::metric_name;
use super::{Core, LogConfig, Partition, is_internal_topic};

/// A topic with its partitions.
#[derive(Clone, Debug)]
pub(crate) struct Topic {
    pub(crate) name: String,
    pub(crate) id: Uuid,
    pub(crate) internal: bool,
    pub(crate) partitions: Vec<Partition>,
    /// The configs that were set on this topic, as given.
    pub(crate) overrides: BTreeMap<String, String>,
    /// What the overrides and the broker's defaults amount to.
    pub(crate) config: LogConfig,
}

impl Topic {
    /// How many partitions it has.
    pub(crate) fn count(&self) -> i32 {
        i32::try_from(self.partitions.len()).unwrap_or(i32::MAX)
    }

    pub(crate) fn partition(&self, index: i32) -> Option<&Partition> {
        self.partitions.get(usize::try_from(index).ok()?)
    }

    pub(crate) fn partition_mut(&mut self, index: i32) -> Option<&mut Partition> {
        self.partitions.get_mut(usize::try_from(index).ok()?)
    }
}

/// All topics of a cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct Topics {
    by_name: BTreeMap<String, Topic>,
    names: BTreeMap<[u8; 16], String>,
    /// Names that may collide, by their names in metrics (`ReplicationControlManager.topicsWithCollisionChars`).
    by_metric_name: BTreeMap<String, BTreeSet<String>>,
    created: u64,
}

impl Topics {
    pub(crate) fn get(&self, name: &str) -> Option<&Topic> {
        self.by_name.get(name)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Topic> {
        self.by_name.get_mut(name)
    }

    pub(crate) fn by_id(&self, id: Uuid) -> Option<&Topic> {
        self.get(self.names.get(&id.0)?)
    }

    pub(crate) fn by_id_mut(&mut self, id: Uuid) -> Option<&mut Topic> {
        let name = self.names.get(&id.0)?;
        self.by_name.get_mut(name)
    }

    /// In the order of their names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Topic> {
        self.by_name.values()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Topic> {
        self.by_name.values_mut()
    }

    /// Another topic whose metrics would have the same names: `.` and `_` become one in them.
    pub(crate) fn colliding_with(&self, name: &str) -> Option<&str> {
        let alike = self.by_metric_name.get(&metric_name(name)?)?;
        alike.iter().find(|other| *other != name).map(String::as_str)
    }

    /// How many topics there have been.
    pub(crate) fn created(&self) -> u64 {
        self.created
    }

    fn insert(&mut self, topic: Topic) {
        self.created += 1;
        self.names.insert(topic.id.0, topic.name.clone());
        if let Some(metric) = metric_name(&topic.name) {
            self.by_metric_name.entry(metric).or_default().insert(topic.name.clone());
        }
        self.by_name.insert(topic.name.clone(), topic);
    }

    fn remove(&mut self, name: &str) -> Option<Topic> {
        let topic = self.by_name.remove(name)?;
        self.names.remove(&topic.id.0);
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

impl Core {
    /// Adds a topic with one partition for each list of replicas. The name and the configs were checked before.
    pub(crate) fn add_topic(
        &mut self,
        name: &str,
        assignments: Vec<Vec<i32>>,
        overrides: BTreeMap<String, String>,
        config: LogConfig,
    ) -> Uuid {
        let id = self.rng.uuid();
        let partitions = self.new_partitions(assignments);
        let internal = is_internal_topic(name);
        self.topics.insert(Topic { name: name.to_owned(), id, internal, partitions, overrides, config });
        id
    }

    /// Adds a partition to a topic for each list of replicas.
    pub(crate) fn add_partitions(&mut self, name: &str, assignments: Vec<Vec<i32>>) {
        let partitions = self.new_partitions(assignments);
        if let Some(topic) = self.topics.get_mut(name) {
            topic.partitions.extend(partitions);
        }
    }

    fn new_partitions(&self, assignments: Vec<Vec<i32>>) -> Vec<Partition> {
        assignments.into_iter().map(|replicas| Partition::new(replicas, |id| self.is_alive(id))).collect()
    }

    /// Removes a topic; fetches that wait for it are answered, group offsets of it are dropped.
    pub(crate) fn remove_topic(&mut self, name: &str) -> Option<Topic> {
        let topic = self.topics.remove(name)?;
        self.groups.forget_topic(name);
        self.transactional_offsets.forget_topic(name);
        self.wake_topic(topic.id);
        Some(topic)
    }

    /// Replicas for `count` partitions, spread round robin over the brokers; `first` shifts the start so that
    /// partitions added later go on where the others stopped.
    pub(crate) fn place_replicas(&self, count: i32, replication_factor: i16, first: i32) -> Vec<Vec<i32>> {
        let nodes: Vec<i32> = self.nodes.iter().map(|node| node.id).collect();
        let at = |position: i32| {
            let size = i32::try_from(nodes.len()).unwrap_or(i32::MAX).max(1);
            usize::try_from(position.rem_euclid(size)).ok().and_then(|index| nodes.get(index)).copied().unwrap_or(-1)
        };
        (first..first.saturating_add(count))
            .map(|partition| (0..i32::from(replication_factor)).map(|replica| at(partition + replica)).collect())
            .collect()
    }
}
