//! A real Kafka to ask: started by `conformance/real-kafka/start.sh`, or one that runs already.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::scenario::FIRST_BROKER;
use crate::side::Nodes;

/// Nodes of one cluster find each other by it.
const CLUSTER_ID: &str = "kafkaTrialOracle00000A";

/// A running Kafka; dropping it stops what was started here.
#[derive(Debug)]
pub(crate) struct Oracle {
    addresses: Vec<SocketAddr>,
    /// None of them where it ran already.
    started: Vec<Node>,
}

/// A broker that was started here. The first one is the controller too, and the others join it.
#[derive(Debug)]
struct Node {
    id: i32,
    port: u16,
    controller_port: u16,
    properties: String,
    version: String,
}

impl Oracle {
    /// One that runs already.
    pub(crate) fn at(bootstrap: &str) -> Result<Self> {
        let mut addresses = bootstrap.to_socket_addrs().with_context(|| format!("--bootstrap {bootstrap}"))?;
        let address = addresses.next().with_context(|| format!("--bootstrap {bootstrap}: no address"))?;
        Ok(Self { addresses: vec![address], started: Vec::new() })
    }

    /// Starts brokers with these properties; their data is gone when they stop.
    pub(crate) fn start(properties: &BTreeMap<String, String>, brokers: u16, version: &str) -> Result<Self> {
        let controller_port = port("CTRL_PORT")?;
        let mut oracle = Self { addresses: Vec::new(), started: Vec::new() };
        for id in (FIRST_BROKER..).take(brokers.into()) {
            let port = if id == FIRST_BROKER { port("PORT")? } else { free_port()? };
            let mut properties = properties.clone();
            if id != FIRST_BROKER {
                properties.extend([
                    ("node.id".to_owned(), id.to_string()),
                    ("process.roles".to_owned(), "broker".to_owned()),
                    ("listeners".to_owned(), format!("PLAINTEXT://127.0.0.1:{port}")),
                    ("controller.quorum.voters".to_owned(), format!("{FIRST_BROKER}@127.0.0.1:{controller_port}")),
                ]);
            }
            let lines: Vec<String> = properties.iter().map(|(key, value)| format!("{key}={value}")).collect();
            let node = Node { id, port, controller_port, properties: lines.join("\n"), version: version.to_owned() };
            oracle.addresses.push(SocketAddr::from(([127, 0, 0, 1], port)));
            // Before it is up: what fails half-way is taken down too.
            let up = node.command("up");
            oracle.started.push(node);
            succeed(up).context("Kafka did not start; it needs a JDK of 17 or newer, Maven and python3")?;
        }
        Ok(oracle)
    }

    fn node(&self, id: i32) -> Result<&Node, String> {
        self.started.iter().find(|node| node.id == id).ok_or_else(|| format!("broker {id} was not started here"))
    }
}

impl Nodes for Oracle {
    fn addresses(&self) -> Vec<SocketAddr> {
        self.addresses.clone()
    }

    fn stop(&self, id: i32) -> Result<(), String> {
        succeed(self.node(id)?.command("down")).map_err(|error| format!("{error:#}"))
    }

    fn start(&self, id: i32) -> Result<(), String> {
        succeed(self.node(id)?.command("up")).map_err(|error| format!("{error:#}"))
    }
}

impl Node {
    fn command(&self, what: &str) -> Command {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../real-kafka/start.sh");
        let mut command = Command::new(script);
        command.arg(what).stdout(Stdio::null());
        command.env("PORT", self.port.to_string()).env("CTRL_PORT", self.controller_port.to_string());
        command.env("EXTRA_PROPS", &self.properties).env("NODE_ID", self.id.to_string());
        command.env("CLUSTER_ID", CLUSTER_ID).env("KAFKA_VERSION", &self.version);
        command
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        for node in self.started.iter().rev() {
            if succeed(node.command("wipe")).is_err() {
                eprintln!("Kafka on port {} may still run", node.port);
            }
        }
    }
}

fn succeed(mut command: Command) -> Result<()> {
    let status = command.status().context("start.sh could not be run")?;
    if !status.success() {
        bail!("start.sh: {status}");
    }
    Ok(())
}

/// The port that a variable names, or any free one.
fn port(variable: &str) -> Result<u16> {
    match std::env::var(variable) {
        Ok(port) => port.parse().with_context(|| format!("{variable}={port}: a port expected")),
        Err(_) => free_port(),
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
