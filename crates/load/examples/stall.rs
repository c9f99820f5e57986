//! A service that takes 2 ms for each request and stalls once for 2 s, under 200 requests a second: what callers felt, and
//! beside it what a closed loop shows of the same. Leaves a page to look at.
//!
//! ```sh
//! cargo run -p kafka-trial-load --example stall -- stall.html
//! ```
#![expect(clippy::print_stdout, reason = "it is what the example is for")]

use std::error::Error;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use kafka_trial::client::{Stopwatch, pause};
use kafka_trial::responder::Responder;
use kafka_trial::{Cluster, ClusterConfig, TopicSpec};
use kafka_trial_load::live::{Target, drive};
use kafka_trial_load::{Load, Plan, Report};

const STALL: Duration = Duration::from_secs(5);
const STALL_ENDS: Duration = Duration::from_secs(7);
const SERVICE: Duration = Duration::from_millis(2);
const RUN: Duration = Duration::from_secs(10);

fn main() -> Result<(), Box<dyn Error>> {
    let closed = run(Load::Closed { in_flight: 1, think: Duration::from_millis(3), duration: RUN })?;
    println!("a closed loop, one in flight\n{}", closed.to_text());
    let open = run(Load::sustained(200.0, RUN))?;
    println!("200 requests a second, whatever becomes of the ones before\n{}", open.to_text());
    if let Some(path) = std::env::args().nth(1) {
        std::fs::write(path, open.to_html(Some(&closed)))?;
    }
    Ok(())
}

fn run(load: Load) -> Result<Report, Box<dyn Error>> {
    let topics = ["requests", "responses"].map(|name| TopicSpec::new(name, 1)).to_vec();
    let cluster = Cluster::start(ClusterConfig { topics, ..ClusterConfig::default() })?;
    let mut clock: Option<Stopwatch> = None;
    let _service = Responder::start(cluster.bootstrap_servers(), &["requests"], move |record| {
        let now = clock.get_or_insert_with(Stopwatch::start).elapsed();
        let stalled = if (STALL..STALL_ENDS).contains(&now) { STALL_ENDS - now } else { Duration::ZERO };
        pause(stalled + SERVICE);
        vec![record.forward_to("responses")]
    })?;
    let target = Target::new(cluster.bootstrap_servers(), "requests", "responses")?;
    let thresholds = ["p99(response) < 500ms".parse()?, "lost == 0".parse()?];
    Ok(drive(&target, Plan::new(load), &thresholds, &AtomicBool::new(false), |_| ())?)
}
