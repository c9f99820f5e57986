//! ConsumerGroupHeartbeat (key 68), versions 0 and 1 (KIP-848): a member joins, stays or leaves.
//!
//! A member joins with epoch 0, stays with its epoch, and leaves with -1, or with -2 if it is static and will come back.
//! It may leave out fields that have not changed. From version 1 members choose their ids themselves (KIP-1082) and may
//! subscribe to a regular expression. Refusals in order:
//!
//! - INVALID_REQUEST, then UNSUPPORTED_ASSIGNOR: fields that are missing or contradict each other
//!   (`GroupCoordinatorService.throwIfConsumerGroupHeartbeatRequestIsInvalid`);
//! - NOT_COORDINATOR;
//! - GROUP_ID_NOT_FOUND: no such group, for a member that does not join;
//! - GROUP_MAX_SIZE_REACHED;
//! - UNKNOWN_MEMBER_ID; for a static member UNRELEASED_INSTANCE_ID, FENCED_INSTANCE_ID; then FENCED_MEMBER_EPOCH
//!   (`GroupMetadataManager.consumerGroupHeartbeat`);
//! - INVALID_REGULAR_EXPRESSION.

use std::collections::{BTreeMap, BTreeSet};

use kafka_trial_wire::messages::consumer_group_heartbeat_response::{Assignment, TopicPartitions};
use kafka_trial_wire::messages::{ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse};
use kafka_trial_wire::{ErrorCode, Text, Uuid};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::{Assignor, ConsumerHeartbeat, ConsumerHeartbeatReply, Refusal, State, TopicIdPartition};

/// The epoch of a member that leaves for good.
const LEAVES: i32 = -1;
/// The epoch of a static member that leaves for a while.
const LEAVES_FOR_A_WHILE: i32 = -2;

pub(crate) fn handle(
    state: &mut State,
    context: &Context,
    request: ConsumerGroupHeartbeatRequest,
) -> Answer<ConsumerGroupHeartbeatResponse> {
    let response = beat(state, context, request).unwrap_or_else(|error| ConsumerGroupHeartbeatResponse {
        error_code: error.code,
        error_message: error.message.map(Text::from),
        ..ConsumerGroupHeartbeatResponse::default()
    });
    Answer::Reply(response)
}

fn beat(
    state: &mut State,
    context: &Context,
    request: ConsumerGroupHeartbeatRequest,
) -> Result<ConsumerGroupHeartbeatResponse, Refusal> {
    check(state, context, &request)?;
    let group = request.group_id.clone();
    state.check_named_coordinator(context.node, &group).map_err(Refusal::from)?;
    if request.member_epoch < 0 {
        let instance = request.instance_id.as_deref();
        state.leave_consumer(&group, &request.member_id, instance, request.member_epoch == LEAVES_FOR_A_WHILE)?;
        return Ok(ConsumerGroupHeartbeatResponse {
            member_id: Some(request.member_id),
            member_epoch: request.member_epoch,
            ..ConsumerGroupHeartbeatResponse::default()
        });
    }
    let id = if request.member_id.is_empty() { state.fresh_uuid().to_string() } else { string(&request.member_id) };
    let heartbeat = ConsumerHeartbeat {
        member_id: id,
        instance_id: request.instance_id.as_ref().map(string),
        epoch: request.member_epoch,
        rack_id: request.rack_id.as_ref().map(string),
        client_id: string(&context.client_id),
        client_host: context.client_host.to_string(),
        rebalance_timeout_ms: Some(request.rebalance_timeout_ms).filter(|ms| *ms != -1),
        names: request.subscribed_topic_names.map(|names| names.iter().map(string).collect()),
        regex: request.subscribed_topic_regex.as_ref().map(string),
        assignor: request.server_assignor.as_ref().map(string),
        owned: request.topic_partitions.map(|topics| {
            let partitions = |topic: &kafka_trial_wire::messages::consumer_group_heartbeat_request::TopicPartitions| {
                let id = topic.topic_id;
                topic.partitions.clone().into_iter().map(move |index| TopicIdPartition::new(id, index))
            };
            topics.iter().flat_map(partitions).collect()
        }),
    };
    let reply = state.heartbeat_consumer(&group, heartbeat)?;
    Ok(respond(reply, state.consumer_group_config(&group).heartbeat_interval_ms))
}

fn string(text: &Text) -> String {
    text.as_str().to_owned()
}

/// `GroupCoordinatorService.throwIfConsumerGroupHeartbeatRequestIsInvalid`.
fn check(state: &State, context: &Context, request: &ConsumerGroupHeartbeatRequest) -> Result<(), Refusal> {
    let refuse = |text: &str| Err(Refusal::new(ErrorCode::INVALID_REQUEST, text));
    let is_empty = |text: &Option<Text>| text.as_ref().is_some_and(|text| text.trim().is_empty());
    let epoch = request.member_epoch;
    let needs_id = context.version() >= 1 || epoch > 0 || epoch == LEAVES;
    if needs_id && request.member_id.trim().is_empty() {
        return refuse("MemberId can't be empty.");
    }
    if request.group_id.trim().is_empty() {
        return refuse("GroupId can't be empty.");
    }
    if is_empty(&request.instance_id) {
        return refuse("InstanceId can't be empty.");
    }
    if is_empty(&request.rack_id) {
        return refuse("RackId can't be empty.");
    }
    match epoch {
        0 if request.rebalance_timeout_ms == -1 => {
            return refuse("RebalanceTimeoutMs must be provided in first request.");
        }
        0 if request.topic_partitions.as_ref().is_none_or(|owned| !owned.is_empty()) => {
            return refuse("TopicPartitions must be empty when (re-)joining.");
        }
        0 if request.subscribed_topic_names.is_none() && request.subscribed_topic_regex.is_none() => {
            return refuse("Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.");
        }
        LEAVES_FOR_A_WHILE if request.instance_id.is_none() => return refuse("InstanceId can't be null."),
        ..LEAVES_FOR_A_WHILE => return refuse("MemberEpoch is invalid."),
        _ => {}
    }
    let supported = &state.settings().consumer_groups.assignors;
    match &request.server_assignor {
        Some(name) if !supported.iter().any(|assignor| assignor.name() == name.as_str()) => {
            let names: Vec<&str> = supported.iter().copied().map(Assignor::name).collect();
            let text = format!("ServerAssignor {name} is not supported. Supported assignors: {}.", names.join(", "));
            Err(Refusal::new(ErrorCode::UNSUPPORTED_ASSIGNOR, text))
        }
        _ => Ok(()),
    }
}

fn respond(reply: ConsumerHeartbeatReply, heartbeat_interval_ms: i32) -> ConsumerGroupHeartbeatResponse {
    ConsumerGroupHeartbeatResponse {
        member_id: Some(reply.member_id.into()),
        member_epoch: reply.epoch,
        heartbeat_interval_ms,
        assignment: reply.assignment.map(|partitions| Assignment {
            topic_partitions: by_topic(&partitions)
                .into_iter()
                .map(|(topic_id, partitions)| TopicPartitions { topic_id, partitions, ..TopicPartitions::default() })
                .collect(),
            ..Assignment::default()
        }),
        ..ConsumerGroupHeartbeatResponse::default()
    }
}

/// Partitions by their topics.
pub(super) fn by_topic(partitions: &BTreeSet<TopicIdPartition>) -> BTreeMap<Uuid, Vec<i32>> {
    let mut topics: BTreeMap<Uuid, Vec<i32>> = BTreeMap::new();
    for TopicIdPartition { topic, partition } in partitions {
        topics.entry(*topic).or_default().push(*partition);
    }
    topics
}
