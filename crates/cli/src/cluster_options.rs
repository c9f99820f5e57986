//! What the cluster of `serve` and `run` looks like.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;

use kafka_trial::config::KafkaTestConfig;
use kafka_trial::{Advertised, Cluster, ClusterConfig, Release, StartError};

use crate::note::note;
use crate::properties::{BrokerProperty, Property, read_file};
use crate::topic_argument::TopicArgument;

/// Brokers, topics and properties.
#[derive(clap::Args)]
pub(crate) struct ClusterOptions {
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// The port of each broker, comma-separated; 0 takes a free port, as does a broker without a port [default: 19092 for
    /// serve, 0 for run]
    #[arg(long, value_name = "PORT", value_delimiter = ',')]
    port: Vec<u16>,
    /// The address that clients connect to: a host, or HOST:PORT if a proxy or a container listens there; one per broker if
    /// they have ports [default: the addresses that brokers listen on]
    #[arg(long, value_name = "HOST[:PORT]", value_delimiter = ',')]
    advertise: Vec<Advertised>,
    /// The number of brokers, whose ids count up from node.id [default: 1, or the number of ports of --port]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    brokers: Option<u16>,
    /// A topic to create at the start, with its configs; may be given several times [default for PARTITIONS:
    /// num.partitions, which is 1 by default]
    #[arg(long = "topic", value_name = "NAME[:PARTITIONS][,KEY=VALUE]")]
    topics: Vec<TopicArgument>,
    /// Create the eight default topics of the reference service, with three partitions each
    #[arg(long)]
    default_topics: bool,
    /// Show the API versions and features of this release of Kafka, 2.8 to 4.3; what the APIs do stays that of 4.3
    #[arg(long, value_name = "VERSION", default_value_t = Release::LATEST)]
    as_version: Release,
    /// A file of broker properties (Java properties, Kafka's own keys)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A property of all brokers or of one, which overrides --config; may be given several times
    #[arg(long = "set", value_name = "[BROKER:]KEY=VALUE")]
    settings: Vec<BrokerProperty>,
    /// How many of the newest requests the journal keeps; 0 turns it off
    #[arg(long, value_name = "N", default_value_t = ClusterConfig::default().journal_capacity)]
    journal_capacity: usize,
}

impl ClusterOptions {
    /// Whether requests are journaled.
    pub(crate) fn has_journal(&self) -> bool {
        self.journal_capacity > 0
    }

    /// Whether the ports are left to the system.
    pub(crate) fn takes_free_port(&self) -> bool {
        self.port.first() == Some(&0)
    }

    /// Starts the cluster, and says on standard error which properties nothing acts on.
    pub(crate) fn start(&self, default_port: u16) -> Result<Cluster, Box<dyn Error>> {
        let ports = if self.port.is_empty() { vec![default_port] } else { self.port.clone() };
        let mut properties = match &self.config {
            Some(path) => read_file(path)?,
            None => Default::default(),
        };
        let mut broker_properties: BTreeMap<i32, BTreeMap<String, String>> = BTreeMap::new();
        for BrokerProperty { broker, property: Property { key, value } } in &self.settings {
            let of = broker.map_or(&mut properties, |id| broker_properties.entry(id).or_default());
            of.insert(key.clone(), value.clone());
        }
        let partitions = properties.get("num.partitions").and_then(|count| count.parse().ok()).unwrap_or(1);
        let mut topics = if self.default_topics { KafkaTestConfig::default_topics() } else { Vec::new() };
        topics.extend(self.topics.iter().map(|topic| topic.spec(partitions)));
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
            first_node_id: 0,
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
            StartError::Advertised(why) => format!("--advertise: {why}"),
            error => error.to_string(),
        })?;
        for ignored in cluster.ignored_properties() {
            note(format_args!("warning: {ignored}"));
        }
        Ok(cluster)
    }
}
