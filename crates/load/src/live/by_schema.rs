//! Requests and answers by the schemas of a registry.

use kafka_trial::config::KafkaTestConfig;
use kafka_trial::value::Values;
use kafka_trial::{SchemaRegistry, ValueEncoder};

/// Where `kafka-trial serve` has its registry unless told otherwise.
const DEFAULT_REGISTRY: &str = "http://localhost:18081";

/// Which registry decodes answers, and which of its schemas writes requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BySchema {
    /// The URL of the registry; by default that of `TEST_SCHEMA_REGISTRY_URL`.
    pub registry: Option<String>,
    /// The subject whose latest schema writes the requests; they are JSON without one.
    pub subject: Option<String>,
    /// The message of a Protobuf schema; its first without one.
    pub message: Option<String>,
}

impl BySchema {
    /// The registry, where one is named or needed.
    fn registry(&self) -> Result<Option<SchemaRegistry>, String> {
        let url = self.registry.clone().or_else(|| KafkaTestConfig::from_env().schema_registry_url);
        let url = url.or_else(|| self.subject.as_ref().map(|_| DEFAULT_REGISTRY.to_owned()));
        url.map(|url| SchemaRegistry::at(&url)).transpose().map_err(|error| error.to_string())
    }

    /// How answers are read. Nothing is asked of the registry before an answer names a schema.
    pub fn values(&self) -> Result<Values, String> {
        Ok(self.registry()?.map_or_else(Values::default, |registry| registry.values()))
    }

    /// What writes the requests; the error says why the registry does not give the schema.
    pub fn encoder(&self) -> Result<Option<ValueEncoder>, String> {
        let Some(subject) = &self.subject else { return Ok(None) };
        let Some(registry) = self.registry()? else { return Ok(None) };
        registry.encoder(subject, self.message.as_deref()).map(Some).map_err(|error| error.to_string())
    }
}
