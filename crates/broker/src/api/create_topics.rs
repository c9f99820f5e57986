//! CreateTopics (key 19), versions 2 to 7: creates topics, or checks whether they could be created.
//!
//! A topic exists, with its leaders, before the reply leaves. From version 5 the reply has the effective configs (KIP-525),
//! from version 7 the topic id (KIP-516). Refusals in order:
//!
//! - POLICY_VIOLATION for the whole request: more than 10,000 partitions, or records in the controller's log
//!   (`ReplicationControlManager.validateTotalNumberOfPartitions`, `QuorumController.MAX_RECORDS_PER_USER_OP`);
//! - INVALID_REQUEST: the topic is named twice (`ControllerApis.createTopics`); the answer has it once, at its end;
//! - INVALID_TOPIC_EXCEPTION: the name; INVALID_REQUEST: `__cluster_metadata`; TOPIC_ALREADY_EXISTS;
//!   INVALID_TOPIC_EXCEPTION: the name differs from an existing one by `.` and `_` alone;
//! - INVALID_CONFIG: a config without a value, an unknown config, an invalid value;
//! - with a manual assignment INVALID_REQUEST (a count beside it) and INVALID_REPLICA_ASSIGNMENT, also if none of its brokers
//!   runs; otherwise INVALID_REPLICATION_FACTOR, INVALID_PARTITIONS, and INVALID_REPLICATION_FACTOR if there are too few
//!   brokers (`ReplicationControlManager.createTopic`).
//!
//! Left out: `create.topic.policy.class.name`, because no class is loaded here.

use std::collections::BTreeMap;

use kafka_trial_wire::messages::create_topics_request::CreatableTopic;
use kafka_trial_wire::messages::create_topics_response::{CreatableTopicConfigs, CreatableTopicResult};
use kafka_trial_wire::messages::{CreateTopicsRequest, CreateTopicsResponse};
use kafka_trial_wire::{ErrorCode, Text};

use super::shared::configs::topic_entries;
use super::shared::replicas::{check_replicas, check_running};
use super::shared::twice::named_twice;
use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::Refusal;
use kafka_trial_core::{LogConfig, State, topic_name_refusal};

/// How many records the controller writes for one request (`QuorumController.MAX_RECORDS_PER_USER_OP`): one for each
/// topic, partition and config.
pub(super) const MAX_RECORDS: usize = 10_000;

pub(crate) fn handle(
    state: &mut State,
    context: &Context,
    request: CreateTopicsRequest,
) -> Answer<CreateTopicsResponse> {
    if let Err(refusal) = check_size(state, &request) {
        let topics = request.topics.into_iter().map(|topic| refused(topic.name, refusal.clone())).collect();
        return Answer::Reply(CreateTopicsResponse { topics, ..CreateTopicsResponse::default() });
    }
    let twice = named_twice(request.topics.iter().map(|topic| topic.name.clone()));
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let name = topic.name.clone();
        if twice.contains(&name) {
            continue;
        }
        topics.push(match create(state, context, topic, request.validate_only) {
            Ok(result) => result,
            Err(refusal) => refused(name, refusal),
        });
    }
    let duplicate = Refusal::new(ErrorCode::INVALID_REQUEST, "Duplicate topic name.");
    topics.extend(twice.into_iter().map(|name| refused(name, duplicate.clone())));
    Answer::Reply(CreateTopicsResponse { topics, ..CreateTopicsResponse::default() })
}

/// A request creates at most 10,000 partitions, and together with its topics and configs at most 10,000 records in the
/// controller's log.
fn check_size(state: &State, request: &CreateTopicsRequest) -> Result<(), Refusal> {
    let partitions_of = |topic: &CreatableTopic| match topic.num_partitions {
        _ if !topic.assignments.is_empty() => topic.assignments.len(),
        -1 => usize::try_from(state.settings().num_partitions).unwrap_or(0),
        count => usize::try_from(count).unwrap_or(0),
    };
    let partitions = request.topics.iter().map(partitions_of).fold(0, usize::saturating_add);
    let others: usize = request.topics.iter().map(|topic| 1 + topic.configs.len()).sum();
    let text = if partitions > MAX_RECORDS {
        "Excessively large number of partitions per request."
    } else if partitions + others > MAX_RECORDS {
        "Unable to perform excessively large batch operation."
    } else {
        return Ok(());
    };
    Err(Refusal::new(ErrorCode::POLICY_VIOLATION, text))
}

fn refused(name: Text, refusal: Refusal) -> CreatableTopicResult {
    CreatableTopicResult {
        name,
        error_code: refusal.code,
        error_message: refusal.message.map(Text::from),
        configs: Some(Vec::new()),
        ..CreatableTopicResult::default()
    }
}

