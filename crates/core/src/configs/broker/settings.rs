//! Settings are the properties of the brokers as typed values.

use std::collections::BTreeMap;

use super::consumer_groups::consumer_groups;
use super::source::{Source, WHOLE_NUMBER, at_least};
use super::{BrokerConfigs, DynamicProperties, IgnoredProperty, SettingError};
use crate::ConsumerGroupConfig;
use crate::configs::{ConfigType, items};

/// The properties whose defaults are not Kafka's, so that a test does not wait for members that never come (3 s), for an
/// assignment (1 s) or for the next heartbeat of a consumer (5 s, and no less). One that has to fit another property is
/// Kafka's when that other one is set.
const OWN_DEFAULTS: [(&str, &str, Option<&str>); 4] = [
    ("group.initial.rebalance.delay.ms", "0", None),
    ("group.consumer.assignment.interval.ms", "0", Some("group.consumer.min.assignment.interval.ms")),
    ("group.consumer.heartbeat.interval.ms", "250", Some("group.consumer.min.heartbeat.interval.ms")),
    ("group.consumer.min.heartbeat.interval.ms", "250", Some("group.consumer.heartbeat.interval.ms")),
];

/// A property of this project: the delay between the answer to EndTxn and the markers, in milliseconds; 0 by default.
const MARKER_DELAY: &str = "trial.transaction.marker.delay.ms";

/// The settings that the state machine and its driver act on. Their defaults are Kafka's, except for
/// `group.initial.rebalance.delay.ms` and `group.consumer.assignment.interval.ms`, which are 0, and
/// `group.consumer.heartbeat.interval.ms`, which is 250 with its minimum.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether Metadata creates topics that do not exist (`auto.create.topics.enable`).
    pub auto_create_topics_enable: bool,
    /// How many partitions a new topic has by default (`num.partitions`).
    pub num_partitions: i32,
    /// How many replicas a new partition has by default (`default.replication.factor`).
    pub default_replication_factor: i16,
    /// Whether topics can be deleted (`delete.topic.enable`).
    pub delete_topic_enable: bool,
    /// The largest request, in bytes (`socket.request.max.bytes`).
    pub socket_request_max_bytes: i32,
    /// The largest answer to a fetch, in bytes (`fetch.max.bytes`).
    pub fetch_max_bytes: i32,
    /// The longest metadata of a committed offset, in bytes (`offset.metadata.max.bytes`).
    pub offset_metadata_max_bytes: usize,
    /// How long the first members of a classic group wait for others, in milliseconds (KIP-134).
    pub(crate) group_initial_rebalance_delay_ms: i64,
    /// The shortest session of a classic member, in milliseconds (`group.min.session.timeout.ms`).
    pub group_min_session_timeout_ms: i32,
    /// The longest session of a classic member, in milliseconds (`group.max.session.timeout.ms`).
    pub group_max_session_timeout_ms: i32,
    /// How many members a classic group may have (`group.max.size`).
    pub group_max_size: usize,
    /// The configs of consumer groups without their own.
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
    /// Whether consumers are redirected to a replica in their rack (`replica.selector.class`, KIP-392).
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
    pub(crate) transaction_marker_delay_ms: i64,
    /// The properties that were set before the start, by Kafka's names. Topics inherit from these and from `dynamic`.
    pub properties: BTreeMap<String, String>,
    /// The properties that were set at run time.
    pub dynamic: DynamicProperties,
    /// The table of Kafka's broker configs.
    pub known: BrokerConfigs,
}

impl Settings {
    /// Reads the properties of a new cluster. Returns the settings, and the properties without effect.
    pub fn parse(properties: &BTreeMap<String, String>) -> Result<(Self, Vec<IgnoredProperty>), SettingError> {
        let mut fixed = properties.clone();
        let is_set = |key: &str| properties.contains_key(key);
        for (key, value, _) in OWN_DEFAULTS.iter().filter(|(key, _, other)| !is_set(key) && !other.is_some_and(is_set))
        {
            fixed.insert((*key).to_owned(), (*value).to_owned());
        }
        let known = BrokerConfigs::load();
        let mut dynamic = DynamicProperties::default();
        // A new cluster of Kafka 4.3 sets this property for all brokers (eligible leader replicas, KIP-966).
        let key = "min.insync.replicas";
        let least = properties.get(key).map_or(known.default_of(key).unwrap_or_default(), String::as_str);
        dynamic.cluster.insert(key.to_owned(), least.to_owned());
        let (settings, seen) = Self::read(fixed, dynamic, known)?;
        let has_reader = |key: &str| settings.known.get(key).is_some_and(|config| config.reader.is_some());
        let ignored = properties.keys().filter(|key| !seen.contains(&key.as_str()) && !has_reader(key));
        let ignored = ignored.map(|key| IgnoredProperty::new(key, &settings.known)).collect();
        Ok((settings, ignored))
    }

