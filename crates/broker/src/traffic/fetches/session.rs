//! Incremental fetch sessions keep a client's partitions on the broker (KIP-227; `FetchSession`, `FetchSessionCache`).

use std::collections::BTreeMap;

use kafka_trial_core::{Rng, Time};

use super::{FetchPartition, SessionPartitions};

/// The epoch of a request for a new session.
pub(crate) const INITIAL_EPOCH: i32 = 0;
/// The epoch of a fetch without a session.
pub(crate) const FINAL_EPOCH: i32 = -1;
/// How long a session must be idle before any new session may replace it, and how old it must be before a larger
/// session may, in milliseconds (`FetchSessionCache.evictionMs`).
const EVICTION_MS: i64 = 120_000;

/// A fetch session: a client's list of partitions, kept between its requests.
#[derive(Clone, Debug)]
pub(crate) struct FetchSession {
    pub(crate) node: i32,
    /// The epoch that the next request must carry.
    pub(crate) epoch: i32,
    pub(crate) uses_topic_ids: bool,
    /// The partitions; those that returned data move to the end.
    pub(crate) partitions: SessionPartitions,
    created: Time,
    last_used: Time,
    /// How many partitions the session had when it was last used: a session with more may replace it. `None` while it
    /// is too young for that.
    evictable_size: Option<usize>,
}

impl FetchSession {
    /// Returns a session whose first request is being answered.
    pub(crate) fn new(node: i32, uses_topic_ids: bool, partitions: Vec<FetchPartition>, now: Time) -> Self {
        let epoch = next_epoch(INITIAL_EPOCH);
        let partitions = partitions.into_iter().collect();
        Self { node, epoch, uses_topic_ids, partitions, created: now, last_used: now, evictable_size: None }
    }

    /// Notes that the session was used (`FetchSessionCacheShard.touch`).
    pub(crate) fn touch(&mut self, now: Time) {
        self.last_used = now;
        self.evictable_size = (self.created.plus_millis(EVICTION_MS) < now).then_some(self.partitions.len());
    }
}

/// The sessions of all brokers of a cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct FetchSessions {
    by_id: BTreeMap<i32, FetchSession>,
}

impl FetchSessions {
    pub(crate) fn get_mut(&mut self, node: i32, id: i32) -> Option<&mut FetchSession> {
        self.by_id.get_mut(&id).filter(|session| session.node == node)
    }

    pub(crate) fn remove(&mut self, node: i32, id: i32) {
        if self.get_mut(node, id).is_some() {
            self.by_id.remove(&id);
        }
    }

    /// Returns the session that a new one may replace (`FetchSessionCacheShard.tryEvict`): the longest idle one,
    /// otherwise the smallest one that is old enough.
    fn evictable(&self, node: i32, size: usize, now: Time) -> Option<i32> {
        let of_node = || self.by_id.iter().filter(move |(_, session)| session.node == node);
        let (id, idle) = of_node().min_by_key(|(_, session)| session.last_used)?;
        if idle.last_used.plus_millis(EVICTION_MS) < now {
            return Some(*id);
        }
        let old = of_node().filter_map(|(id, session)| Some((session.evictable_size?, *id)));
        old.min().filter(|(smallest, _)| size > *smallest).map(|(_, id)| id)
    }

    /// Removes the sessions of a stopped broker.
    pub(crate) fn remove_all(&mut self, node: i32) {
        self.by_id.retain(|_, session| session.node != node);
    }

    /// Keeps a new session and returns its id; 0 if sessions in use take all `slots` of the broker.
    pub(crate) fn open(&mut self, session: FetchSession, slots: usize, rng: &mut Rng) -> i32 {
        let node = session.node;
        let now = session.last_used;
        if self.by_id.values().filter(|other| other.node == node).count() >= slots {
            match self.evictable(node, session.partitions.len(), now) {
                Some(id) => self.by_id.remove(&id),
                None => return 0,
            };
        }
        loop {
            let id = i32::try_from(rng.next_u64() >> 33).unwrap_or(i32::MAX);
            if id != 0 && !self.by_id.contains_key(&id) {
                self.by_id.insert(id, session);
                return id;
            }
        }
    }
}

/// Returns the epoch after `epoch`; it wraps to 1, because 0 requests a new session.
pub(crate) fn next_epoch(epoch: i32) -> i32 {
    epoch.checked_add(1).unwrap_or(1)
}
