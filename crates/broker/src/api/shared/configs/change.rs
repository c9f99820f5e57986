//! Replaces the configs of a topic, a group or a client metrics subscription, for AlterConfigs and IncrementalAlterConfigs
//! (`ConfigurationControlManager`).
//!
//! Refusals in order: INVALID_REQUEST for an empty name or an unknown type of resource; for a topic
//! INVALID_TOPIC_EXCEPTION, INVALID_CONFIG, UNKNOWN_TOPIC_OR_PARTITION; for a group INVALID_CONFIG (`GroupConfig.validate`);
//! for a subscription INVALID_REQUEST or INVALID_CONFIG (`ClientMetricsConfigs.validate`).

use std::collections::BTreeMap;

use kafka_trial_wire::ErrorCode;

use super::{CLIENT_METRICS, GROUP, TOPIC};
use kafka_trial_core::Refusal;
use kafka_trial_core::{
    CLIENT_METRICS_CONFIGS, ConfigDefinition, ConfigError, ConfigType, GROUP_CONFIGS, LogConfig, State,
    topic_name_refusal,
};

/// The configs of one resource, as they were set.
pub(in crate::api) type Configs = BTreeMap<String, String>;

pub(in crate::api) fn invalid<T>(text: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(ErrorCode::INVALID_REQUEST, text))
}

/// The own configs of a topic, a group or a client metrics subscription.
pub(in crate::api) fn current(state: &State, r#type: i8, name: &str) -> Configs {
    let own = match r#type {
        TOPIC => state.topics().get(name).map(|topic| &*topic.overrides),
        GROUP => state.group_configs().get(name),
        CLIENT_METRICS => state.client_metrics().get(name),
        _ => None,
    };
    own.cloned().unwrap_or_default()
}

/// Replaces the own configs of a topic, a group or a client metrics subscription.
pub(in crate::api) fn replace(
    state: &mut State,
    r#type: i8,
    name: &str,
    configs: Configs,
    validate_only: bool,
) -> Result<(), Refusal> {
    match r#type {
        TOPIC if name.is_empty() => invalid("Default topic resources are not allowed."),
        TOPIC => {
            if let Some(text) = topic_name_refusal(name) {
                return Err(Refusal::new(ErrorCode::INVALID_TOPIC_EXCEPTION, text));
            }
            LogConfig::resolve(&configs, state.settings())?;
            if state.topics().get(name).is_none() {
                let text = format!("The topic '{name}' does not exist.");
                return Err(Refusal::new(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, text));
            }
            if !validate_only {
                state.set_topic_configs(name, configs)?;
            }
            Ok(())
        }
        GROUP if name.is_empty() => invalid("Default group resources are not allowed."),
        GROUP => {
            check_group(state, &configs)?;
            if !validate_only {
                state.set_group_configs(name, configs);
            }
            Ok(())
        }
        CLIENT_METRICS if name.is_empty() => invalid("Subscription name can't be empty"),
        CLIENT_METRICS => {
            check_client_metrics(&configs)?;
            if !validate_only {
                state.set_client_metrics(name, configs);
            }
            Ok(())
        }
        other => invalid(format!("Unknown resource type {other}")),
    }
}

fn named(definitions: &'static [ConfigDefinition], name: &str) -> Option<&'static ConfigDefinition> {
    definitions.iter().find(|config| config.name == name)
}

/// Checks each value by itself, then against the broker's bounds, then against the others (`GroupConfig.validate`).
fn check_group(state: &State, configs: &Configs) -> Result<(), Refusal> {
    for (name, value) in configs {
        let unknown = || ConfigError::Unknown { kind: "group", name: name.clone() };
        named(GROUP_CONFIGS, name).ok_or_else(unknown)?.read(value)?;
    }
    let refuse = |text: String| Err(Refusal::new(ErrorCode::INVALID_CONFIG, text));
    let number = |name: &str| -> Option<i64> {
        let definition = named(GROUP_CONFIGS, name)?;
        configs.get(name).cloned().unwrap_or_else(|| definition.inherited(state.settings())).trim().parse().ok()
    };
    for config in GROUP_CONFIGS {
        let (Some(value), Some(property)) = (number(config.name), config.synonym) else { continue };
        let bound = |which: &str| -> Option<(String, i64)> {
            let (kind, rest) = property.strip_prefix("group.")?.split_once('.')?;
            let name = format!("group.{kind}.{which}.{}", rest.strip_prefix("num.").unwrap_or(rest));
            let known = state.settings().known.get(&name)?.default?;
            let value = state.settings().property(&name).unwrap_or(known).trim().parse().ok()?;
            Some((name, value))
        };
        if let Some((name, _)) = bound("min").filter(|(_, least)| value < *least) {
            return refuse(format!("{} must be greater than or equal to {name}", config.name));
        }
        if let Some((name, _)) = bound("max").filter(|(_, most)| value > *most) {
            return refuse(format!("{} must be less than or equal to {name}", config.name));
        }
    }
    for kind in ["consumer", "share", "streams"] {
        let (session, heartbeat) = (format!("{kind}.session.timeout.ms"), format!("{kind}.heartbeat.interval.ms"));
        if number(&session) <= number(&heartbeat) {
            return refuse(format!("{session} must be greater than {heartbeat}"));
        }
    }
    Ok(())
}

/// The parameters that a client metrics subscription can match (`ClientMetricsConfigs`).
const MATCHED: &[&str] = &[
    "client_id",
    "client_instance_id",
    "client_software_name",
    "client_software_version",
    "client_source_address",
    "client_source_port",
];

/// Refuses a pattern that is not `PARAMETER=EXPRESSION`. The expression itself is not checked.
fn check_match(patterns: &str) -> Result<(), Refusal> {
    for pattern in patterns.split(',').map(str::trim).filter(|pattern| !pattern.is_empty()) {
        let parts: Vec<&str> = pattern.split('=').collect();
        if !matches!(*parts, [name, _] if MATCHED.contains(&name.trim())) {
            let text = format!("Illegal client matching pattern: {pattern}");
            return Err(Refusal::new(ErrorCode::INVALID_CONFIG, text));
        }
    }
    Ok(())
}

fn check_client_metrics(configs: &Configs) -> Result<(), Refusal> {
    for (name, value) in configs {
        let Some(config) = named(CLIENT_METRICS_CONFIGS, name) else {
            return invalid(format!("Unknown client metrics configuration: {name}"));
        };
        if let (Err(_), Ok(number)) = (config.read(value), ConfigType::Int.read(value)) {
            return invalid(format!(
                "Invalid value {number} for {name}, interval must be between 100 and 3600000 (1 hour)"
            ));
        }
        config.read(value)?;
        if name == "match" {
            check_match(value)?;
        }
    }
    Ok(())
}
