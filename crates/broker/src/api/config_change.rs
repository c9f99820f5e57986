//! Giving a resource other configs than it had, as AlterConfigs and IncrementalAlterConfigs do.

use std::collections::BTreeMap;

use kafka_trial_wire::ErrorCode;

use super::config_resource::{CLIENT_METRICS, GROUP, TOPIC};
use super::refusal::Refusal;
use crate::core::{
    CLIENT_METRICS_CONFIGS, ConfigDefinition, ConfigError, ConfigType, Core, DynamicProperties, GROUP_CONFIGS,
    LogConfig, TOPIC_CONFIGS, topic_name_refusal,
};

/// The configs of one resource, as they were set.
pub(super) type Configs = BTreeMap<String, String>;

/// Cannot be taken back or set for one broker while eligible leader replicas are on (KIP-966), as they are on a new
/// cluster.
const MIN_INSYNC_REPLICAS: &str = "min.insync.replicas";

fn invalid<T>(text: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(ErrorCode::INVALID_REQUEST, text))
}

/// What a topic, a group or a client metrics subscription has of its own now.
pub(super) fn current(core: &Core, r#type: i8, name: &str) -> Configs {
    let own = match r#type {
        TOPIC => core.topics.get(name).map(|topic| &topic.overrides),
        GROUP => core.group_configs.get(name),
        CLIENT_METRICS => core.client_metrics.get(name),
        _ => None,
    };
    own.cloned().unwrap_or_default()
}

/// Sets all that a topic, a group or a client metrics subscription has of its own.
pub(super) fn replace(
    core: &mut Core,
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
            LogConfig::resolve(&configs, &core.settings)?;
            if core.topics.get(name).is_none() {
                let text = format!("The topic '{name}' does not exist.");
                return Err(Refusal::new(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, text));
            }
            if !validate_only {
                core.set_topic_configs(name, configs)?;
            }
            Ok(())
        }
        GROUP if name.is_empty() => invalid("Default group resources are not allowed."),
        GROUP => {
            check_group(core, &configs)?;
            keep(&mut core.group_configs, name, configs, validate_only);
            Ok(())
        }
        CLIENT_METRICS if name.is_empty() => invalid("Subscription name can't be empty"),
        CLIENT_METRICS => {
            check_client_metrics(&configs)?;
            keep(&mut core.client_metrics, name, configs, validate_only);
            Ok(())
        }
        other => invalid(format!("Unknown resource type {other}")),
    }
}

fn keep(all: &mut BTreeMap<String, Configs>, name: &str, configs: Configs, validate_only: bool) {
    if validate_only {
        return;
    }
    if configs.is_empty() {
        all.remove(name);
    } else {
        all.insert(name.to_owned(), configs);
    }
}

