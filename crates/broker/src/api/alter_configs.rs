//! AlterConfigs (key 33), versions 0 to 2: the older way, which replaces all that a resource has of its own.
//!
//! A config that the request does not name falls back to its default. Refusals in order
//! (`ConfigAdminManager.preprocess`, `ConfigurationControlManager.legacyAlterConfigs`), for each resource:
//!
//! - INVALID_REQUEST: the resource is named twice; a config is named twice; a config has no value;
//! - INVALID_REQUEST: a broker id that is no number, or not this broker's;
//! - then the refusals of `shared/configs`, as for IncrementalAlterConfigs.
//!
//! Different from Kafka: a request with a resource twice is refused; Kafka never answers it.

use kafka_trial_wire::messages::alter_configs_request::AlterConfigsResource;
use kafka_trial_wire::messages::alter_configs_response::AlterConfigsResourceResponse;
use kafka_trial_wire::messages::{AlterConfigsRequest, AlterConfigsResponse};

use super::shared::configs::{
    Altered, BROKER, Configs, alter_each, broker_of, check_keys, replace, replace_properties,
};
use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::Refusal;
use kafka_trial_core::State;

pub(crate) fn handle(
    state: &mut State,
    context: &Context,
    request: AlterConfigsRequest,
) -> Answer<AlterConfigsResponse> {
    let altered = alter_each(
        &request.resources,
        |resource| (resource.resource_type, &resource.resource_name),
        |resource| alter(state, context, resource, request.validate_only),
    );
    let responses = altered.into_iter().map(respond).collect();
    Answer::Reply(AlterConfigsResponse { responses, ..AlterConfigsResponse::default() })
}

fn respond(altered: Altered) -> AlterConfigsResourceResponse {
    let Altered { error_code, error_message, resource_type, resource_name } = altered;
    AlterConfigsResourceResponse {
        error_code,
        error_message,
        resource_type,
        resource_name,
        ..AlterConfigsResourceResponse::default()
    }
}

fn alter(
    state: &mut State,
    context: &Context,
    resource: &AlterConfigsResource,
    validate_only: bool,
) -> Result<(), Refusal> {
    check_keys(resource.configs.iter().map(|config| (&config.name, config.value.is_none())))?;
    let configs: Configs = resource
        .configs
        .iter()
        .map(|config| (config.name.as_str().to_owned(), config.value.as_deref().unwrap_or_default().to_owned()))
        .collect();
    match resource.resource_type {
        BROKER => {
            let node = broker_of(context, &resource.resource_name)?;
            let names = resource.configs.iter().map(|config| config.name.as_str());
            replace_properties(state, node, configs, names, validate_only)
        }
        r#type => replace(state, r#type, &resource.resource_name, configs, validate_only),
    }
}
