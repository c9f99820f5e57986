//! The broker's own settings, from Kafka's property names.

mod consumer_groups;
mod source;

use std::collections::BTreeMap;

use self::consumer_groups::consumer_groups;
pub use self::source::SettingError;
use self::source::Source;
use super::{BrokerConfigs, ConfigType, DynamicProperties, IgnoredProperty, items};
use crate::ConsumerGroupConfig;

/// The settings that the core acts on. Defaults are Kafka's, except for the initial rebalance delay.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether Metadata creates topics that do not exist (`auto.create.topics.enable`).
    pub auto_create_topics_enable: bool,
    /// How many partitions a topic has when its creator does not say (`num.partitions`).
    pub num_partitions: i32,
    /// How many replicas a partition has when its topic's creator does not say (`default.replication.factor`).
    pub default_replication_factor: i16,
    /// Whether topics can be deleted (`delete.topic.enable`).
    pub delete_topic_enable: bool,
    /// The largest request, in bytes (`socket.request.max.bytes`).
    pub socket_request_max_bytes: i32,
    /// The most that one fetch returns, in bytes (`fetch.max.bytes`).
    pub fetch_max_bytes: i32,
    /// The longest metadata of a committed offset, in bytes (`offset.metadata.max.bytes`).
    pub offset_metadata_max_bytes: usize,
    /// Kafka waits 3,000 ms here; a test kit does not make every test pay for that.
    pub(crate) group_initial_rebalance_delay_ms: i64,
    /// The shortest session of a classic member, in milliseconds (`group.min.session.timeout.ms`).
    pub group_min_session_timeout_ms: i32,
    /// The longest session of a classic member, in milliseconds (`group.max.session.timeout.ms`).
    pub group_max_session_timeout_ms: i32,
    /// How many members a classic group may have (`group.max.size`).
    pub group_max_size: usize,
    /// What groups of the consumer protocol have when they have no configs of their own.
    pub consumer_groups: ConsumerGroupConfig,
    pub(crate) offsets_retention_minutes: i64,
    pub(crate) offsets_retention_check_interval_ms: i64,
    pub(crate) retention_check_interval_ms: i64,
    pub(crate) log_cleaner_enable: bool,
    pub(crate) log_cleaner_backoff_ms: i64,
    /// How many fetch sessions a broker keeps (`max.incremental.fetch.session.cache.slots`, KIP-227).
    pub max_incremental_fetch_session_cache_slots: usize,
    pub(crate) producer_id_expiration_ms: i64,
    pub(crate) producer_id_expiration_check_interval_ms: i64,
    /// Whether consumers are sent to a replica in their rack (KIP-392).
    pub selects_replicas_by_rack: bool,
    /// How long a connection may be silent, in milliseconds (`connections.max.idle.ms`).
    pub connections_max_idle_ms: u64,
    pub(crate) offsets_topic_num_partitions: i32,
    pub(crate) offsets_topic_replication_factor: i16,
    pub(crate) transaction_state_log_num_partitions: i32,
    pub(crate) transaction_state_log_replication_factor: i16,
    pub(crate) transaction_state_log_min_isr: i16,
    pub(crate) transaction_max_timeout_ms: i32,
    pub(crate) transactional_id_expiration_ms: i64,
    /// A property of our own: how long the markers of a transaction are held back after EndTxn is answered.
    pub(crate) transaction_marker_delay_ms: i64,
    /// What was set at the start, by Kafka's names; what topics inherit is read from here and from `dynamic`.
    pub properties: BTreeMap<String, String>,
    /// The properties that were set at run time.
    pub dynamic: DynamicProperties,
    /// The configs that Kafka's brokers have.
    pub known: BrokerConfigs,
}

