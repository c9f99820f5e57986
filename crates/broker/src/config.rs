//! What a cluster is to look like.

use std::collections::BTreeMap;
use std::str::FromStr;

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
    /// What clients are told to connect to: one host for all brokers, or an address for each of them; the listening
    /// addresses when empty. It has to be set where these are the address of all interfaces. The property
    /// `advertised.listeners` of a broker wins over it.
    pub advertised: Vec<Advertised>,
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
            advertised: Vec::new(),
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

/// What clients of a broker are told to connect to: `HOST`, or `HOST:PORT` where a proxy or a container listens there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advertised {
    /// The name or the IP.
    pub host: String,
    /// The port; that of the listener without one.
    pub port: Option<u16>,
}

impl FromStr for Advertised {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let invalid = || format!("invalid address {text:?}: expected HOST or HOST:PORT");
        let is_ip = text.parse::<std::net::Ipv6Addr>().is_ok();
        let (host, port) = match text.rsplit_once(':').filter(|_| !is_ip && !text.ends_with(']')) {
            Some((host, port)) => (host, Some(port.parse().map_err(|_| invalid())?)),
            None => (text, None),
        };
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let is_host = !host.is_empty() && !host.contains(['/', ' ', '[', ']']) && (is_ip || port != Some(0));
        if is_host { Ok(Self { host: host.to_owned(), port }) } else { Err(invalid()) }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_advertised_address_is_a_host_and_perhaps_a_port() {
        for (text, host, port) in [
            ("build-host", "build-host", None),
            ("127.0.0.1:19999", "127.0.0.1", Some(19999)),
            ("::1", "::1", None),
            ("[::1]", "::1", None),
            ("[::1]:9092", "::1", Some(9092)),
        ] {
            assert_eq!(text.parse(), Ok(Advertised { host: host.to_owned(), port }), "{text}");
        }
        for text in ["", ":9092", "a:", "a:b", "a:0", "a:99999", "PLAINTEXT://a:1"] {
            let wanted = format!("invalid address {text:?}: expected HOST or HOST:PORT");
            assert_eq!(text.parse::<Advertised>(), Err(wanted));
        }
    }
}
