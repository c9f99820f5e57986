//! Which cluster a command asks.

use std::time::Duration;

use kafka_trial::client::{Client, ClientError, Deadline, Endpoint};
use kafka_trial::config::{BOOTSTRAP_VARIABLE, KafkaTestConfig};
use kafka_trial_load::units::length;

/// The cluster, and how long it may take.
#[derive(clap::Args)]
pub(crate) struct Target {
    /// Comma-separated addresses of the cluster [default: $TEST_KAFKA_BOOTSTRAP_SERVERS, otherwise localhost:19092]
    #[arg(short, long, value_name = "HOST:PORT")]
    bootstrap: Option<Endpoint>,
    /// How long the cluster may take
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = length)]
    timeout: Duration,
}

impl Target {
    /// The cluster.
    pub(crate) fn endpoint(&self) -> Result<Endpoint, String> {
        endpoint(self.bootstrap.as_ref())
    }

    /// A client of the cluster, and until when it may be asked.
    pub(crate) fn connect(&self) -> Result<(Client, Deadline), String> {
        let deadline = Deadline::after(self.timeout);
        let client = connected(&self.endpoint()?, |endpoint| Client::connect(endpoint, deadline))?;
        Ok((client, deadline))
    }
}

/// The cluster that was given, otherwise the one that the environment names.
pub(crate) fn endpoint(given: Option<&Endpoint>) -> Result<Endpoint, String> {
    let named = || KafkaTestConfig::from_env().bootstrap_servers;
    given.cloned().map_or_else(|| named().parse().map_err(|error| format!("{BOOTSTRAP_VARIABLE}: {error}")), Ok)
}

/// What `connect` returns; an error names the command that finds the cause.
pub(crate) fn connected<T>(
    endpoint: &Endpoint,
    connect: impl FnOnce(&Endpoint) -> Result<T, ClientError>,
) -> Result<T, String> {
    connect(endpoint).map_err(|error| format!("{error}; `kafka-trial check -b {endpoint}` finds out why"))
}
