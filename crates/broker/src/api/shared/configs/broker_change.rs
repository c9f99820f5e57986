//! Sets a broker's properties at run time, for AlterConfigs and IncrementalAlterConfigs (`DynamicBrokerConfig`).
//!
//! Refusals in order: INVALID_REQUEST for properties that need a restart, for certificates without a listener's prefix, for
//! invalid values, and for properties that belong to one broker or to all; INVALID_CONFIG for `min.insync.replicas`, which
//! eligible leader replicas (KIP-966) protect; INVALID_REQUEST for values that contradict each other.

use kafka_trial_wire::ErrorCode;

use super::{Configs, invalid};
use kafka_trial_core::Refusal;
use kafka_trial_core::{ConfigError, ConfigType, DynamicProperties, State};

/// This property cannot be removed, or set for one broker, while eligible leader replicas are enabled (KIP-966), as they are
/// in a new cluster.
const MIN_INSYNC_REPLICAS: &str = "min.insync.replicas";

/// The properties that were set at run time for one broker, or for all.
pub(in crate::api) fn current_properties(state: &State, node: Option<i32>) -> Configs {
    let dynamic = &state.settings().dynamic;
    match node {
        None => dynamic.cluster.clone(),
        Some(id) => dynamic.brokers.get(&id).cloned().unwrap_or_default(),
    }
}

/// Replaces the properties that were set at run time for one broker, or for all. `altered` are the names in the request.
pub(in crate::api) fn replace_properties<'a>(
    state: &mut State,
    node: Option<i32>,
    properties: Configs,
    mut altered: impl Iterator<Item = &'a str>,
    validate_only: bool,
) -> Result<(), Refusal> {
    check_properties(state, node, &properties)?;
    let settings = state.settings();
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
    if let Some(refusal) = settings.refusal_of(&dynamic) {
        return invalid(refusal);
    }
    if validate_only {
        settings.changed(dynamic).map(drop).or_else(|error| invalid(error.to_string()))
    } else {
        state.set_dynamic_properties(dynamic).or_else(|error| invalid(error.to_string()))
    }
}

/// Keys and certificates: each listener has its own, under its prefix.
const OF_ONE_LISTENER: &[&str] = &[
    "ssl.key.password",
    "ssl.keystore.certificate.chain",
    "ssl.keystore.key",
    "ssl.keystore.location",
    "ssl.keystore.password",
    "ssl.keystore.type",
    "ssl.truststore.certificates",
    "ssl.truststore.location",
    "ssl.truststore.password",
    "ssl.truststore.type",
];

/// Whether each broker has its own value of a property: listeners, security, directories.
fn is_of_one_broker(name: &str) -> bool {
    name.starts_with("ssl.")
        || name.starts_with("sasl.")
        || matches!(
            name,
            "cordoned.log.dirs" | "listener.security.protocol.map" | "listeners" | "principal.builder.class"
        )
}

fn check_properties(state: &State, node: Option<i32>, properties: &Configs) -> Result<(), Refusal> {
    let known = &state.settings().known;
    let refuse = |text: &str, wanted: &dyn Fn(&str) -> bool| -> Result<(), Refusal> {
        let names: Vec<&str> = properties.keys().map(String::as_str).filter(|name| wanted(name)).collect();
        if names.is_empty() { Ok(()) } else { invalid(format!("{text}: [{}]", names.join(", "))) }
    };
    refuse("Cannot update these configs dynamically", &|name| known.get(name).is_some_and(|config| config.read_only))?;
    refuse("These security configs can be dynamically updated only per-listener using the listener prefix", &|name| {
        OF_ONE_LISTENER.contains(&name)
    })?;
    for (name, value) in properties {
        let class = known.get(name).filter(|config| config.r#type == ConfigType::Class);
        let read = match class.filter(|config| config.default != Some(value)) {
            // No class is loaded here, so only the default exists.
            Some(_) => Err(ConfigError::Invalid {
                name: name.clone(),
                value: value.clone(),
                reason: format!("Class {value} could not be found."),
            }),
            None => known.read(name, value),
        };
        read.map(drop).or_else(|error| invalid(error.to_string()))?;
    }
    match node {
        None => refuse(
            "Cannot update these configs at default cluster level, broker id must be specified",
            &is_of_one_broker,
        ),
        Some(_) => refuse("a running broker keeps its listeners", &is_of_one_broker),
    }
}
