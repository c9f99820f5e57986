//! A fetch session may have many partitions, so each is found without a search through the others
//! (`FetchSession.CachedPartition`).

use std::collections::{BTreeMap, HashMap};

use kafka_trial_wire::{Text, Uuid};

/// A partition that a client fetches, with the ends in its last answer.
#[derive(Clone, Debug)]
pub(crate) struct FetchPartition {
    /// The topic's name. If the fetch names topics by ids: the name when the id was first known, empty before that; the
    /// session uses it from then on.
    pub(crate) topic: Text,
    pub(crate) topic_id: Uuid,
    pub(crate) index: i32,
    /// Whether the partition existed when the request came. A missing partition is answered without a read; one that is
    /// deleted later ends the wait.
    pub(crate) is_known: bool,
    pub(crate) fetch_offset: i64,
    pub(crate) max_bytes: i32,
    pub(crate) current_leader_epoch: i32,
    pub(crate) last_fetched_epoch: i32,
    /// The high watermark of the last answer; -1 before the first.
    pub(crate) told_high_watermark: i64,
    /// The log start offset of the last answer; -1 before the first.
    pub(crate) told_log_start: i64,
}

/// A partition, by its topic's id if the fetch uses ids, otherwise by its name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PartitionKey {
    topic_id: Uuid,
    topic: Text,
    index: i32,
}

impl PartitionKey {
    pub(crate) fn new(topic: &Text, topic_id: Uuid, index: i32) -> Self {
        let topic = if topic_id == Uuid::ZERO { topic.clone() } else { Text::default() };
        Self { topic_id, topic, index }
    }
}

impl FetchPartition {
    pub(crate) fn key(&self) -> PartitionKey {
        PartitionKey::new(&self.topic, self.topic_id, self.index)
    }
}

/// The partitions of a session in the order in which they are read, each once.
#[derive(Clone, Debug, Default)]
pub(crate) struct SessionPartitions {
    by_place: BTreeMap<u64, FetchPartition>,
    /// Lookup only, never iterated: the order of a hash map is random.
    places: HashMap<PartitionKey, u64>,
    next_place: u64,
}

impl SessionPartitions {
    pub(crate) fn len(&self) -> usize {
        self.by_place.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_place.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &FetchPartition> {
        self.by_place.values()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut FetchPartition> {
        self.by_place.values_mut()
    }

    pub(crate) fn get_mut(&mut self, key: &PartitionKey) -> Option<&mut FetchPartition> {
        self.by_place.get_mut(self.places.get(key)?)
    }

    /// Adds a partition at the end, or replaces it in its present place.
    pub(crate) fn put(&mut self, partition: FetchPartition) {
        let place = *self.places.entry(partition.key()).or_insert(self.next_place);
        self.next_place = self.next_place.max(place + 1);
        self.by_place.insert(place, partition);
    }

    pub(crate) fn remove(&mut self, key: &PartitionKey) -> Option<FetchPartition> {
        self.by_place.remove(&self.places.remove(key)?)
    }

    pub(crate) fn move_to_end(&mut self, key: &PartitionKey) {
        if let Some(partition) = self.remove(key) {
            self.put(partition);
        }
    }
}

impl FromIterator<FetchPartition> for SessionPartitions {
    /// Collects the partitions. A duplicate replaces the earlier one in its place.
    fn from_iter<I: IntoIterator<Item = FetchPartition>>(partitions: I) -> Self {
        let mut all = Self::default();
        partitions.into_iter().for_each(|partition| all.put(partition));
        all
    }
}

impl IntoIterator for SessionPartitions {
    type Item = FetchPartition;
    type IntoIter = std::collections::btree_map::IntoValues<u64, FetchPartition>;

    fn into_iter(self) -> Self::IntoIter {
        self.by_place.into_values()
    }
}
