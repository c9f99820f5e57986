//! ListConfigResources (key 74), versions 0 and 1 (KIP-714, KIP-1142): the resources that DescribeConfigs can describe.
//!
//! Version 0 lists client metrics subscriptions. Version 1 lists the types that the request names, or all types for an empty
//! list. Groups and client metrics subscriptions are listed once they have configs of their own.
//!
//! - UNSUPPORTED_VERSION: a type does not exist (`KafkaApis.handleListConfigResources`).

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::list_config_resources_response::ConfigResource;
use kafka_trial_wire::messages::{ListConfigResourcesRequest, ListConfigResourcesResponse};

use super::shared::configs::{BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP, TOPIC};
use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::State;

const ALL: [i8; 5] = [TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP];

pub(crate) fn handle(
    state: &State,
    context: &Context,
    request: ListConfigResourcesRequest,
) -> Answer<ListConfigResourcesResponse> {
    let wanted = |r#type: i8| match (context.version(), request.resource_types.as_slice()) {
        (0, _) => r#type == CLIENT_METRICS,
        (_, []) => true,
        (_, types) => types.contains(&r#type),
    };
    if request.resource_types.iter().any(|r#type| !ALL.contains(r#type)) {
        let error_code = ErrorCode::UNSUPPORTED_VERSION;
        return Answer::Reply(ListConfigResourcesResponse { error_code, ..ListConfigResourcesResponse::default() });
    }
    let resources = ALL.into_iter().filter(|r#type| wanted(*r#type)).flat_map(|r#type| {
        names(state, r#type).into_iter().map(move |name| ConfigResource {
            resource_name: name.into(),
            resource_type: r#type,
            ..ConfigResource::default()
        })
    });
    let config_resources = resources.collect();
    Answer::Reply(ListConfigResourcesResponse { config_resources, ..ListConfigResourcesResponse::default() })
}

fn names(state: &State, r#type: i8) -> Vec<String> {
    match r#type {
        TOPIC => state.topics().iter().map(|topic| topic.name.to_string()).collect(),
        BROKER | BROKER_LOGGER => state.nodes().iter().map(|node| node.id.to_string()).collect(),
        GROUP => state.group_configs().keys().cloned().collect(),
        _ => state.client_metrics().keys().cloned().collect(),
    }
}
