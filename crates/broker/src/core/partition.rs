//! A partition: one log, its replicas, and the one of them that leads.
//!
//! All replicas of a partition are one log here, so none is ever behind: a replica is in sync while its broker runs.
//! Who leads, the leader epochs and the in-sync replicas change as Kafka's controller changes them
//! (`PartitionChangeBuilder`).

use kafka_trial_wire::ErrorCode;

use super::{Log, Producers};

/// No broker.
pub(crate) const NO_LEADER: i32 = -1;

/// A partition.
#[derive(Clone, Debug)]
pub(crate) struct Partition {
    pub(crate) log: Log,
    pub(crate) producers: Producers,
    pub(crate) leader: i32,
    pub(crate) leader_epoch: i32,
    /// The first one is the preferred leader.
    pub(crate) replicas: Vec<i32>,
    /// The replicas that are in sync.
    pub(crate) isr: Vec<i32>,
    /// Replicas that left when too few were in sync, and may lead again (KIP-966).
    pub(crate) eligible: Vec<i32>,
    /// While there is no leader: the last one (KIP-966).
    pub(crate) last_leader: Option<i32>,
    /// While replicas are reassigned: those that come.
    pub(crate) adding: Vec<i32>,
    /// And those that go.
    pub(crate) removing: Vec<i32>,
}

impl Partition {
    /// A partition whose running replicas are in sync.
    pub(crate) fn new(replicas: Vec<i32>, is_alive: impl Fn(i32) -> bool) -> Self {
        let isr: Vec<i32> = replicas.iter().copied().filter(|id| is_alive(*id)).collect();
        Self {
            log: Log::default(),
            producers: Producers::default(),
            leader: isr.first().copied().unwrap_or(NO_LEADER),
            leader_epoch: 0,
            replicas,
            isr,
            eligible: Vec::new(),
            last_leader: None,
            adding: Vec::new(),
            removing: Vec::new(),
        }
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

    /// A broker stops: it is not in sync any more, and another replica leads if it did. Gives whether the leader is
    /// another.
    pub(crate) fn lose(&mut self, broker: i32, least_in_sync: usize) -> bool {
        if self.isr.contains(&broker) {
            self.isr.retain(|id| *id != broker);
            if self.isr.len() < least_in_sync {
                self.eligible.push(broker);
            }
        }
        if self.leader != broker {
            return false;
        }
        let next = self.replicas.iter().find(|id| self.isr.contains(id)).copied();
        self.lead_by(next.unwrap_or(NO_LEADER));
        true
    }

    /// A broker runs again: its replica catches up at once. A partition without a leader is led by it if it may.
    /// Gives whether the leader is another.
    pub(crate) fn regain(&mut self, broker: i32, least_in_sync: usize, is_alive: impl Fn(i32) -> bool) -> bool {
        if !self.replicas.contains(&broker) {
            return false;
        }
        let had_leader = self.leader != NO_LEADER;
        let may_lead = self.eligible.contains(&broker) || self.eligible.is_empty();
        if !had_leader && may_lead {
            self.isr = vec![broker];
            self.lead_by(broker);
        }
        if self.leader != NO_LEADER {
            self.catch_up(is_alive);
            self.eligible.retain(|id| !self.isr.contains(id));
            if self.isr.len() >= least_in_sync {
                self.eligible.clear();
            }
            self.finish_reassignment();
        }
        self.leader != NO_LEADER && !had_leader
    }

    /// A new leader, in a new epoch.
    pub(crate) fn lead_by(&mut self, broker: i32) {
        self.last_leader = (broker == NO_LEADER).then_some(self.leader);
        self.leader = broker;
        self.leader_epoch += 1;
    }

    /// Replicas that cannot be reached.
    pub(crate) fn offline(&self, is_alive: impl Fn(i32) -> bool) -> Vec<i32> {
        self.replicas.iter().copied().filter(|id| !is_alive(*id)).collect()
    }

    /// Where the replicas will be when their reassignment is done.
    pub(crate) fn target(&self) -> Vec<i32> {
        self.replicas.iter().copied().filter(|id| !self.removing.contains(id)).collect()
    }

    /// Moves the replicas. It is done at once where all that come run; else when the last of them does.
    /// Gives whether the leader is another.
    pub(crate) fn reassign(&mut self, target: Vec<i32>, is_alive: impl Fn(i32) -> bool) -> bool {
        let leader = self.leader;
        let before = self.target();
        self.adding = target.iter().copied().filter(|id| !before.contains(id)).collect();
        self.removing = before.into_iter().filter(|id| !target.contains(id)).collect();
        self.replicas = target;
        self.replicas.extend(self.removing.iter().copied());
        self.catch_up(is_alive);
        self.finish_reassignment();
        self.leader != leader
    }

    /// Replicas that run are in sync. Kafka's leader has them in the order of a hash set, when any come: that of small
    /// numbers.
    fn catch_up(&mut self, is_alive: impl Fn(i32) -> bool) {
        let coming = self.replicas.iter().copied().filter(|id| is_alive(*id) && !self.isr.contains(id));
        let coming: Vec<i32> = coming.collect();
        if !coming.is_empty() {
            self.isr.extend(coming);
            self.isr.sort_unstable();
        }
    }

    /// Whether a reassignment is under way.
    pub(crate) fn is_reassigned(&self) -> bool {
        !self.adding.is_empty() || !self.removing.is_empty()
    }

    /// The replicas go back to where they were.
    pub(crate) fn cancel_reassignment(&mut self) {
        let adding = std::mem::take(&mut self.adding);
        self.removing.clear();
        self.replicas.retain(|id| !adding.contains(id));
        self.isr.retain(|id| !adding.contains(id));
    }

    fn finish_reassignment(&mut self) {
        let target = self.target();
        if !self.is_reassigned() || !target.iter().all(|id| self.isr.contains(id)) {
            return;
        }
        let loses_replicas = !self.removing.is_empty();
        self.adding.clear();
        self.removing.clear();
        self.isr.retain(|id| target.contains(id));
        self.replicas = target;
        // A replica that is gone must not be taken for one that follows: that makes a new epoch of the same leader too.
        if !self.isr.contains(&self.leader) {
            let next = self.replicas.iter().find(|id| self.isr.contains(id)).copied();
            self.lead_by(next.unwrap_or(NO_LEADER));
        } else if loses_replicas {
            self.lead_by(self.leader);
        }
    }
}
