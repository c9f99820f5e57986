//! `kafka-trial flow`: what became of one correlation id.

use std::collections::BTreeSet;
use std::error::Error;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anstream::{eprintln, println};
use kafka_trial::client::{Deadline, Endpoint, Start, now_millis};
use kafka_trial::flow::{Expect, Flow, FlowTracker, Follow, Locator, Locators, Place, Route, artifacts};
use kafka_trial_load::live::BySchema;
use kafka_trial_load::units::time;

use crate::exit_status::ExitStatus;
use crate::journal::lines::Lines;
use crate::target::{connected, endpoint};

/// How long the cluster may take for its first answer.
const CONNECT: Duration = Duration::from_secs(30);
/// How wide the report is where there is no terminal.
const WIDTH: usize = 80;
/// How often `--follow` looks for news.
const TURN: Duration = Duration::from_millis(200);

/// The options of `kafka-trial flow`.
#[derive(clap::Args)]
#[command(after_help = "\
The id is searched in headers, value and key, at the usual places. --locator names a different place, in AsyncAPI's
grammar. Reading joins no group, so other consumers are not affected. With the journal of `serve`, the report shows which
client fetched a record, and when. Exit status: 0 if the flow is complete, 1 if it is not or the cluster cannot be read.

Examples:
  kafka-trial flow order-7 --request orders.requests --response orders.responses
  kafka-trial flow order-7 --request orders --through payments --response invoices --within 500ms
  kafka-trial flow order-7 --request a --response b --locator '$message.header#/x-order' --json | jq .verdict
  kafka-trial flow order-7 --request a --response b --journal requests.jsonl   (of `serve --journal requests.jsonl`)")]
pub(crate) struct Options {
    /// The correlation id
    id: String,
    /// The topic where the flow begins
    #[arg(long, value_name = "TOPIC")]
    request: String,
    /// The topic where the flow ends
    #[arg(long, value_name = "TOPIC")]
    response: String,
    /// A topic between them; may be given several times, in order
    #[arg(long, value_name = "TOPIC")]
    through: Vec<String>,
    /// The topic of failed requests; may be given several times [default: each topic's name with .dlq, -dlt and the like]
    #[arg(long = "dead-letters", value_name = "TOPIC")]
    dead_letters: Vec<String>,
    /// The group that handles the requests [default: each group that reads the topics]
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Where to look for the id before the usual places; may be given several times
    #[arg(long = "locator", value_name = "LOCATOR")]
    locators: Vec<Locator>,
    /// How long an answer may take [default: the timeout]
    #[arg(long, value_name = "TIME", value_parser = time)]
    within: Option<Duration>,
    /// How long to wait for what is missing
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = time)]
    timeout: Duration,
    /// How far back to read records [default: from the beginning of the topics]
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<Duration>,
    /// Show each record as it comes, until --timeout or Ctrl-C
    #[arg(short, long)]
    follow: bool,
    /// Write one JSON object
    #[arg(long, conflicts_with = "follow")]
    json: bool,
    /// Write flow.json, a waterfall page, a Mermaid diagram, a trace and OpenTelemetry spans to this folder
    #[arg(long, value_name = "DIR")]
    artifacts: Option<PathBuf>,
    /// The file of `kafka-trial serve --journal FILE`, which shows which client fetched and committed each record
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// The schema registry that decodes values [default: $TEST_SCHEMA_REGISTRY_URL]
    #[arg(long, value_name = "URL")]
    registry: Option<String>,
    /// Comma-separated addresses of the cluster [default: $TEST_KAFKA_BOOTSTRAP_SERVERS, otherwise localhost:19092]
    #[arg(short, long, value_name = "HOST:PORT")]
    bootstrap: Option<Endpoint>,
}

pub(crate) fn flow(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let endpoint = endpoint(options.bootstrap.as_ref())?;
    let millis = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    let start = options.since.map_or(Start::Earliest, |span| Start::Since(now_millis().saturating_sub(millis(span))));
    let deadline = Deadline::after(CONNECT);
    let tracker = connected(&endpoint, |endpoint| FlowTracker::connect_from(endpoint, start, deadline))?;
    let values = BySchema { registry: options.registry.clone(), ..BySchema::default() }.values()?;
    let mut tracker = tracker.locators(Locators::first(options.locators.iter().cloned())).values(values);
    if let Some(path) = &options.journal {
        let mut lines = Lines::of_file(path, false).map_err(|error| format!("--journal {error}"))?;
        tracker = tracker.journal(move || lines.new_entries());
    }
    let follow = Follow::new(&options.id, options.route());
    if options.follow {
        watch(&mut tracker, &follow, options.timeout)?;
    }
    // What was waited for above need not be waited for again.
    let timeout = if options.follow { Duration::ZERO } else { options.timeout };
    let flow = tracker.follow(&follow, timeout);
    if options.json {
        println!("{:#}", flow.to_json());
    } else {
        println!("{}", flow.report(width()));
    }
    if let Some(folder) = &options.artifacts {
        let pages = artifacts::write(folder, &format!("kafka-trial flow {}", flow.id), std::slice::from_ref(&flow))?;
        artifacts::index(folder)?;
        pages.iter().for_each(|page| eprintln!("kafka-trial: {}", page.display()));
    }
    Ok(ExitStatus::of(flow.is_complete()).into())
}

impl Options {
    fn route(&self) -> Route {
        let between = self.through.iter().map(String::as_str);
        let topics = [self.request.as_str()].into_iter().chain(between).chain([self.response.as_str()]);
        let mut route = Route::through(topics);
        if !self.dead_letters.is_empty() {
            route = route.dead_letters(self.dead_letters.iter().map(String::as_str));
        }
        if let Some(limit) = self.within {
            route = route.within(limit);
        }
        match &self.group {
            Some(group) => route.handled_by(group),
            None => route,
        }
    }
}

/// Shows each record of the flow as it comes.
fn watch(tracker: &mut FlowTracker, follow: &Follow, timeout: Duration) -> Result<(), Box<dyn Error>> {
    let stop = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::clone(&stop))?;
    let deadline = Deadline::after(timeout);
    // The quiet time makes the tracker read on after the flow is complete.
    let follow = follow.clone().expect(Expect::no_more_for(TURN));
    let mut shown = BTreeSet::new();
    while !stop.load(Ordering::Relaxed) && !deadline.is_past() {
        show_news(&tracker.seen(&follow, deadline.left().min(TURN)), &mut shown);
    }
    println!();
    Ok(())
}

fn show_news(flow: &Flow, shown: &mut BTreeSet<Place>) {
    let Some(first) = flow.observations.first() else { return };
    for observation in &flow.observations {
        if shown.insert(observation.place.clone()) {
            let millis = (observation.micros() - first.micros()) as f64 / 1e3;
            println!("{millis:>+10.1} ms  {}  {}", observation.place, observation.locator);
        }
    }
}

fn width() -> usize {
    let terminal = std::io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
    terminal.map_or(WIDTH, |(width, _)| usize::from(width.0))
}
