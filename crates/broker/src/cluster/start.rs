//! A cluster starts in steps: its listeners are bound, and it gets its own thread.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::io;
use std::net::{TcpListener, ToSocketAddrs as _};
use std::sync::Mutex;

use kafka_trial_core::{IgnoredProperty, Node, SettingError, State};
use socket2::SockRef;
use thiserror::Error;
use tokio::sync::mpsc::unbounded_channel;

use super::advertise::{ADVERTISED, advertised_of, host_and_port};
use super::{Cluster, InspectError, Running, create};
use crate::driver::Driver;
use crate::journal::Journal;
use crate::net::{Clock, run};
use crate::{Advertised, ClusterConfig};

/// How many connections may wait for acceptance; the operating system may allow fewer.
const BACKLOG: i32 = 4096;
/// The property with a broker's rack.
const RACK: &str = "broker.rack";

/// The reason why a cluster cannot start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address is not available.
    #[error("cannot listen on {host}:{port}: {source}")]
    Bind {
        /// The host, as given.
        host: String,
        /// The port, as given.
        port: u16,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A broker property has a value that Kafka refuses.
    #[error("broker property {0}")]
    Setting(#[from] SettingError),
    /// A topic of the config cannot be created.
    #[error("topic {name}: {source}")]
    Topic {
        /// The topic.
        name: String,
        /// The reason.
        source: InspectError,
    },
    /// Clients cannot connect to the address of all interfaces, so an address to advertise is needed.
    #[error("clients cannot be told to connect to {host}: the host to advertise has to be named")]
    NothingToAdvertise {
        /// The host, as given.
        host: String,
    },
    /// An address to advertise is invalid.
    #[error("advertised: {0}")]
    Advertised(String),
    /// Properties were given for a broker that is not in the cluster.
    #[error("there is no broker {id}: their ids are {first} to {last}")]
    NoSuchBroker {
        /// The id, as given.
        id: i32,
        /// The lowest id of the cluster.
        first: i32,
        /// The highest id of the cluster.
        last: i32,
    },
    /// The config has no brokers.
    #[error("a cluster needs at least one broker")]
    NoBrokers,
    /// The thread or its runtime cannot be created.
    #[error("cannot start the broker's thread: {0}")]
    Thread(io::Error),
}

impl StartError {
    /// Returns whether the port is the problem, so that a different port may work.
    pub fn is_about_the_port(&self) -> bool {
        let Self::Bind { port, source, .. } = self else { return false };
        *port != 0 && matches!(source.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied)
    }
}

impl Cluster {
    /// Binds the listeners and starts the cluster on its own thread. Clients can connect when this returns.
    pub fn start(config: ClusterConfig) -> Result<Self, StartError> {
        let config = ClusterConfig { first_node_id: first_node_id(&config)?, ..config };
        check_counts(&config)?;
        let (settings, mut ignored) = config.release.settings(&config.properties)?;
        ignored.retain(|ignored| !matches!(ignored, IgnoredProperty::WithoutEffect(key) if key == ADVERTISED));
        ignored.extend(check_broker_properties(&config)?);
        let seed = config.seed.unwrap_or_else(|| RandomState::new().hash_one(0));
        let clock = Clock::start();
        let Bound { nodes, listeners } = Bound::of(&config)?;
        let mut state = State::new(settings, nodes.clone(), seed, clock.now());
        for topic in &config.topics {
            create(&mut state, topic).map_err(|source| StartError::Topic { name: topic.name.clone(), source })?;
        }
        let driver = Driver::new(state, Journal::of(config.journal_capacity), config.release, seed);
        Self::run(config, ignored, clock, driver, Bound { nodes, listeners })
    }

    /// Gives a driver its thread.
    pub(super) fn run(
        config: ClusterConfig,
        ignored: Vec<IgnoredProperty>,
        clock: Clock,
        driver: Driver,
        Bound { nodes, listeners }: Bound,
    ) -> Result<Self, StartError> {
        let addresses = listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect();
        let bootstrap: Vec<String> = nodes.iter().map(|node| host_and_port(&node.host, node.port)).collect();
        let listeners = nodes.iter().map(|node| node.id).zip(listeners);
        // A fork may have stopped brokers. Their ports are free until they start.
        let listeners = listeners.filter(|(id, _)| driver.state.is_running(*id)).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Thread)?;
        let (commands, inbox) = unbounded_channel();
        let thread = std::thread::Builder::new()
            .name("kafka-trial".to_owned())
            .spawn(move || run(&runtime, driver, clock, listeners, inbox))
            .map_err(StartError::Thread)?;
        let running = Mutex::new(Some(Running { commands, thread }));
        Ok(Self { addresses, config, clock, bootstrap: bootstrap.join(","), ignored, running })
    }
}

