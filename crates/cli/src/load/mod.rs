//! `kafka-trial load`: request to response latency at a rate, with so many in flight, or as a file describes it.

mod arguments;
mod error;
mod job;
mod outputs;
mod team;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anstream::eprintln;
use kafka_trial::client::Endpoint;
use kafka_trial_load::live::Job;
use kafka_trial_load::units::{length, rate, time};
use kafka_trial_load::{Load, Scenario, SearchRange, Work};

use self::arguments::Common;
use self::error::Error;
use self::outputs::Outputs;
use self::team::Team;
use crate::exit_status::{ExitStatus, LOAD};
use crate::target::endpoint;

const DOCS: &str = "docs/load.md describes scenarios, placeholders, thresholds, reports and workers.";

const SCENARIO: &str = "\
A scenario is a file with the options of a run. It may have several stages:

  request: requests
  response: responses
  stages:                  # or concurrent: { in_flight: 50, for: 10s }
    - ramp: { from: 10/s, to: 200/s, for: 30s }
    - constant: { rate: 200/s, for: 1m }
  thresholds:
    - p99(response) < 500ms
    - lost == 0

Examples:
  kafka-trial load scenario.yaml --html load.html
  kafka-trial load sustained --help";

/// The options of `kafka-trial load`.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = format!("{SCENARIO}\n\n{LOAD}

{DOCS}"))]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    file: FromFile,
}

/// A load from a file.
#[derive(clap::Args)]
struct FromFile {
    /// A scenario in YAML or TOML
    #[arg(value_name = "SCENARIO", required = true)]
    scenario: Option<PathBuf>,
    /// Comma-separated addresses of the cluster [default: the scenario's, then
    /// $TEST_KAFKA_BOOTSTRAP_SERVERS, then localhost:19092]
    #[arg(short, long, value_name = "HOST:PORT")]
    bootstrap: Option<Endpoint>,
    /// The seed of the run's randomness [default: the scenario's, otherwise random; the report shows it]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    #[command(flatten)]
    outputs: Outputs,
    #[command(flatten)]
    team: Team,
}

/// Loads that need no file.
#[derive(clap::Subcommand)]
enum Command {
    /// Send requests at a rate for a time, whether earlier ones were answered or not
    Sustained(Sustained),
    /// Keep N requests in flight for a time; send the next one when one is answered
    Concurrent(Concurrent),
    /// Find the highest rate that meets the thresholds
    Search(Search),
}

/// The options of `kafka-trial load sustained`.
#[derive(clap::Args)]
#[command(after_help = format!("\
Latency counts from the time at which a request was meant to be sent, so a stall shows as callers feel it.
Each request is a JSON object with its correlation_id, which the answer must carry in its key, value or a header.
Placeholders in objects, keys and headers: {{{{correlation_id}}}}, {{{{number}}}}, {{{{now}}}}, {{{{uuid}}}}, {{{{random 1 100}}}},
{{{{padding 10 2000}}}}, {{{{pick red green}}}}.

Example:
  kafka-trial load sustained --rate 200/s --duration 10s \\
      --request omninode.codegen.request.validate.v1 \\
      --response omninode.codegen.response.validate.v1 \\
      --threshold 'p99(response) < 500ms' --threshold 'lost == 0' \\
      --json load.json

{LOAD}

{DOCS}"))]
struct Sustained {
    /// Requests per second, per minute (/m) or per hour (/h)
    #[arg(long, value_name = "N[/s]", value_parser = rate)]
    rate: f64,
    /// How long to send requests
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = length)]
    duration: Duration,
    /// Send at random times around the rate, as independent callers do, instead of evenly
    #[arg(long)]
    poisson: bool,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    outputs: Outputs,
    #[command(flatten)]
    team: Team,
}

/// The options of `kafka-trial load concurrent`.
#[derive(clap::Args)]
#[command(after_help = format!("\
While the system stalls, this load sends nothing, so its percentiles hide stalls. `load sustained` shows them.

Example:
  kafka-trial load concurrent --in-flight 50 --duration 10s \\
      --request REQUESTS --response RESPONSES

{LOAD}

{DOCS}"))]
struct Concurrent {
    /// How many requests are in flight at a time
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..),
        required_unless_present = "preset",
        default_value_if("preset", "handler", "100")
    )]
    in_flight: Option<u32>,
    /// How long to send requests
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = length)]
    duration: Duration,
    /// How long to wait after an answer before the next request
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = time)]
    think: Duration,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    outputs: Outputs,
    #[command(flatten)]
    team: Team,
}

