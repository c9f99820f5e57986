//! `kafka-trial load`: request to response latency at a rate, or with so many in flight.

mod arguments;
mod watch;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anstream::{eprintln, println};
use kafka_trial_load::live::{Target, drive};
use kafka_trial_load::{Load, Plan, Report, Threshold};

use self::arguments::{Common, rate};
use self::watch::Watch;
use crate::duration::duration;
use crate::target::bootstrap_servers;

/// The exit status of a run that could not be driven.
const INFRASTRUCTURE: u8 = 3;
/// The exit status of a run that was interrupted.
const INTERRUPTED: u8 = 130;

const EXIT_CODES: &str = "\
Exit status:
  0    every threshold holds
  1    a threshold fails
  2    the command line is wrong
  3    the cluster cannot be used, or a topic is missing
  4    the measurement is invalid: the driver could not keep its schedule
  130  interrupted; what was measured is reported";

/// What `kafka-trial load` can do.
#[derive(clap::Subcommand)]
#[command(after_help = EXIT_CODES)]
pub(crate) enum Command {
    /// Requests at a rate for a time, whatever becomes of the requests before
    Sustained(Sustained),
    /// So many requests in flight for a time, the next when one is answered
    Concurrent(Concurrent),
}

/// The options of `kafka-trial load sustained`.
#[derive(clap::Args)]
#[command(after_help = "\
Latency is measured from the time at which a request was meant to be sent, so that a stall shows as callers feel it.
Each request is a JSON object with its correlation_id, which the answer has to carry in its key, body or a header.

Example:
  kafka-trial load sustained --rate 200/s --duration 10s \\
      --request omninode.codegen.request.validate.v1 --response omninode.codegen.response.validate.v1 \\
      --threshold 'p99(response) < 500ms' --threshold 'lost == 0' --json load.json")]
pub(crate) struct Sustained {
    /// Requests per second, per minute (/m) or per hour (/h)
    #[arg(long, value_name = "N[/s]", value_parser = rate)]
    rate: f64,
    /// How long requests are sent
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    duration: Duration,
    /// Send at random times around the rate, as independent callers do, instead of evenly
    #[arg(long)]
    poisson: bool,
    #[command(flatten)]
    common: Common,
}

/// The options of `kafka-trial load concurrent`.
#[derive(clap::Args)]
#[command(after_help = "\
While the system stalls this sends nothing, so its percentiles say little about stalls: `load sustained` shows them.

Example:
  kafka-trial load concurrent --in-flight 50 --duration 10s --request REQUESTS --response RESPONSES")]
pub(crate) struct Concurrent {
    /// How many requests are under way at a time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    in_flight: u32,
    /// How long requests are sent
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    duration: Duration,
    /// How long each rests after its answer
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    think: Duration,
    #[command(flatten)]
    common: Common,
}

/// Runs the load and reports.
pub(crate) fn load(command: &Command) -> Result<ExitCode, Box<dyn Error>> {
    let (load, common) = match command {
        Command::Sustained(options) => {
            let shape = if options.poisson {
                kafka_trial_load::Shape::Poisson { rate: options.rate }
            } else {
                kafka_trial_load::Shape::Constant { rate: options.rate }
            };
            (Load::Open(vec![kafka_trial_load::Stage { shape, duration: options.duration }]), &options.common)
        }
        Command::Concurrent(options) => {
            let (in_flight, think, duration) = (options.in_flight, options.think, options.duration);
            (Load::Closed { in_flight, think, duration }, &options.common)
        }
    };
    let thresholds = common.thresholds();
    let baseline = common.baseline.as_deref().map(read_report).transpose()?;
    if let Some(lonely) = thresholds.iter().find(|threshold| threshold.needs_baseline() && baseline.is_none()) {
        eprintln!("kafka-trial: {lonely} needs --baseline FILE, a report that --json wrote");
        return Ok(ExitCode::from(2));
    }
    let target = Target {
        bootstrap_servers: bootstrap_servers(common.bootstrap.as_deref()),
        request_topic: common.request.clone(),
        response_topic: common.response.clone(),
        payload: common.payload()?,
    };
    let plan = Plan {
        warm_up: common.warm_up,
        timeout: common.timeout,
        drain: common.drain,
        seed: common.seed(),
        ..Plan::new(load)
    };
    run(&target, plan, &thresholds, baseline.as_ref(), common)
}

fn run(
    target: &Target,
    plan: Plan,
    thresholds: &[Threshold],
    baseline: Option<&Report>,
    common: &Common,
) -> Result<ExitCode, Box<dyn Error>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // The second one ends the process at once, should the drain take too long for somebody.
        signal_hook::flag::register_conditional_shutdown(signal, INTERRUPTED.into(), Arc::clone(&stop))?;
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    let mut watch = Watch::new(&plan);
    let driven = drive(target, plan, thresholds, &stop, |progress| watch.show(&progress));
    watch.clear();
    let mut report = match driven {
        Ok(report) => report,
        Err(error) => {
            eprintln!("kafka-trial: {error}");
            return Ok(ExitCode::from(INFRASTRUCTURE));
        }
    };
    if baseline.is_some() {
        report.judge(thresholds, baseline);
    }
    print!("{}", report.to_text());
    if let Some(path) = &common.json {
        write(path, &(serde_json::to_string_pretty(&report)? + "\n"))?;
    }
    if let Some(path) = &common.markdown {
        write(path, &report.to_markdown())?;
    }
    if stop.load(Ordering::Relaxed) {
        println!("\ninterrupted: this is what was measured until then");
        return Ok(ExitCode::from(INTERRUPTED));
    }
    Ok(ExitCode::from(report.verdict.exit_status()))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn read_report(path: &Path) -> Result<Report, String> {
    let text = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_slice(&text).map_err(|error| format!("{} is no report of a run: {error}", path.display()))
}
