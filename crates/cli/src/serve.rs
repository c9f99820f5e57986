//! `kafka-trial serve`: a broker process.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, mpsc};

use kafka_trial::config::{DEFAULT_PORT, KafkaTestConfig};
use kafka_trial::metrics::MetricsListener;
use kafka_trial::{Advertised, Cluster, ClusterConfig, Release, StartError, TopicSpec};

use crate::control::answer;
use crate::journal_file::JournalFile;
use crate::metrics;
use crate::properties::{BrokerProperty, Property, read_file};
use crate::signals::endings;
use crate::topic_argument::TopicArgument;

/// What the cluster of `serve` and `run` looks like.
#[derive(clap::Args)]
pub(crate) struct ClusterOptions {
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// What clients are told to connect to: a host, or with a port where a proxy or a container listens there; one per
    /// broker if they have ports [default: the addresses that are listened on]
    #[arg(long, value_name = "HOST[:PORT]", value_delimiter = ',')]
    advertise: Vec<Advertised>,
    /// How many brokers; their ids count up from node.id [default: 1, or as many as --port names]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    brokers: Option<u16>,
    /// A topic that exists from the start; may be given several times
    #[arg(long = "topic", value_name = "NAME[:PARTITIONS]")]
    topics: Vec<TopicArgument>,
    /// Leave out the eight default topics of the reference service
    #[arg(long)]
    no_default_topics: bool,
    /// Show the API versions of this release of Kafka, 2.8 to 4.3
    #[arg(long, value_name = "VERSION", default_value_t = Release::LATEST)]
    as_version: Release,
    /// A file of broker properties (Java properties, Kafka's own keys)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A broker property, of all brokers or of one; may be given several times, and wins over --config
    #[arg(long = "set", value_name = "[BROKER:]KEY=VALUE")]
    settings: Vec<BrokerProperty>,
    /// How many requests the journal keeps, the newest; 0 turns it off
    #[arg(long, value_name = "N", default_value_t = ClusterConfig::default().journal_capacity)]
    journal_capacity: usize,
}

/// The options of `kafka-trial serve`.
#[derive(clap::Args)]
#[command(after_help = "\
The first line on standard output is the bootstrap servers, comma-separated, printed when they answer; all else goes to \
standard error. SIGINT (Ctrl-C) and SIGTERM end it at once, with exit status 0. The data is in memory and ends with it.

Examples:
  kafka-trial serve
  kafka-trial serve --port 9092,9093,9094 --set 1:broker.rack=b
  kafka-trial serve --host 0.0.0.0 --advertise build-host
  kafka-trial serve --port 0 --topic orders:6 --set auto.create.topics.enable=false
  kafka-trial serve --journal requests.jsonl     (and `kafka-trial journal requests.jsonl --follow`)
  echo 'stop 1' | kafka-trial serve --brokers 3 --set default.replication.factor=3 --control
  kcat -b localhost:19092 -L")]
pub(crate) struct Options {
    /// One port per broker; 0 takes any free one, and so does a broker without one [default: 19092]
    #[arg(long, value_name = "PORT", value_delimiter = ',')]
    port: Vec<u16>,
    #[command(flatten)]
    cluster: ClusterOptions,
    /// End when standard input is closed, as it is when the parent process ends
    #[arg(long)]
    exit_with_parent: bool,
    /// Obey lines on standard input: `stop ID`, `start ID`, `move-leader TOPIC PARTITION ID`, `compact TOPIC`,
    /// `apply-retention TOPIC`; each is answered by a line on standard output, `ok` or `error WHY`
    #[arg(long)]
    control: bool,
    /// Write what clients ask and are answered there, a JSON object a line; `-` is standard output, after the address
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Answer `GET /metrics` on this port of 127.0.0.1 in Prometheus' text format; 0 takes any free one, and standard
    /// error says which. Requests are counted by the journal: with `--journal-capacity 0` they are left out
    #[arg(long, value_name = "PORT")]
    metrics: Option<u16>,
}

/// What `serve` waits for.
enum Event {
    /// A line to obey.
    Line(String),
    /// It is to end.
    End,
}

impl ClusterOptions {
    /// Starts the cluster, and says on standard error which properties nothing acts on.
    pub(crate) fn start(&self, ports: Vec<u16>) -> Result<Cluster, Box<dyn Error>> {
        let mut properties = match &self.config {
            Some(path) => read_file(path)?,
            None => Default::default(),
        };
        let mut broker_properties: BTreeMap<i32, BTreeMap<String, String>> = BTreeMap::new();
        for BrokerProperty { broker, property: Property { key, value } } in &self.settings {
            let of = broker.map_or(&mut properties, |id| broker_properties.entry(id).or_default());
            of.insert(key.clone(), value.clone());
        }
        let node_id = properties.get("node.id").or_else(|| properties.get("broker.id"));
        let first_node_id = match node_id {
            Some(id) => id.parse().map_err(|_| format!("node.id={id}: a whole number expected"))?,
            None => 0,
        };
        let mut topics = if self.no_default_topics { Vec::new() } else { KafkaTestConfig::default_topics() };
        topics.extend(self.topics.iter().map(|topic| TopicSpec::new(&topic.name, topic.partitions.unwrap_or(1))));
        let named = ports.len().max(1);
        let brokers = self.brokers.map_or(named, usize::from);
        if named > brokers {
            return Err(format!("--port names {named} ports, --brokers {brokers} brokers").into());
        }
        let cluster = Cluster::start(ClusterConfig {
            brokers: u16::try_from(brokers)?,
            host: self.host.clone(),
            ports,
            advertised: self.advertise.clone(),
            first_node_id,
            topics,
            properties,
            broker_properties,
            release: self.as_version,
            seed: None,
            journal_capacity: self.journal_capacity,
        });
        let cluster = cluster.map_err(|error| match error {
            error if error.is_about_the_port() => {
                format!("{error}; choose another port with --port, or --port 0 for any free one")
            }
            StartError::NothingToAdvertise { .. } => format!("{error}, with --advertise HOST"),
            error => error.to_string(),
        })?;
        for ignored in cluster.ignored_properties() {
            note(format_args!("warning: {ignored}"));
        }
        Ok(cluster)
    }
}

/// Serves until a signal comes, or until standard input ends when the parent is to be followed.
pub(crate) fn serve(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let to_stdout = options.journal.as_deref() == Some(Path::new("-"));
    if to_stdout && options.control {
        return Err("--journal - and --control both write on standard output: name a file for the journal".into());
    }
    let journal = options.journal.as_deref().map(JournalFile::create).transpose()?;
    let ports = if options.port.is_empty() { vec![DEFAULT_PORT] } else { options.port.clone() };
    let mut signals = endings()?;
    let cluster = Arc::new(options.cluster.start(ports)?);
    let metrics = options
        .metrics
        .map(|port| give_out_metrics(port, &cluster, options.cluster.journal_capacity > 0))
        .transpose()?;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", cluster.bootstrap_servers())?;
    stdout.flush()?;
    drop(stdout);
    let (advertised, listening) = (cluster.bootstrap_servers(), listening(&cluster));
    let told = if advertised == listening { String::new() } else { format!("; clients are told {advertised}") };
    note(format_args!("serving on {listening}{told}; Ctrl-C ends it"));
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

/// Tells the user something. That nobody reads it, such as a parent that has ended, is no reason to end.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(io::stderr(), "kafka-trial: {text}");
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
