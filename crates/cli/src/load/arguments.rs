//! The options that all loads have.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use kafka_trial::client::Endpoint;
use kafka_trial_load::live::{BySchema, Payload, Target, Watched};
use kafka_trial_load::units::{sizes, time};
use kafka_trial_load::{Load, Plan, Preset, Threshold, any_seed, read_schema};

use super::error::Error;
use crate::target::endpoint;

/// Options of every run.
#[derive(clap::Args)]
pub(crate) struct Common {
    /// The topic of requests; it must exist
    #[arg(long, value_name = "TOPIC")]
    request: String,
    /// The topic of answers; it must exist
    #[arg(long, value_name = "TOPIC")]
    response: String,
    /// Comma-separated addresses of the cluster [default: $TEST_KAFKA_BOOTSTRAP_SERVERS, otherwise localhost:19092]
    #[arg(short, long, value_name = "HOST:PORT")]
    bootstrap: Option<Endpoint>,
    /// A threshold, such as 'p99(response) < 500ms' or 'lost == 0'; may be given several times
    #[arg(long = "threshold", value_name = "EXPR")]
    thresholds: Vec<Threshold>,
    /// A named set of thresholds, to which those of --threshold are added [default: default, unless --threshold is given]
    #[arg(long, value_name = "NAME", value_parser = preset())]
    preset: Option<Preset>,
    /// The value of requests: a file with a JSON object, a file with one object per line (.jsonl), a folder of such files,
    /// or a size in bytes (256, or 100..2000 at random). Several payloads take turns. Objects may have placeholders
    #[arg(long = "payload", value_name = "FILE|BYTES", default_value = "256")]
    payloads: Vec<String>,
    /// The key of each request, such as 'customer-{{random 1 50}}', or none [default: its correlation id]
    #[arg(long, value_name = "TEXT")]
    key: Option<String>,
    /// A header of each request; may be given several times
    #[arg(long = "header", value_name = "NAME=TEXT", value_parser = header)]
    headers: Vec<(String, String)>,
    /// The dead-letter topic, for thresholds on dead_letters and dead_letter_rate; it must exist
    #[arg(long, value_name = "TOPIC")]
    dead_letters: Option<String>,
    /// A file with the JSON Schema of answers, for thresholds on off_schema and schema_rate
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
    /// The schema registry that decodes answers [default: $TEST_SCHEMA_REGISTRY_URL]
    #[arg(long, value_name = "URL")]
    registry: Option<String>,
    /// Write requests by the latest schema of this subject in the registry [default: as JSON]
    #[arg(long, value_name = "SUBJECT")]
    request_schema: Option<String>,
    /// The message of a Protobuf schema that requests are [default: its first]
    #[arg(long, value_name = "NAME", requires = "request_schema")]
    request_message: Option<String>,
    /// The consumer group of the service, for thresholds on its rebalances; it must exist
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// The first part of the run, whose requests are not counted
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = time)]
    warm_up: Duration,
    /// The last part of the run, whose requests are not counted
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = time)]
    cool_down: Duration,
    /// The time after which an answer is late
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time)]
    timeout: Duration,
    /// How long to wait for late answers
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = time)]
    drain: Duration,
    /// How late the load generator may be (p99) before the run is invalid; 5 % of the response time if that is more
    #[arg(long, value_name = "TIME", default_value = "1ms", value_parser = time)]
    max_lag: Duration,
    /// The seed of the run's randomness [default: random; the report shows it]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

/// The presets, each with what it holds a run to.
fn preset() -> impl TypedValueParser<Value = Preset> {
    let shown = |preset: Preset| PossibleValue::new(preset.name()).help(preset.expressions().join(", "));
    PossibleValuesParser::new(Preset::ALL.map(shown)).try_map(|name| name.parse())
}

/// `NAME=TEXT`.
fn header(text: &str) -> Result<(String, String), String> {
    let header = text.split_once('=').filter(|(name, _)| !name.is_empty());
    header
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| format!("invalid header {text:?}: expected NAME=TEXT"))
}

impl Common {
    /// The cluster, the topics and the payload.
    pub(super) fn target(&self) -> Result<Target, Error> {
        let one = |text: &String| match sizes(text) {
            Some(sizes) => Ok(Payload::sized_between(sizes)),
            None => Payload::read(Path::new(text)),
        };
        let mut payload = Payload::in_turn(self.payloads.iter().map(one).collect::<Result<_, _>>()?)?;
        payload = match self.key.as_deref() {
            None => payload,
            Some("none") => payload.keyless(),
            Some(key) => payload.key(key)?,
        };
        for (name, value) in &self.headers {
            payload = payload.header(name, value)?;
        }
        let by_schema = BySchema {
            registry: self.registry.clone(),
            subject: self.request_schema.clone(),
            message: self.request_message.clone(),
        };
        let encoder = by_schema.encoder().map_err(Error::Other)?;
        let watched = Watched {
            dead_letters: self.dead_letters.clone(),
            schema: self.schema.as_deref().map(read_schema).transpose()?,
            group: self.group.clone(),
            values: by_schema.values().map_err(Error::Usage)?,
        };
        let endpoint = endpoint(self.bootstrap.as_ref()).map_err(Error::Usage)?;
        Ok(Target { payload, encoder, watched, ..Target::new(endpoint, &self.request, &self.response)? })
    }

    /// The plan of a run.
    pub(crate) fn plan(&self, load: Load) -> Plan {
        Plan {
            warm_up: self.warm_up,
            cool_down: self.cool_down,
            timeout: self.timeout,
            drain: self.drain,
            max_lag: self.max_lag,
            seed: self.seed.unwrap_or_else(any_seed),
            ..Plan::new(load)
        }
    }

    /// The thresholds.
    pub(crate) fn thresholds(&self) -> Vec<Threshold> {
        Preset::with(self.preset, self.thresholds.clone())
    }
}
