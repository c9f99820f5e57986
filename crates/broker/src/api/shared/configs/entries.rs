//! Configs as DescribeConfigs and CreateTopics show them.

use std::collections::{BTreeMap, BTreeSet};

use kafka_trial_wire::messages::describe_configs_response::{DescribeConfigsResourceResult, DescribeConfigsSynonym};

use kafka_trial_core::{
    ConfigDefinition, ConfigSource, ConfigType, State, Synonym, TOPIC_CONFIGS, config_documentation,
};

/// A config with its value and its synonyms, the strongest first.
pub(in crate::api) struct ConfigEntry {
    pub(in crate::api) name: String,
    pub(in crate::api) value: Option<String>,
    pub(in crate::api) source: ConfigSource,
    r#type: ConfigType,
    read_only: bool,
    synonyms: Vec<Synonym>,
}

impl ConfigEntry {
    pub(in crate::api) fn show(self, with_synonyms: bool, with_documentation: bool) -> DescribeConfigsResourceResult {
        // Passwords are never shown, nor values of unknown properties, which may be passwords.
        let sensitive = matches!(self.r#type, ConfigType::Password | ConfigType::Unknown);
        let documentation = config_documentation(&self.name).filter(|_| with_documentation);
        let synonyms = self.synonyms.into_iter().filter(|_| with_synonyms);
        DescribeConfigsResourceResult {
            name: self.name.into(),
            value: self.value.filter(|_| !sensitive).map(Into::into),
            read_only: self.read_only,
            config_source: self.source.code(),
            is_sensitive: sensitive,
            synonyms: synonyms
                .map(|synonym| DescribeConfigsSynonym {
                    name: synonym.name.into(),
                    value: Some(synonym.value).filter(|_| !sensitive).map(Into::into),
                    source: synonym.source.code(),
                    ..DescribeConfigsSynonym::default()
                })
                .collect(),
            config_type: self.r#type.code(),
            documentation: documentation.map(Into::into),
            ..DescribeConfigsResourceResult::default()
        }
    }
}

/// Every config of a topic with these overrides.
pub(in crate::api) fn topic_entries(
    state: &State,
    node: i32,
    overrides: &BTreeMap<String, String>,
) -> Vec<ConfigEntry> {
    defined_entries(state, node, TOPIC_CONFIGS, overrides, ConfigSource::Topic)
}

/// Every config of a resource with these own configs.
pub(in crate::api) fn defined_entries(
    state: &State,
    node: i32,
    definitions: &[ConfigDefinition],
    own: &BTreeMap<String, String>,
    own_source: ConfigSource,
) -> Vec<ConfigEntry> {
    let entries = definitions.iter().map(|config| {
        let mut synonyms = Vec::new();
        if let Some(value) = own.get(config.name) {
            let value = config.read(value).unwrap_or_else(|_| value.clone());
            synonyms.push(Synonym { name: config.name.to_owned(), value, source: own_source });
        }
        if let Some(property) = config.synonym {
            synonyms.extend(state.settings().synonyms(node, property));
            // A default under the config's own name, although no broker property has that name.
            if property == config.name && state.settings().known.get(property).is_none() {
                let (name, value) = (property.to_owned(), config.default.to_owned());
                synonyms.push(Synonym { name, value, source: ConfigSource::Default });
            }
        }
        let raw = own.get(config.name).cloned().unwrap_or_else(|| config.inherited(state.settings()));
        ConfigEntry {
            name: config.name.to_owned(),
            value: Some(config.read(&raw).unwrap_or(raw)),
            source: synonyms.first().map_or(ConfigSource::Default, |synonym| synonym.source),
            r#type: config.r#type,
            read_only: false,
            synonyms,
        }
    });
    entries.collect()
}

/// Every config of one broker, and properties that were set although Kafka does not know them.
pub(in crate::api) fn broker_entries(state: &State, node: i32) -> Vec<ConfigEntry> {
    let settings = state.settings();
    let fixed = properties_of_node(state, node);
    let listed = settings.known.iter().map(|config| {
        let mut synonyms = settings.synonyms(node, config.name);
        if let Some(value) = fixed.get(config.name) {
            synonyms.retain(|synonym| synonym.source == ConfigSource::Default);
            let (name, value) = (config.name.to_owned(), value.clone());
            synonyms.insert(0, Synonym { name, value, source: ConfigSource::StaticBroker });
        }
        let strongest = synonyms.first();
        ConfigEntry {
            name: config.name.to_owned(),
            value: strongest
                .map(|synonym| config.r#type.read(&synonym.value).unwrap_or_else(|_| synonym.value.clone())),
            source: strongest.map_or(ConfigSource::Default, |synonym| synonym.source),
            r#type: config.r#type,
            read_only: config.read_only,
            synonyms,
        }
    });
    let layers =
        settings.dynamic.brokers.get(&node).into_iter().chain([&settings.dynamic.cluster, &settings.properties]);
    let names: BTreeSet<&String> =
        layers.flat_map(BTreeMap::keys).filter(|name| settings.known.get(name).is_none()).collect();
    let others = names.into_iter().map(|name| {
        let synonyms = settings.synonyms(node, name);
        ConfigEntry {
            name: name.clone(),
            value: None,
            source: synonyms.first().map_or(ConfigSource::Default, |synonym| synonym.source),
            r#type: ConfigType::Unknown,
            read_only: true,
            synonyms,
        }
    });
    listed.chain(others).collect()
}

/// The properties that were set at run time for all brokers.
pub(in crate::api) fn cluster_entries(state: &State) -> Vec<ConfigEntry> {
    let entries = state.settings().dynamic.cluster.iter().map(|(name, value)| {
        let known = state.settings().known.get(name);
        let source = ConfigSource::DynamicDefault;
        ConfigEntry {
            name: name.clone(),
            value: Some(value.clone()),
            source,
            r#type: known.map_or(ConfigType::Unknown, |config| config.r#type),
            read_only: known.is_none_or(|config| config.read_only),
            synonyms: vec![Synonym { name: name.clone(), value: value.clone(), source }],
        }
    });
    entries.collect()
}

/// The properties of which each broker has its own value.
fn properties_of_node(state: &State, node: i32) -> BTreeMap<&'static str, String> {
    let mut properties = BTreeMap::from([
        ("broker.id", node.to_string()),
        ("inter.broker.listener.name", "PLAINTEXT".to_owned()),
        ("node.id", node.to_string()),
        ("process.roles", "broker,controller".to_owned()),
    ]);
    if let Some(node) = state.node(node) {
        let address = format!("PLAINTEXT://{}:{}", node.host, node.port);
        properties.insert("advertised.listeners", address.clone());
        properties.insert("listeners", address);
        if let Some(rack) = &node.rack {
            properties.insert("broker.rack", rack.clone());
        }
    }
    properties
}
