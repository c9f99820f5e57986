//! DescribeConfigs (key 32), versions 1 to 4, for topics (KIP-133, KIP-226 synonyms, KIP-569 types).
//!
//! Every topic config with its value and where that comes from. Left out: broker, group and client-metrics
//! resources, which answer INVALID_REQUEST, and documentation texts.

use std::collections::BTreeMap;

use kafka_trial_wire::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym,
};
use kafka_trial_wire::messages::{DescribeConfigsRequest, DescribeConfigsResponse};
use kafka_trial_wire::{ErrorCode, Text};

use crate::core::{Answer, Context, Core, TOPIC_CONFIGS, is_valid_topic_name};

/// `ConfigResource.Type.TOPIC`.
pub(super) const TOPIC: i8 = 2;
/// `ConfigSource`: set on the topic.
const FROM_TOPIC: i8 = 1;
/// `ConfigSource`: set in the broker's properties.
const FROM_BROKER: i8 = 4;
/// `ConfigSource`: Kafka's default.
const FROM_DEFAULT: i8 = 5;

pub(crate) fn handle(
    core: &mut Core,
    _context: &Context,
    request: DescribeConfigsRequest,
) -> Answer<DescribeConfigsResponse> {
    let results = request.resources.into_iter().map(|resource| {
        let mut result = DescribeConfigsResult {
            resource_type: resource.resource_type,
            resource_name: resource.resource_name.clone(),
            ..DescribeConfigsResult::default()
        };
        let topic = core.topics.get(&resource.resource_name);
        match topic {
            _ if resource.resource_type != TOPIC => {
                result.error_code = ErrorCode::INVALID_REQUEST.0;
                result.error_message = Some("only topic resources are served".into());
            }
            Some(topic) => {
                let wanted = |name: &str| match &resource.configuration_keys {
                    Some(keys) => keys.iter().any(|key| *key == name),
                    None => true,
                };
                let entries = topic_entries(core, &topic.overrides).into_iter().filter(|entry| wanted(entry.name));
                result.configs = entries.map(|entry| entry.show(request.include_synonyms)).collect();
            }
            None if !is_valid_topic_name(&resource.resource_name) => {
                result.error_code = ErrorCode::INVALID_TOPIC_EXCEPTION.0;
            }
            None => {
                result.error_code = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.0;
                result.error_message = Some(Text::default());
            }
        }
        result
    });
    let results = results.collect();
    Answer::Reply(DescribeConfigsResponse { results, ..DescribeConfigsResponse::default() })
}

/// A config of a topic with its sources, the strongest first.
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) source: i8,
    type_code: i8,
    synonyms: Vec<(String, String, i8)>,
}

impl Entry {
    fn show(self, with_synonyms: bool) -> DescribeConfigsResourceResult {
        let synonyms = self.synonyms.into_iter().filter(|_| with_synonyms);
        DescribeConfigsResourceResult {
            name: self.name.into(),
            value: Some(self.value.into()),
            read_only: false,
            config_source: self.source,
            is_sensitive: false,
            synonyms: synonyms
                .map(|(name, value, source)| DescribeConfigsSynonym {
                    name: name.into(),
                    value: Some(value.into()),
                    source,
                    ..DescribeConfigsSynonym::default()
                })
                .collect(),
            config_type: self.type_code,
            documentation: None,
            ..DescribeConfigsResourceResult::default()
        }
    }
}

/// Every config of a topic that has these of its own.
pub(super) fn topic_entries(core: &Core, overrides: &BTreeMap<String, String>) -> Vec<Entry> {
    let entries = TOPIC_CONFIGS.iter().map(|config| {
        let mut synonyms = Vec::new();
        if let Some(value) = overrides.get(config.name) {
            synonyms.push((config.name.to_owned(), value.clone(), FROM_TOPIC));
        }
        if let Some(property) = config.synonym {
            if let Some(value) = core.settings.properties.get(property) {
                synonyms.push((property.to_owned(), value.clone(), FROM_BROKER));
            }
            synonyms.push((property.to_owned(), config.default.to_owned(), FROM_DEFAULT));
        }
        let value = overrides.get(config.name).cloned().unwrap_or_else(|| config.inherited(&core.settings));
        let source = synonyms.first().map_or(FROM_DEFAULT, |(_, _, source)| *source);
        Entry { name: config.name, value, source, type_code: config.r#type.code(), synonyms }
    });
    entries.collect()
}
