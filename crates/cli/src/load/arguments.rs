//! What all runs are told.

use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use kafka_trial_load::live::{Payload, Target};
use kafka_trial_load::units::time;
use kafka_trial_load::{Load, Plan, Preset, ScenarioError, Threshold};

use crate::target::bootstrap_servers;

/// Options of every run.
#[derive(clap::Args)]
pub(crate) struct Common {
    /// Where requests go; it has to exist
    #[arg(long, value_name = "TOPIC")]
    request: String,
    /// Where answers come; it has to exist
    #[arg(long, value_name = "TOPIC")]
    response: String,
    /// Comma-separated addresses of the cluster [default: $TEST_KAFKA_BOOTSTRAP_SERVERS, else localhost:19092]
    #[arg(short, long, value_name = "HOST:PORT")]
    bootstrap: Option<String>,
    /// What has to hold, such as 'p99(response) < 500ms' or 'lost == 0'; may be given several times
    #[arg(long = "threshold", value_name = "EXPR")]
    thresholds: Vec<Threshold>,
    /// Thresholds by a name; those given are added to them [default: default, where no threshold is given]
    #[arg(long, value_name = "NAME", value_parser = preset())]
    preset: Option<Preset>,
    /// A file with the JSON object that each request carries, or a size in bytes
    #[arg(long, value_name = "FILE|BYTES", default_value = "256")]
    payload: String,
    /// Requests meant for this first part of the run are not counted
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = time)]
    warm_up: Duration,
    /// After how long an answer is late
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time)]
    timeout: Duration,
    /// How long late answers are waited for
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = time)]
    drain: Duration,
    /// How late the driver itself may be (p99) before the run is invalid, where 5 % of the response time is less
    #[arg(long, value_name = "TIME", default_value = "1ms", value_parser = time)]
    max_lag: Duration,
    /// Where the randomness of the run comes from [default: random; the report has it]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

/// The presets, each with what it holds a run to.
fn preset() -> impl TypedValueParser<Value = Preset> {
    let shown = |preset: Preset| PossibleValue::new(preset.name()).help(preset.expressions().join(", "));
    PossibleValuesParser::new(Preset::ALL.map(shown)).try_map(|name| name.parse())
}

impl Common {
    /// What is driven.
    pub(crate) fn target(&self) -> Result<Target, ScenarioError> {
        let payload = match self.payload.parse() {
            Ok(bytes) => Payload::sized(bytes),
            Err(_) => Payload::read(Path::new(&self.payload))?,
        };
        Ok(Target {
            bootstrap_servers: bootstrap_servers(self.bootstrap.as_deref()),
            request_topic: self.request.clone(),
            response_topic: self.response.clone(),
            payload,
        })
    }

    /// What is done.
    pub(crate) fn plan(&self, load: Load) -> Plan {
        Plan {
            warm_up: self.warm_up,
            timeout: self.timeout,
            drain: self.drain,
            max_lag: self.max_lag,
            seed: self.seed.unwrap_or_else(any_seed),
            ..Plan::new(load)
        }
    }

    /// What has to hold.
    pub(crate) fn thresholds(&self) -> Vec<Threshold> {
        Preset::with(self.preset, self.thresholds.clone())
    }
}

/// A seed for a run that was given none.
pub(crate) fn any_seed() -> u64 {
    RandomState::new().hash_one(0)
}
