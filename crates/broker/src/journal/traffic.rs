//! Traffic counts requests and connections since the start of the cluster, including those that the ring no longer
//! holds.

use std::collections::BTreeMap;
use std::time::Duration;

use kafka_trial_wire::{ApiKey, ErrorCode};

use super::Entry;

/// Requests and connections since the start of the cluster. Requests are counted while the journal is on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// The requests that have ended, by API and error.
    pub requests: Vec<RequestCount>,
    /// The open connections.
    pub open_connections: u64,
    /// All accepted connections.
    pub accepted_connections: u64,
}

/// The requests of an API with the same error, or without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestCount {
    /// The API.
    pub api: ApiKey,
    /// The first error in the answer; [`ErrorCode::NONE`] for none.
    pub error: ErrorCode,
    /// How many requests ended so.
    pub count: u64,
    /// The total time of these requests, including the time that they waited.
    pub took: Duration,
}

/// The running counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    requests: BTreeMap<(ApiKey, ErrorCode), (u64, Duration)>,
    accepted: u64,
    closed: u64,
}

impl Counts {
    pub(super) fn ended(&mut self, entry: &Entry) {
        let (count, took) = self.requests.entry((entry.api, entry.error)).or_default();
        *count += 1;
        *took = took.saturating_add(entry.duration().unwrap_or_default());
    }

    pub(super) fn accepted(&mut self) {
        self.accepted += 1;
    }

    pub(super) fn closed(&mut self) {
        self.closed += 1;
    }

    pub(super) fn traffic(&self) -> Traffic {
        let requests = self.requests.iter().map(|((api, error), (count, took))| RequestCount {
            api: *api,
            error: *error,
            count: *count,
            took: *took,
        });
        Traffic {
            requests: requests.collect(),
            open_connections: self.accepted.saturating_sub(self.closed),
            accepted_connections: self.accepted,
        }
    }
}
