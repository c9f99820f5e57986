//! Metadata (key 3), versions 0 to 13: brokers, topics, partitions and their leaders.
//!
//! Topics are named, from version 12 also by id (KIP-516). Null topics mean all, in version 0 an empty list does. Versions 8
//! to 10 have the authorized operations of the cluster, and from 8 those of topics (KIP-430): all of them.
//!
//! A topic that does not exist is created if the broker (`auto.create.topics.enable`) and the request (from version 4) allow
//! it. The request that creates it still answers UNKNOWN_TOPIC_OR_PARTITION: Kafka answers before its controller has acted.
//! A request creates all of its topics or, if CreateTopics could not create as many, none.
//!
//! Refusals in order (`KafkaApis.handleTopicMetadataRequest`):
//!
//! - for the whole request before version 12 INVALID_REQUEST: a topic without a name, or with an id; from version 12
//!   UNKNOWN_SERVER_ERROR: a topic with neither. From version 13 the answer has this error itself (KIP-1102);
//! - for a topic UNKNOWN_TOPIC_ID, INVALID_TOPIC_EXCEPTION, UNKNOWN_TOPIC_OR_PARTITION;
//! - for a partition LEADER_NOT_AVAILABLE.

use std::collections::{BTreeMap, BTreeSet};

use kafka_trial_wire::messages::metadata_request::MetadataRequestTopic;
use kafka_trial_wire::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_trial_wire::messages::{MetadataRequest, MetadataResponse};
use kafka_trial_wire::{ErrorCode, Text, Uuid};

use super::create_topics::MAX_RECORDS;
use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::{
    InternalTopic, LogConfig, NO_LEADER, Partition, State, Topic, is_internal_topic, is_valid_topic_name,
};

/// Every operation on a topic that an unrestricted user may do, as a bit set (`AclOperation` codes 3 to 8, 10, 11).
pub(crate) const TOPIC_OPERATIONS: i32 = 0b1101_1111_1000;
/// The same for the cluster (`AclOperation` codes 5, 7 to 12).
pub(crate) const CLUSTER_OPERATIONS: i32 = 0b1_1111_1010_0000;

pub(crate) fn handle(state: &mut State, context: &Context, request: MetadataRequest) -> Answer<MetadataResponse> {
    let version = context.version();
    let with_operations = request.include_topic_authorized_operations;
    let wanted = match request.topics {
        Some(topics) if version > 0 || !topics.is_empty() => Some(topics),
        _ => None,
    };
    if let Some(code) = wanted.as_deref().and_then(|topics| refusal(topics, version)) {
        return Answer::Reply(refuse_all(wanted.unwrap_or_default(), code));
    }
    let topics = match wanted {
        None => state.topics().iter().map(|topic| describe(state, topic, with_operations)).collect(),
        Some(wanted) => look_up(state, wanted, request.allow_auto_topic_creation, with_operations),
    };
    let brokers = state.alive_nodes().map(|node| MetadataResponseBroker {
        node_id: node.id,
        host: node.host.as_str().into(),
        port: i32::from(node.port),
        rack: node.rack.as_deref().map(Text::from),
        ..MetadataResponseBroker::default()
    });
    Answer::Reply(MetadataResponse {
        brokers: brokers.collect(),
        cluster_id: Some(state.cluster_id().into()),
        controller_id: state.controller_id(),
        topics,
        cluster_authorized_operations: if request.include_cluster_authorized_operations {
            CLUSTER_OPERATIONS
        } else {
            i32::MIN
        },
        ..MetadataResponse::default()
    })
}

/// Why the whole request is refused. From version 12 topics can be named by id alone; before, a null name or an id is an error.
fn refusal(topics: &[MetadataRequestTopic], version: i16) -> Option<ErrorCode> {
    let nameless = |topic: &&MetadataRequestTopic| topic.name.is_none();
    if version < 12 {
        let spoils = |topic: &MetadataRequestTopic| topic.name.is_none() || topic.topic_id != Uuid::ZERO;
        return topics.iter().any(spoils).then_some(ErrorCode::INVALID_REQUEST);
    }
    let spoils = topics.iter().filter(nameless).any(|topic| topic.topic_id == Uuid::ZERO);
    spoils.then_some(ErrorCode::UNKNOWN_SERVER_ERROR)
}

