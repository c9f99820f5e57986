//! A real Kafka to ask: started by `conformance/real-kafka/start.sh`, or one that runs already.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// A running Kafka; dropping it stops it, if it was started here.
#[derive(Debug)]
pub(crate) struct Oracle {
    pub(crate) address: SocketAddr,
    started: Option<Started>,
}

#[derive(Debug)]
struct Started {
    ports: (u16, u16),
    properties: String,
}

impl Oracle {
    /// One that runs already.
    pub(crate) fn at(bootstrap: &str) -> Result<Self> {
        let mut addresses = bootstrap.to_socket_addrs().with_context(|| format!("--bootstrap {bootstrap}"))?;
        let address = addresses.next().with_context(|| format!("--bootstrap {bootstrap}: no address"))?;
        Ok(Self { address, started: None })
    }

    /// Starts one with these broker properties; its data is gone when it stops.
    pub(crate) fn start(properties: &BTreeMap<String, String>, version: &str) -> Result<Self> {
        let lines: Vec<String> = properties.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let started = Started { ports: (port("PORT")?, port("CTRL_PORT")?), properties: lines.join("\n") };
        let address = SocketAddr::from(([127, 0, 0, 1], started.ports.0));
        let status = started.command("up", version).status().context("start.sh could not be run")?;
        if !status.success() {
            bail!("Kafka did not start: {status}; it needs a JDK of 17 or newer, Maven and python3");
        }
        Ok(Self { address, started: Some(started) })
    }
}

impl Started {
    fn command(&self, what: &str, version: &str) -> Command {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../real-kafka/start.sh");
        let mut command = Command::new(script);
        command.arg(what).stdout(Stdio::null());
        command.env("PORT", self.ports.0.to_string()).env("CTRL_PORT", self.ports.1.to_string());
        command.env("EXTRA_PROPS", &self.properties).env("NODE_ID", "1").env("KAFKA_VERSION", version);
        command
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        if let Some(started) = &self.started {
            let stopped = started.command("wipe", "").status();
            if !stopped.is_ok_and(|status| status.success()) {
                eprintln!("Kafka on {} may still run", self.address);
            }
        }
    }
}

/// The port that a variable names, or any free one.
fn port(variable: &str) -> Result<u16> {
    if let Ok(port) = std::env::var(variable) {
        return port.parse().with_context(|| format!("{variable}={port}: a port expected"));
    }
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
