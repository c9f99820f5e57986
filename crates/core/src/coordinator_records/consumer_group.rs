//! A group of the consumer protocol as records (KIP-848): one for the group, one for its target, three for each member.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_trial_wire::Uuid;
use kafka_trial_wire::messages::consumer_group_current_member_assignment_value::TopicPartitions;
use kafka_trial_wire::messages::consumer_group_member_metadata_value::{ClassicMemberMetadata, ClassicProtocol};
use kafka_trial_wire::messages::consumer_group_target_assignment_member_value::TopicPartition as TargetTopic;
use kafka_trial_wire::messages::{
    ConsumerGroupCurrentMemberAssignmentValue, ConsumerGroupMemberMetadataValue, ConsumerGroupMetadataValue,
    ConsumerGroupRegularExpressionValue, ConsumerGroupTargetAssignmentMemberValue,
    ConsumerGroupTargetAssignmentMetadataValue,
};

use super::record::value_bytes;
use crate::groups::ResolvedRegex;
use crate::{ConsumerGroup, ConsumerMember, MemberState, Time, TopicIdPartition};

pub(super) fn epoch(group: &ConsumerGroup) -> Option<Bytes> {
    value_bytes(&ConsumerGroupMetadataValue { epoch: group.epoch, ..Default::default() }, 0)
}

pub(super) fn target_epoch(group: &ConsumerGroup) -> Option<Bytes> {
    let value = ConsumerGroupTargetAssignmentMetadataValue {
        assignment_epoch: group.assignment_epoch,
        assignment_timestamp: group.assigned_at().map_or(0, Time::millis),
        ..Default::default()
    };
    value_bytes(&value, 0)
}

pub(super) fn subscription(member: &ConsumerMember) -> Option<Bytes> {
    let text = |text: &Option<String>| text.as_deref().map(Into::into);
    let classic = member.classic.as_ref().map(|classic| {
        let protocol = |(name, metadata): &(String, Bytes)| ClassicProtocol {
            name: name.as_str().into(),
            metadata: metadata.clone(),
            ..Default::default()
        };
        ClassicMemberMetadata {
            session_timeout_ms: classic.session_timeout_ms,
            supported_protocols: classic.protocols.iter().map(protocol).collect(),
            ..Default::default()
        }
    });
    let value = ConsumerGroupMemberMetadataValue {
        instance_id: text(&member.instance_id),
        rack_id: text(&member.rack_id),
        client_id: member.client_id.as_str().into(),
        client_host: member.client_host.as_str().into(),
        subscribed_topic_names: member.names.iter().map(|name| name.as_str().into()).collect(),
        subscribed_topic_regex: Some(member.regex.as_str().into()),
        rebalance_timeout_ms: member.rebalance_timeout_ms,
        server_assignor: text(&member.assignor),
        classic_member_metadata: classic,
        ..Default::default()
    };
    value_bytes(&value, 0)
}

pub(super) fn target(partitions: &[TopicIdPartition]) -> Option<Bytes> {
    let topics = by_topic(partitions.iter().map(|partition| (partition, ())));
    let topic = |(topic_id, of_topic): (_, Vec<(i32, ())>)| TargetTopic {
        topic_id,
        partitions: of_topic.into_iter().map(|(index, ())| index).collect(),
        ..Default::default()
    };
    let topic_partitions = topics.into_iter().map(topic).collect();
    value_bytes(&ConsumerGroupTargetAssignmentMemberValue { topic_partitions, ..Default::default() }, 0)
}

pub(super) fn current(member: &ConsumerMember) -> Option<Bytes> {
    let topics = |partitions: &BTreeMap<TopicIdPartition, i32>| {
        let topic = |(topic_id, of_topic): (_, Vec<(i32, i32)>)| {
            let (partitions, epochs) = of_topic.into_iter().unzip();
            TopicPartitions { topic_id, partitions, assignment_epochs: Some(epochs), ..Default::default() }
        };
        by_topic(partitions.iter().map(|(partition, epoch)| (partition, *epoch))).into_iter().map(topic).collect()
    };
    let value = ConsumerGroupCurrentMemberAssignmentValue {
        member_epoch: member.epoch,
        previous_member_epoch: member.previous_epoch,
        state: match member.state {
            MemberState::Stable => 0,
            MemberState::UnrevokedPartitions => 1,
            MemberState::UnreleasedPartitions => 2,
        },
        assigned_partitions: topics(&member.assigned),
        partitions_pending_revocation: topics(&member.revoking),
        ..Default::default()
    };
    value_bytes(&value, 0)
}

/// The topics of an expression. Kafka's version is an offset in its metadata log; here it counts topics.
pub(super) fn expression(resolved: &ResolvedRegex) -> Option<Bytes> {
    let value = ConsumerGroupRegularExpressionValue {
        topics: resolved.topics.iter().map(|topic| topic.as_str().into()).collect(),
        version: i64::try_from(resolved.created).unwrap_or(i64::MAX),
        timestamp: resolved.at.millis(),
        ..Default::default()
    };
    value_bytes(&value, 0)
}

fn by_topic<'a, T>(partitions: impl Iterator<Item = (&'a TopicIdPartition, T)>) -> BTreeMap<Uuid, Vec<(i32, T)>> {
    let mut topics: BTreeMap<Uuid, Vec<(i32, T)>> = BTreeMap::new();
    for (partition, with) in partitions {
        topics.entry(partition.topic).or_default().push((partition.partition, with));
    }
    topics
}
