//! DescribeConfigs (key 32), versions 1 to 4 (KIP-133, KIP-226): configs with their values, and where those come from.
//!
//! It describes topics, brokers, groups (KIP-848) and client metrics subscriptions (KIP-714). The empty broker id stands for
//! properties that were set at run time for all brokers. An empty list of keys means all keys. From version 3 configs have
//! types (KIP-569) and texts, which are in our own words. Refusals (`ConfigHelper.describeConfigs`), for each resource:
//!
//! - INVALID_TOPIC_EXCEPTION, then UNKNOWN_TOPIC_OR_PARTITION, for a topic;
//! - INVALID_REQUEST: a broker id that is no number or not this broker's; an empty group or subscription name; an unknown
//!   type of resource.
//!
//! Left out: loggers, of which a broker has none here.

use std::collections::{BTreeMap, BTreeSet};

use kafka_trial_wire::messages::describe_configs_request::DescribeConfigsResource;
use kafka_trial_wire::messages::describe_configs_response::DescribeConfigsResult;
use kafka_trial_wire::messages::{DescribeConfigsRequest, DescribeConfigsResponse};
use kafka_trial_wire::{ErrorCode, Text};

use super::shared::configs::{BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP, TOPIC};
use super::shared::configs::{ConfigEntry, broker_entries, cluster_entries, defined_entries, topic_entries};
use super::shared::refusal::MALFORMED;
use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::Refusal;
use kafka_trial_core::{CLIENT_METRICS_CONFIGS, ConfigSource, GROUP_CONFIGS, State, topic_name_refusal};

pub(crate) fn handle(
    state: &State,
    context: &Context,
    request: DescribeConfigsRequest,
) -> Answer<DescribeConfigsResponse> {
    // Kafka answers a resource as often as the request names it. Here its answer is made once and copied.
    let mut described: BTreeMap<_, DescribeConfigsResult> = BTreeMap::new();
    let results = request.resources.into_iter().map(|resource| {
        let key = (resource.resource_type, resource.resource_name.clone(), resource.configuration_keys.clone());
        let shown = (request.include_synonyms, request.include_documentation);
        let result = described.entry(key).or_insert_with(|| result(state, context, resource, shown));
        result.clone()
    });
    let results = results.collect();
    Answer::Reply(DescribeConfigsResponse { results, ..DescribeConfigsResponse::default() })
}

fn result(
    state: &State,
    context: &Context,
    resource: DescribeConfigsResource,
    (with_synonyms, with_documentation): (bool, bool),
) -> DescribeConfigsResult {
    let (error_code, error_message, entries) = match describe(state, context, &resource) {
        Ok(entries) => (ErrorCode::NONE, Text::default(), entries),
        Err(refusal) => (refusal.code, refusal.message.unwrap_or_default().into(), Vec::new()),
    };
    let keys: BTreeSet<&str> = resource.configuration_keys.iter().flatten().map(Text::as_str).collect();
    let wanted = entries.into_iter().filter(|entry| keys.is_empty() || keys.contains(entry.name.as_str()));
    DescribeConfigsResult {
        error_code,
        error_message: Some(error_message),
        configs: wanted.map(|entry| entry.show(with_synonyms, with_documentation)).collect(),
        resource_type: resource.resource_type,
        resource_name: resource.resource_name,
        ..DescribeConfigsResult::default()
    }
}

fn describe(state: &State, context: &Context, resource: &DescribeConfigsResource) -> Result<Vec<ConfigEntry>, Refusal> {
    let invalid = |text: String| Err(Refusal::new(ErrorCode::INVALID_REQUEST, text));
    let (name, node) = (resource.resource_name.as_str(), context.node);
    let none = BTreeMap::new();
    match resource.resource_type {
        TOPIC => {
            if let Some(text) = topic_name_refusal(name) {
                return Err(Refusal::new(ErrorCode::INVALID_TOPIC_EXCEPTION, text));
            }
            let topic = state.topics().get(name).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
            Ok(topic_entries(state, node, &topic.overrides))
        }
        BROKER if name.is_empty() => Ok(cluster_entries(state)),
        BROKER => match name.parse::<i32>() {
            Ok(id) if id == node => Ok(broker_entries(state, node)),
            Ok(id) => invalid(format!("Unexpected broker id, expected {node} or empty string, but received {id}")),
            Err(_) => invalid(format!("Broker id must be an integer, but it is: {name}")),
        },
        BROKER_LOGGER => match name.parse::<i32>() {
            Ok(id) if id == node => Ok(Vec::new()),
            Ok(id) => invalid(format!("Unexpected broker id, expected {node} but received {id}")),
            Err(_) => invalid(format!("Broker id must be an integer, but it is: {name}")),
        },
        GROUP if name.is_empty() => invalid("Group name must not be empty".to_owned()),
        GROUP => {
            let own = state.group_configs().get(name).unwrap_or(&none);
            Ok(defined_entries(state, node, GROUP_CONFIGS, own, ConfigSource::Group))
        }
        CLIENT_METRICS if name.is_empty() => invalid("Client metrics subscription name must not be empty".to_owned()),
        CLIENT_METRICS => {
            let own = state.client_metrics().get(name).unwrap_or(&none);
            Ok(defined_entries(state, node, CLIENT_METRICS_CONFIGS, own, ConfigSource::ClientMetrics))
        }
        _ => invalid(MALFORMED.to_owned()),
    }
}