    /// Returns the directory that DescribeLogDirs shows. Nothing is written there.
    pub fn log_dir(&self) -> &str {
        let named = self.property("log.dirs").or_else(|| self.property("log.dir"));
        let first = named.and_then(|names| items(names).into_iter().next());
        first.or_else(|| self.known.default_of("log.dir")).unwrap_or_default()
    }

    /// Returns the settings with different properties set at run time.
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
        // There is one set of settings, so the broker with the lowest id decides for all.
        dynamic.brokers.values().rev().for_each(|own| properties.extend(own.clone()));
        for (key, value) in &properties {
            if known.read(key, value).is_err() {
                let allowed = match known.get(key).map(|config| config.r#type) {
                    Some(ConfigType::Boolean) => "true or false",
                    Some(ConfigType::Int | ConfigType::Short | ConfigType::Long) => WHOLE_NUMBER,
                    Some(ConfigType::Double) => "a number in Kafka's range",
                    _ => "one of Kafka's values",
                };
                return Err(SettingError { key: key.clone(), value: value.clone(), allowed });
            }
        }
        let mut source = Source { properties: &properties, known: &known, seen: Vec::new() };
        // Topics inherit these three. An invalid value must be refused here, not when a topic is created.
        source.optional("log.roll.ms", WHOLE_NUMBER, at_least(1_i64))?;
        source.optional("log.roll.jitter.ms", WHOLE_NUMBER, at_least(0_i64))?;
        source.optional("log.retention.ms", "-1 or a whole number above 0", |value| {
            value.parse().ok().filter(|ms: &i64| *ms != 0)
        })?;
        let rack_aware = source.optional(
            "replica.selector.class",
            "Kafka's LeaderSelector or RackAwareReplicaSelector",
            |class| match class.strip_prefix("org.apache.kafka.common.replica.") {
                Some("RackAwareReplicaSelector") => Some(true),
                Some("LeaderSelector") => Some(false),
                _ => None,
            },
        )?;
        let settings = Self {
            auto_create_topics_enable: source.boolean("auto.create.topics.enable")?,
            num_partitions: source.number("num.partitions", 1)?,
            default_replication_factor: source.number("default.replication.factor", 1)?,
            delete_topic_enable: source.boolean("delete.topic.enable")?,
            socket_request_max_bytes: source.number("socket.request.max.bytes", 1)?,
            fetch_max_bytes: source.number("fetch.max.bytes", 1024)?,
            offset_metadata_max_bytes: source.number("offset.metadata.max.bytes", 0)?,
            group_initial_rebalance_delay_ms: source.number("group.initial.rebalance.delay.ms", 0)?,
            group_min_session_timeout_ms: source.number("group.min.session.timeout.ms", 0)?,
            group_max_session_timeout_ms: source.number("group.max.session.timeout.ms", 0)?,
            group_max_size: source.number("group.max.size", 1)?,
            consumer_groups: consumer_groups(&mut source)?,
            offsets_retention_minutes: source.number("offsets.retention.minutes", 1)?,
            offsets_retention_check_interval_ms: source.number("offsets.retention.check.interval.ms", 1)?,
            retention_check_interval_ms: source.number("log.retention.check.interval.ms", 1)?,
            log_cleaner_enable: source.boolean("log.cleaner.enable")?,
            log_cleaner_backoff_ms: source.number("log.cleaner.backoff.ms", 0)?,
            max_incremental_fetch_session_cache_slots: source.number("max.incremental.fetch.session.cache.slots", 0)?,
            producer_id_expiration_ms: source.number("producer.id.expiration.ms", 1)?,
            producer_id_expiration_check_interval_ms: source.unlisted(
                "producer.id.expiration.check.interval.ms",
                600_000,
                1,
            )?,
            selects_replicas_by_rack: rack_aware.unwrap_or(false),
            connections_max_idle_ms: source.number("connections.max.idle.ms", 1)?,
            offsets_topic_num_partitions: source.number("offsets.topic.num.partitions", 1)?,
            offsets_topic_replication_factor: source.number("offsets.topic.replication.factor", 1)?,
            transaction_state_log_num_partitions: source.number("transaction.state.log.num.partitions", 1)?,
            transaction_state_log_replication_factor: source.number("transaction.state.log.replication.factor", 1)?,
            transaction_state_log_min_isr: source.number("transaction.state.log.min.isr", 1)?,
            transaction_max_timeout_ms: source.number("transaction.max.timeout.ms", 1)?,
            transactional_id_expiration_ms: source.number("transactional.id.expiration.ms", 1)?,
            transaction_marker_delay_ms: source.unlisted(MARKER_DELAY, 0, 0)?,
            properties: fixed,
            dynamic,
            known: known.clone(),
        };
        Ok((settings, source.seen))
    }
}
