//! Fetch (key 1), versions 4 to 18, with incremental sessions (KIP-227) and topic ids from version 13 (KIP-516).
//!
//! Answers at once when it may not wait, nothing can be fetched, there are `min_bytes`, a partition has an error or
//! a diverging epoch (KIP-595); else it waits for an append or for `max_wait_ms`. The first partition with data
//! yields at least one batch even above the limits; other batches are cut at them, and a reader gets one segment at a
//! time.
//! Consumers may read from followers, and are sent to one in their rack where `replica.selector.class` says so
//! (KIP-392). Whoever says to be a follower has to be in the assignment, and is then answered as a consumer.

mod read;
mod replica;
mod session;

use kafka_trial_wire::messages::{FetchRequest, FetchResponse};

use self::read::{Read, has_awaited, read};
use self::session::{apply, refuse_all, respond};
use super::leader_hints::hint_consumer;
use crate::core::{Answer, Context, Core, ParkedFetch, Reader, Timer};

pub(crate) fn handle(core: &mut Core, context: &Context, request: FetchRequest) -> Answer<FetchResponse> {
    if !matches!(request.isolation_level, 0 | 1) {
        return Answer::Reply(refuse_all(context.version(), request));
    }
    let max_wait_ms = request.max_wait_ms;
    let plan = match apply(core, context, request) {
        Ok(plan) => plan,
        Err(error) => {
            return Answer::Reply(FetchResponse { error_code: error.0, ..FetchResponse::default() });
        }
    };
    core.journal_plan(context.ticket.id, &plan);
    let mut fetch = ParkedFetch { ticket: context.ticket, node: context.node, plan, expires: None };
    let read = read(core, &fetch);
    let enough = u64::try_from(fetch.plan.min_bytes).map_or(true, |least| read.bytes >= least);
    if max_wait_ms <= 0 || read.must_answer() || enough || has_awaited(core, &fetch) {
        return Answer::Reply(answer(core, &fetch, read));
    }
    let due = core.now.plus_millis(i64::from(max_wait_ms));
    fetch.expires = Some(core.timers.cancellable(due, Timer::FetchExpires(context.ticket.id)));
    core.fetches.park(fetch, &read.waits_for);
    Answer::Parked
}

/// The answer, with where the leaders are of what this broker does not lead.
fn answer(core: &mut Core, fetch: &ParkedFetch, read: Read) -> FetchResponse {
    core.journal_read(fetch.ticket.id, &read.partitions);
    let mut response = respond(core, fetch, read);
    hint_consumer(core, fetch.ticket.version, &mut response);
    if matches!(fetch.plan.reader, Reader::Follower(_)) {
        // A follower knows where brokers are.
        response.node_endpoints.clear();
    }
    response
}

/// Tries a parked fetch again; it is parked once more when it still has to wait.
pub(crate) fn retry(core: &mut Core, fetch: ParkedFetch, expired: bool) {
    let read = read(core, &fetch);
    if expired || read.must_answer() || has_awaited(core, &fetch) {
        core.fetches.forget(fetch.ticket.id, &read.waits_for);
        fetch.expires.into_iter().for_each(|timer| core.timers.cancel(timer));
        let response = answer(core, &fetch, read);
        core.complete::<FetchRequest>(fetch.ticket, &response);
    } else {
        core.fetches.park(fetch, &read.waits_for);
    }
}
