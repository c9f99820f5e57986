//! What a timer of the state would do later, done now: a test needs no clock for it.

use thiserror::Error;

use crate::transactions::partition_of;
use crate::{InternalTopic, MoveRefusal, State, TransactionState};

/// The reason why there is nothing to end.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DueRefusal {
    /// No group has this id.
    #[error("group {0} does not exist")]
    UnknownGroup(String),
    /// No member of the group has this name.
    #[error("group {group} has no member {member}; its members: {known}")]
    UnknownMember {
        /// The group.
        group: String,
        /// The name, as given.
        member: String,
        /// The members of the group, by their ids.
        known: String,
    },
    /// No producer has used this transactional id.
    #[error("transactional id {0} does not exist")]
    UnknownTransaction(String),
    /// The transactional id has no transaction that could time out.
    #[error("transactional id {id} has no ongoing transaction: its state is {state}")]
    NotOngoing {
        /// The transactional id.
        id: String,
        /// Its state, by Kafka's name.
        state: &'static str,
    },
}

impl State {
    /// Aborts the ongoing transaction of a transactional id and fences its producer, as its time-out would.
    pub fn time_out_transaction(&mut self, id: &str) -> Result<(), DueRefusal> {
        let found = self.transactions.get(id).ok_or_else(|| DueRefusal::UnknownTransaction(id.to_owned()))?;
        if found.state != TransactionState::Ongoing {
            return Err(DueRefusal::NotOngoing { id: id.to_owned(), state: found.state.name() });
        }
        let round = found.round;
        self.transaction_expires(id, round);
        Ok(())
    }

    /// Raises the epoch of a transactional id, as a second producer with the same id does by InitProducerId: an ongoing
    /// transaction is aborted, and the first producer is fenced.
    pub fn fence_producer(&mut self, id: &str) -> Result<(), DueRefusal> {
        let found = self.transactions.get(id).ok_or_else(|| DueRefusal::UnknownTransaction(id.to_owned()))?;
        let timeout_ms = found.timeout_ms;
        // With an ongoing transaction the first attempt fences and aborts; the second producer would ask again.
        let begun = self.begin_transactional_producer(id, timeout_ms, None);
        if begun.is_err() {
            let _still_ending = self.begin_transactional_producer(id, timeout_ms, None);
        }
        Ok(())
    }

    /// Makes a different broker lead a partition, in a new leader epoch: an in-sync replica if there is one, otherwise the
    /// replicas move to that broker first. `to` is the next running broker by its id if `None`. Returns the new leader, or
    /// `None` if no different broker runs.
    pub fn hand_over(&mut self, topic: &str, index: i32, to: Option<i32>) -> Result<Option<i32>, MoveRefusal> {
        let found = self.topics.get(topic).ok_or(MoveRefusal::UnknownTopic)?;
        let id = found.id;
        let partition = found.partition(index).ok_or(MoveRefusal::UnknownPartition)?;
        let (leader, isr, replicas) = (partition.leader, partition.isr.clone(), partition.replicas.clone());
        let alive: Vec<i32> = self.alive_nodes().map(|node| node.id).filter(|id| *id != leader).collect();
        let next = |among: &[i32]| {
            let mut others: Vec<i32> = among.iter().copied().filter(|id| alive.contains(id)).collect();
            others.sort_unstable();
            others.iter().copied().find(|id| *id > leader).or_else(|| others.first().copied())
        };
        let Some(to) = to.or_else(|| next(&isr)).or_else(|| next(&alive)) else { return Ok(None) };
        if to == leader {
            return Ok(None);
        }
        if !isr.contains(&to) {
            if !self.is_alive(to) {
                return Err(MoveRefusal::NotInSync);
            }
            let moved = |replica: i32| if replica == leader { to } else { replica };
            self.reassign(id, index, replicas.into_iter().map(moved).collect());
            self.advance_reassignment(id, index);
        }
        match self.move_leader(topic, index, to) {
            Ok(()) => Ok(Some(to)),
            Err(refusal) => Err(refusal),
        }
    }

    /// Makes a different broker coordinate a group. Returns it, or `None` if no different broker runs, or if nothing was
    /// ever written about any group.
    pub fn move_coordinator(&mut self, group: &str, to: Option<i32>) -> Option<i32> {
        let at = self.offsets_partition(group);
        self.hand_over(&at.topic, at.partition, to).ok().flatten()
    }

    /// Makes a different broker coordinate the transactions of a transactional id.
    pub fn move_transaction_coordinator(&mut self, id: &str, to: Option<i32>) -> Option<i32> {
        let index = partition_of(id, self.settings.transaction_state_log_num_partitions);
        self.hand_over(InternalTopic::TransactionState.name(), index, to).ok().flatten()
    }

    /// Moves the start of a partition's log to its end, as DeleteRecords does: its records are gone.
    pub fn truncate_partition(&mut self, topic: &str, index: i32) -> Result<i64, MoveRefusal> {
        let found = self.topics.get(topic).ok_or(MoveRefusal::UnknownTopic)?;
        let id = found.id;
        let end = found.partition(index).ok_or(MoveRefusal::UnknownPartition)?.log.high_watermark();
        self.delete_records(id, index, end).map_err(|_| MoveRefusal::UnknownPartition)
    }
}
