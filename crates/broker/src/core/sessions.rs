//! Incremental fetch sessions (KIP-227), after Kafka's `FetchSession` and `FetchSessionCache`.

use std::collections::BTreeMap;

use kafka_trial_wire::{Text, Uuid};

use super::{Rng, Time};

/// The epoch that asks for a new session.
pub(crate) const INITIAL_EPOCH: i32 = 0;
/// The epoch of a fetch without a session.
pub(crate) const FINAL_EPOCH: i32 = -1;
/// How long a session must be idle before another may take its place (`FetchSessionCache.evictionMs`).
const EVICTION_MS: i64 = 120_000;

/// One partition as a client wants it fetched, and what it was last told of it.
#[derive(Clone, Debug)]
pub(crate) struct FetchPartition {
    pub(crate) topic: Text,
    pub(crate) topic_id: Uuid,
    pub(crate) index: i32,
    pub(crate) fetch_offset: i64,
    pub(crate) max_bytes: i32,
    pub(crate) current_leader_epoch: i32,
    pub(crate) last_fetched_epoch: i32,
    /// The high watermark of the last answer; -1 before the first.
    pub(crate) told_high_watermark: i64,
    /// The log start offset of the last answer; -1 before the first.
    pub(crate) told_log_start: i64,
}

impl FetchPartition {
    /// Whether both speak of the same partition: by id where the session uses ids, else by name.
    pub(crate) fn is(&self, topic: &Text, topic_id: Uuid, index: i32) -> bool {
        self.index == index && self.topic_id == topic_id && self.topic == *topic
    }
}

/// A client's standing list of partitions.
#[derive(Clone, Debug)]
pub(crate) struct FetchSession {
    pub(crate) node: i32,
    /// The epoch that the next request must carry.
    pub(crate) epoch: i32,
    pub(crate) uses_topic_ids: bool,
    /// In the order in which they are read; those that returned data move to the end.
    pub(crate) partitions: Vec<FetchPartition>,
    pub(crate) last_used: Time,
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

    /// Keeps a new session and gives its id; 0 when all `slots` of the broker are taken by sessions in use.
    pub(crate) fn open(&mut self, session: FetchSession, slots: usize, rng: &mut Rng) -> i32 {
        let node = session.node;
        let now = session.last_used;
        if self.by_id.values().filter(|other| other.node == node).count() >= slots {
            let idle = |other: &FetchSession| other.node == node && other.last_used.plus_millis(EVICTION_MS) < now;
            let oldest = self.by_id.iter().filter(|(_, other)| idle(other)).min_by_key(|(_, other)| other.last_used);
            match oldest.map(|(id, _)| *id) {
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

/// The epoch after `epoch`; it wraps to 1, because 0 asks for a new session.
pub(crate) fn next_epoch(epoch: i32) -> i32 {
    epoch.checked_add(1).unwrap_or(1)
}
