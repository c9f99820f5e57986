//! The last requests, and the connections that the broker closed, as the report of a failed test shows them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kafka_trial_broker::journal::{ApiKey, ClosedConnection, Detail, Entry};

use crate::client::CLIENT as OWN_CLIENT;
use crate::evidence::CLIENT;
use crate::{EmbeddedCluster, InspectError, Time};

/// How many lines a report shows.
const SHOWN: usize = 20;

/// The last requests from entry `since` of the journal on, and the connections that brokers closed meanwhile: one a line
/// with the time of day (UTC). Requests that wait for their answers come last. With client ids only the lines of these
/// clients are returned, if there are any.
///
/// Handshakes, metadata, heartbeats and fetches that found nothing are left out unless they failed, and so are the requests
/// of flow trackers and of waits for groups. A connection that its client closed is no news either.
///
/// ```
/// use kafka_trial::{Cluster, ClusterConfig, last_requests};
///
/// let cluster = Cluster::start(ClusterConfig::default())?;
/// assert!(last_requests(&cluster, 0, &[])?.is_empty());
/// # Ok::<(), kafka_trial::Error>(())
/// ```
pub fn last_requests(cluster: &EmbeddedCluster, since: u64, clients: &[&str]) -> Result<Vec<String>, InspectError> {
    // The entry before the first says when that begins: closed connections have a time and no number.
    let mut ended = cluster.journal(since.saturating_sub(1))?.entries;
    let earlier = ended.iter().take_while(|entry| entry.sequence < since).count();
    let start = ended.drain(..earlier).next_back().map(|entry| entry.ended.unwrap_or(entry.received));
    let mut closed = cluster.closed_connections()?;
    closed.retain(|closed| start.is_none_or(|start| closed.at > start));
    let waiting = cluster.waiting_requests()?;
    Ok(Traffic { ended: &ended, waiting: &waiting, closed: &closed }.last_of(clients))
}

/// What clients asked, and what became of their connections.
pub(crate) struct Traffic<'a> {
    /// The requests that have ended, in that order.
    pub(crate) ended: &'a [Arc<Entry>],
    /// Those that wait for their answers.
    pub(crate) waiting: &'a [Entry],
    /// The connections that brokers closed, in that order.
    pub(crate) closed: &'a [ClosedConnection],
}

impl Traffic<'_> {
    /// The last lines of these clients; those of all clients if these have none.
    pub(crate) fn last_of(&self, clients: &[&str]) -> Vec<String> {
        let lines = self.last(|client| clients.contains(&client));
        if lines.is_empty() { self.last(|_| true) } else { lines }
    }

    fn last(&self, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
        // Whoever reads the report knows that flows were followed.
        let is_wanted = &|client: &str| client != CLIENT && is_wanted(client);
        let tells = |entry: &&Entry| is_wanted(&entry.client_id) && tells_something(entry);
        let ended = self.ended.iter().map(|entry| &**entry).filter(tells);
        let mut lines: Vec<(Time, String)> =
            ended.map(|entry| (entry.ended.unwrap_or(entry.received), line(entry.received, entry))).collect();
        lines.extend(self.closed(is_wanted));
        lines.sort_by_key(|(at, _)| *at);
        let waiting =
            self.waiting.iter().filter(|entry| is_wanted(&entry.client_id)).map(|entry| line(entry.received, entry));
        let all: Vec<String> = lines.into_iter().map(|(_, line)| line).chain(waiting).collect();
        all.into_iter().rev().take(SHOWN).rev().collect()
    }

    /// A line for each broker that closed connections, and each reason. A request that was the reason says so itself.
    fn closed(&self, is_wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = (Time, String)> {
        let entries = || self.ended.iter().map(|entry| &**entry).chain(self.waiting);
        let clients: BTreeMap<u64, &str> = entries().map(|entry| (entry.connection, &*entry.client_id)).collect();
        let told: BTreeSet<u64> =
            entries().filter(|entry| entry.close_reason.is_some()).map(|entry| entry.connection).collect();
        let mut lines: Vec<(&ClosedConnection, Vec<String>)> = Vec::new();
        for closed in self.closed.iter().filter(|closed| !told.contains(&closed.connection)) {
            let client = clients.get(&closed.connection).copied();
            if !is_wanted(client.unwrap_or_default()) {
                continue;
            }
            let name = match client.filter(|client| !client.is_empty()) {
                Some(client) => format!("connection {} of {client}", closed.connection),
                None => format!("connection {}", closed.connection),
            };
            match lines.last_mut().filter(|(of, _)| (of.broker, &of.reason) == (closed.broker, &closed.reason)) {
                Some((_, names)) => names.push(name),
                None => lines.push((closed, vec![name])),
            }
        }
        lines.into_iter().map(|(closed, names)| {
            let text = format!("broker {} closed {}: {}", closed.broker, names.join(", "), closed.reason);
            (closed.at, line(closed.at, text))
        })
    }
}

fn line(at: Time, text: impl std::fmt::Display) -> String {
    format!("{} {text}", at.time_of_day())
}

/// Whether this crate's own client has looked at a group, which a wait does many times.
fn is_own_look(entry: &Entry) -> bool {
    let looks = matches!(
        entry.api,
        ApiKey::FindCoordinator
            | ApiKey::DescribeGroups
            | ApiKey::ConsumerGroupDescribe
            | ApiKey::OffsetFetch
            | ApiKey::ListOffsets
    );
    looks && &*entry.client_id == OWN_CLIENT
}

fn tells_something(entry: &Entry) -> bool {
    let is_idle = match &entry.detail {
        Detail::Fetch(fetch) => fetch.partitions.iter().all(|of| of.offsets.is_none()),
        _ => matches!(
            entry.api,
            ApiKey::ApiVersions | ApiKey::Metadata | ApiKey::Heartbeat | ApiKey::ConsumerGroupHeartbeat
        ),
    };
    !is_own_look(entry) && (!is_idle || entry.is_error())
}