/// The options of `kafka-trial load search`.
#[derive(clap::Args)]
#[command(after_help = format!("\
The rate doubles from run to run until a threshold fails, then the gap is halved until the answer is close enough.
After a run that fails, the system may take a minute to work off its queues. An invalid run is repeated once. If the
load generator is the limit, or all runs are used, the answer is a lower bound and the exit status is 4.

Example:
  kafka-trial load search --from 100/s --to 20000/s --duration 5s \\
      --request REQUESTS --response RESPONSES \\
      --threshold 'p99(response) < 100ms' --threshold 'lost == 0'

{LOAD}

{DOCS}"))]
struct Search {
    /// The rate of the first run
    #[arg(long, value_name = "N[/s]", value_parser = rate)]
    from: f64,
    /// The highest rate that is tried
    #[arg(long, value_name = "N[/s]", value_parser = rate)]
    to: f64,
    /// How long to send requests in each run
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = length)]
    duration: Duration,
    /// How close the answer has to be, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=100))]
    within: u8,
    /// The most runs
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Send at random times around the rate, as independent callers do, instead of evenly
    #[arg(long)]
    poisson: bool,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    outputs: Outputs,
}

/// Runs the load and reports.
pub(crate) fn load(options: &Options) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let driven = drive(options);
    driven.or_else(|error| {
        eprintln!("kafka-trial: {error}");
        match error {
            Error::Usage(_) | Error::Job(_) | Error::Scenario(_) | Error::Payload(_) => Ok(ExitStatus::Usage.into()),
            Error::Live(_) => Ok(ExitStatus::Unavailable.into()),
            Error::Other(error) => Err(error.into()),
        }
    })
}

fn drive(options: &Options) -> Result<ExitCode, Error> {
    match &options.command {
        Some(Command::Sustained(options)) => {
            let Sustained { rate, duration, poisson, common, outputs, team } = options;
            run(common, outputs, team, Work::Run(common.plan(open(*poisson, *rate, *duration))))
        }
        Some(Command::Concurrent(options)) => {
            let Concurrent { in_flight, duration, think, common, outputs, team } = options;
            let in_flight = in_flight.ok_or_else(|| Error::Usage("--in-flight N is needed".to_owned()))?;
            let load = Load::Closed { in_flight, think: *think, duration: *duration };
            run(common, outputs, team, Work::Run(common.plan(load)))
        }
        Some(Command::Search(options)) => {
            let Search { from, to, duration, within, runs, poisson, common, outputs } = options;
            if to < from {
                return Err(Error::Usage("--to has to be at least --from".to_owned()));
            }
            let range =
                SearchRange { within: f64::from(*within) / 100.0, most_runs: *runs, ..SearchRange::new(*from, *to) };
            let plan = common.plan(open(*poisson, *from, *duration));
            run(common, outputs, &Team::default(), Work::Search { range, plan, is_poisson: *poisson })
        }
        None => from_file(&options.file),
    }
}

fn open(is_poisson: bool, rate: f64, duration: Duration) -> Load {
    if is_poisson { Load::poisson(rate, duration) } else { Load::sustained(rate, duration) }
}

fn run(common: &Common, outputs: &Outputs, team: &Team, work: Work) -> Result<ExitCode, Error> {
    let target = common.target()?;
    let (baseline, team) = (outputs.baseline().map_err(Error::Usage)?, team.meeting(&target.endpoint)?);
    job::run(&Job { target, work, thresholds: common.thresholds(), baseline, team }, outputs)
}

fn from_file(options: &FromFile) -> Result<ExitCode, Error> {
    let path = options.scenario.as_deref().unwrap_or(std::path::Path::new(""));
    let scenario = Scenario::read(path)?;
    let endpoint = endpoint(options.bootstrap.as_ref().or(scenario.endpoint.as_ref())).map_err(Error::Usage)?;
    let FromFile { outputs, team, .. } = options;
    let (baseline, team) = (outputs.baseline().map_err(Error::Usage)?, team.meeting(&endpoint)?);
    job::run(&Job { baseline, team, ..scenario.job(endpoint, options.seed) }, outputs)
}
