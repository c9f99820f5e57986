//! ListPartitionReassignments (key 46), version 0 (KIP-455): the reassignments that are under way.
//!
//! Null topics mean all. There are no refusals: topics and partitions that do not exist, or are not reassigned, are left out
//! (`ReplicationControlManager.listPartitionReassignments`).

use std::collections::BTreeMap;

use kafka_trial_wire::Text;
use kafka_trial_wire::messages::list_partition_reassignments_response::{
    OngoingPartitionReassignment, OngoingTopicReassignment,
};
use kafka_trial_wire::messages::{ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::State;

pub(crate) fn handle(
    state: &State,
    _context: &Context,
    request: ListPartitionReassignmentsRequest,
) -> Answer<ListPartitionReassignmentsResponse> {
    let wanted: Option<BTreeMap<Text, Vec<i32>>> =
        request.topics.map(|topics| topics.into_iter().map(|topic| (topic.name, topic.partition_indexes)).collect());
    let is_wanted = |name: &str, index: i32| {
        wanted.as_ref().is_none_or(|wanted| wanted.get(name).is_some_and(|indexes| indexes.contains(&index)))
    };
    let topics = state.topics().iter().filter_map(|topic| {
        let ongoing = topic.partitions.iter().zip(0..).filter(|(partition, _)| partition.is_reassigned());
        let partitions: Vec<_> = ongoing
            .filter(|(_, index)| is_wanted(&topic.name, *index))
            .map(|(partition, partition_index)| OngoingPartitionReassignment {
                partition_index,
                replicas: partition.replicas.clone(),
                adding_replicas: partition.adding.clone(),
                removing_replicas: partition.removing.clone(),
                ..OngoingPartitionReassignment::default()
            })
            .collect();
        let name = (&*topic.name).into();
        let listed = OngoingTopicReassignment { name, partitions, ..OngoingTopicReassignment::default() };
        (!listed.partitions.is_empty()).then_some(listed)
    });
    let topics = topics.collect();
    Answer::Reply(ListPartitionReassignmentsResponse {
        error_message: None,
        topics,
        ..ListPartitionReassignmentsResponse::default()
    })
}
