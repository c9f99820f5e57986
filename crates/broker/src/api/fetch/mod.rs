//! Fetch (key 1), versions 4 to 18: reads records, for consumers and for followers.
//!
//! From version 7 with incremental sessions (KIP-227), from 9 with leader epochs (KIP-320), from 11 with racks (KIP-392), from
//! 12 with the epoch that was fetched last (KIP-595), from 13 with topic ids (KIP-516), from 16 with leaders (KIP-951).
//!
//! - Answered at once: when `max_wait_ms` is 0, nothing can be fetched, `min_bytes` are there, a partition has an error or a
//!   diverging epoch (KIP-595), or a consumer is sent to a different replica.
//! - Otherwise it waits for an append, for a leader that moves, for a topic that is deleted, or for `max_wait_ms`. While it
//!   waits, bytes are counted and not read (`DelayedFetch`).
//! - The first partition with records returns at least one batch even above the limits; later batches are cut at them, and
//!   a reader gets one segment at a time.
//! - Consumers may read from followers, and are sent to one in their rack if `replica.selector.class` says so (KIP-392). A
//!   request that claims to come from a follower must name an assigned replica; it is then answered like a consumer's.
//!
//! Refusals in order (`FetchManager.newContext`, `ReplicaManager.readFromLog`, `Partition.fetchRecords`):
//!
//! - for the whole request UNKNOWN_SERVER_ERROR: the isolation level does not exist; then FETCH_SESSION_ID_NOT_FOUND,
//!   INVALID_FETCH_SESSION_EPOCH, FETCH_SESSION_TOPIC_ID_ERROR;
//! - for a partition UNKNOWN_TOPIC_ID or UNKNOWN_TOPIC_OR_PARTITION, then INCONSISTENT_TOPIC_ID: the topic has a new id;
//! - NOT_LEADER_OR_FOLLOWER, FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH (`replica`);
//! - OFFSET_OUT_OF_RANGE; UNKNOWN_SERVER_ERROR for a negative limit of bytes.

mod read;
mod replica;
mod session;

use kafka_trial_wire::messages::{FetchRequest, FetchResponse};

use self::read::{Gather, Read, has_awaited, read};
use self::session::{apply, refuse_all, respond};
use super::shared::leader_hints::hint_consumer;
use crate::api::{Answer, Dispatch, Outcome};
use crate::traffic::{Context, FetchReader, ParkedFetch, Wait};

pub(crate) fn handle(dispatch: &mut Dispatch<'_>, context: &Context, request: FetchRequest) -> Answer<FetchResponse> {
    if !matches!(request.isolation_level, 0 | 1) {
        return Answer::Reply(refuse_all(context.version(), request));
    }
    let max_wait_ms = request.max_wait_ms;
    let now = dispatch.now;
    let plan = match apply(dispatch.state, &mut dispatch.traffic.sessions, now, context, request) {
        Ok(plan) => plan,
        Err(error) => {
            return Answer::Reply(FetchResponse { error_code: error, ..FetchResponse::default() });
        }
    };
    dispatch.journal.plan(context.ticket.id, &plan, dispatch.state.topics());
    let mut fetch = ParkedFetch { ticket: context.ticket, node: context.node, plan, expires: None };
    let read = read(dispatch.state, &fetch, Gather::Records);
    let enough = u64::try_from(fetch.plan.min_bytes).map_or(true, |least| read.bytes >= least);
    if dispatch.at_once || max_wait_ms <= 0 || read.must_answer() || enough || has_awaited(dispatch.state, &fetch) {
        return Answer::Reply(answer(dispatch, &fetch, read));
    }
    let due = dispatch.now.plus_millis(i64::from(max_wait_ms));
    fetch.expires = Some(dispatch.traffic.waits.at(due, Wait::Fetch(context.ticket.id)));
    dispatch.traffic.fetches.park(fetch, &read.waits_for);
    Answer::Parked
}

/// The answer, with the leaders of the partitions that this broker does not lead.
fn answer(dispatch: &mut Dispatch<'_>, fetch: &ParkedFetch, read: Read) -> FetchResponse {
    dispatch.journal.read(fetch.ticket.id, &read.partitions, dispatch.state.topics());
    let (now, traffic) = (dispatch.now, &mut dispatch.traffic);
    let mut response = respond(dispatch.state, &mut traffic.sessions, &mut traffic.rng, now, fetch, read);
    hint_consumer(dispatch.state, fetch.ticket.version, &mut response);
    if matches!(fetch.plan.reader, FetchReader::Follower(_)) {
        // A follower knows the addresses of the brokers.
        response.node_endpoints.clear();
    }
    response
}

/// Tries a parked fetch again, and parks it once more if it still has to wait.
pub(crate) fn retry(dispatch: &mut Dispatch<'_>, fetch: ParkedFetch, expired: bool) -> Option<Outcome> {
    let look = read(dispatch.state, &fetch, Gather::Nothing);
    if !(expired || look.must_answer() || has_awaited(dispatch.state, &fetch)) {
        dispatch.traffic.fetches.park(fetch, &look.waits_for);
        return None;
    }
    dispatch.traffic.fetches.forget(fetch.ticket.id, &look.waits_for);
    fetch.expires.into_iter().for_each(|timer| dispatch.traffic.waits.cancel(timer));
    let read = read(dispatch.state, &fetch, Gather::Records);
    let response = answer(dispatch, &fetch, read);
    Some(dispatch.finish::<FetchRequest>(fetch.ticket, Answer::Reply(response)))
}
