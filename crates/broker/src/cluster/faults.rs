//! How the owner of a cluster arms fault rules, and learns what they did.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use super::{Cluster, InspectError};
use crate::faults::{Awaited, FaultError, FaultRule, FaultStatus, FiredFault};

impl Cluster {
    /// Arms a rule: it acts on requests from now on, after the rules that were armed before it. Refused if the rule could
    /// never act, or if the cluster has no journal.
    pub fn arm(&self, rule: FaultRule) -> Result<(), FaultError> {
        self.with_driver(move |driver| driver.arm(rule)).map_err(|_| FaultError::Stopped)?
    }

    /// Takes a rule away, and releases what it holds. Returns what it has done; `None` if no rule has this name.
    pub fn disarm(&self, id: &str) -> Result<Option<FaultStatus>, InspectError> {
        let id = id.to_owned();
        self.with_driver(move |driver| driver.disarm(&id))
    }

    /// The rules that are armed, in their order, and what they have done.
    pub fn faults(&self) -> Result<Vec<FaultStatus>, InspectError> {
        self.with_driver(|driver| driver.faults.status())
    }

    /// The last 10,000 requests that rules acted on, in order.
    pub fn fired_faults(&self) -> Result<Vec<FiredFault>, InspectError> {
        self.with_driver(|driver| driver.faults.fired())
    }

    /// Releases all requests and answers that are held under a name. Returns how many there were.
    pub fn release(&self, hold: &str) -> Result<usize, InspectError> {
        let hold = hold.to_owned();
        self.with_driver(move |driver| driver.release_hold(&hold))
    }

    /// Waits until a request is held under a name. Returns whether one was within `timeout`.
    pub fn wait_held(&self, hold: &str, timeout: Duration) -> Result<bool, InspectError> {
        self.wait_for_fault(Awaited::Held(hold.to_owned()), timeout)
    }

    /// Waits until a rule has acted on so many requests. Returns whether it had within `timeout`.
    pub fn wait_fired(&self, rule: &str, count: u64, timeout: Duration) -> Result<bool, InspectError> {
        self.wait_for_fault(Awaited::Fired { rule: rule.to_owned(), count }, timeout)
    }

    fn wait_for_fault(&self, awaited: Awaited, timeout: Duration) -> Result<bool, InspectError> {
        let (wake, woken) = mpsc::sync_channel(1);
        self.with_driver(move |driver| driver.faults.watch(awaited, wake))?;
        match woken.recv_timeout(timeout) {
            Ok(()) => Ok(true),
            Err(RecvTimeoutError::Timeout) => Ok(false),
            Err(RecvTimeoutError::Disconnected) => Err(InspectError::Stopped),
        }
    }
}
