//! How a frame is answered: read, admitted, handed to its API, and finished.
//!
//! Every answer leaves by [`Dispatch::finish`], whether its request waited or not: that is the place for what all answers
//! have in common. A rule or a permission that comes before the effect belongs into `answer`, between decoding and the
//! handler.

use std::sync::Arc;

use bytes::Bytes;
use kafka_trial_core::{Completion, GroupReply, State, TicketId, Time};
use kafka_trial_wire::messages::{ApiVersionsRequest, JoinGroupRequest, Message, SyncGroupRequest};
use kafka_trial_wire::{ApiKey, EncodeError, Reader, RequestHeader, Segments, Writer, decode};

use super::table::{Row, Table};
use super::{api_versions, join_group, sync_group};
use crate::faults::Faults;
use crate::journal::{CloseReason, Ending, Journal, Journaled};
use crate::traffic::{ConnectionId, Context, Pace, Ticket, Traffic};

/// All that a request is answered with, for as long as that takes.
pub(crate) struct Dispatch<'a> {
    pub(crate) table: &'a Table,
    pub(crate) state: &'a mut State,
    pub(crate) traffic: &'a mut Traffic,
    pub(crate) journal: &'a mut Journal,
    pub(crate) faults: &'a mut Faults,
    /// Whether the answer is wanted at once, so that nothing may wait.
    pub(crate) at_once: bool,
    /// The real time: that of connections and of what they wait for.
    pub(crate) now: Time,
}

/// What a handler does with a request.
#[derive(Debug)]
pub(crate) enum Answer<T> {
    /// Answered now.
    Reply(T),
    /// Answered later: by the group that it asked, or when its fetch is tried again.
    Parked,
    /// No answer is owed (Produce with acks=0); this is what it would have been.
    Silent(T),
    /// The connection ends without an answer; this is what it would have been.
    Close(T, CloseReason),
}

/// What becomes of a request, for its connection.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Send these bytes, size prefix included.
    Reply(Segments),
    /// Send these bytes at this pace.
    Paced(Segments, Pace),
    /// The reply comes later, under the request's ticket.
    Parked,
    /// No reply is owed.
    Silent,
    /// Send these bytes, which are not all of a reply, and close the connection.
    Torn(Segments, CloseReason),
    /// Close the connection.
    Close(CloseReason),
}

