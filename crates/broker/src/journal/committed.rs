//! The journal keeps the offsets of OffsetCommit and TxnOffsetCommit.

use std::sync::Arc;

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::{
    OffsetCommitRequest, OffsetCommitResponse, TxnOffsetCommitRequest, TxnOffsetCommitResponse,
};

use super::shared_names::Names;
use super::{Commit, Committed, Detail, Journaled, Membership, ProducerState};
use kafka_trial_core::Topics;

impl Journaled for OffsetCommitRequest {
    fn asked(&self, topics: &Topics, names: &mut Names) -> Detail {
        let partitions = self
            .topics
            .iter()
            .flat_map(|topic| {
                let name = names.topic(&topic.name, topic.topic_id, topics);
                let places = topic.partitions.iter().map(|wanted| (wanted.partition_index, wanted.committed_offset));
                places.map(move |place| committed(&name, place))
            })
            .collect();
        let (instance, generation) = (self.group_instance_id.as_ref(), self.generation_id_or_member_epoch);
        let membership = Membership::of(names, &self.group_id, &self.member_id, instance, generation);
        Detail::Commit(Commit { membership, producer: None, partitions })
    }

    fn answered(response: &OffsetCommitResponse, detail: &mut Detail) {
        fill(detail, response.topics.iter().flat_map(|topic| &topic.partitions).map(|partition| partition.error_code));
    }
}

impl Journaled for TxnOffsetCommitRequest {
    fn asked(&self, _: &Topics, names: &mut Names) -> Detail {
        let partitions = self
            .topics
            .iter()
            .flat_map(|topic| {
                let name = names.shared(&topic.name);
                let places = topic.partitions.iter().map(|wanted| (wanted.partition_index, wanted.committed_offset));
                places.map(move |place| committed(&name, place))
            })
            .collect();
        let (instance, generation) = (self.group_instance_id.as_ref(), self.generation_id);
        let membership = Membership::of(names, &self.group_id, &self.member_id, instance, generation);
        let producer = ProducerState { id: self.producer_id, epoch: self.producer_epoch, sequence: -1 };
        Detail::Commit(Commit { membership, producer: Some(producer), partitions })
    }

    fn answered(response: &TxnOffsetCommitResponse, detail: &mut Detail) {
        fill(detail, response.topics.iter().flat_map(|topic| &topic.partitions).map(|partition| partition.error_code));
    }
}

fn committed(topic: &Arc<str>, (partition, offset): (i32, i64)) -> Committed {
    Committed { topic: Arc::clone(topic), partition, offset, error: ErrorCode::NONE }
}

/// Fills in the errors; the answer has the order of the request.
fn fill(detail: &mut Detail, errors: impl Iterator<Item = ErrorCode>) {
    if let Detail::Commit(commit) = detail {
        commit.partitions.iter_mut().zip(errors).for_each(|(committed, error)| committed.error = error);
    }
}
