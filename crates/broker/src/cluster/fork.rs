//! A fork is a second cluster that goes on from the state of the first.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use kafka_trial_core::LeftBehind;
use thiserror::Error;

use super::advertise::{ADVERTISED, advertised_of};
use super::start::Bound;
use super::{Cluster, InspectError, StartError};
use crate::driver::Driver;
use crate::journal::Journal;
use crate::{Advertised, ClusterConfig};

/// What a fork takes along besides topics, records, configs and committed offsets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ForkOptions {
    /// Whether members stay in their groups. By default they leave as by LeaveGroup, since their clients are connected to
    /// the original: the first rebalance would wait for them.
    pub keep_members: bool,
    /// Whether ongoing transactions go on. By default they are aborted, and their producers are fenced.
    pub keep_transactions: bool,
}

/// A fork, and what it has not taken along.
#[derive(Debug)]
pub struct Fork {
    /// The new cluster.
    pub cluster: Cluster,
    /// The members that left their groups, and the transactions that were aborted, in the new cluster.
    pub left_behind: LeftBehind,
}

/// The reason why a cluster cannot be forked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ForkError {
    /// The original has stopped.
    #[error("cannot fork: {0}")]
    Original(#[from] InspectError),
    /// The fork cannot start.
    #[error("the fork cannot start: {0}")]
    Start(#[from] StartError),
}

impl Cluster {
    /// Starts a second cluster from the present state of this one, which goes on unchanged. Both share their records, so
    /// a fork costs the same whatever the topics hold.
    ///
    /// The fork has the same topics, records, ids, epochs, configs, committed offsets, producers and time, and listens on
    /// free ports. Its journal is empty, and it has no connections, fetch sessions or faults. Brokers that have stopped
    /// are stopped in the fork, too.
    pub fn fork(&self, options: ForkOptions) -> Result<Fork, ForkError> {
        let seed = self.config.seed.unwrap_or_else(|| RandomState::new().hash_one(0));
        let journal = Journal::of(self.config.journal_capacity);
        let mut driver: Driver = self.with_driver(move |driver| driver.fork(journal, seed))?;
        let config = on_free_ports(&self.config)?;
        let bound = Bound::of(&config)?;
        driver.state.readdress(&bound.nodes);
        let mut left_behind = LeftBehind::default();
        if !options.keep_members {
            left_behind.members = driver.state.leave_members();
        }
        if !options.keep_transactions {
            left_behind.transactions = driver.state.abort_transactions();
        }
        // Nobody waits for an answer here, and nothing was seen yet.
        driver.state.take_completions();
        driver.state.take_events(&mut Vec::new());
        let cluster = Self::run(config, self.ignored.clone(), self.clock, driver, bound)?;
        Ok(Fork { cluster, left_behind })
    }
}

/// The same config with the same hosts, but no port of it.
fn on_free_ports(config: &ClusterConfig) -> Result<ClusterConfig, StartError> {
    let ids = (0..config.brokers).map(|index| (index, config.first_node_id + i32::from(index)));
    let hosts = ids.map(|(index, id)| advertised_of(config, index, id)).collect::<Result<Option<Vec<_>>, _>>()?;
    let hosts = hosts.unwrap_or_default().into_iter();
    let mut config = ClusterConfig {
        ports: Vec::new(),
        advertised: hosts.map(|address| Advertised { port: None, ..address }).collect(),
        ..config.clone()
    };
    let of_brokers = config.broker_properties.values_mut();
    for properties in of_brokers.chain([&mut config.properties]) {
        properties.remove(ADVERTISED);
    }
    Ok(config)
}