fn create(
    state: &mut State,
    context: &Context,
    topic: CreatableTopic,
    validate_only: bool,
) -> Result<CreatableTopicResult, Refusal> {
    let (name, node, version) = (topic.name.as_str(), context.node, context.version());
    if let Some(refusal) = topic_name_refusal(name) {
        return Err(Refusal::new(ErrorCode::INVALID_TOPIC_EXCEPTION, refusal));
    }
    if name == "__cluster_metadata" {
        let text = "Creation of internal topic __cluster_metadata is prohibited.".to_owned();
        return Err(Refusal::new(ErrorCode::INVALID_REQUEST, text));
    }
    if state.topics().get(name).is_some() {
        return Err(Refusal::new(ErrorCode::TOPIC_ALREADY_EXISTS, format!("Topic '{name}' already exists.")));
    }
    if let Some(other) = state.topics().colliding_with(name) {
        let text = format!("Topic '{name}' collides with existing topic: {other}");
        return Err(Refusal::new(ErrorCode::INVALID_TOPIC_EXCEPTION, text));
    }
    let missing: Vec<&str> =
        topic.configs.iter().filter(|config| config.value.is_none()).map(|config| config.name.as_str()).collect();
    if !missing.is_empty() {
        let text = format!("Null value not supported for topic configs: {}", missing.join(","));
        return Err(Refusal::new(ErrorCode::INVALID_CONFIG, text));
    }
    let overrides: BTreeMap<String, String> = topic
        .configs
        .iter()
        .map(|config| (config.name.as_str().to_owned(), config.value.as_deref().unwrap_or_default().to_owned()))
        .collect();
    let config = LogConfig::resolve(&overrides, state.settings())?;
    let replicas = placement(state, &topic)?;
    let num_partitions = i32::try_from(replicas.len()).unwrap_or(i32::MAX);
    let replication_factor = replicas.first().map_or(-1, |replicas| i16::try_from(replicas.len()).unwrap_or(i16::MAX));
    let entries = if version >= 5 { topic_entries(state, node, &overrides) } else { Vec::new() };
    let configs = entries.into_iter().map(|entry| CreatableTopicConfigs {
        // The topic's own values are shown as they came.
        value: overrides.get(&entry.name).cloned().or(entry.value).map(Text::from),
        name: entry.name.into(),
        read_only: false,
        config_source: entry.source.code(),
        is_sensitive: false,
        ..CreatableTopicConfigs::default()
    });
    let configs = configs.collect();
    // A dry run shows an id, too, which no topic gets.
    let topic_id = if validate_only { state.fresh_uuid() } else { state.add_topic(name, replicas, overrides, config) };
    Ok(CreatableTopicResult {
        name: topic.name,
        topic_id,
        num_partitions,
        replication_factor,
        configs: Some(configs),
        error_message: None,
        ..CreatableTopicResult::default()
    })
}

/// The replicas of each partition: as the request assigns them, or round robin.
fn placement(state: &State, topic: &CreatableTopic) -> Result<Vec<Vec<i32>>, Refusal> {
    let (partitions, factor) = (topic.num_partitions, topic.replication_factor);
    if !topic.assignments.is_empty() {
        if factor != -1 {
            let text = "A manual partition assignment was specified, but replication factor was not set to -1.";
            return Err(Refusal::new(ErrorCode::INVALID_REQUEST, text.to_owned()));
        }
        if partitions != -1 {
            let text = "A manual partition assignment was specified, but numPartitions was not set to -1.";
            return Err(Refusal::new(ErrorCode::INVALID_REQUEST, text.to_owned()));
        }
        let mut assigned: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
        let mut factor = None;
        for assignment in &topic.assignments {
            let index = assignment.partition_index;
            if assigned.contains_key(&index) {
                let text = format!("Found multiple manual partition assignments for partition {index}");
                return Err(Refusal::new(ErrorCode::INVALID_REPLICA_ASSIGNMENT, text));
            }
            check_replicas(state, &assignment.broker_ids, factor)?;
            check_running(state, index, &assignment.broker_ids)?;
            factor = Some(assignment.broker_ids.len());
            assigned.insert(index, assignment.broker_ids.clone());
        }
        if !assigned.keys().copied().eq(0..i32::try_from(assigned.len()).unwrap_or(i32::MAX)) {
            let text = "partitions should be a consecutive 0-based integer sequence".to_owned();
            return Err(Refusal::new(ErrorCode::INVALID_REPLICA_ASSIGNMENT, text));
        }
        return Ok(assigned.into_values().collect());
    }
    if factor < -1 || factor == 0 {
        let text = "Replication factor must be larger than 0, or -1 to use the default value.".to_owned();
        return Err(Refusal::new(ErrorCode::INVALID_REPLICATION_FACTOR, text));
    }
    if partitions < -1 || partitions == 0 {
        let text = "Number of partitions was set to an invalid non-positive value.".to_owned();
        return Err(Refusal::new(ErrorCode::INVALID_PARTITIONS, text));
    }
    let factor = if factor == -1 { state.settings().default_replication_factor } else { factor };
    let brokers = state.nodes().len();
    if usize::try_from(factor).is_ok_and(|factor| factor > brokers) {
        let text = format!(
            "Unable to replicate the partition {factor} time(s): The target replication factor of {factor} cannot be reached because only {brokers} broker(s) are registered or some brokers have all their log directories cordoned."
        );
        return Err(Refusal::new(ErrorCode::INVALID_REPLICATION_FACTOR, text));
    }
    let partitions = if partitions == -1 { state.settings().num_partitions } else { partitions };
    Ok(state.place_replicas(partitions, factor, 0))
}
