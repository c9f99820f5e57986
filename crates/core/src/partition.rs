//! A partition has one log, its replicas, and a leader among them.
//!
//! All replicas of a partition share one log here, so none is ever behind: a replica is in sync while its broker runs.
//! The leader, its epoch and the in-sync replicas change as in Kafka's controller (`PartitionChangeBuilder`).

use kafka_trial_wire::ErrorCode;

use kafka_trial_wire::records::{Batch, BatchBuilder, ControlMarker};

use crate::{Log, LogConfig, Marker, Producers, Rng, Sequence, Time, TransactionVersion};

/// The leader id of a partition without a leader.
pub const NO_LEADER: i32 = -1;

/// The place of a produced batch in its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The offset of the batch's first record.
    pub base_offset: i64,
    /// The append time in milliseconds; -1 when records keep their own timestamps. For a duplicate, the largest
    /// timestamp of the earlier append.
    pub log_append_time: i64,
    /// The first offset of the log.
    pub log_start_offset: i64,
    /// Whether the batch is new; `false` for a duplicate (KIP-98).
    pub is_new: bool,
}

/// A partition: its log, its producers and its replicas.
#[derive(Clone, Debug)]
pub struct Partition {
    /// The partition's log.
    pub log: Log,
    /// The state of the partition's idempotent producers.
    pub producers: Producers,
    /// The id of the leader; [`NO_LEADER`] for none.
    pub leader: i32,
    /// The leader epoch; it rises with every election.
    pub leader_epoch: i32,
    /// The replicas; the first one is the preferred leader.
    pub replicas: Vec<i32>,
    /// The replicas that are in sync.
    pub isr: Vec<i32>,
    /// The eligible leader replicas: they left the ISR below `min.insync.replicas` and may lead again (KIP-966).
    pub eligible: Vec<i32>,
    /// The last leader, while there is none (KIP-966).
    pub last_leader: Option<i32>,
    /// The replicas that a reassignment adds.
    pub adding: Vec<i32>,
    /// The replicas that a reassignment removes.
    pub removing: Vec<i32>,
}

impl Partition {
    /// Returns a partition whose running replicas are in sync.
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

    /// Returns the offset at which `read_committed` ends: the start of the earliest open transaction.
    pub fn last_stable_offset(&self) -> i64 {
        self.producers.first_unstable_offset().unwrap_or_else(|| self.log.high_watermark())
    }

    /// Appends a checked batch as the leader (`UnifiedLog.appendAsLeader`). `begins` is set when the batch is the first
    /// of a transaction in this partition.
    pub(crate) fn append(
        &mut self,
        batch: Batch,
        begins: Option<TransactionVersion>,
        config: &LogConfig,
        now: Time,
        rng: &mut Rng,
    ) -> Result<Appended, ErrorCode> {
        let log_start_offset = self.log.start_offset();
        let is_idempotent = batch.producer_id() >= 0;
        if is_idempotent && let Sequence::Duplicate { base_offset, timestamp } = self.producers.check(&batch, begins)? {
            return Ok(Appended { base_offset, log_append_time: timestamp, log_start_offset, is_new: false });
        }
        let remembered = is_idempotent.then(|| batch.clone());
        let base_offset = self.log.append(batch, self.leader_epoch, config, now, rng);
        if let Some(batch) = remembered {
            self.producers.record(&batch, base_offset);
        }
        let log_append_time = if config.log_append_time { now.millis() } else { -1 };
        Ok(Appended { base_offset, log_append_time, log_start_offset, is_new: true })
    }

    /// Appends records of a coordinator, which numbers no batches, and returns the offset of the first.
    pub(crate) fn append_of_coordinator(&mut self, batch: Batch, config: &LogConfig, now: Time, rng: &mut Rng) -> i64 {
        let of_producer = (batch.producer_id() >= 0).then(|| batch.clone());
        let base_offset = self.log.append(batch, self.leader_epoch, config, now, rng);
        if let Some(batch) = of_producer {
            self.producers.record(&batch, base_offset);
        }
        base_offset
    }

    /// Appends the marker that ends a producer's transaction here, and returns its offset.
    pub(crate) fn append_marker(
        &mut self,
        marker: Marker,
        config: &LogConfig,
        now: Time,
        rng: &mut Rng,
    ) -> Result<i64, ErrorCode> {
        self.producers.check_marker(marker)?;
        let kind = if marker.commits { ControlMarker::Commit } else { ControlMarker::Abort };
        let builder = BatchBuilder::new().producer(marker.producer_id, marker.epoch, -1);
        let mut bytes = builder.control(kind, marker.coordinator_epoch, now.millis());
        let batch = Batch::split(&mut bytes).map_err(|_| ErrorCode::UNKNOWN_SERVER_ERROR)?;
        let offset = self.log.append(batch, self.leader_epoch, config, now, rng);
        self.producers.end_transaction(marker, offset, now);
        Ok(offset)
    }

