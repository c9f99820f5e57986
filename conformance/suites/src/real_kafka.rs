//! A real Apache Kafka, started by `conformance/real-kafka/start.sh` from its published jars.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::broker::{KAFKA_VERSION, Setup, Side};
use crate::place::{Place, root, target};
use crate::process::succeed;

/// Nodes of one cluster find each other by it.
const CLUSTER_ID: &str = "kafkaTrialSuites00000A";

/// A running cluster; it ends with the value, and its data with it.
pub(crate) struct RealKafka {
    /// The script as each node was started, without what it is to do.
    nodes: Vec<Command>,
    bootstrap: String,
}

impl RealKafka {
    /// Starts a fresh one and waits until it answers. The first node is the controller too; the others join it.
    pub(crate) fn start(setup: &Setup, place: &Place) -> Result<Self> {
        let mut ports = free_ports(usize::from(setup.brokers) + 1)?;
        let Some(controller) = ports.pop() else { bail!("a cluster has a controller") };
        if let (Some(wanted), Some(first)) = (setup.port, ports.first_mut()) {
            *first = wanted;
        }
        let addresses: Vec<String> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        let mut cluster = Self { nodes: Vec::new(), bootstrap: addresses.join(",") };
        for (id, port) in (setup.node_id..).zip(ports) {
            let mut properties: String =
                setup.settings.iter().map(|(key, value)| format!("{key}={value}\\n")).collect();
            if id != setup.node_id {
                properties.push_str(&format!(
                    "process.roles=broker\\nlisteners=PLAINTEXT://127.0.0.1:{port}\\n\
                     controller.quorum.voters={}@127.0.0.1:{controller}\\n",
                    setup.node_id
                ));
            }
            let script = || {
                let mut script = kafka_script()?;
                script.env("PORT", port.to_string()).env("CTRL_PORT", controller.to_string());
                script.env("NODE_ID", id.to_string()).env("EXTRA_PROPS", &properties).env("CLUSTER_ID", CLUSTER_ID);
                script.env("ACL", if setup.authorizer { "1" } else { "0" });
                anyhow::Ok(script)
            };
            // Before it is up: what fails half-way is taken down too.
            cluster.nodes.push(script()?);
            succeed(script()?.arg("up"), &place.test_log(Side::Kafka, &format!("broker-{id}"))?)?;
        }
        Ok(cluster)
    }

    /// Where clients find it.
    pub(crate) fn bootstrap(&self) -> &str {
        &self.bootstrap
    }
}

impl Drop for RealKafka {
    fn drop(&mut self) {
        for node in self.nodes.iter_mut().rev() {
            // There is nobody to tell; its data is in a folder of its own, and the next cluster has other ports.
            let _ = node.arg("wipe").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        }
    }
}

/// The script that starts a real Kafka, with its jars in `target/real-kafka`.
pub(crate) fn kafka_script() -> Result<Command> {
    let work = target().join("real-kafka");
    std::fs::create_dir_all(&work)?;
    let mut script = Command::new(root().join("conformance/real-kafka/start.sh"));
    script.env("KAFKA_VERSION", KAFKA_VERSION).env("WORK", work.canonicalize()?);
    Ok(script)
}

/// Ports that were free a moment ago.
fn free_ports(count: usize) -> Result<Vec<u16>> {
    let listeners: Vec<TcpListener> = (0..count).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<_, _>>()?;
    Ok(listeners
        .iter()
        .map(|listener| listener.local_addr().map(|address| address.port()))
        .collect::<Result<_, _>>()?)
}