/// An answer without brokers (`MetadataRequest.getErrorResponse`).
fn refuse_all(topics: Vec<MetadataRequestTopic>, code: ErrorCode) -> MetadataResponse {
    let topics = topics.into_iter().map(|topic| MetadataResponseTopic {
        error_code: code,
        name: Some(topic.name.unwrap_or_default()),
        topic_id: topic.topic_id,
        ..MetadataResponseTopic::default()
    });
    MetadataResponse { controller_id: -1, topics: topics.collect(), error_code: code, ..MetadataResponse::default() }
}

/// Describes each topic once, first the topics that exist.
fn look_up(
    state: &mut State,
    wanted: Vec<MetadataRequestTopic>,
    may_create: bool,
    with_operations: bool,
) -> Vec<MetadataResponseTopic> {
    let mut found = Vec::new();
    let mut unknown = Vec::new();
    let mut creatable = Vec::new();
    let mut seen = BTreeSet::new();
    for topic in wanted {
        let id = topic.topic_id;
        let present = if id == Uuid::ZERO {
            topic.name.as_ref().and_then(|name| state.topics().get(name))
        } else {
            state.topics().by_id(id)
        };
        let key = match (present, &topic.name) {
            (Some(present), _) => (present.name.to_string(), Uuid::ZERO),
            (None, Some(name)) if id == Uuid::ZERO => (name.as_str().to_owned(), id),
            _ => (String::new(), id),
        };
        if !seen.insert(key) {
            continue;
        }
        match (present, topic.name) {
            (Some(present), _) => found.push(describe(state, present, with_operations)),
            (None, Some(name)) if id == Uuid::ZERO => {
                if is_valid_topic_name(&name) {
                    creatable.push(name.clone());
                }
                unknown.push(absent(name, with_operations));
            }
            _ => unknown.push(MetadataResponseTopic {
                error_code: ErrorCode::UNKNOWN_TOPIC_ID,
                topic_id: id,
                name: None,
                ..MetadataResponseTopic::default()
            }),
        }
    }
    if may_create && state.settings().auto_create_topics_enable {
        auto_create(state, &creatable);
    }
    found.append(&mut unknown);
    found
}

fn absent(name: Text, with_operations: bool) -> MetadataResponseTopic {
    let error = if is_valid_topic_name(&name) {
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
    } else {
        ErrorCode::INVALID_TOPIC_EXCEPTION
    };
    MetadataResponseTopic {
        error_code: error,
        is_internal: is_internal_topic(&name),
        name: Some(name),
        topic_authorized_operations: if with_operations { TOPIC_OPERATIONS } else { i32::MIN },
        ..MetadataResponseTopic::default()
    }
}

fn auto_create(state: &mut State, names: &[Text]) {
    let partitions = state.settings().num_partitions;
    let records = usize::try_from(partitions).unwrap_or(usize::MAX).saturating_add(1).saturating_mul(names.len());
    if records > MAX_RECORDS {
        return;
    }
    let nodes = i16::try_from(state.nodes().len()).unwrap_or(i16::MAX);
    let replication_factor = state.settings().default_replication_factor;
    let Ok(config) = LogConfig::resolve(&BTreeMap::new(), state.settings()) else { return };
    for name in names {
        if let Some(internal) = InternalTopic::named(name) {
            state.ensure_internal_topic(internal);
        } else if replication_factor <= nodes && state.topics().colliding_with(name).is_none() {
            let replicas = state.place_replicas(partitions, replication_factor, 0);
            state.add_topic(name, replicas, BTreeMap::new(), config.clone());
        }
    }
}

fn describe(state: &State, topic: &Topic, with_operations: bool) -> MetadataResponseTopic {
    let partitions = topic.partitions.iter().zip(0..).map(|(partition, index)| MetadataResponsePartition {
        partition_index: index,
        leader_id: partition.leader,
        leader_epoch: partition.leader_epoch,
        replica_nodes: partition.replicas.clone(),
        isr_nodes: partition.isr.clone(),
        offline_replicas: partition.offline(|id| state.is_alive(id)),
        error_code: leader_error(partition),
        ..MetadataResponsePartition::default()
    });
    MetadataResponseTopic {
        name: Some((&*topic.name).into()),
        topic_id: topic.id,
        is_internal: topic.internal,
        partitions: partitions.collect(),
        topic_authorized_operations: if with_operations { TOPIC_OPERATIONS } else { i32::MIN },
        ..MetadataResponseTopic::default()
    }
}

/// The error of a partition: without a leader, LEADER_NOT_AVAILABLE.
fn leader_error(partition: &Partition) -> ErrorCode {
    if partition.leader == NO_LEADER { ErrorCode::LEADER_NOT_AVAILABLE } else { ErrorCode::NONE }
}
