//! Groups: which there are, who is in them, what they have committed.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_trial_wire::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use kafka_trial_wire::messages::{
    ConsumerGroupDescribeRequest, ConsumerProtocolAssignment, DeleteGroupsRequest, DescribeGroupsRequest,
    FindCoordinatorRequest, ListGroupsRequest, Message as _, OffsetCommitRequest, OffsetFetchRequest,
};
use kafka_trial_wire::{ApiKey, ErrorCode, Text, decode};

use super::{Address, Client, ClientError, Connection, Deadline, TopicPartition, pause};

/// The newest versions that know topics by name and take one group at a time.
const FIND_COORDINATOR: i16 = 3;
const OFFSET_FETCH: i16 = 7;
const OFFSET_COMMIT: i16 = 9;
/// How long a coordinator that is still loading is left alone.
const LOOK_AGAIN: std::time::Duration = std::time::Duration::from_millis(50);

/// A group in the list of all.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupListing {
    /// Its id.
    pub id: String,
    /// `classic`, `consumer` (KIP-848), `share` ...; empty where the broker does not say.
    pub group_type: String,
    /// Kafka's word: `Empty`, `Stable`, `PreparingRebalance` ...
    pub state: String,
    /// `consumer` for consumers of any type.
    pub protocol_type: String,
}

/// A group as its coordinator describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupView {
    /// Its id.
    pub id: String,
    /// `classic` or `consumer` (KIP-848).
    pub group_type: &'static str,
    /// Kafka's word: `Empty`, `Stable`, `PreparingRebalance` ...
    pub state: String,
    /// The name of the assignor; empty while there is none.
    pub assignor: String,
    /// The broker that coordinates it.
    pub coordinator: i32,
    /// Who is in it.
    pub members: Vec<MemberView>,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemberView {
    /// Its id.
    pub id: String,
    /// The `group.instance.id` of a static member.
    pub instance_id: Option<String>,
    /// What its client calls itself.
    pub client_id: String,
    /// Where its requests come from, as the broker writes it: `/127.0.0.1`.
    pub host: String,
    /// The partitions that are assigned to it.
    pub assigned: Vec<TopicPartition>,
}

impl Client {
    /// All groups of the cluster, by id.
    pub fn groups(&mut self, deadline: Deadline) -> Result<Vec<GroupListing>, ClientError> {
        let mut groups = Vec::new();
        // Each broker knows the groups that it coordinates.
        for broker in self.brokers(deadline)? {
            let response = self.broker(broker.id, deadline)?.ask(&ListGroupsRequest::default(), 5, deadline)?;
            refused(ApiKey::ListGroups, "", response.error_code, None)?;
            groups.extend(response.groups.into_iter().map(|group| GroupListing {
                id: owned(&group.group_id),
                group_type: owned(&group.group_type),
                state: owned(&group.group_state),
                protocol_type: owned(&group.protocol_type),
            }));
        }
        groups.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(groups)
    }

