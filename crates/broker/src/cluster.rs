//! A running cluster and its owner.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use kafka_trial_core::{IgnoredProperty, Node, SettingError, Settings, State};
use socket2::SockRef;
use thiserror::Error;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::driver::Driver;
use crate::inspect::{self, InspectError, StoredRecord};
use crate::journal::Journal;
use crate::net::{Clock, Command, run};
use crate::{Advertised, ClusterConfig, GroupSummary, TopicSpec, TopicSummary, summary};

/// How many connections may wait to be accepted; the system may allow fewer.
const BACKLOG: i32 = 4096;
/// The property that says what a broker's clients connect to.
const ADVERTISED: &str = "advertised.listeners";
/// The property that says where a broker stands.
const RACK: &str = "broker.rack";

/// Why a cluster does not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {host}:{port}: {source}")]
    Bind {
        /// The host that was asked for.
        host: String,
        /// The port that was asked for.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// A broker property has a value that Kafka refuses.
    #[error("broker property {0}")]
    Setting(#[from] SettingError),
    /// A topic that was to exist from the start cannot.
    #[error("topic {name}: {source}")]
    Topic {
        /// The topic.
        name: String,
        /// Why not.
        source: InspectError,
    },
    /// The address of all interfaces is none that clients can connect to.
    #[error("clients cannot be told to connect to {host}: the host to advertise has to be named")]
    NothingToAdvertise {
        /// The host that is listened on.
        host: String,
    },
    /// An address to advertise that cannot be.
    #[error("advertised: {0}")]
    Advertised(String),
    /// Properties for a broker that is not in the cluster.
    #[error("there is no broker {id}: their ids are {first} to {last}")]
    NoSuchBroker {
        /// The id that was given.
        id: i32,
        /// The lowest id.
        first: i32,
        /// The highest.
        last: i32,
    },
    /// No brokers were asked for.
    #[error("a cluster needs at least one broker")]
    NoBrokers,
    /// The thread or its runtime cannot be had.
    #[error("cannot start the broker's thread: {0}")]
    Thread(io::Error),
}

impl StartError {
    /// Whether it is the port that cannot be had, so that another would do.
    pub fn is_about_the_port(&self) -> bool {
        let Self::Bind { port, source, .. } = self else { return false };
        *port != 0 && matches!(source.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied)
    }
}

/// A running cluster. It has one owner; dropping it ends its thread and closes its sockets before `drop` returns.
#[derive(Debug)]
#[must_use = "the cluster stops when this is dropped"]
pub struct Cluster {
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) first_node_id: i32,
    bootstrap: String,
    ignored: Vec<IgnoredProperty>,
    /// None once the cluster has been told to stop.
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    commands: UnboundedSender<Command>,
    thread: JoinHandle<()>,
}