fn named(definitions: &'static [ConfigDefinition], name: &str) -> Option<&'static ConfigDefinition> {
    definitions.iter().find(|config| config.name == name)
}

/// Each value by itself, then against the broker's bounds and against each other (`GroupConfig.validate`).
fn check_group(core: &Core, configs: &Configs) -> Result<(), Refusal> {
    for (name, value) in configs {
        let unknown = || ConfigError::Unknown { kind: "group", name: name.clone() };
        named(GROUP_CONFIGS, name).ok_or_else(unknown)?.read(value)?;
    }
    let refuse = |text: String| Err(Refusal::new(ErrorCode::INVALID_CONFIG, text));
    let number = |name: &str| -> Option<i64> {
        let definition = named(GROUP_CONFIGS, name)?;
        configs.get(name).cloned().unwrap_or_else(|| definition.inherited(&core.settings)).trim().parse().ok()
    };
    for config in GROUP_CONFIGS {
        let (Some(value), Some(property)) = (number(config.name), config.synonym) else { continue };
        let bound = |which: &str| -> Option<(String, i64)> {
            let (kind, rest) = property.strip_prefix("group.")?.split_once('.')?;
            let name = format!("group.{kind}.{which}.{rest}");
            let known = core.settings.known.get(&name)?.default?;
            let value = core.settings.property(&name).unwrap_or(known).trim().parse().ok()?;
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

/// What a client metrics subscription can match by (`ClientMetricsConfigs`).
const MATCHED: &[&str] = &[
    "client_id",
    "client_instance_id",
    "client_software_name",
    "client_software_version",
    "client_source_address",
    "client_source_port",
];

/// Refuses a pattern that is not `PARAMETER=EXPRESSION`. Whether the expression is one that Java reads is not looked at.
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

/// What was set at run time for one broker, or for all.
pub(super) fn current_properties(core: &Core, node: Option<i32>) -> Configs {
    let dynamic = &core.settings.dynamic;
    match node {
        None => dynamic.cluster.clone(),
        Some(id) => dynamic.brokers.get(&id).cloned().unwrap_or_default(),
    }
}

/// Sets all that was set at run time for one broker, or for all. `altered` are the names that the request has.
pub(super) fn replace_properties<'a>(
    core: &mut Core,
    node: Option<i32>,
    properties: Configs,
    mut altered: impl Iterator<Item = &'a str>,
    validate_only: bool,
) -> Result<(), Refusal> {
    check_properties(core, node, &properties)?;
    let settings = &core.settings;
    let invalid_config = |text: &str| Err(Refusal::new(ErrorCode::INVALID_CONFIG, text));
    if node.is_none()
        && settings.dynamic.cluster.contains_key(MIN_INSYNC_REPLICAS)
        && !properties.contains_key(MIN_INSYNC_REPLICAS)
    {
        return invalid_config("Cluster-level min.insync.replicas cannot be removed while ELR is enabled.");
    }
    if node.is_some() && altered.any(|name| name == MIN_INSYNC_REPLICAS) {
        return invalid_config("Broker-level min.insync.replicas cannot be altered while ELR is enabled.");
    }
    let mut dynamic: DynamicProperties = settings.dynamic.clone();
    match node {
        None => dynamic.cluster = properties,
        Some(id) => {
            dynamic.brokers.insert(id, properties);
        }
    }
    if validate_only {
        settings.changed(dynamic).map(drop).or_else(|error| invalid(error.to_string()))
    } else {
        core.set_dynamic_properties(dynamic).or_else(|error| invalid(error.to_string()))
    }
}

/// What a broker speaks and where: each broker has its own, and keeps it while it runs.
fn is_of_listeners(name: &str) -> bool {
    name.starts_with("ssl.")
        || name.starts_with("sasl.")
        || matches!(name, "listener.security.protocol.map" | "listeners" | "principal.builder.class")
}

fn check_properties(core: &Core, node: Option<i32>, properties: &Configs) -> Result<(), Refusal> {
    let known = &core.settings.known;
    let those = |wanted: &dyn Fn(&str) -> bool| -> Vec<&str> {
        properties.keys().map(String::as_str).filter(|name| wanted(name)).collect()
    };
    let fixed = those(&|name| known.get(name).is_some_and(|config| config.read_only));
    if !fixed.is_empty() {
        return invalid(format!("Cannot update these configs dynamically: [{}]", fixed.join(", ")));
    }
    let of_listeners = those(&is_of_listeners);
    if !of_listeners.is_empty() && node.is_some() {
        return invalid(format!("a running broker keeps its listeners: {}", of_listeners.join(", ")));
    }
    if !of_listeners.is_empty() {
        return invalid(format!(
            "Cannot update these configs at default cluster level, broker id must be specified: [{}]",
            of_listeners.join(", ")
        ));
    }
    for (name, value) in properties {
        let followed = TOPIC_CONFIGS.iter().find(|config| config.synonym == Some(name));
        let read = match (followed, known.get(name)) {
            (Some(config), _) => config.read_as(name, value),
            (None, Some(config)) => config.r#type.read(value).map_err(|reason| ConfigError::Invalid {
                name: name.clone(),
                value: value.clone(),
                reason,
            }),
            (None, None) => continue,
        };
        read.map(drop).or_else(|error| invalid(error.to_string()))?;
    }
    Ok(())
}
