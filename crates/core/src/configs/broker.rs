//! The broker's own configs, and which of the values that a property has counts.
//!
//! ```text
//! set on this broker (2)  >  set for all brokers (3)  >  the properties at the start (4)  >  Kafka's default (5)
//! ```
//! The numbers are those of `DescribeConfigsResponse.ConfigSource`; (2) and (3) change at run time.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ConfigType;
use crate::Settings;

/// A line for each config of a Kafka 4.3.1 broker: whether it can change at run time, type, name, default.
const TABLE: &str = include_str!("broker.txt");

/// A config of a broker.
#[derive(Clone, Debug)]
pub struct BrokerConfig {
    pub name: &'static str,
    pub r#type: ConfigType,
    /// It only changes with a restart.
    pub read_only: bool,
    pub default: Option<&'static str>,
}

/// Every config of a broker, by name. A clone shares the list.
#[derive(Clone, Debug)]
pub struct BrokerConfigs(Arc<[BrokerConfig]>);

impl BrokerConfigs {
    /// Reads the table of the brokers' configs.
    pub fn load() -> Self {
        let rows = TABLE.lines().filter_map(|line| {
            let mut words = line.splitn(3, ' ');
            let (access, r#type, rest) = (words.next()?, ConfigType::named(words.next()?)?, words.next()?);
            let (name, default) = rest.split_once('=').map_or((rest, None), |(name, default)| (name, Some(default)));
            Some(BrokerConfig { name, r#type, read_only: access == "ro", default })
        });
        Self(rows.collect())
    }

    /// Returns the config with this name; `None` when Kafka has none.
    pub fn get(&self, name: &str) -> Option<&BrokerConfig> {
        self.0.binary_search_by(|config| config.name.cmp(name)).ok().and_then(|index| self.0.get(index))
    }

    /// Iterates over the configs in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &BrokerConfig> {
        self.0.iter()
    }
}

/// Where a value comes from (`DescribeConfigsResponse.ConfigSource`).
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

/// A value that a config has or would have, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synonym {
    /// The property that has the value: the config itself, or one that stands in for it in coarser units.
    pub name: String,
    /// The value as it was set, without surrounding spaces.
    pub value: String,
    /// Where the value comes from.
    pub source: ConfigSource,
}

/// Broker properties that were set at run time.
#[derive(Clone, Debug, Default)]
pub struct DynamicProperties {
    /// For all brokers.
    pub cluster: BTreeMap<String, String>,
    /// For one broker, by its id.
    pub brokers: BTreeMap<i32, BTreeMap<String, String>>,
}

/// A property and those that stand in for it in coarser units (`DynamicBrokerConfig.brokerConfigSynonyms`).
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
    /// All values of a property, the one that counts first. When the property itself has none, its stand-ins are not
    /// listed either, as on Kafka.
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

    /// The value that a property was set to; the broker with the lowest id speaks for all.
    pub fn property(&self, name: &str) -> Option<&str> {
        let own = self.dynamic.brokers.values().find_map(|properties| properties.get(name));
        own.or_else(|| self.dynamic.cluster.get(name)).or_else(|| self.properties.get(name)).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read_and_found_again() {
        let known = BrokerConfigs::load();
        assert_eq!(known.iter().count(), TABLE.lines().count());
        for config in known.iter() {
            assert_eq!(known.get(config.name).map(|found| found.name), Some(config.name));
            let shown = config.default.map(|default| config.r#type.read(default));
            assert!(shown.is_none_or(|shown| shown.is_ok()), "{config:?}");
        }
    }
}
