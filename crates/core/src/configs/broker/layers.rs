//! A broker property can be set in four layers; the first of them counts.
//!
//! ```text
//! set on this broker (2)  >  set for all brokers (3)  >  set before the start (4)  >  Kafka's default (5)
//! ```
//! The numbers are those of `DescribeConfigsResponse.ConfigSource`; (2) and (3) change at run time.

use std::collections::BTreeMap;

use super::Settings;

/// The source of a config's value (`DescribeConfigsResponse.ConfigSource`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigSource {
    /// The value was set on the topic.
    Topic = 1,
    /// The value was set at run time on this broker.
    DynamicBroker = 2,
    /// The value was set at run time for all brokers.
    DynamicDefault = 3,
    /// The value was set before the broker started (`server.properties`).
    StaticBroker = 4,
    /// The value is Kafka's default.
    Default = 5,
    /// The value was set on the client metrics subscription (KIP-714).
    ClientMetrics = 7,
    /// The value was set on the group (KIP-848).
    Group = 8,
}

impl ConfigSource {
    /// Returns Kafka's number for the source, as DescribeConfigs sends it.
    pub fn code(self) -> i8 {
        self as i8
    }
}

/// A value that a config has or would have, with its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synonym {
    /// The property that has the value: the config itself, or its counterpart in a coarser unit.
    pub name: String,
    /// The value as given, without surrounding spaces.
    pub value: String,
    /// The source of the value.
    pub source: ConfigSource,
}

/// Broker properties that were set at run time.
#[derive(Clone, Debug, Default)]
pub struct DynamicProperties {
    /// The properties of all brokers.
    pub cluster: BTreeMap<String, String>,
    /// The properties of single brokers, by broker id.
    pub brokers: BTreeMap<i32, BTreeMap<String, String>>,
}

/// Returns a property and its counterparts in coarser units (`DynamicBrokerConfig.brokerConfigSynonyms`).
fn family(name: &str) -> Vec<&str> {
    match name {
        "log.flush.interval.ms" => vec![name, "log.flush.scheduler.interval.ms"],
        "log.retention.minutes" => vec![name, "log.retention.hours"],
        "log.retention.ms" => vec![name, "log.retention.minutes", "log.retention.hours"],
        "log.roll.jitter.ms" => vec![name, "log.roll.jitter.hours"],
        "log.roll.ms" => vec![name, "log.roll.hours"],
        _ => vec![name],
    }
}

impl Settings {
    /// Returns all values of a property; the first one counts. When the property itself has no value, its counterparts
    /// are not listed either, as in Kafka.
    pub fn synonyms(&self, node: i32, property: &str) -> Vec<Synonym> {
        let names = family(property);
        let own = self.dynamic.brokers.get(&node);
        let layers = [
            (own, ConfigSource::DynamicBroker),
            (Some(&self.dynamic.cluster), ConfigSource::DynamicDefault),
            (Some(&self.properties), ConfigSource::StaticBroker),
        ];
        let set = layers.into_iter().flat_map(|(layer, source)| {
            let found = names.iter().filter_map(move |name| Some((*name, layer?.get(*name)?)));
            found.map(move |(name, value)| Synonym { name: name.to_owned(), value: value.trim().to_owned(), source })
        });
        let defaults = names.iter().filter_map(|name| {
            let value = self.known.get(name)?.default?;
            Some(Synonym { name: (*name).to_owned(), value: value.to_owned(), source: ConfigSource::Default })
        });
        set.chain(defaults).skip_while(|synonym| synonym.name != property).collect()
    }

    /// Returns the value that a property was set to; the broker with the lowest id decides for all.
    pub fn property(&self, name: &str) -> Option<&str> {
        let own = self.dynamic.brokers.values().find_map(|properties| properties.get(name));
        own.or_else(|| self.dynamic.cluster.get(name)).or_else(|| self.properties.get(name)).map(String::as_str)
    }
}
