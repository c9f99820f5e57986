//! Topics: what is there, creating, deleting.

use std::fmt;

use kafka_trial_broker::TopicSpec;
use kafka_trial_wire::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use kafka_trial_wire::messages::describe_configs_request::DescribeConfigsResource;
use kafka_trial_wire::messages::describe_configs_response::DescribeConfigsResourceResult;
use kafka_trial_wire::messages::{CreateTopicsRequest, DeleteTopicsRequest, DescribeConfigsRequest, MetadataResponse};
use kafka_trial_wire::{ApiKey, ErrorCode, Uuid};

use super::cluster::millis;
use super::{Client, ClientError, Connection, Deadline};

/// `ConfigResource.Type.TOPIC`.
const TOPIC: i8 = 2;
/// `ConfigResource.Type.BROKER`.
const BROKER: i8 = 4;
/// `DescribeConfigsResponse.ConfigSource.TOPIC_CONFIG`: set on the topic itself.
const SET_ON_TOPIC: i8 = 1;

/// A topic as the cluster describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicView {
    /// Its name.
    pub name: String,
    /// Its id, which another topic of its name does not have; zero from brokers before Kafka 2.8.
    pub id: Uuid,
    /// Whether it is the cluster's own, as `__consumer_offsets` is.
    pub is_internal: bool,
    /// Its partitions in order.
    pub partitions: Vec<PartitionView>,
}

impl TopicView {
    /// The topics that a cluster describes. Those that do not exist are left out.
    pub(super) fn all_of(response: MetadataResponse) -> Result<Vec<Self>, ClientError> {
        let mut topics = Vec::with_capacity(response.topics.len());
        for topic in response.topics {
            let name = topic.name.map(|name| name.as_str().to_owned()).unwrap_or_default();
            match topic.error_code {
                ErrorCode::NONE | ErrorCode::LEADER_NOT_AVAILABLE => {}
                ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => continue,
                code => {
                    return Err(ClientError::Kafka { api: ApiKey::Metadata, subject: name, code, text: String::new() });
                }
            }
            let partitions = topic.partitions.into_iter().map(|partition| PartitionView {
                index: partition.partition_index,
                leader: Some(partition.leader_id).filter(|id| *id >= 0),
                replicas: partition.replica_nodes,
                in_sync: partition.isr_nodes,
            });
            let mut partitions: Vec<PartitionView> = partitions.collect();
            partitions.sort_by_key(|partition| partition.index);
            topics.push(Self { name, id: topic.topic_id, is_internal: topic.is_internal, partitions });
        }
        Ok(topics)
    }

    /// The broker that leads a partition.
    pub(super) fn leader(&self, partition: i32) -> Result<i32, ClientError> {
        let topic = || self.name.clone();
        let Some(found) = self.partitions.iter().find(|found| found.index == partition) else {
            return Err(ClientError::UnknownPartition { topic: topic(), partition, partitions: self.partitions.len() });
        };
        found.leader.ok_or_else(|| ClientError::NoLeader { topic: topic(), partition })
    }
}

/// A partition as the cluster describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionView {
    /// Its number.
    pub index: i32,
    /// The leading broker; none while there is no leader.
    pub leader: Option<i32>,
    /// The brokers that hold it.
    pub replicas: Vec<i32>,
    /// Those of them that are in sync with the leader.
    pub in_sync: Vec<i32>,
}

/// A partition by its topic's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic.
    pub topic: String,
    /// The partition's number.
    pub partition: i32,
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

impl Client {
    /// Describes the topics of these names, or all. Topics that do not exist are left out.
    pub fn topics(&mut self, names: Option<&[&str]>, deadline: Deadline) -> Result<Vec<TopicView>, ClientError> {
        TopicView::all_of(self.metadata(names, deadline)?)
    }