    /// Describes a consumer group of either protocol; `None` where there is no such group.
    pub fn group(&mut self, id: &str, deadline: Deadline) -> Result<Option<GroupView>, ClientError> {
        let coordinator = self.coordinator(id, deadline)?;
        let classic = self.at_coordinator(id, deadline, |broker| {
            let request = DescribeGroupsRequest { groups: vec![id.into()], ..DescribeGroupsRequest::default() };
            let Some(group) = broker.ask(&request, 6, deadline)?.groups.into_iter().next() else { return Ok(None) };
            // Before version 6 a group that is not there is a dead one.
            if group.error_code == ErrorCode::GROUP_ID_NOT_FOUND || group.group_state.as_str() == "Dead" {
                return Ok(None);
            }
            refused(ApiKey::DescribeGroups, id, group.error_code, group.error_message.as_ref())?;
            let is_consumer = group.protocol_type.as_str() == "consumer";
            let members = group.members.into_iter().map(|member| MemberView {
                id: owned(&member.member_id),
                instance_id: member.group_instance_id.as_ref().map(owned),
                client_id: owned(&member.client_id),
                host: owned(&member.client_host),
                assigned: if is_consumer { assigned(member.member_assignment) } else { Vec::new() },
            });
            Ok(Some(GroupView {
                id: id.to_owned(),
                group_type: "classic",
                state: owned(&group.group_state),
                assignor: owned(&group.protocol_data),
                coordinator,
                members: members.collect(),
            }))
        })?;
        if classic.is_some() || !self.broker(coordinator, deadline)?.serves::<ConsumerGroupDescribeRequest>() {
            return Ok(classic);
        }
        self.at_coordinator(id, deadline, |broker| {
            let request = ConsumerGroupDescribeRequest { group_ids: vec![id.into()], ..Default::default() };
            let Some(group) = broker.ask(&request, 1, deadline)?.groups.into_iter().next() else { return Ok(None) };
            if group.error_code == ErrorCode::GROUP_ID_NOT_FOUND {
                return Ok(None);
            }
            refused(ApiKey::ConsumerGroupDescribe, id, group.error_code, group.error_message.as_ref())?;
            let members = group.members.into_iter().map(|member| MemberView {
                id: owned(&member.member_id),
                instance_id: member.instance_id.as_ref().map(owned),
                client_id: owned(&member.client_id),
                host: owned(&member.client_host),
                assigned: spread(
                    member.assignment.topic_partitions.iter().map(|t| (owned(&t.topic_name), &*t.partitions)),
                ),
            });
            Ok(Some(GroupView {
                id: id.to_owned(),
                group_type: "consumer",
                state: owned(&group.group_state),
                assignor: owned(&group.assignor_name),
                coordinator,
                members: members.collect(),
            }))
        })
    }

    /// What a group has committed; nothing for a group that does not exist, as Kafka answers.
    pub fn committed(&mut self, group: &str, deadline: Deadline) -> Result<BTreeMap<TopicPartition, i64>, ClientError> {
        self.at_coordinator(group, deadline, |broker| {
            let request = OffsetFetchRequest { group_id: group.into(), topics: None, ..OffsetFetchRequest::default() };
            let response = broker.ask(&request, OFFSET_FETCH, deadline)?;
            refused(ApiKey::OffsetFetch, group, response.error_code, None)?;
            let mut committed = BTreeMap::new();
            for topic in response.topics {
                for answer in topic.partitions {
                    let place = TopicPartition { topic: owned(&topic.name), partition: answer.partition_index };
                    refused(ApiKey::OffsetFetch, &format!("{group}, {place}"), answer.error_code, None)?;
                    committed.insert(place, answer.committed_offset);
                }
            }
            Ok(committed)
        })
    }

    /// Commits offsets from outside of a group. Kafka refuses that while the group has members: `UNKNOWN_MEMBER_ID`.
    pub fn commit(
        &mut self,
        group: &str,
        offsets: &BTreeMap<TopicPartition, i64>,
        deadline: Deadline,
    ) -> Result<(), ClientError> {
        let mut topics: BTreeMap<&str, Vec<OffsetCommitRequestPartition>> = BTreeMap::new();
        for (TopicPartition { topic, partition }, offset) in offsets {
            topics.entry(topic).or_default().push(OffsetCommitRequestPartition {
                partition_index: *partition,
                committed_offset: *offset,
                committed_metadata: Some(Text::default()),
                ..OffsetCommitRequestPartition::default()
            });
        }
        let topics = topics.into_iter().map(|(name, partitions)| OffsetCommitRequestTopic {
            name: name.into(),
            partitions,
            ..OffsetCommitRequestTopic::default()
        });
        let request =
            OffsetCommitRequest { group_id: group.into(), topics: topics.collect(), ..OffsetCommitRequest::default() };
        self.at_coordinator(group, deadline, |broker| {
            for topic in broker.ask(&request, OFFSET_COMMIT, deadline)?.topics {
                for answer in topic.partitions {
                    let place = TopicPartition { topic: owned(&topic.name), partition: answer.partition_index };
                    refused(ApiKey::OffsetCommit, &format!("{group}, {place}"), answer.error_code, None)?;
                }
            }
            Ok(())
        })
    }

