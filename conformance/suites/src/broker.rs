//! The broker that a suite meets: ours, as users start it, or a real Apache Kafka.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use kafka_trial_real_kafka as real_kafka;

use crate::place::{Place, root, target};
use crate::process::{Log, succeed};

/// Whose broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Ours,
    Kafka,
}

impl Side {
    /// A word for files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Kafka => "kafka",
        }
    }

    /// Product and version, for people.
    pub(crate) fn title(self) -> String {
        match self {
            Self::Ours => format!("kafka-trial {}", env!("CARGO_PKG_VERSION")),
            Self::Kafka => format!("Apache Kafka {}", real_kafka::VERSION),
        }
    }
}

/// What a suite wants its broker to be. All else is the same for all suites and for both sides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    pub(crate) node_id: i32,
    /// A free one where the suite does not mind.
    pub(crate) port: Option<u16>,
    /// How many, their ids counting up.
    pub(crate) brokers: u16,
    /// Broker properties over [`COMMON`].
    pub(crate) settings: &'static [(&'static str, &'static str)],
    /// With Kafka's StandardAuthorizer, an anonymous client being a super user.
    pub(crate) authorizer: bool,
}

impl Setup {
    pub(crate) const PLAIN: Self = Self { node_id: 1, port: None, brokers: 1, settings: &[], authorizer: false };

    fn of_kafka(&self) -> real_kafka::Setup {
        real_kafka::Setup {
            brokers: self.brokers,
            first_id: self.node_id,
            port: self.port,
            properties: self.settings.iter().map(|(key, value)| format!("{key}={value}")).collect(),
            authorizer: self.authorizer,
            ..real_kafka::Setup::default()
        }
    }
}

/// What `conformance/real-kafka/start.sh` gives a real Kafka, as far as a client sees it.
const COMMON: &[(&str, &str)] = &[
    ("num.partitions", "4"),
    ("auto.create.topics.enable", "true"),
    ("min.insync.replicas", "1"),
    ("offsets.topic.num.partitions", "1"),
    ("transaction.state.log.num.partitions", "1"),
    ("group.initial.rebalance.delay.ms", "0"),
    ("group.min.session.timeout.ms", "1000"),
    ("group.consumer.min.session.timeout.ms", "1000"),
    ("group.consumer.min.heartbeat.interval.ms", "500"),
    ("group.consumer.heartbeat.interval.ms", "500"),
    ("group.share.min.record.lock.duration.ms", "1000"),
    ("transaction.max.timeout.ms", "900000"),
    ("log.retention.ms", "-1"),
    ("log.segment.delete.delay.ms", "1000"),
    ("log.retention.check.interval.ms", "1000"),
];

/// A running broker; it ends with the value, and its data with it.
pub(crate) enum Broker {
    Ours(Ours),
    Kafka { bootstrap: String, _cluster: real_kafka::Cluster },
}

impl Broker {
    /// Starts a fresh one and waits until it answers.
    pub(crate) fn start(side: Side, setup: &Setup, place: &Place) -> Result<Self> {
        match side {
            Side::Ours => Ours::start(setup, place).map(Self::Ours),
            Side::Kafka => {
                let cluster = real_kafka::Cluster::start(&setup.of_kafka())?;
                Ok(Self::Kafka { bootstrap: cluster.bootstrap(), _cluster: cluster })
            }
        }
    }

    /// Where clients find it.
    pub(crate) fn bootstrap(&self) -> &str {
        match self {
            Self::Ours(ours) => &ours.bootstrap,
            Self::Kafka { bootstrap, .. } => bootstrap,
        }
    }
}

/// A process of `kafka-trial serve`.
pub(crate) struct Ours {
    process: Child,
    bootstrap: String,
}

impl Ours {
    fn start(setup: &Setup, place: &Place) -> Result<Self> {
        let mut command = Command::new(executable()?);
        command.args(["serve", "--exit-with-parent", "--registry", "off"]);
        command.args(["--port", &setup.port.unwrap_or(0).to_string()]);
        command.args(["--brokers", &setup.brokers.to_string(), "--set", &format!("node.id={}", setup.node_id)]);
        for (key, value) in COMMON.iter().chain(setup.settings) {
            command.args(["--set", &format!("{key}={value}")]);
        }
        if setup.authorizer {
            command.args([
                "--set",
                "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "--set",
                "super.users=User:ANONYMOUS",
                "--set",
                "allow.everyone.if.no.acl.found=true",
            ]);
        }
        let log = place.test_log(Side::Ours, "broker")?;
        let errors = std::fs::File::create(&log.err)?;
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors).spawn()?;
        let mut bootstrap = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut bootstrap)?;
        }
        let bootstrap = bootstrap.trim().to_owned();
        if bootstrap.is_empty() {
            process.wait()?;
            bail!("the broker did not start:\n{}", log.errors()?);
        }
        Ok(Self { process, bootstrap })
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        // A broker that has ended by itself is what a suite reports, not this.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// The `kafka-trial` command, built from the sources as they are.
fn executable() -> Result<PathBuf> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--package", "kafka-trial-cli"]).current_dir(root());
    succeed(&mut cargo, &Log::new(&target().join("suites"), "build")?)?;
    let path = target().join("debug/kafka-trial");
    path.canonicalize().with_context(|| format!("{} was not built", path.display()))
}
