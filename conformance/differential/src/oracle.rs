//! A real Kafka to ask: started here, or one that runs already.

use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs as _};

use anyhow::{Context as _, Result};
use kafka_trial_broker::ClusterConfig;
use kafka_trial_real_kafka::{Cluster, Setup};

use crate::nodes::Nodes;

/// A running Kafka; dropping it stops what was started here.
#[derive(Debug)]
pub(crate) struct Oracle {
    addresses: Vec<SocketAddr>,
    /// None where it ran already.
    cluster: Option<Cluster>,
}

impl Oracle {
    /// One that runs already.
    pub(crate) fn at(bootstrap: &str) -> Result<Self> {
        let mut addresses = bootstrap.to_socket_addrs().with_context(|| format!("--bootstrap {bootstrap}"))?;
        let address = addresses.next().with_context(|| format!("--bootstrap {bootstrap}: no address"))?;
        Ok(Self { addresses: vec![address], cluster: None })
    }

    /// Starts brokers as these are; their data is gone when they stop.
    pub(crate) fn start(config: &ClusterConfig, version: &str) -> Result<Self> {
        let lines = |properties: &BTreeMap<String, String>| -> Vec<String> {
            properties.iter().map(|(key, value)| format!("{key}={value}")).collect()
        };
        let setup = Setup {
            version: version.to_owned(),
            brokers: config.brokers,
            first_id: config.first_node_id,
            port: port("PORT")?,
            controller_port: port("CTRL_PORT")?,
            properties: lines(&config.properties),
            broker_properties: config.broker_properties.iter().map(|(id, own)| (*id, lines(own))).collect(),
            ..Setup::default()
        };
        let cluster = Cluster::start(&setup)?;
        Ok(Self { addresses: cluster.addresses(), cluster: Some(cluster) })
    }

    fn cluster(&self) -> Result<&Cluster> {
        self.cluster.as_ref().context("it was not started here")
    }
}

impl Nodes for Oracle {
    fn addresses(&self) -> Vec<SocketAddr> {
        self.addresses.clone()
    }

    fn stop(&self, id: i32) -> Result<(), String> {
        self.cluster().and_then(|cluster| cluster.stop(id)).map_err(|error| format!("{error:#}"))
    }

    fn start(&self, id: i32) -> Result<(), String> {
        self.cluster().and_then(|cluster| cluster.start_again(id)).map_err(|error| format!("{error:#}"))
    }
}

/// The port that a variable names.
fn port(variable: &str) -> Result<Option<u16>> {
    let port = std::env::var(variable).ok();
    port.map(|port| port.parse().with_context(|| format!("{variable}={port}: a port expected"))).transpose()
}
