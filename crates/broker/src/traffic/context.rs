//! Who asks for what, and what is needed to answer it.

use std::sync::Arc;

use kafka_trial_core::TicketId;
use kafka_trial_wire::{ApiKey, Text};

use super::ConnectionId;
use crate::Release;

/// What is needed to answer a request later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) id: TicketId,
    pub(crate) connection: ConnectionId,
    pub(crate) api: ApiKey,
    pub(crate) version: i16,
    pub(crate) correlation_id: i32,
}

/// Who asks, and what for.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) ticket: Ticket,
    /// The broker whose listener took the request.
    pub(crate) node: i32,
    /// Empty when the client gave none.
    pub(crate) client_id: Text,
    /// The client's address as groups show it: `/127.0.0.1`.
    pub(crate) client_host: Arc<str>,
    /// The release whose versions are shown.
    pub(crate) release: Release,
}

impl Context {
    pub(crate) fn version(&self) -> i16 {
        self.ticket.version
    }
}
