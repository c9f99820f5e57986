//! Where a test run finds its cluster, and what its clients are set to.

use std::env;

use kafka_trial_broker::TopicSpec;

/// The variable that names an external cluster; unset or empty means none.
pub const BOOTSTRAP_VARIABLE: &str = "TEST_KAFKA_BOOTSTRAP_SERVERS";
/// The variable that names a schema registry.
pub const REGISTRY_VARIABLE: &str = "TEST_SCHEMA_REGISTRY_URL";
/// Where `kafka-trial serve` listens unless told otherwise.
pub const DEFAULT_BOOTSTRAP: &str = "localhost:19092";
/// The port of [`DEFAULT_BOOTSTRAP`].
pub const DEFAULT_PORT: u16 = 19092;
/// The variable that names another prefix of group ids than [`CONSUMER_GROUP_PREFIX`].
pub const GROUP_PREFIX_VARIABLE: &str = "KAFKA_TRIAL_GROUP_PREFIX";
/// The variable that sets the seed of a test.
pub(crate) const SEED_VARIABLE: &str = "KAFKA_TRIAL_SEED";
/// What the group ids of tests begin with by default.
pub const CONSUMER_GROUP_PREFIX: &str = "archon-intelligence-test";
/// How many partitions the default topics have.
pub const DEFAULT_PARTITIONS: i32 = 3;

/// The topics of the four handlers by the names that tests use.
pub const DEFAULT_TOPICS: [(&str, &str); 8] = [
    ("validation_request", "omninode.codegen.request.validate.v1"),
    ("validation_response", "omninode.codegen.response.validate.v1"),
    ("analysis_request", "omninode.codegen.request.analyze.v1"),
    ("analysis_response", "omninode.codegen.response.analyze.v1"),
    ("pattern_request", "omninode.codegen.request.pattern.v1"),
    ("pattern_response", "omninode.codegen.response.pattern.v1"),
    ("mixin_request", "omninode.codegen.request.mixin.v1"),
    ("mixin_response", "omninode.codegen.response.mixin.v1"),
];

/// The addresses, topics and client settings of a test run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KafkaTestConfig {
    /// Comma-separated `host:port`.
    pub bootstrap_servers: String,
    /// Whether the address was set from outside.
    pub is_external: bool,
    /// The schema registry, where there is one.
    pub schema_registry_url: Option<String>,
    /// What the group ids of tests begin with.
    pub group_prefix: String,
}

/// What a consumer is set to; the field names are the client's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsumerConfig {
    /// Comma-separated `host:port`.
    pub bootstrap_servers: String,
    /// The prefix and the name that was asked for.
    pub group_id: String,
    /// Where to start without a committed offset.
    pub auto_offset_reset: &'static str,
    /// Whether offsets are committed in the background.
    pub enable_auto_commit: bool,
    /// How many records one poll gives at most.
    pub max_poll_records: u32,
    /// After how many milliseconds of silence a member is out.
    pub session_timeout_ms: u32,
    /// Milliseconds between heartbeats.
    pub heartbeat_interval_ms: u32,
}

/// What a producer is set to; the field names are the client's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProducerConfig {
    /// Comma-separated `host:port`.
    pub bootstrap_servers: String,
    /// Which replicas must have a record before it counts as sent.
    pub acks: &'static str,
    /// How often a failed request is sent again.
    pub retries: u32,
    /// How many requests may wait for their answers; 1 keeps the order under retries.
    pub max_in_flight_requests_per_connection: u32,
}

impl KafkaTestConfig {
    /// As the environment says: an external cluster where `TEST_KAFKA_BOOTSTRAP_SERVERS` names one, else the address
    /// of `kafka-trial serve`.
    pub fn from_env() -> Self {
        Self::from_variables(|name| env::var(name).ok())
    }

    /// As the given variables say; for tests of the configuration itself.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let bootstrap = set(BOOTSTRAP_VARIABLE);
        Self {
            is_external: bootstrap.is_some(),
            bootstrap_servers: bootstrap.unwrap_or_else(|| DEFAULT_BOOTSTRAP.to_owned()),
            schema_registry_url: set(REGISTRY_VARIABLE),
            group_prefix: set(GROUP_PREFIX_VARIABLE).unwrap_or_else(|| CONSUMER_GROUP_PREFIX.to_owned()),
        }
    }

    /// The settings of a consumer in group `<prefix>-<group>`, `archon-intelligence-test-<group>` by default.
    pub fn get_consumer_config(&self, group: &str) -> ConsumerConfig {
        ConsumerConfig {
            bootstrap_servers: self.bootstrap_servers.clone(),
            group_id: format!("{}-{group}", self.group_prefix),
            auto_offset_reset: "earliest",
            enable_auto_commit: true,
            max_poll_records: 100,
            session_timeout_ms: 30_000,
            heartbeat_interval_ms: 10_000,
        }
    }

    /// The settings of a producer.
    pub fn get_producer_config(&self) -> ProducerConfig {
        ProducerConfig {
            bootstrap_servers: self.bootstrap_servers.clone(),
            acks: "all",
            retries: 3,
            max_in_flight_requests_per_connection: 1,
        }
    }

    /// The default topics, ready to be created.
    pub fn default_topics() -> Vec<TopicSpec> {
        DEFAULT_TOPICS.iter().map(|(_, name)| TopicSpec::new(*name, DEFAULT_PARTITIONS)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_an_unset_one() {
        let config = KafkaTestConfig::from_variables(|_| Some("  ".to_owned()));
        assert_eq!((config.bootstrap_servers.as_str(), config.is_external), (DEFAULT_BOOTSTRAP, false));
        assert_eq!(config.schema_registry_url, None);
    }

    #[test]
    fn the_environment_names_an_external_cluster() {
        let config = KafkaTestConfig::from_variables(|name| Some(format!("{name}:1")));
        assert_eq!(config.bootstrap_servers, "TEST_KAFKA_BOOTSTRAP_SERVERS:1");
        assert!(config.is_external);
    }

    #[test]
    fn a_consumer_group_carries_the_prefix() {
        let config = KafkaTestConfig::from_variables(|_| None).get_consumer_config("my-group");
        assert_eq!(config.group_id, "archon-intelligence-test-my-group");
        let named = |name: &str| (name == GROUP_PREFIX_VARIABLE).then(|| "shop".to_owned());
        let config = KafkaTestConfig::from_variables(named).get_consumer_config("my-group");
        assert_eq!(config.group_id, "shop-my-group");
    }
}