impl Cluster {
    /// Binds the listeners, starts the cluster on a thread of its own and returns: clients can connect at once.
    pub fn start(config: ClusterConfig) -> Result<Self, StartError> {
        if config.brokers == 0 {
            return Err(StartError::NoBrokers);
        }
        if config.advertised.len() > 1 && config.advertised.len() != usize::from(config.brokers) {
            return Err(StartError::Advertised(format!(
                "{} addresses for {} broker(s): one host for all, or one address for each",
                config.advertised.len(),
                config.brokers
            )));
        }
        let (settings, mut ignored) = Settings::parse(&config.properties)?;
        ignored.retain(|ignored| !matches!(ignored, IgnoredProperty::WithoutEffect(key) if key == ADVERTISED));
        let last_node_id = config.first_node_id + i32::from(config.brokers) - 1;
        for (id, properties) in &config.broker_properties {
            if !(config.first_node_id..=last_node_id).contains(id) {
                return Err(StartError::NoSuchBroker { id: *id, first: config.first_node_id, last: last_node_id });
            }
            let without_effect = properties.keys().filter(|key| *key != RACK && *key != ADVERTISED);
            ignored.extend(without_effect.map(|key| IgnoredProperty::OfOneBroker { id: *id, key: key.clone() }));
        }
        let mut listeners = Vec::new();
        let mut nodes = Vec::new();
        for index in 0..config.brokers {
            let port = config.ports.get(usize::from(index)).copied().unwrap_or(0);
            let bind = |source| StartError::Bind { host: config.host.clone(), port, source };
            let listener = listen(&config.host, port).map_err(bind)?;
            let address = listener.local_addr().map_err(bind)?;
            let id = config.first_node_id + i32::from(index);
            let Advertised { host, port } = match advertised_of(&config, index, id)? {
                Some(advertised) => advertised,
                None if address.ip().is_unspecified() => {
                    return Err(StartError::NothingToAdvertise { host: config.host.clone() });
                }
                None => Advertised { host: config.host.clone(), port: None },
            };
            let port = port.unwrap_or(address.port());
            let own = config.broker_properties.get(&id).and_then(|properties| properties.get(RACK));
            let rack = own.or_else(|| config.properties.get(RACK)).cloned();
            nodes.push(Node { id, host, port, rack });
            listeners.push((id, listener));
        }
        let addresses = listeners.iter().filter_map(|(_, listener)| listener.local_addr().ok()).collect();
        let bootstrap: Vec<String> = nodes.iter().map(|node| host_and_port(&node.host, node.port)).collect();
        let seed = config.seed.unwrap_or_else(|| RandomState::new().hash_one(0));
        let clock = Clock::start();
        let mut state = State::new(settings, nodes, seed, clock.now());
        for topic in &config.topics {
            inspect::create(&mut state, topic)
                .map_err(|source| StartError::Topic { name: topic.name.clone(), source })?;
        }
        let driver = Driver::new(state, Journal::of(config.journal_capacity), config.release, seed);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Thread)?;
        let (commands, inbox) = unbounded_channel();
        let thread = std::thread::Builder::new()
            .name("kafka-trial".to_owned())
            .spawn(move || run(&runtime, driver, clock, listeners, inbox))
            .map_err(StartError::Thread)?;
        let running = Mutex::new(Some(Running { commands, thread }));
        let first_node_id = config.first_node_id;
        Ok(Self { addresses, first_node_id, bootstrap: bootstrap.join(","), ignored, running })
    }

    /// `host:port` of every broker, comma-separated, as clients are to use them.
    pub fn bootstrap_servers(&self) -> String {
        self.bootstrap.clone()
    }

    /// What each broker listens on.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.addresses.clone()
    }

    /// Broker properties that were given and that nothing acts on, each with the reason.
    pub fn ignored_properties(&self) -> &[IgnoredProperty] {
        &self.ignored
    }

    /// Creates a topic; it can be used when this returns.
    pub fn create_topic(&self, topic: TopicSpec) -> Result<(), InspectError> {
        self.with_driver(move |driver| inspect::create(&mut driver.state, &topic))?
    }

    /// Compacts all that is in a topic now: of each key the last record stays. Neither the active segment, which is
    /// closed first, nor `min.cleanable.dirty.ratio` and `min.compaction.lag.ms` hold anything back, as they do when
    /// Kafka's cleaner comes by. Tombstones stay until a compaction after `delete.retention.ms` (KIP-534).
    pub fn compact(&self, topic: &str) -> Result<(), InspectError> {
        let topic = topic.to_owned();
        let compacted = self.with_driver(move |driver| driver.state.compact_topic(&topic))?;
        compacted.map_err(InspectError::from)
    }

    /// Moves the cluster's time ahead: sessions, retention and transactions end as if that time had passed, each at its own
    /// moment. Clients wait in real time all the same.
    pub fn advance_clock(&self, by: Duration) -> Result<(), InspectError> {
        let micros = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
        self.with_driver(move |driver| driver.move_clock(micros))
    }

    /// Stops the cluster's time until [`Cluster::run_clock`]: no session, retention or transaction ends meanwhile, unless
    /// [`Cluster::advance_clock`] moves it. Clients wait in real time all the same.
    pub fn freeze_clock(&self) -> Result<(), InspectError> {
        self.with_driver(Driver::freeze_clock)
    }

    /// Lets the cluster's time go on from where it stood.
    pub fn run_clock(&self) -> Result<(), InspectError> {
        self.with_driver(Driver::run_clock)
    }

    /// Applies a topic's retention now, as Kafka does every `log.retention.check.interval.ms` (five minutes): segments
    /// whose newest record is older than `retention.ms` go, the active one too, and the oldest above `retention.bytes`.
    pub fn apply_retention(&self, topic: &str) -> Result<(), InspectError> {
        let topic = topic.to_owned();
        let applied = self.with_driver(move |driver| driver.state.apply_retention(&topic))?;
        applied.map_err(InspectError::from)
    }

    /// The records of a topic, or of one of its partitions, from offset `start` on.
    pub fn records(&self, topic: &str, partition: Option<i32>, start: i64) -> Result<Vec<StoredRecord>, InspectError> {
        let topic = topic.to_owned();
        self.with_driver(move |driver| inspect::records(&driver.state, &topic, partition, start))?
    }

    /// All topics by name, with how much is in them.
    pub fn topics(&self) -> Result<Vec<TopicSummary>, InspectError> {
        self.with_driver(|driver| summary::topics(&driver.state))
    }

    /// All groups by id, with how far they have got.
    pub fn groups(&self) -> Result<Vec<GroupSummary>, InspectError> {
        self.with_driver(|driver| summary::groups(&driver.state))
    }

    /// Runs something on the broker's thread and waits for its result.
    pub(crate) fn with_driver<T: Send + 'static>(
        &self,
        look: impl FnOnce(&mut Driver) -> T + Send + 'static,
    ) -> Result<T, InspectError> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let command = Command::Act(Box::new(move |driver| {
            // Nobody waits any more when this fails.
            let _ = sender.send(look(driver));
        }));
        self.send(command)?;
        receiver.recv().map_err(|_| InspectError::Stopped)
    }

    /// Has something done on the broker's thread.
    pub(crate) fn send(&self, command: Command) -> Result<(), InspectError> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let commands = &running.as_ref().ok_or(InspectError::Stopped)?.commands;
        commands.send(command).map_err(|_| InspectError::Stopped)
    }

    /// Ends the cluster, as dropping it does: its sockets are closed when this returns. Whoever looks into it later is
    /// told that it has stopped.
    pub fn stop(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Running { commands, thread }) = running {
            drop(commands);
            // A panic on that thread has been reported there; a second one here would abort a test that fails.
            let _ = thread.join();
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What a broker's clients are told to connect to, if anything says so: its `advertised.listeners`, otherwise the config.
fn advertised_of(config: &ClusterConfig, index: u16, id: i32) -> Result<Option<Advertised>, StartError> {
    let own = config.broker_properties.get(&id).and_then(|properties| properties.get(ADVERTISED));
    if let Some(listeners) = own.or_else(|| config.properties.get(ADVERTISED)) {
        // The first listener that clients may use; there is none of TLS or SASL yet.
        let plain = listeners.split(',').map(str::trim).find_map(|listener| listener.strip_prefix("PLAINTEXT://"));
        let refused = |why: &str| Err(StartError::Advertised(format!("{ADVERTISED}={listeners}: {why}")));
        return match plain.map(str::parse::<Advertised>) {
            None => refused("expected PLAINTEXT://HOST:PORT"),
            Some(Err(why)) => refused(&why),
            Some(Ok(Advertised { port: None, .. })) => refused("expected PLAINTEXT://HOST:PORT"),
            Some(Ok(_)) if own.is_none() && config.brokers > 1 => {
                refused("one address for several brokers; set it for each of them")
            }
            Some(Ok(advertised)) => Ok(Some(advertised)),
        };
    }
    match config.advertised.as_slice() {
        [Advertised { port: Some(_), .. }] if config.brokers > 1 => {
            let why = format!("one port for {} brokers: name an address for each of them", config.brokers);
            Err(StartError::Advertised(why))
        }
        [all] => Ok(Some(all.clone())),
        each => Ok(each.get(usize::from(index)).cloned()),
    }
}

/// `host:port`, with an IPv6 address in brackets.
fn host_and_port(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

pub(crate) fn listen(host: &str, port: u16) -> io::Result<TcpListener> {
    let mut last = io::Error::new(io::ErrorKind::AddrNotAvailable, "the host has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpListener::bind(address) {
            Ok(listener) => {
                // The standard library's 128 is less than what a test opens at once; a client whose connection finds
                // no room tries again only after a second.
                SockRef::from(&listener).listen(BACKLOG)?;
                listener.set_nonblocking(true)?;
                return Ok(listener);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}
