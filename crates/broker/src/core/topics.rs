//! Topics and partitions by name and by id.

use std::collections::BTreeMap;

use kafka_trial_wire::{ErrorCode, Uuid};

use super::{Core, Log, LogConfig, Producers, is_internal_topic};

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

/// A partition: one log, led by one broker. All replicas are in sync at all times.
#[derive(Clone, Debug)]
pub(crate) struct Partition {
    pub(crate) log: Log,
    pub(crate) producers: Producers,
    pub(crate) leader: i32,
    pub(crate) leader_epoch: i32,
    pub(crate) replicas: Vec<i32>,
}

impl Partition {
    pub(crate) fn new(replicas: Vec<i32>) -> Self {
        let leader = replicas.first().copied().unwrap_or(-1);
        Self { log: Log::default(), producers: Producers::default(), leader, leader_epoch: 0, replicas }
    }

    /// The end of what `read_committed` shows: where the earliest open transaction begins.
    pub(crate) fn last_stable_offset(&self) -> i64 {
        self.producers.first_unstable_offset().unwrap_or_else(|| self.log.high_watermark())
    }

    /// Compares the leader epoch that a client believes in with the real one (KIP-320); -1 is not compared.
    pub(crate) fn check_epoch(&self, believed: i32) -> Result<(), ErrorCode> {
        match believed {
            ..0 => Ok(()),
            epoch if epoch < self.leader_epoch => Err(ErrorCode::FENCED_LEADER_EPOCH),
            epoch if epoch > self.leader_epoch => Err(ErrorCode::UNKNOWN_LEADER_EPOCH),
            _ => Ok(()),
        }
    }
}

/// All topics of a cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct Topics {
    by_name: BTreeMap<String, Topic>,
    names: BTreeMap<[u8; 16], String>,
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

    /// How many topics there have been.
    pub(crate) fn created(&self) -> u64 {
        self.created
    }

    fn insert(&mut self, topic: Topic) {
        self.created += 1;
        self.names.insert(topic.id.0, topic.name.clone());
        self.by_name.insert(topic.name.clone(), topic);
    }

    fn remove(&mut self, name: &str) -> Option<Topic> {
        let topic = self.by_name.remove(name)?;
        self.names.remove(&topic.id.0);
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
        let partitions = assignments.into_iter().map(Partition::new).collect();
        let internal = is_internal_topic(name);
        self.topics.insert(Topic { name: name.to_owned(), id, internal, partitions, overrides, config });
        id
    }

    /// Adds a partition to a topic for each list of replicas.
    pub(crate) fn add_partitions(&mut self, name: &str, assignments: Vec<Vec<i32>>) {
        if let Some(topic) = self.topics.get_mut(name) {
            topic.partitions.extend(assignments.into_iter().map(Partition::new));
        }
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