    /// Creates topics, with -1 as the cluster's own default for a count. Those that exist already are left as they
    /// are, and their names returned.
    pub fn create_topics(
        &mut self,
        topics: &[TopicSpec],
        replication_factor: i16,
        deadline: Deadline,
    ) -> Result<Vec<String>, ClientError> {
        let topics = topics.iter().map(|topic| CreatableTopic {
            name: topic.name.as_str().into(),
            num_partitions: topic.partitions,
            replication_factor,
            configs: topic
                .configs
                .iter()
                .map(|(name, value)| CreatableTopicConfig {
                    name: name.as_str().into(),
                    value: Some(value.as_str().into()),
                    ..CreatableTopicConfig::default()
                })
                .collect(),
            ..CreatableTopic::default()
        });
        let request = CreateTopicsRequest {
            topics: topics.collect(),
            timeout_ms: millis(deadline),
            ..CreateTopicsRequest::default()
        };
        let response = self.ask_controller(&request, 7, deadline)?;
        let mut existing = Vec::new();
        for topic in response.topics {
            let subject = topic.name.as_str().to_owned();
            match topic.error_code {
                ErrorCode::NONE => {}
                ErrorCode::TOPIC_ALREADY_EXISTS => existing.push(subject),
                code => {
                    let text = topic.error_message.unwrap_or_default().as_str().to_owned();
                    return Err(ClientError::Kafka { api: ApiKey::CreateTopics, subject, code, text });
                }
            }
        }
        Ok(existing)
    }

    /// Deletes topics. Those that do not exist are passed over, and their names returned.
    pub fn delete_topics(&mut self, names: &[&str], deadline: Deadline) -> Result<Vec<String>, ClientError> {
        let request = DeleteTopicsRequest {
            topic_names: names.iter().map(|name| (*name).into()).collect(),
            timeout_ms: millis(deadline),
            ..DeleteTopicsRequest::default()
        };
        let response = self.ask_controller(&request, 5, deadline)?;
        let mut missing = Vec::new();
        for topic in response.responses {
            let subject = topic.name.unwrap_or_default().as_str().to_owned();
            match topic.error_code {
                ErrorCode::NONE => {}
                ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => missing.push(subject),
                code => {
                    let text = topic.error_message.unwrap_or_default().as_str().to_owned();
                    return Err(ClientError::Kafka { api: ApiKey::DeleteTopics, subject, code, text });
                }
            }
        }
        Ok(missing)
    }

    /// The configs that are set on a topic itself, by name; what it inherits is left out.
    pub fn topic_configs(&mut self, topic: &str, deadline: Deadline) -> Result<Vec<(String, String)>, ClientError> {
        let resource =
            DescribeConfigsResource { resource_type: TOPIC, resource_name: topic.into(), ..Default::default() };
        let configs = describe(&mut self.bootstrap, topic, resource, deadline)?;
        let set = configs.into_iter().filter(|config| config.config_source == SET_ON_TOPIC);
        let mut configs: Vec<(String, String)> = set
            .map(|config| {
                (config.name.as_str().to_owned(), config.value.map(|v| v.as_str().to_owned()).unwrap_or_default())
            })
            .collect();
        configs.sort();
        Ok(configs)
    }

    /// A config of a broker; `None` where the broker does not have it, or does not show it to this client.
    pub(super) fn broker_config(&mut self, name: &str, deadline: Deadline) -> Result<Option<String>, ClientError> {
        let Some(id) = self.addresses.keys().next().copied() else { return Ok(None) };
        let resource = DescribeConfigsResource {
            resource_type: BROKER,
            resource_name: id.to_string().into(),
            configuration_keys: Some(vec![name.into()]),
            ..Default::default()
        };
        match describe(self.broker(id, deadline)?, &id.to_string(), resource, deadline) {
            Ok(configs) => {
                let found = configs.into_iter().find(|config| config.name.as_str() == name);
                Ok(found.and_then(|config| config.value).map(|value| value.as_str().to_owned()))
            }
            // Whoever may not ask is not told.
            Err(ClientError::Kafka { .. } | ClientError::Versions { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn describe(
    connection: &mut Connection,
    subject: &str,
    resource: DescribeConfigsResource,
    deadline: Deadline,
) -> Result<Vec<DescribeConfigsResourceResult>, ClientError> {
    let request = DescribeConfigsRequest { resources: vec![resource], ..DescribeConfigsRequest::default() };
    let mut configs = Vec::new();
    for result in connection.ask(&request, 4, deadline)?.results {
        let code = result.error_code;
        if code != ErrorCode::NONE {
            let text = result.error_message.unwrap_or_default().as_str().to_owned();
            return Err(ClientError::Kafka { api: ApiKey::DescribeConfigs, subject: subject.to_owned(), code, text });
        }
        configs.extend(result.configs);
    }
    Ok(configs)
}