/// Broker properties that are read elsewhere: by topics as their defaults, or by the shell.
const READ_ELSEWHERE: &[&str] = &[
    "broker.id",
    "broker.rack",
    "compression.gzip.level",
    "compression.type",
    "compression.zstd.level",
    "log.cleaner.delete.retention.ms",
    "log.cleaner.max.compaction.lag.ms",
    "log.cleaner.min.cleanable.ratio",
    "log.cleaner.min.compaction.lag.ms",
    "log.cleanup.policy",
    "log.message.timestamp.after.max.ms",
    "log.message.timestamp.before.max.ms",
    "log.message.timestamp.type",
    "log.retention.bytes",
    "log.retention.hours",
    "log.retention.minutes",
    "log.retention.ms",
    "log.roll.hours",
    "log.roll.jitter.hours",
    "log.roll.jitter.ms",
    "log.roll.ms",
    "log.segment.bytes",
    "message.max.bytes",
    "min.insync.replicas",
    "node.id",
];

impl Settings {
    /// Reads the properties. Gives the settings and those properties that nothing here acts on.
    pub fn parse(properties: &BTreeMap<String, String>) -> Result<(Self, Vec<IgnoredProperty>), SettingError> {
        let mut fixed = properties.clone();
        fixed.entry("group.initial.rebalance.delay.ms".to_owned()).or_insert_with(|| "0".to_owned());
        let mut dynamic = DynamicProperties::default();
        // A new cluster of Kafka 4.3 has this one set for all brokers (eligible leader replicas, KIP-966).
        let least = properties.get("min.insync.replicas").cloned().unwrap_or_else(|| "1".to_owned());
        dynamic.cluster.insert("min.insync.replicas".to_owned(), least);
        let (settings, seen) = Self::read(fixed, dynamic, BrokerConfigs::load())?;
        let ignored = properties.keys().filter(|key| !seen.contains(&key.as_str()));
        let ignored = ignored.map(|key| IgnoredProperty::new(key, &settings.known)).collect();
        Ok((settings, ignored))
    }

    /// The directory that is shown as the one of the logs.
    pub fn log_dir(&self) -> &str {
        let named = self.property("log.dirs").or_else(|| self.property("log.dir"));
        named.and_then(|names| items(names).into_iter().next()).unwrap_or("/tmp/kafka-logs")
    }

    /// The same with other properties set at run time.
    pub fn changed(&self, dynamic: DynamicProperties) -> Result<Self, SettingError> {
        Ok(Self::read(self.properties.clone(), dynamic, self.known.clone())?.0)
    }

