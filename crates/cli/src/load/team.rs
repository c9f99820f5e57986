//! Several processes that share one load.

use std::time::Duration;

use kafka_trial::client::Endpoint;
use kafka_trial_load::live::Meeting;
use kafka_trial_load::units::time;
use kafka_trial_load::{Share, any_seed};

use super::error::Error;

/// Which of how many this process is, and where they meet.
#[derive(clap::Args, Default)]
#[command(next_help_heading = "One load from several processes or machines")]
pub(crate) struct Team {
    /// How many processes share the load; all get the same options except --worker
    #[arg(long, value_name = "N", requires = "coordinate", value_parser = clap::value_parser!(u32).range(1..=9999))]
    workers: Option<u32>,
    /// The number of this process, from 0; process 0 writes the report [env: JOB_COMPLETION_INDEX]
    #[arg(long, value_name = "N", env = "JOB_COMPLETION_INDEX", hide_env = true)]
    worker: Option<u32>,
    /// The topic by which the processes find each other; created if it is missing
    #[arg(long, value_name = "TOPIC", requires = "workers")]
    coordinate: Option<String>,
    /// The cluster of that topic [default: the cluster under test]
    #[arg(long, value_name = "HOST:PORT", requires = "workers")]
    coordinate_bootstrap: Option<Endpoint>,
    /// How long the processes wait for each other
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = time)]
    coordinate_wait: Duration,
}

impl Team {
    /// The share of this process, and where it meets the others; none where it is alone.
    pub(super) fn meeting(&self, endpoint: &Endpoint) -> Result<Option<(Share, Meeting)>, Error> {
        let (Some(workers), Some(topic)) = (self.workers, &self.coordinate) else { return Ok(None) };
        let share = self.worker.and_then(|worker| Share::new(worker, workers));
        let share = share.ok_or_else(|| Error::Usage(format!("--worker N is needed, from 0 to {}", workers - 1)))?;
        let meeting = Meeting {
            endpoint: self.coordinate_bootstrap.as_ref().unwrap_or(endpoint).clone(),
            topic: topic.clone(),
            wait: self.coordinate_wait,
            name: any_seed(),
        };
        Ok(Some((share, meeting)))
    }
}