/// How a row of the table hands a request to its handler.
pub(crate) type Handle = fn(&mut Dispatch<'_>, &Context, Bytes) -> Outcome;

impl Dispatch<'_> {
    /// Handles one request frame (without its size). Whatever cannot be read closes the connection, as on Kafka.
    pub(crate) fn handle(&mut self, connection: ConnectionId, id: TicketId, frame: Bytes) -> Outcome {
        let mut reader = Reader::new(frame);
        let header = match RequestHeader::read(&mut reader) {
            Ok(header) => header,
            Err(cause) => return Outcome::Close(CloseReason::Header { cause: cause.to_string() }),
        };
        let Some(sender) = self.traffic.connections.get(connection) else {
            return Outcome::Close(CloseReason::Disconnected);
        };
        let ticket = Ticket {
            id,
            connection,
            api: header.api_key,
            version: header.version,
            correlation_id: header.correlation_id,
        };
        let context = Context {
            ticket,
            node: sender.node,
            client_id: header.client_id.unwrap_or_default(),
            client_host: Arc::clone(&sender.host),
            release: self.table.release(),
        };
        self.traffic.connections.touch(connection, self.now);
        self.journal.open(&context, self.now);
        self.dispatch(&context, reader.rest())
    }

    /// Hands a request to its API, if that is shown at this version.
    pub(super) fn dispatch(&mut self, context: &Context, body: Bytes) -> Outcome {
        let ticket = context.ticket;
        match self.table.row(ticket.api, ticket.version) {
            Row::Served(handle) => handle(self, context, body),
            Row::Beyond(shown) if ticket.api == ApiKey::ApiVersions => {
                // The one API that answers a version it does not know, in version 0 (KIP-511).
                let answer = Answer::Reply(api_versions::unsupported(ticket.api, shown));
                self.finish::<ApiVersionsRequest>(Ticket { version: 0, ..ticket }, answer)
            }
            Row::Beyond(_) | Row::Absent => {
                let reason = CloseReason::Unserved { api: ticket.api, version: ticket.version };
                self.close(ticket, reason)
            }
        }
    }

    /// Closes the connection of a request that has no answer.
    fn close(&mut self, ticket: Ticket, reason: CloseReason) -> Outcome {
        self.journal.end(ticket.id, Ending::Closed, Some(reason.clone()));
        Outcome::Close(reason)
    }

    /// The one exit: whatever a request is answered is journaled and framed here, at once or when its wait ends.
    pub(crate) fn finish<R: Journaled>(&mut self, ticket: Ticket, answer: Answer<R::Response>) -> Outcome {
        if let Answer::Parked = answer {
            self.traffic.waiting.insert(ticket.id, ticket);
            return Outcome::Parked;
        }
        let after = self.after::<R>(ticket, &answer);
        let answer = self.fail::<R>(ticket, answer, after.as_ref());
        let (outcome, response) = match answer {
            Answer::Parked => return Outcome::Parked,
            Answer::Silent(response) => (Outcome::Silent, response),
            Answer::Close(response, reason) => (Outcome::Close(reason), response),
            Answer::Reply(response) => {
                let outcome = frame(ticket, &response).map(Outcome::Reply).unwrap_or_else(|error| {
                    // A handler has set what this version cannot carry. Kafka closes the connection, too, when it
                    // cannot serialise a response.
                    debug_assert!(false, "the answer to {} v{} cannot be written: {error}", ticket.api, ticket.version);
                    let (api, version, error) = (ticket.api, ticket.version, error.to_string());
                    Outcome::Close(CloseReason::Unwritable { api, version, error })
                });
                (outcome, response)
            }
        };
        self.journal.answer::<R>(ticket.id, &response);
        let outcome = match after {
            Some(after) => self.postpone(ticket, outcome, after),
            None => outcome,
        };
        self.leave(ticket, &outcome);
        outcome
    }

    /// What is known of a request ends here, as its answer leaves or is known not to come.
    pub(super) fn leave(&mut self, ticket: Ticket, outcome: &Outcome) {
        let (ending, reason) = match outcome {
            Outcome::Parked => {
                self.traffic.waiting.insert(ticket.id, ticket);
                return;
            }
            Outcome::Reply(_) | Outcome::Paced(..) => (Ending::Answered, None),
            Outcome::Silent => (Ending::Silent, None),
            Outcome::Torn(_, reason) | Outcome::Close(reason) => (Ending::Closed, Some(reason.clone())),
        };
        self.traffic.waiting.remove(&ticket.id);
        self.traffic.connections.touch(ticket.connection, self.now);
        self.journal.end(ticket.id, ending, reason);
    }

    /// A group has answered a request that waits; nobody waits any more when its connection is gone.
    pub(crate) fn complete(&mut self, completion: Completion) -> Option<Outcome> {
        let ticket = self.traffic.waiting.get(&completion.ticket).copied()?;
        Some(self.answer_of_group(ticket, completion.reply))
    }

    fn answer_of_group(&mut self, ticket: Ticket, reply: GroupReply) -> Outcome {
        match reply {
            GroupReply::Join(reply) => {
                self.finish::<JoinGroupRequest>(ticket, Answer::Reply(join_group::respond(reply, ticket.version)))
            }
            GroupReply::Sync(reply) => {
                self.finish::<SyncGroupRequest>(ticket, Answer::Reply(sync_group::respond(reply)))
            }
        }
    }
}

/// Decodes a request, and has it handled and finished.
pub(super) fn answer<R: Journaled>(
    dispatch: &mut Dispatch<'_>,
    context: &Context,
    body: Bytes,
    handle: impl Fn(&mut Dispatch<'_>, &Context, R) -> Answer<R::Response>,
) -> Outcome {
    let ticket = context.ticket;
    let kept = dispatch.faults.is_armed().then(|| body.clone());
    let request = match decode::<R>(body, context.version()) {
        Ok(request) => request,
        Err(error) => return dispatch.close(ticket, CloseReason::Body { error: error.to_string() }),
    };
    dispatch.journal.ask(ticket.id, &request, dispatch.state.topics());
    let answer = match kept {
        None => handle(dispatch, context, request),
        Some(body) => dispatch.judged(context, body, request, handle),
    };
    // A group may have answered already, although it answers by completions.
    if let Answer::Parked = answer
        && let Some(completion) = dispatch.state.take_completion(ticket.id)
    {
        return dispatch.answer_of_group(ticket, completion.reply);
    }
    dispatch.finish::<R>(ticket, answer)
}

/// Has a request handled that only looks at the state.
pub(super) fn read<R: Journaled>(
    dispatch: &mut Dispatch<'_>,
    context: &Context,
    body: Bytes,
    handle: fn(&State, &Context, R) -> Answer<R::Response>,
) -> Outcome {
    answer(dispatch, context, body, |dispatch, context, request| handle(dispatch.state, context, request))
}

/// Has a request handled that changes the state.
pub(super) fn write<R: Journaled>(
    dispatch: &mut Dispatch<'_>,
    context: &Context,
    body: Bytes,
    handle: fn(&mut State, &Context, R) -> Answer<R::Response>,
) -> Outcome {
    answer(dispatch, context, body, |dispatch, context, request| handle(dispatch.state, context, request))
}

/// Size, response header and body of a reply.
fn frame<M: Message>(ticket: Ticket, response: &M) -> Result<Segments, EncodeError> {
    let mut writer = Writer::frame();
    writer.put_i32(ticket.correlation_id);
    if ticket.api.response_header_version(ticket.version) >= 1 {
        writer.put_unsigned_varint(0);
    }
    response.write(&mut writer, ticket.version)?;
    writer.finish_frame()
}
