//! How the owner of a cluster reads its journal.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use super::{Cluster, InspectError};
use crate::journal::{ClosedConnection, Entry, EventPage, Page, Traffic};
use crate::net::{Command, Watcher};

impl Cluster {
    /// What the journal keeps from the entry with this number on; 0 gives all of it, [`Page::next`] goes on from there.
    pub fn journal(&self, since: u64) -> Result<Page, InspectError> {
        self.with_driver(move |driver| driver.journal.since(since))
    }

    /// The same, but waits until there is at least one entry from `since` on. When none comes within `timeout` the page
    /// is empty.
    pub fn wait_for_journal(&self, since: u64, timeout: Duration) -> Result<Page, InspectError> {
        let (wake, woken) = mpsc::sync_channel(1);
        let interest = Arc::new(());
        let watcher = Watcher { since, wake, interest: Arc::downgrade(&interest) };
        self.send(Command::Watch(watcher))?;
        match woken.recv_timeout(timeout) {
            Ok(()) | Err(RecvTimeoutError::Timeout) => self.journal(since),
            Err(RecvTimeoutError::Disconnected) => Err(InspectError::Stopped),
        }
    }

    /// How many requests and connections there have been.
    pub fn traffic(&self) -> Result<Traffic, InspectError> {
        self.with_driver(|driver| driver.journal.traffic())
    }

    /// The requests that wait for their answers at this moment, in the order in which they came.
    pub fn waiting_requests(&self) -> Result<Vec<Entry>, InspectError> {
        self.with_driver(|driver| driver.journal.waiting())
    }

    /// What happened in the cluster from the event with this number on: topics created and deleted, batches appended,
    /// leaders moved, members expired, transactions ended. As many of the newest are kept as entries of the journal.
    pub fn events(&self, since: u64) -> Result<EventPage, InspectError> {
        self.with_driver(move |driver| driver.journal.events(since))
    }

    /// The last 256 connections that the broker closed, each with the reason.
    pub fn closed_connections(&self) -> Result<Vec<ClosedConnection>, InspectError> {
        self.with_driver(|driver| driver.journal.closed())
    }
}
