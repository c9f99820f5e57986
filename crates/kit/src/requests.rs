//! The last requests, as the report of a failed test shows them.

use std::sync::Arc;

use kafka_trial_broker::journal::{ApiKey, Detail, Entry};

use crate::evidence::CLIENT;

/// How many requests a report shows.
const SHOWN: usize = 20;

/// The last requests of some clients that tell something, those of all where these have none: see [`last_requests`].
pub fn last_requests_of(clients: &[&str], ended: &[Arc<Entry>], waiting: &[Entry]) -> Vec<String> {
    let is_theirs = |entry: &Entry| clients.contains(&entry.client_id.as_ref());
    let theirs: Vec<Arc<Entry>> = ended.iter().filter(|entry| is_theirs(entry)).cloned().collect();
    let waiting_of: Vec<Entry> = waiting.iter().filter(|entry| is_theirs(entry)).cloned().collect();
    let lines = last_requests(&theirs, &waiting_of);
    if lines.is_empty() { last_requests(ended, waiting) } else { lines }
}

/// The last requests that tell something, one a line with the time of day (UTC) at which they came; those that wait for
/// their answers come last. Handshakes, metadata, fetches that found nothing and heartbeats are left out as
/// long as they go well, and what follows flows altogether.
///
/// ```
/// use kafka_trial::{Cluster, ClusterConfig, last_requests};
///
/// let cluster = Cluster::start(ClusterConfig::default())?;
/// let page = cluster.journal(0)?;
/// assert!(last_requests(&page.entries, &cluster.waiting_requests()?).is_empty());
/// # Ok::<(), kafka_trial::Error>(())
/// ```
pub fn last_requests(ended: &[Arc<Entry>], waiting: &[Entry]) -> Vec<String> {
    let telling = ended.iter().map(|entry| &**entry).filter(|entry| tells_something(entry));
    let all: Vec<&Entry> = telling.chain(waiting).collect();
    let last = all.iter().skip(all.len().saturating_sub(SHOWN));
    last.map(|entry| format!("{} {entry}", entry.received.time_of_day())).collect()
}

fn tells_something(entry: &Entry) -> bool {
    // Whoever reads the report knows that flows were followed.
    if &*entry.client_id == CLIENT {
        return false;
    }
    let is_idle = match &entry.detail {
        Detail::Fetch(fetch) => fetch.partitions.iter().all(|of| of.offsets.is_none()),
        _ => matches!(
            entry.api,
            ApiKey::ApiVersions | ApiKey::Metadata | ApiKey::Heartbeat | ApiKey::ConsumerGroupHeartbeat
        ),
    };
    !is_idle || entry.is_error()
}
