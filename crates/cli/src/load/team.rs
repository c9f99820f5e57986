//! Several processes that share one load.

use std::time::Duration;

use kafka_trial::client::Endpoint;
use kafka_trial_load::live::Meeting;
use kafka_trial_load::units::time;
use kafka_trial_load::{Share, any_seed};

use super::job::Error;

/// Which of how many this process is, and where they meet.
#[derive(clap::Args, Default)]
#[command(next_help_heading = "Several processes, on as many machines, for one load")]
pub(crate) struct Team {
    /// How many processes share the load; all get the same options, but for --worker
    #[arg(long, value_name = "N", requires = "coordinate", value_parser = clap::value_parser!(u32).range(1..=9999))]
    workers: Option<u32>,
    /// Which of them this is, from 0 on; 0 gives the report of all [env: JOB_COMPLETION_INDEX]
    #[arg(long, value_name = "N", env = "JOB_COMPLETION_INDEX", hide_env = true)]
    worker: Option<u32>,
    /// The topic in which they find each other; created where it is missing
    #[arg(long, value_name = "TOPIC", requires = "workers")]
    coordinate: Option<String>,
    /// The cluster with that topic [default: the one under test]
    #[arg(long, value_name = "HOST:PORT", requires = "workers")]
    coordinate_bootstrap: Option<Endpoint>,
    /// How long they wait for each other
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
