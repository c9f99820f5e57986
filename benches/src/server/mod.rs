//! What is measured: processes that listen on loopback, started and ended here.

mod kafka;
mod kfake;

use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use kafka_trial_real_kafka::Cluster;

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The bare server of [`limit`](crate::limit).
    Limit,
    KafkaTrial,
    /// The same without its journal.
    WithoutJournal,
    /// The fake cluster of franz-go.
    Kfake,
    /// Apache Kafka itself.
    Kafka,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Limit => "limit",
            Self::KafkaTrial => "kafka-trial",
            Self::WithoutJournal => "no journal",
            Self::Kfake => "kfake",
            Self::Kafka => "Kafka 4.3.1",
        })
    }
}

/// How each kind is started on this machine.
#[derive(Debug)]
pub(crate) struct Installation {
    kafka_trial: PathBuf,
    /// Whether it is measured without its journal too.
    without_journal: bool,
    kfake: Option<PathBuf>,
    has_kafka: bool,
}

impl Installation {
    /// Prepares what is there: kfake is built where Go is, Kafka is used where Java and Maven are. What is missing, and
    /// why, goes to standard error.
    pub(crate) fn prepare(kafka_trial: PathBuf, without_journal: bool, with_peers: bool) -> Self {
        fn found<T>(name: &str, result: Result<T>) -> Option<T> {
            result.inspect_err(|why| eprintln!("{name} is left out: {why:#}")).ok()
        }
        let kfake = with_peers.then(|| found("kfake", kfake::build())).flatten();
        let has_kafka = with_peers && found("Apache Kafka", kafka::check()).is_some();
        Self { kafka_trial, without_journal, kfake, has_kafka }
    }

    /// Whether Kafka's jars, and what runs them, are there.
    pub(crate) fn has_kafka(&self) -> bool {
        self.has_kafka
    }

    /// Everything that can be started, in the order in which it is measured.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = Kind> {
        let others = [
            self.without_journal.then_some(Kind::WithoutJournal),
            self.kfake.as_ref().map(|_| Kind::Kfake),
            self.has_kafka.then_some(Kind::Kafka),
        ];
        [Kind::Limit, Kind::KafkaTrial].into_iter().chain(others.into_iter().flatten())
    }
}

/// A running server; it ends with this value.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) kind: Kind,
    pub(crate) address: String,
    process: Process,
}

#[derive(Debug)]
enum Process {
    /// A child that says on its standard output where it listens.
    Child {
        child: Child,
        stdout: BufReader<ChildStdout>,
    },
    Kafka(Cluster),
}

impl Server {
    /// Starts one and gives it when it has said where it listens. Broker properties are for kafka-trial alone.
    pub(crate) fn start(installation: &Installation, kind: Kind, properties: &[&str]) -> Result<Self> {
        let arguments: Vec<&str> = properties.iter().flat_map(|property| ["--set", property]).collect();
        Self::start_with(installation, kind, &arguments)
    }

    /// The same, with any arguments for kafka-trial.
    pub(crate) fn start_with(installation: &Installation, kind: Kind, arguments: &[&str]) -> Result<Self> {
        let missing = || format!("{kind} is not there");
        let mut command = match kind {
            Kind::Limit => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg("--be-limit");
                command
            }
            Kind::KafkaTrial | Kind::WithoutJournal => {
                let mut command = Command::new(&installation.kafka_trial);
                command.args(["serve", "--port", "0", "--exit-with-parent"]);
                if kind == Kind::WithoutJournal {
                    command.args(["--journal-capacity", "0"]);
                }
                command.args(arguments);
                command
            }
            Kind::Kfake => Command::new(installation.kfake.as_ref().with_context(missing)?),
            Kind::Kafka => {
                let kafka = kafka::start()?;
                return Ok(Self { kind, address: kafka.bootstrap(), process: Process::Kafka(kafka) });
            }
        };
        // They end when their standard input does: with this process, however that ends.
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{command:?} could not be started"))?;
        let stdout = BufReader::new(child.stdout.take().context("its output was asked for")?);
        // From here on the process ends with the value, whatever goes wrong.
        let mut server = Self { kind, address: String::new(), process: Process::Child { child, stdout } };
        server.address = server.next_line().with_context(|| format!("{command:?}"))?;
        Ok(server)
    }

    /// Waits until nothing of its start is under way any more.
    pub(crate) fn settle(&mut self) -> Result<()> {
        match &mut self.process {
            Process::Child { .. } => Ok(()),
            Process::Kafka(kafka) => kafka.ready(),
        }
    }

    /// What it says next on its standard output.
    pub(crate) fn next_line(&mut self) -> Result<String> {
        let mut line = String::new();
        if let Process::Child { stdout, .. } = &mut self.process {
            stdout.read_line(&mut line)?;
        }
        line.truncate(line.trim_end().len());
        ensure!(!line.is_empty(), "it said nothing");
        Ok(line)
    }

    /// A figure of its memory in bytes: a line of Linux's `/proc/PID/status`, such as `VmRSS`.
    pub(crate) fn memory(&self, line: &str) -> Result<f64> {
        let id = match &self.process {
            Process::Child { child, .. } => child.id(),
            Process::Kafka(kafka) => kafka.process_id()?,
        };
        let path = format!("/proc/{id}/status");
        let status = std::fs::read_to_string(Path::new(&path)).context(path)?;
        let value = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'));
        let kilobytes =
            value.and_then(|value| value.trim().strip_suffix(" kB")).with_context(|| format!("no {line}"))?;
        Ok(kilobytes.parse::<f64>()? * 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Process::Child { child, .. } = &mut self.process {
            // It may have ended by itself; then there is nothing left to end.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