/// The brokers' addresses for clients, and their listeners, both in the order of their ids.
pub(super) struct Bound {
    pub(super) nodes: Vec<Node>,
    pub(super) listeners: Vec<TcpListener>,
}

impl Bound {
    pub(super) fn of(config: &ClusterConfig) -> Result<Self, StartError> {
        let brokers = (0..config.brokers).map(|index| bind(config, index)).collect::<Result<Vec<_>, _>>()?;
        let (nodes, listeners) = brokers.into_iter().unzip();
        Ok(Self { nodes, listeners })
    }
}

/// The id of the first broker: its property `node.id`, or the older `broker.id`, otherwise the config's.
fn first_node_id(config: &ClusterConfig) -> Result<i32, SettingError> {
    let named = ["node.id", "broker.id"].into_iter().find_map(|key| Some((key, config.properties.get(key)?)));
    let Some((key, value)) = named else { return Ok(config.first_node_id) };
    let wrong = |_| SettingError { key: key.to_owned(), value: value.clone(), allowed: "a whole number" };
    value.parse().map_err(wrong)
}

fn check_counts(config: &ClusterConfig) -> Result<(), StartError> {
    if config.brokers == 0 {
        return Err(StartError::NoBrokers);
    }
    let (addresses, brokers) = (config.advertised.len(), config.brokers);
    if addresses > 1 && addresses != usize::from(brokers) {
        let why = format!("{addresses} addresses for {brokers} broker(s): one host for all, or one address for each");
        return Err(StartError::Advertised(why));
    }
    Ok(())
}

/// Returns the properties of single brokers that have no effect.
fn check_broker_properties(config: &ClusterConfig) -> Result<Vec<IgnoredProperty>, StartError> {
    let (first, last) = (config.first_node_id, config.first_node_id + i32::from(config.brokers) - 1);
    let mut ignored = Vec::new();
    for (id, properties) in &config.broker_properties {
        if !(first..=last).contains(id) {
            return Err(StartError::NoSuchBroker { id: *id, first, last });
        }
        let without_effect = properties.keys().filter(|key| *key != RACK && *key != ADVERTISED);
        ignored.extend(without_effect.map(|key| IgnoredProperty::OfOneBroker { id: *id, key: key.clone() }));
    }
    Ok(ignored)
}

/// Binds the listener of one broker, and returns it with the broker's advertised address.
fn bind(config: &ClusterConfig, index: u16) -> Result<(Node, TcpListener), StartError> {
    let port = config.ports.get(usize::from(index)).copied().unwrap_or(0);
    let refused = |source| StartError::Bind { host: config.host.clone(), port, source };
    let listener = listen(&config.host, port).map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    let id = config.first_node_id + i32::from(index);
    let Advertised { host, port } = match advertised_of(config, index, id)? {
        Some(advertised) => advertised,
        None if address.ip().is_unspecified() => {
            return Err(StartError::NothingToAdvertise { host: config.host.clone() });
        }
        None => Advertised { host: config.host.clone(), port: None },
    };
    let own = config.broker_properties.get(&id).and_then(|properties| properties.get(RACK));
    let rack = own.or_else(|| config.properties.get(RACK)).cloned();
    Ok((Node { id, host, port: port.unwrap_or(address.port()), rack }, listener))
}

pub(crate) fn listen(host: &str, port: u16) -> io::Result<TcpListener> {
    let mut last = io::Error::new(io::ErrorKind::AddrNotAvailable, "the host has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpListener::bind(address) {
            Ok(listener) => {
                // A test may open more connections at once than the standard library's 128. A client that finds no room
                // tries again only after a second.
                SockRef::from(&listener).listen(BACKLOG)?;
                listener.set_nonblocking(true)?;
                return Ok(listener);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}
