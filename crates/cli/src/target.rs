//! Which cluster a command asks.

use std::time::Duration;

use kafka_trial::client::{Client, Deadline};
use kafka_trial::config::KafkaTestConfig;

/// The cluster, and how long it may take.
#[derive(clap::Args)]
pub(crate) struct Target {
    /// Comma-separated addresses of the cluster [default: $TEST_KAFKA_BOOTSTRAP_SERVERS, else localhost:19092]
    #[arg(short, long, value_name = "HOST:PORT")]
    bootstrap: Option<String>,
    /// How long the cluster may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
}

impl Target {
    /// The addresses of the cluster.
    pub(crate) fn servers(&self) -> String {
        bootstrap_servers(self.bootstrap.as_deref())
    }

    /// A client of the cluster, and until when it may be asked.
    pub(crate) fn connect(&self) -> Result<(Client, Deadline), String> {
        let deadline = Deadline::after(Duration::from_secs(self.timeout));
        let servers = self.servers();
        match Client::connect(&servers, deadline) {
            Ok(client) => Ok((client, deadline)),
            Err(error) => Err(format!("{error}; `kafka-trial check {servers}` looks closer")),
        }
    }
}

/// What was given, else what the environment says.
pub(crate) fn bootstrap_servers(given: Option<&str>) -> String {
    given.map_or_else(|| KafkaTestConfig::from_env().bootstrap_servers, str::to_owned)
}
