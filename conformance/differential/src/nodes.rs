//! The brokers of one side.

use std::fmt::Debug;
use std::net::SocketAddr;

use kafka_trial_broker::Cluster;

/// The brokers of one side, which can be stopped and started.
pub(crate) trait Nodes: Debug + Sync {
    /// What each listens on, in the order of their ids.
    fn addresses(&self) -> Vec<SocketAddr>;

    /// Stops a broker as an operator would.
    fn stop(&self, id: i32) -> Result<(), String>;

    /// Starts a stopped broker where it was.
    fn start(&self, id: i32) -> Result<(), String>;
}

impl Nodes for Cluster {
    fn addresses(&self) -> Vec<SocketAddr> {
        self.addresses()
    }

    fn stop(&self, id: i32) -> Result<(), String> {
        self.stop_broker(id).map_err(|error| error.to_string())
    }

    fn start(&self, id: i32) -> Result<(), String> {
        self.start_broker(id).map_err(|error| error.to_string())
    }
}