    /// Deletes a group with its offsets. Kafka refuses that while the group has members: `NON_EMPTY_GROUP`.
    pub fn delete_group(&mut self, group: &str, deadline: Deadline) -> Result<(), ClientError> {
        let request = DeleteGroupsRequest { groups_names: vec![group.into()], ..DeleteGroupsRequest::default() };
        self.at_coordinator(group, deadline, |broker| {
            let response = broker.ask(&request, 2, deadline)?;
            response.results.iter().try_for_each(|result| refused(ApiKey::DeleteGroups, group, result.error_code, None))
        })
    }

    /// Asks a group's coordinator, and once more where it has moved or is still loading.
    fn at_coordinator<T>(
        &mut self,
        group: &str,
        deadline: Deadline,
        mut ask: impl FnMut(&mut Connection) -> Result<T, ClientError>,
    ) -> Result<T, ClientError> {
        loop {
            let coordinator = self.coordinator(group, deadline)?;
            match ask(self.broker(coordinator, deadline)?) {
                Err(error) if is_passing(&error) && !deadline.is_past() => pause(LOOK_AGAIN),
                answer => return answer,
            }
        }
    }

    /// The broker that coordinates a group. A cluster that never had a group makes its offsets topic first.
    fn coordinator(&mut self, group: &str, deadline: Deadline) -> Result<i32, ClientError> {
        let request = FindCoordinatorRequest { key: group.into(), ..FindCoordinatorRequest::default() };
        loop {
            let response = self.bootstrap.ask(&request, FIND_COORDINATOR, deadline)?;
            match refused(ApiKey::FindCoordinator, group, response.error_code, response.error_message.as_ref()) {
                Ok(()) => {
                    self.addresses.insert(response.node_id, Address::advertised(&response.host, response.port));
                    return Ok(response.node_id);
                }
                Err(error) if is_passing(&error) && !deadline.is_past() => pause(LOOK_AGAIN),
                Err(error) => return Err(error),
            }
        }
    }
}

/// Whether a coordinator will answer otherwise after a moment.
fn is_passing(error: &ClientError) -> bool {
    let passing =
        [ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, ErrorCode::COORDINATOR_NOT_AVAILABLE, ErrorCode::NOT_COORDINATOR];
    matches!(error, ClientError::Kafka { code, .. } if passing.contains(code))
}

fn refused(api: ApiKey, subject: &str, code: ErrorCode, text: Option<&Text>) -> Result<(), ClientError> {
    if code == ErrorCode::NONE {
        return Ok(());
    }
    let text = text.map(owned).unwrap_or_default();
    Err(ClientError::Kafka { api, subject: subject.to_owned(), code, text })
}

/// Reads the assignment that a member was given; what cannot be read is none.
fn assigned(bytes: Bytes) -> Vec<TopicPartition> {
    let Some((version, _)) = bytes.split_first_chunk::<2>() else { return Vec::new() };
    let newest = *ConsumerProtocolAssignment::VERSIONS.end();
    let version = i16::from_be_bytes(*version).min(newest);
    let assignment: Option<ConsumerProtocolAssignment> = decode(bytes.slice(2..), version).ok();
    let topics = assignment.unwrap_or_default().assigned_partitions;
    spread(topics.iter().map(|topic| (owned(&topic.topic), &*topic.partitions)))
}

fn spread<'a>(topics: impl Iterator<Item = (String, &'a [i32])>) -> Vec<TopicPartition> {
    let mut all: Vec<TopicPartition> = topics
        .flat_map(|(topic, partitions)| {
            partitions.iter().map(move |partition| TopicPartition { topic: topic.clone(), partition: *partition })
        })
        .collect();
    all.sort();
    all
}

fn owned(text: &Text) -> String {
    text.as_str().to_owned()
}
