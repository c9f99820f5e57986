//! IncrementalAlterConfigs (key 44), versions 0 and 1 (KIP-339): changes single configs of a resource.
//!
//! It sets, deletes, appends to or subtracts from configs of topics, brokers, groups and client metrics subscriptions. All
//! changes of a resource are made, or none. Topic configs count at once. Refusals in order (`ConfigAdminManager.preprocess`,
//! `ConfigurationControlManager.incrementalAlterConfigs`), for each resource:
//!
//! - INVALID_REQUEST: the resource is named twice; a config is named twice; a config that is not deleted has no value;
//! - INVALID_REQUEST: a broker id that is no number, or not this broker's;
//! - INVALID_CONFIG: an item is appended to or subtracted from a config that is not a list;
//! - then the refusals of `shared/configs`: what can be changed at run time, and which values are valid.
//!
//! Left out: a broker has no loggers. The brokers of a cluster share their settings: a property that one of them gets at run
//! time counts for all.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use kafka_trial_wire::messages::incremental_alter_configs_response::AlterConfigsResourceResponse;
use kafka_trial_wire::messages::{IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse};

use super::shared::configs::{
    Altered, BROKER, BROKER_LOGGER, Configs, GROUP, TOPIC, alter_each, broker_of, check_keys, current,
    current_properties, replace, replace_properties,
};
use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::Refusal;
use kafka_trial_core::{ConfigType, GROUP_CONFIGS, State, TOPIC_CONFIGS};

/// `AlterConfigOp.OpType`.
const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

pub(crate) fn handle(
    state: &mut State,
    context: &Context,
    request: IncrementalAlterConfigsRequest,
) -> Answer<IncrementalAlterConfigsResponse> {
    let altered = alter_each(
        &request.resources,
        |resource| (resource.resource_type, &resource.resource_name),
        |resource| alter(state, context, resource, request.validate_only),
    );
    let responses = altered.into_iter().map(respond).collect();
    Answer::Reply(IncrementalAlterConfigsResponse { responses, ..IncrementalAlterConfigsResponse::default() })
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
    let (r#type, name) = (resource.resource_type, resource.resource_name.as_str());
    let lacks_value = |change: &AlterableConfig| change.config_operation != DELETE && change.value.is_none();
    check_keys(resource.configs.iter().map(|change| (&change.name, lacks_value(change))))?;
    match r#type {
        BROKER => {
            let node = broker_of(context, name)?;
            let mut properties = current_properties(state, node);
            for change in &resource.configs {
                alter_property(state, &mut properties, change)?;
            }
            let names = resource.configs.iter().map(|change| change.name.as_str());
            replace_properties(state, node, properties, names, validate_only)
        }
        BROKER_LOGGER => alter_logger(context, name, &resource.configs),
        _ => {
            let mut configs = current(state, r#type, name);
            for change in &resource.configs {
                alter_config(state, r#type, &mut configs, change)?;
            }
            replace(state, r#type, name, configs, validate_only)
        }
    }
}

/// Changes a config of a topic, a group or a subscription.
fn alter_config(state: &State, r#type: i8, configs: &mut Configs, change: &AlterableConfig) -> Result<(), Refusal> {
    let name = change.name.as_str();
    let value = change.value.as_deref().unwrap_or_default();
    let verb = match change.config_operation {
        SET => {
            configs.insert(name.to_owned(), value.to_owned());
            return Ok(());
        }
        DELETE => {
            configs.remove(name);
            return Ok(());
        }
        APPEND => "APPEND",
        SUBTRACT => "SUBTRACT",
        _ => return Err(ErrorCode::UNKNOWN_SERVER_ERROR.into()),
    };
    let definitions = match r#type {
        TOPIC => TOPIC_CONFIGS,
        GROUP => GROUP_CONFIGS,
        _ => &[],
    };
    let list = definitions.iter().find(|config| config.name == name && config.r#type == ConfigType::List);
    let Some(config) = list else {
        let text = format!("Can't {verb} to key {name} because its type is not LIST.");
        return Err(Refusal::new(ErrorCode::INVALID_CONFIG, text));
    };
    let present = configs.get(name).cloned().unwrap_or_else(|| config.inherited(state.settings()));
    configs.insert(name.to_owned(), combined(&present, value, change.config_operation == APPEND));
    Ok(())
}

/// Changes a property of a broker.
fn alter_property(state: &State, properties: &mut Configs, change: &AlterableConfig) -> Result<(), Refusal> {
    let name = change.name.as_str();
    let value = change.value.as_deref().unwrap_or_default();
    let verb = match change.config_operation {
        SET => {
            properties.insert(name.to_owned(), value.to_owned());
            return Ok(());
        }
        DELETE => {
            properties.remove(name);
            return Ok(());
        }
        APPEND => "append",
        SUBTRACT => "subtract",
        other => {
            let text = format!("Unknown operations type {other}");
            return Err(Refusal::new(ErrorCode::INVALID_REQUEST, text));
        }
    };
    let known = state.settings().known.get(name);
    if known.is_none_or(|config| config.r#type != ConfigType::List) {
        let text = format!("Config value {verb} is not allowed for config key: {name}");
        return Err(Refusal::new(ErrorCode::INVALID_CONFIG, text));
    }
    let inherited = || state.settings().property(name).or(known?.default).map(str::to_owned);
    let present = properties.get(name).cloned().or_else(inherited).unwrap_or_default();
    properties.insert(name.to_owned(), combined(&present, value, change.config_operation == APPEND));
    Ok(())
}

/// Adds items to a list that lacks them, or removes items from it. Items are compared with the spaces around them, as on
/// Kafka.
fn combined(present: &str, value: &str, append: bool) -> String {
    let changes: Vec<&str> = value.split(',').collect();
    let mut list: Vec<&str> = if present.is_empty() { Vec::new() } else { present.split(',').collect() };
    if append {
        for item in changes {
            if !list.contains(&item) {
                list.push(item);
            }
        }
    } else {
        list.retain(|item| !changes.contains(item));
    }
    list.join(",")
}

fn alter_logger(context: &Context, name: &str, changes: &[AlterableConfig]) -> Result<(), Refusal> {
    let invalid = |text: String| Err(Refusal::new(ErrorCode::INVALID_REQUEST, text));
    match name.parse::<i32>() {
        Ok(id) if id == context.node => {}
        Ok(id) => return invalid(format!("Unexpected node id. Expected {}, but received {id}", context.node)),
        Err(_) => return invalid(format!("Node id must be an integer, but it is: {name}")),
    }
    match changes.first() {
        None => Ok(()),
        Some(change) if change.config_operation == APPEND => {
            invalid("APPEND operation is not allowed for the BROKER_LOGGER resource".to_owned())
        }
        Some(change) if change.config_operation == SUBTRACT => {
            invalid("SUBTRACT operation is not allowed for the BROKER_LOGGER resource".to_owned())
        }
        Some(change) => Err(Refusal::new(ErrorCode::INVALID_CONFIG, format!("Logger {} does not exist!", change.name))),
    }
}
