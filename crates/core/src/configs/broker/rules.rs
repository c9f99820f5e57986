//! Each broker config has a rule for its values (`ConfigDef`).

use super::BrokerConfigs;
use crate::configs::definition::read;
use crate::configs::{ConfigError, ConfigType, Rule, TOPIC_CONFIGS};

use Rule::{Any, AtLeast, OneOf};

/// The limits of replication in bytes per second. They are quota configs: Kafka accepts them and lists them nowhere.
const THROTTLES: &[&str] = &[
    "follower.replication.throttled.rate",
    "leader.replication.throttled.rate",
    "replica.alter.log.dirs.io.max.bytes.per.second",
];

/// The sizes of thread pools, which may at most double or halve in one change.
pub(super) const POOLS: &[&str] = &[
    "background.threads",
    "num.io.threads",
    "num.network.threads",
    "num.recovery.threads.per.data.dir",
    "num.replica.fetchers",
    "remote.log.manager.copier.thread.pool.size",
    "remote.log.manager.expiration.thread.pool.size",
    "remote.log.manager.follower.thread.pool.size",
    "remote.log.reader.threads",
];

/// Returns the rule of a config that can change at run time. Most configs that topics inherit have the topics' rule.
fn rule(name: &str) -> Rule {
    match name {
        // `dynamic` refuses an invalid value of these when it checks all values together; in the others, such a value
        // means no limit.
        "log.flush.interval.ms" | "log.retention.bytes" | "log.retention.ms" | "log.roll.jitter.ms" | "log.roll.ms" => {
            Any
        }
        "group.consumer.assignment.interval.ms"
        | "group.share.assignment.interval.ms"
        | "group.streams.assignment.interval.ms"
        | "log.cleaner.backoff.ms"
        | "log.cleaner.io.buffer.size"
        | "log.cleaner.threads"
        | "max.connection.creation.rate"
        | "max.connections"
        | "max.connections.per.ip" => AtLeast(0),
        "producer.id.expiration.ms"
        | "remote.fetch.max.wait.ms"
        | "remote.list.offsets.request.timeout.ms"
        | "remote.log.index.file.cache.total.size.bytes"
        | "remote.log.manager.copy.max.bytes.per.second"
        | "remote.log.manager.fetch.max.bytes.per.second" => AtLeast(1),
        "group.coordinator.cached.buffer.max.bytes" | "share.coordinator.cached.buffer.max.bytes" => AtLeast(524_288),
        "ssl.client.auth" => OneOf(&["required", "requested", "none"]),
        _ if POOLS.contains(&name) => AtLeast(1),
        _ if THROTTLES.contains(&name) => AtLeast(0),
        _ => TOPIC_CONFIGS.iter().find(|config| config.synonym == Some(name)).map_or(Any, |config| config.rule),
    }
}

impl BrokerConfigs {
    /// Checks a single value, and returns it as Kafka shows it. A property that Kafka does not know takes any value.
    pub fn read(&self, name: &str, value: &str) -> Result<String, ConfigError> {
        let r#type = match self.get(name) {
            Some(config) => config.r#type,
            None if THROTTLES.contains(&name) => ConfigType::Long,
            None => ConfigType::Unknown,
        };
        read(name, r#type, rule(name), value)
    }
}
