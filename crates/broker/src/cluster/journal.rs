//! The owner of a cluster reads its journal.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use super::{Cluster, InspectError};
use crate::journal::{ClosedConnection, Entry, EventPage, Page, Traffic};
use crate::net::{Command, Watcher};

impl Cluster {
    /// Returns the entries of the journal from this number on; 0 returns all of them, and [`Page::next`] continues from
    /// there.
    pub fn journal(&self, since: u64) -> Result<Page, InspectError> {
        self.with_driver(move |driver| driver.journal.since(since))
    }

    /// Returns the entries as [`Cluster::journal`] does, and first waits for at least one. If none comes within
    /// `timeout`, the page is empty.
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

    /// Returns how many requests and connections there have been.
    pub fn traffic(&self) -> Result<Traffic, InspectError> {
        self.with_driver(|driver| driver.journal.traffic())
    }

    /// Returns the requests that wait for their answers now, in the order of their arrival.
    pub fn waiting_requests(&self) -> Result<Vec<Entry>, InspectError> {
        self.with_driver(|driver| driver.journal.waiting())
    }

    /// Returns the cluster's events from this number on: topics created and deleted, batches appended, leaders moved,
    /// members expired, transactions ended. The journal's capacity limits the number of kept events too.
    pub fn events(&self, since: u64) -> Result<EventPage, InspectError> {
        self.with_driver(move |driver| driver.journal.events(since))
    }

    /// Returns the last 256 connections that the cluster closed, each with the reason.
    pub fn closed_connections(&self) -> Result<Vec<ClosedConnection>, InspectError> {
        self.with_driver(|driver| driver.journal.closed())
    }
}
