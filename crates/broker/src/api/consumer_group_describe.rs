//! ConsumerGroupDescribe (key 69), versions 0 and 1 (KIP-848): groups of the consumer protocol with their members.
//!
//! From version 1 each member has a type (KIP-1099). Refusals in order (`KafkaApis.handleConsumerGroupDescribe`,
//! `GroupMetadataManager.consumerGroupDescribe`), for each group:
//!
//! - INVALID_GROUP_ID: the id is empty; NOT_COORDINATOR: these groups come first in the answer;
//! - GROUP_ID_NOT_FOUND: there is no such group, or it is not a consumer group.

use std::collections::BTreeSet;

use kafka_trial_wire::messages::consumer_group_describe_response::{
    Assignment, DescribedGroup, Member, TopicPartitions,
};
use kafka_trial_wire::messages::{ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse};
use kafka_trial_wire::{ErrorCode, Text};

use super::consumer_group_heartbeat::by_topic;
use super::describe_groups::GROUP_OPERATIONS;
use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::{ConsumerMember, Group, Refusal, State, TopicIdPartition};

/// `Member.memberType` of a member that speaks the classic protocol.
const CLASSIC: i8 = 0;
/// The same for the consumer protocol.
const CONSUMER: i8 = 1;

pub(crate) fn handle(
    state: &State,
    context: &Context,
    request: ConsumerGroupDescribeRequest,
) -> Answer<ConsumerGroupDescribeResponse> {
    let (mut refused, mut groups) = (Vec::new(), Vec::new());
    for id in request.group_ids {
        match state.check_named_coordinator(context.node, &id) {
            Err(error) => {
                refused.push(DescribedGroup { error_code: error, group_id: id, ..DescribedGroup::default() });
            }
            Ok(()) => groups.push(describe(state, id, request.include_authorized_operations)),
        }
    }
    // Groups that this broker does not coordinate come first.
    refused.append(&mut groups);
    Answer::Reply(ConsumerGroupDescribeResponse { groups: refused, ..ConsumerGroupDescribeResponse::default() })
}

fn describe(state: &State, group_id: Text, with_operations: bool) -> DescribedGroup {
    let found = state.groups().get(&group_id);
    let unknown = || Refusal::group_not_found(format!("Group {group_id} not found."));
    let no_consumer_group = found.map_or_else(unknown, Group::is_no_consumer_group);
    let Some(group) = found.and_then(Group::consumer) else {
        return DescribedGroup {
            error_code: ErrorCode::GROUP_ID_NOT_FOUND,
            error_message: no_consumer_group.message.map(Text::from),
            group_id,
            ..DescribedGroup::default()
        };
    };
    let members = group.in_order().into_iter().map(|member| {
        let target = group.target.get(&member.id).into_iter().flatten().copied().collect();
        describe_member(state, member, &target)
    });
    DescribedGroup {
        group_state: group.state_name().into(),
        group_epoch: group.epoch,
        assignment_epoch: group.assignment_epoch,
        assignor_name: group.assignor(state.settings().consumer_groups.default_assignor()).name().into(),
        members: members.collect(),
        authorized_operations: if with_operations { GROUP_OPERATIONS } else { i32::MIN },
        group_id,
        ..DescribedGroup::default()
    }
}

fn describe_member(state: &State, member: &ConsumerMember, target: &BTreeSet<TopicIdPartition>) -> Member {
    let held = member.assigned.keys().chain(member.revoking.keys()).copied().collect();
    Member {
        member_id: member.id.as_str().into(),
        instance_id: member.instance_id.as_deref().map(Text::from),
        rack_id: member.rack_id.as_deref().map(Text::from),
        member_epoch: member.epoch,
        client_id: member.client_id.as_str().into(),
        client_host: member.client_host.as_str().into(),
        subscribed_topic_names: member.names.iter().map(|name| name.as_str().into()).collect(),
        subscribed_topic_regex: Some(member.regex.as_str().into()),
        assignment: assignment(state, &held),
        target_assignment: assignment(state, target),
        member_type: if member.classic.is_some() { CLASSIC } else { CONSUMER },
        ..Member::default()
    }
}

fn assignment(state: &State, partitions: &BTreeSet<TopicIdPartition>) -> Assignment {
    let topics = by_topic(partitions).into_iter().filter_map(|(topic_id, partitions)| {
        let topic_name = (&*state.topics().by_id(topic_id)?.name).into();
        Some(TopicPartitions { topic_id, topic_name, partitions, ..TopicPartitions::default() })
    });
    Assignment { topic_partitions: topics.collect(), ..Assignment::default() }
}
