//! AlterConfigs (key 33), versions 0 to 2: the older way, which replaces all that a resource has of its own.
//!
//! What the request does not name falls back to its default. Refusals are those of IncrementalAlterConfigs.

use kafka_trial_wire::messages::alter_configs_request::AlterConfigsResource;
use kafka_trial_wire::messages::alter_configs_response::AlterConfigsResourceResponse;
use kafka_trial_wire::messages::{AlterConfigsRequest, AlterConfigsResponse};
use kafka_trial_wire::{ErrorCode, Text};

use super::configs::replace_properties;
use super::configs::{BROKER, broker_of, check_keys, named_twice, refuse_duplicate_resource};
use super::configs::{Configs, replace};
use crate::api::{Answer, Context};
use kafka_trial_core::Refusal;
use kafka_trial_core::State;

pub(crate) fn handle(
    state: &mut State,
    context: &Context,
    request: AlterConfigsRequest,
) -> Answer<AlterConfigsResponse> {
    let names = request.resources.iter().map(|resource| (resource.resource_type, &resource.resource_name));
    let twice = named_twice(names);
    let mut responses = Vec::with_capacity(request.resources.len());
    for resource in request.resources {
        let result = if twice.contains(&(resource.resource_type, resource.resource_name.clone())) {
            Err(refuse_duplicate_resource())
        } else {
            alter(state, context, &resource, request.validate_only)
        };
        let (error_code, error_message) = match result {
            Ok(()) => (ErrorCode::NONE.0, None),
            Err(refusal) => (refusal.code.0, refusal.message.map(Text::from)),
        };
        responses.push(AlterConfigsResourceResponse {
            error_code,
            error_message,
            resource_type: resource.resource_type,
            resource_name: resource.resource_name,
            ..AlterConfigsResourceResponse::default()
        });
    }
    Answer::Reply(AlterConfigsResponse { responses, ..AlterConfigsResponse::default() })
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
