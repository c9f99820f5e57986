//! `kafka-trial serve`: a broker process.

use std::error::Error;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use kafka_trial::config::{DEFAULT_PORT, KafkaTestConfig};
use kafka_trial::{Cluster, ClusterConfig, StartError, TopicSpec};

use crate::properties::{Property, read_file};
use crate::signals::endings;
use crate::topic_argument::TopicArgument;

/// What the cluster of `serve` and `run` looks like.
#[derive(clap::Args)]
pub(crate) struct ClusterOptions {
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// The host that clients are told to connect to [default: the address it listens on]
    #[arg(long, value_name = "HOST")]
    advertise: Option<String>,
    /// How many brokers; their ids count up from node.id
    #[arg(long, value_name = "N", default_value_t = 1)]
    brokers: u16,
    /// A topic that exists from the start; may be given several times
    #[arg(long = "topic", value_name = "NAME[:PARTITIONS]")]
    topics: Vec<TopicArgument>,
    /// Leave out the eight default topics of the reference service
    #[arg(long)]
    no_default_topics: bool,
    /// A file of broker properties (Java properties, Kafka's own keys)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A broker property; may be given several times, and wins over --config
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<Property>,
}

/// The options of `kafka-trial serve`.
#[derive(clap::Args)]
#[command(after_help = "\
The first line on standard output is the bootstrap servers, printed when the broker answers; all else goes to
standard error.

Examples:
  kafka-trial serve
  kafka-trial serve --port 0 --topic orders:6 --set auto.create.topics.enable=false
  kcat -b localhost:19092 -L")]
pub(crate) struct Options {
    /// One port per broker; 0 takes any free one
    #[arg(long, value_name = "PORT", value_delimiter = ',')]
    port: Vec<u16>,
    #[command(flatten)]
    cluster: ClusterOptions,
    /// End when standard input is closed, as it is when the parent process ends
    #[arg(long)]
    exit_with_parent: bool,
}

impl ClusterOptions {
    /// Starts the cluster, and says on standard error which properties nothing acts on.
    pub(crate) fn start(&self, ports: Vec<u16>) -> Result<Cluster, Box<dyn Error>> {
        let mut properties = match &self.config {
            Some(path) => read_file(path)?,
            None => Default::default(),
        };
        properties.extend(self.settings.iter().map(|Property { key, value }| (key.clone(), value.clone())));
        let node_id = properties.get("node.id").or_else(|| properties.get("broker.id"));
        let first_node_id = match node_id {
            Some(id) => id.parse().map_err(|_| format!("node.id={id}: a whole number expected"))?,
            None => 0,
        };
        let mut topics = if self.no_default_topics { Vec::new() } else { KafkaTestConfig::default_topics() };
        topics.extend(self.topics.iter().map(|topic| TopicSpec::new(&topic.name, topic.partitions.unwrap_or(1))));
        let cluster = Cluster::start(ClusterConfig {
            brokers: self.brokers,
            host: self.host.clone(),
            ports,
            advertised_host: self.advertise.clone(),
            first_node_id,
            topics,
            properties,
            seed: None,
        });
        let cluster = cluster.map_err(|error| match error {
            StartError::Bind { port, .. } if port != 0 => {
                format!("{error}; choose another port with --port, or --port 0 for any free one")
            }
            error => error.to_string(),
        })?;
        for key in cluster.ignored_properties() {
            eprintln!("kafka-trial: warning: nothing acts on the broker property {key}");
        }
        Ok(cluster)
    }
}

/// Serves until a signal comes, or until standard input ends when the parent is to be followed.
pub(crate) fn serve(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let ports = if options.port.is_empty() { vec![DEFAULT_PORT] } else { options.port.clone() };
    let mut signals = endings()?;
    let cluster = options.cluster.start(ports)?;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", cluster.bootstrap_servers())?;
    stdout.flush()?;
    drop(stdout);
    eprintln!("kafka-trial: serving on {}; Ctrl-C ends it", cluster.bootstrap_servers());
    if options.exit_with_parent {
        let handle = signals.handle();
        std::thread::spawn(move || {
            let mut ignored = [0; 256];
            while matches!(io::stdin().read(&mut ignored), Ok(1..)) {}
            handle.close();
        });
    }
    signals.forever().next();
    cluster.stop();
    Ok(ExitCode::SUCCESS)
}
