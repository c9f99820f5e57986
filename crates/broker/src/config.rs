//! What a cluster is to look like.

use std::collections::BTreeMap;

use crate::Release;

/// A cluster to start. `ClusterConfig::default()` is one broker on a free port of 127.0.0.1.
#[derive(Clone, Debug)]
pub struct ClusterConfig {
    /// How many brokers; each has a listener of its own.
    pub brokers: u16,
    /// The address to listen on.
    pub host: String,
    /// One port per broker; 0 is any free one, and so is a port that is not given.
    pub ports: Vec<u16>,
    /// The host that clients are told to connect to; the listening address when not set. It has to be set where that
    /// is the address of all interfaces.
    pub advertised_host: Option<String>,
    /// The id of the first broker; the others count up from it.
    pub first_node_id: i32,
    /// Topics that exist from the start.
    pub topics: Vec<TopicSpec>,
    /// Kafka's own broker properties, such as `auto.create.topics.enable`.
    pub properties: BTreeMap<String, String>,
    /// Properties of single brokers by id, over those of all: `broker.rack` is the one that may differ.
    pub broker_properties: BTreeMap<i32, BTreeMap<String, String>>,
    /// The release of Kafka whose versions are shown; the latest by default.
    pub release: Release,
    /// Where ids come from; a random one when not set.
    pub seed: Option<u64>,
    /// How many entries the [journal](crate::journal) keeps, the newest; 65,536 by default, about 20 MB when it is
    /// full. An entry above 512 bytes counts for as many as it would fill. 0 turns it off.
    pub journal_capacity: usize,
}

impl Default for ClusterConfig {
    fn default() -> Self {
        Self {
            brokers: 1,
            host: "127.0.0.1".to_owned(),
            ports: Vec::new(),
            advertised_host: None,
            first_node_id: 0,
            topics: Vec::new(),
            properties: BTreeMap::new(),
            broker_properties: BTreeMap::new(),
            release: Release::LATEST,
            seed: None,
            journal_capacity: 65_536,
        }
    }
}

/// A topic to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSpec {
    /// Its name: letters, digits, `.`, `_` and `-`, 249 at most.
    pub name: String,
    /// How many partitions.
    pub partitions: i32,
    /// Topic configs by Kafka's names.
    pub configs: BTreeMap<String, String>,
}

impl TopicSpec {
    /// A topic without configs of its own.
    pub fn new(name: impl Into<String>, partitions: i32) -> Self {
        Self { name: name.into(), partitions, configs: BTreeMap::new() }
    }
}