    /// Compares a client's leader epoch with the current one (KIP-320); a negative one is not compared.
    pub fn check_epoch(&self, believed: i32) -> Result<(), ErrorCode> {
        match believed {
            ..0 => Ok(()),
            epoch if epoch < self.leader_epoch => Err(ErrorCode::FENCED_LEADER_EPOCH),
            epoch if epoch > self.leader_epoch => Err(ErrorCode::UNKNOWN_LEADER_EPOCH),
            _ => Ok(()),
        }
    }

    /// Removes a stopped broker's replica from the ISR. If it led, the next replica in the ISR leads. Below
    /// `min.insync.replicas`, the replica stays eligible to lead (`PartitionChangeBuilder.maybePopulateTargetElr`).
    /// Returns whether leadership changed.
    pub(crate) fn shrink_isr(&mut self, broker: i32, least_in_sync: usize) -> bool {
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
        self.elect(next.unwrap_or(NO_LEADER));
        true
    }

    /// Adds the replica of a broker that runs again to the ISR; it catches up at once. It leads a partition that has no
    /// leader, if it is eligible. Returns whether leadership changed.
    pub(crate) fn expand_isr(&mut self, broker: i32, least_in_sync: usize, is_alive: impl Fn(i32) -> bool) -> bool {
        if !self.replicas.contains(&broker) {
            return false;
        }
        let had_leader = self.leader != NO_LEADER;
        let may_lead = self.eligible.contains(&broker) || self.eligible.is_empty();
        if !had_leader && may_lead {
            self.isr = vec![broker];
            self.elect(broker);
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

    /// Sets the leader and begins a new leader epoch.
    pub(crate) fn elect(&mut self, broker: i32) {
        self.last_leader = (broker == NO_LEADER).then_some(self.leader);
        self.leader = broker;
        self.leader_epoch += 1;
    }

    /// Makes a replica lead, in sync or not: one that was not in sync becomes the only one in the ISR.
    pub(crate) fn elect_unclean(&mut self, broker: i32) {
        if !self.isr.contains(&broker) {
            self.isr = vec![broker];
            self.eligible.clear();
        }
        self.elect(broker);
    }

    /// Returns the replicas whose brokers do not run.
    pub fn offline(&self, is_alive: impl Fn(i32) -> bool) -> Vec<i32> {
        self.replicas.iter().copied().filter(|id| !is_alive(*id)).collect()
    }

    /// Returns the replicas after the current reassignment.
    pub fn target(&self) -> Vec<i32> {
        self.replicas.iter().copied().filter(|id| !self.removing.contains(id)).collect()
    }

    /// Begins to move the replicas. It is done at once when none comes, as nothing has to catch up. Returns whether
    /// leadership changed.
    pub(crate) fn reassign(&mut self, target: Vec<i32>) -> bool {
        let leader = self.leader;
        let before = self.target();
        self.adding = target.iter().copied().filter(|id| !before.contains(id)).collect();
        self.removing = before.into_iter().filter(|id| !target.contains(id)).collect();
        self.replicas = target;
        self.replicas.extend(self.removing.iter().copied());
        self.finish_reassignment();
        self.leader != leader
    }

    /// Replicas that come have caught up where their brokers run; with the last of them the reassignment is done. Without a
    /// leader there is nobody to follow. Returns whether leadership changed.
    pub(crate) fn advance_reassignment(&mut self, is_alive: impl Fn(i32) -> bool) -> bool {
        let leader = self.leader;
        if self.is_reassigned() && leader != NO_LEADER {
            self.catch_up(is_alive);
            self.finish_reassignment();
        }
        self.leader != leader
    }

    /// Replicas of running brokers join the ISR. When any join, Kafka's leader orders the ISR as a Java hash set does, and
    /// for small ids that order is numeric.
    fn catch_up(&mut self, is_alive: impl Fn(i32) -> bool) {
        let coming = self.replicas.iter().copied().filter(|id| is_alive(*id) && !self.isr.contains(id));
        let coming: Vec<i32> = coming.collect();
        if !coming.is_empty() {
            self.isr.extend(coming);
            self.isr.sort_unstable();
        }
    }

    /// Returns whether a reassignment is under way.
    pub fn is_reassigned(&self) -> bool {
        !self.adding.is_empty() || !self.removing.is_empty()
    }

    /// Cancels the reassignment: the added replicas go.
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
        // A removed replica must not pass for a follower, so the same leader gets a new epoch too.
        if !self.isr.contains(&self.leader) {
            let next = self.replicas.iter().find(|id| self.isr.contains(id)).copied();
            self.elect(next.unwrap_or(NO_LEADER));
        } else if loses_replicas {
            self.elect(self.leader);
        }
    }
}
