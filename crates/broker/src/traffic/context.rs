//! A request has a context and a ticket under which it is answered.

use std::sync::Arc;

use kafka_trial_core::TicketId;
use kafka_trial_wire::{ApiKey, Text};

use super::ConnectionId;
use crate::Release;

/// The data for a later answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) id: TicketId,
    pub(crate) connection: ConnectionId,
    pub(crate) api: ApiKey,
    pub(crate) version: i16,
    pub(crate) correlation_id: i32,
}

/// The sender and the kind of a request.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) ticket: Ticket,
    /// The broker that received the request.
    pub(crate) node: i32,
    /// `client.id` of the client; empty if it sent none.
    pub(crate) client_id: Text,
    /// The client's address as groups show it: `/127.0.0.1`.
    pub(crate) client_host: Arc<str>,
    /// The release whose API versions the cluster shows.
    pub(crate) release: Release,
}

impl Context {
    pub(crate) fn version(&self) -> i16 {
        self.ticket.version
    }
}