    fn read(
        fixed: BTreeMap<String, String>,
        dynamic: DynamicProperties,
        known: BrokerConfigs,
    ) -> Result<(Self, Vec<&'static str>), SettingError> {
        let mut properties = fixed.clone();
        properties.extend(dynamic.cluster.clone());
        // The broker with the lowest id speaks for all: there is one set of settings.
        dynamic.brokers.values().rev().for_each(|own| properties.extend(own.clone()));
        for (key, value) in &properties {
            if known.read(key, value).is_err() {
                let allowed = match known.get(key).map(|config| config.r#type) {
                    Some(ConfigType::Boolean) => "true or false",
                    Some(ConfigType::Int | ConfigType::Short | ConfigType::Long) => "a whole number in Kafka's range",
                    Some(ConfigType::Double) => "a number in Kafka's range",
                    _ => "one of Kafka's values",
                };
                return Err(SettingError { key: key.clone(), value: value.clone(), allowed });
            }
        }
        let mut source = Source { properties: &properties, seen: READ_ELSEWHERE.to_vec() };
        source.number("log.roll.ms", 604_800_000_i64, 1)?;
        source.number("log.roll.jitter.ms", 0_i64, 0)?;
        source.get("log.retention.ms", -1, "-1 or a whole number above 0", |value| {
            value.parse().ok().filter(|ms: &i64| *ms != 0)
        })?;
        let settings = Self {
            auto_create_topics_enable: source.boolean("auto.create.topics.enable", true)?,
            num_partitions: source.number("num.partitions", 1, 1)?,
            default_replication_factor: source.number("default.replication.factor", 1, 1)?,
            delete_topic_enable: source.boolean("delete.topic.enable", true)?,
            socket_request_max_bytes: source.number("socket.request.max.bytes", 104_857_600, 1)?,
            fetch_max_bytes: source.number("fetch.max.bytes", 57_671_680, 1024)?,
            offset_metadata_max_bytes: source.number("offset.metadata.max.bytes", 4096, 0)?,
            group_initial_rebalance_delay_ms: source.number("group.initial.rebalance.delay.ms", 0, 0)?,
            group_min_session_timeout_ms: source.number("group.min.session.timeout.ms", 6000, 0)?,
            group_max_session_timeout_ms: source.number("group.max.session.timeout.ms", 1_800_000, 0)?,
            group_max_size: source.number("group.max.size", i32::MAX.cast_unsigned() as usize, 1)?,
            consumer_groups: consumer_groups(&mut source)?,
            offsets_retention_minutes: source.number("offsets.retention.minutes", 10_080, 1)?,
            offsets_retention_check_interval_ms: source.number("offsets.retention.check.interval.ms", 600_000, 1)?,
            retention_check_interval_ms: source.number("log.retention.check.interval.ms", 300_000, 1)?,
            log_cleaner_enable: source.boolean("log.cleaner.enable", true)?,
            log_cleaner_backoff_ms: source.number("log.cleaner.backoff.ms", 15_000, 0)?,
            max_incremental_fetch_session_cache_slots: source.number(
                "max.incremental.fetch.session.cache.slots",
                1000,
                0,
            )?,
            producer_id_expiration_ms: source.number("producer.id.expiration.ms", 86_400_000, 1)?,
            producer_id_expiration_check_interval_ms: source.number(
                "producer.id.expiration.check.interval.ms",
                600_000,
                1,
            )?,
            selects_replicas_by_rack: source.get(
                "replica.selector.class",
                false,
                "Kafka's LeaderSelector or RackAwareReplicaSelector",
                |class| match class.strip_prefix("org.apache.kafka.common.replica.") {
                    Some("RackAwareReplicaSelector") => Some(true),
                    Some("LeaderSelector") => Some(false),
                    _ => None,
                },
            )?,
            connections_max_idle_ms: source.number("connections.max.idle.ms", 600_000, 1)?,
            offsets_topic_num_partitions: source.number("offsets.topic.num.partitions", 50, 1)?,
            offsets_topic_replication_factor: source.number("offsets.topic.replication.factor", 3, 1)?,
            transaction_state_log_num_partitions: source.number("transaction.state.log.num.partitions", 50, 1)?,
            transaction_state_log_replication_factor: source.number(
                "transaction.state.log.replication.factor",
                3,
                1,
            )?,
            transaction_state_log_min_isr: source.number("transaction.state.log.min.isr", 2, 1)?,
            transaction_max_timeout_ms: source.number("transaction.max.timeout.ms", 900_000, 1)?,
            transactional_id_expiration_ms: source.number("transactional.id.expiration.ms", 604_800_000, 1)?,
            transaction_marker_delay_ms: source.number("trial.transaction.marker.delay.ms", 0, 0)?,
            properties: fixed,
            dynamic,
            known,
        };
        Ok((settings, source.seen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(key: &str, value: &str) -> Result<Vec<IgnoredProperty>, SettingError> {
        Settings::parse(&BTreeMap::from([(key.to_owned(), value.to_owned())])).map(|(_, ignored)| ignored)
    }

    #[test]
    fn a_bad_value_is_refused_by_name_whether_anything_acts_on_it_or_not() {
        for (key, value) in [
            ("auto.create.topics.enable", "yes"),
            ("compression.type", "zip"),
            ("log.cleaner.min.cleanable.ratio", "7"),
            ("log.retention.ms", "0"),
            ("log.roll.jitter.ms", "-1"),
            ("log.roll.ms", "0"),
            ("num.network.threads", "many"),
            ("num.partitions", "0"),
        ] {
            let refused = parse(key, value).map_err(|error| (error.key, error.value));
            assert_eq!(refused, Err((key.to_owned(), value.to_owned())));
        }
    }

    #[test]
    fn a_property_that_nothing_acts_on_is_told() {
        let without_effect = IgnoredProperty::WithoutEffect("num.network.threads".to_owned());
        assert_eq!(parse("num.network.threads", "3"), Ok(vec![without_effect]));
        let unknown = IgnoredProperty::Unknown { key: "no.such.key".to_owned(), nearest: None };
        assert_eq!(parse("no.such.key", "x"), Ok(vec![unknown]));
        assert_eq!(parse("log.roll.jitter.ms", "5"), Ok(vec![]));
    }
}
