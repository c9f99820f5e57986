//! What is measured: processes that listen on loopback, started and ended here.

use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The bare server of [`limit`](crate::limit).
    Limit,
    KafkaTrial,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Limit => "limit",
            Self::KafkaTrial => "kafka-trial",
        })
    }
}

/// A running server; it ends with this value.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) kind: Kind,
    pub(crate) address: String,
    process: Child,
}

impl Server {
    /// Starts one and gives it when it has said where it listens.
    pub(crate) fn start(kind: Kind, kafka_trial: &Path) -> Result<Self> {
        let mut command = match kind {
            Kind::Limit => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg("--be-limit");
                command
            }
            Kind::KafkaTrial => {
                let mut command = Command::new(kafka_trial);
                command.args(["serve", "--port", "0", "--no-default-topics"]);
                command
            }
        };
        let process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{command:?} could not be started"))?;
        // From here on the process ends with the value, whatever goes wrong.
        let mut server = Self { kind, address: String::new(), process };
        let stdout = server.process.stdout.take().context("its output was asked for")?;
        BufReader::new(stdout).read_line(&mut server.address)?;
        server.address.truncate(server.address.trim_end().len());
        ensure!(!server.address.is_empty(), "{command:?} ended before it listened");
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing left to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
