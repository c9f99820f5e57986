//! A config describes a cluster before it starts.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::Release;

/// A cluster to start. `ClusterConfig::default()` is one broker on a free port of 127.0.0.1.
#[derive(Clone, Debug)]
pub struct ClusterConfig {
    /// How many brokers the cluster has; each has its own listener.
    pub brokers: u16,
    /// The address on which the brokers listen.
    pub host: String,
    /// One port per broker; 0 or a missing port means any free one.
    pub ports: Vec<u16>,
    /// The addresses that clients connect to: one host for all brokers, or one address for each of them; empty for the
    /// listening addresses. It must be set if the brokers listen on all interfaces. A broker's property
    /// `advertised.listeners` overrides it.
    pub advertised: Vec<Advertised>,
    /// The id of the first broker; the others count up from it. The property `node.id` overrides it.
    pub first_node_id: i32,
    /// Topics that exist from the start.
    pub topics: Vec<TopicSpec>,
    /// Kafka's own broker properties, such as `auto.create.topics.enable`.
    pub properties: BTreeMap<String, String>,
    /// Properties of single brokers by id, which override those of all brokers; only `broker.rack` may differ.
    pub broker_properties: BTreeMap<i32, BTreeMap<String, String>>,
    /// The release of Kafka whose API versions the cluster shows; the latest by default.
    pub release: Release,
    /// The seed of all ids; random if not set.
    pub seed: Option<u64>,
    /// How many entries the [journal](crate::journal) keeps; 65,536 by default, about 20 MB when it is full. An entry
    /// above 512 bytes counts as several. 0 turns the journal off.
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

/// An address that clients of a broker connect to: `HOST`, or `HOST:PORT` if a proxy or a container listens there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advertised {
    /// The name or the IP address.
    pub host: String,
    /// The port; `None` for the listener's.
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
    /// The topic's name: letters, digits, `.`, `_` and `-`, at most 249 characters.
    pub name: String,
    /// How many partitions the topic has.
    pub partitions: i32,
    /// Topic configs by Kafka's names.
    pub configs: BTreeMap<String, String>,
}

impl TopicSpec {
    /// Returns a topic without its own configs.
    pub fn new(name: impl Into<String>, partitions: i32) -> Self {
        Self { name: name.into(), partitions, configs: BTreeMap::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_advertised_address_is_a_host_with_an_optional_port() {
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
