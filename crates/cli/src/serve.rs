//! `kafka-trial serve`: a broker process.

use std::error::Error;
use std::io::{self, BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, mpsc};

use kafka_trial::Cluster;
use kafka_trial::config::DEFAULT_PORT;
use kafka_trial::metrics::MetricsListener;

use crate::cluster_options::ClusterOptions;
use crate::control::answer;
use crate::faults;
use crate::journal_file::JournalFile;
use crate::metrics;
use crate::note::note;
use crate::registry::{self, RegistryPort};
use crate::signals::endings;

/// The options of `kafka-trial serve`.
#[derive(clap::Args)]
#[command(after_help = "\
The first line on standard output is the comma-separated bootstrap servers, printed when they answer. Everything else \
goes to standard error. SIGINT (Ctrl-C) and SIGTERM end it with exit status 0. Data is kept in memory only.

Examples:
  kafka-trial serve
  kafka-trial serve --port 9092,9093,9094 --set 1:broker.rack=b
  kafka-trial serve --host 0.0.0.0 --advertise build-host
  kafka-trial serve --port 0 --topic orders:6 --set auto.create.topics.enable=false
  kafka-trial serve --topic states:3,cleanup.policy=compact --topic audit:1,retention.ms=60000
  kafka-trial serve --port 9092 --advertise 127.0.0.1:19999     (for a proxy that listens on 19999)
  kafka-trial serve --schemas schemas     (golden schemas at http://localhost:18081)
  kafka-trial serve --journal requests.jsonl     (and `kafka-trial journal requests.jsonl --follow`)
  kafka-trial serve --faults faults/rolling.yaml
  echo 'stop 1' | kafka-trial serve --brokers 3 --set default.replication.factor=3 --control
  kcat -b localhost:19092 -L")]
pub(crate) struct Options {
    #[command(flatten)]
    cluster: ClusterOptions,
    /// End when standard input is closed, which happens when the parent process ends
    #[arg(long)]
    exit_with_parent: bool,
    /// Take commands from standard input, one per line: `stop ID`, `start ID`, `move-leader TOPIC PARTITION ID`, `compact TOPIC`,
    /// `apply-retention TOPIC`, `expire-member GROUP MEMBER`, `time-out TRANSACTIONAL_ID`, `arm FILE`, `fault JSON`,
    /// `end-fault ID`, `release HOLD` and `verify-faults`. Each is answered on standard output by `ok` or `error REASON`
    #[arg(long)]
    control: bool,
    /// Write the requests of clients and their answers to this file, one JSON object per line; `-` is standard output,
    /// after the address
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Arm the fault rules of this file (YAML, TOML or JSON; docs/faults.md); may be given several times. What must fire and
    /// has not is reported on standard error at the end
    #[arg(long, value_name = "FILE")]
    faults: Vec<PathBuf>,
    /// Serve `GET /metrics` in Prometheus' text format on this port of 127.0.0.1; 0 takes a free port, which standard error
    /// shows. The journal counts requests: with `--journal-capacity 0` they are left out
    #[arg(long, value_name = "PORT")]
    metrics: Option<u16>,
    /// Serve a schema registry on this port of 127.0.0.1; 0 takes a free port, which standard error shows [default: 18081,
    /// or off with --port 0]
    #[arg(long, value_name = "PORT|off")]
    registry: Option<RegistryPort>,
    /// Register the schemas of this folder (.avsc, .json, .proto) before anything is served; one that is refused ends this with
    /// exit status 2. It starts the registry with --port 0 too, on a free port
    #[arg(long, value_name = "DIR")]
    schemas: Option<PathBuf>,
}

/// What `serve` waits for.
enum Event {
    /// A line to obey.
    Line(String),
    /// It is to end.
    End,
}

/// Serves until a signal comes, or until standard input ends when the parent is to be followed.
pub(crate) fn serve(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let to_stdout = options.journal.as_deref() == Some(Path::new("-"));
    if to_stdout && options.control {
        return Err("--journal - and --control both write on standard output: name a file for the journal".into());
    }
    let journal = options.journal.as_deref().map(JournalFile::create).transpose()?;
    let mut signals = endings()?;
    let default = match options.cluster.takes_free_port() {
        true if options.schemas.is_some() => RegistryPort::On(0),
        true => RegistryPort::Off,
        false => RegistryPort::On(registry::DEFAULT_PORT),
    };
    let registry = match registry::start(options.registry.unwrap_or(default), options.schemas.as_deref()) {
        Ok(registry) => registry,
        Err(failure) => return Ok(failure.report().into()),
    };
    let cluster = Arc::new(options.cluster.start(DEFAULT_PORT)?);
    faults::arm(&cluster, &options.faults)?;
    let metrics =
        options.metrics.map(|port| give_out_metrics(port, &cluster, options.cluster.has_journal())).transpose()?;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", cluster.bootstrap_servers())?;
    stdout.flush()?;
    drop(stdout);
    let (advertised, listening) = (cluster.bootstrap_servers(), listening(&cluster));
    let told = if advertised == listening { String::new() } else { format!("; clients are told {advertised}") };
    note(format_args!("serving on {listening}{told}; Ctrl-C ends it"));
    if let Some(registry) = &registry {
        note(format_args!("schema registry on {}", registry.url()));
    }
    let (events, inbox) = mpsc::channel();
    let ending = events.clone();
    std::thread::spawn(move || {
        signals.forever().next();
        // Nobody listens any more when this fails.
        let _ = ending.send(Event::End);
    });
    if options.control || options.exit_with_parent {
        let (obeys, ends) = (options.control, options.exit_with_parent);
        std::thread::spawn(move || read_input(&events, obeys, ends));
    }
    std::thread::scope(|scope| {
        if let Some(journal) = &journal {
            scope.spawn(|| journal.follow(&cluster));
        }
        let obeyed = obey(&cluster, &inbox);
        if let Some(journal) = &journal {
            journal.catch_up(&cluster);
        }
        drop(metrics);
        drop(registry);
        for fault in faults::end(&cluster) {
            note(fault);
        }
        // Whatever waits for the cluster ends with it.
        cluster.stop();
        obeyed.map(|()| ExitCode::SUCCESS)
    })
}

/// What the brokers listen on: where a proxy in front of them goes.
fn listening(cluster: &Cluster) -> String {
    cluster.addresses().iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn give_out_metrics(port: u16, cluster: &Arc<Cluster>, has_journal: bool) -> Result<MetricsListener, String> {
    let shared = Arc::clone(cluster);
    let listener = MetricsListener::start(port, move || metrics::render(&shared, has_journal));
    let listener = listener.map_err(|error| format!("--metrics {port}: {error}; 0 takes any free port"))?;
    note(format_args!("metrics on http://{}/metrics", listener.address()));
    Ok(listener)
}

/// Answers the lines of standard input until this is to end.
fn obey(cluster: &Cluster, inbox: &mpsc::Receiver<Event>) -> Result<(), Box<dyn Error>> {
    while let Ok(Event::Line(line)) = inbox.recv() {
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{}", answer(cluster, &line))?;
        stdout.flush()?;
    }
    Ok(())
}

/// Reads standard input to its end, as that of a parent process.
fn read_input(events: &mpsc::Sender<Event>, obeys: bool, ends: bool) {
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    while matches!(input.read_until(b'\n', &mut line), Ok(1..)) {
        let text = String::from_utf8_lossy(&line).trim().to_owned();
        line.clear();
        if obeys && !text.is_empty() && events.send(Event::Line(text)).is_err() {
            return;
        }
    }
    if ends {
        note("standard input is closed, which ends this (--exit-with-parent)");
        // Nobody listens any more when this fails.
        let _ = events.send(Event::End);
    }
}
