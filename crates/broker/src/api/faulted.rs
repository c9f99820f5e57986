//! Where the rules of a test meet requests and answers: [`Dispatch`] asks them before a handler and at its one exit.

use bytes::Bytes;
use kafka_trial_core::TicketId;
use kafka_trial_wire::{ErrorCode, Segments};

use super::dispatch::{Answer, Dispatch, Outcome};
use crate::faults::{After, Before, Held, Parts, stamp};
use crate::journal::{CloseReason, Journal, Journaled};
use crate::traffic::{Context, Ticket, Wait};

impl Dispatch<'_> {
    /// What happens to a request before its effect. One that is delayed or held is kept here.
    pub(super) fn judge(&mut self, context: &Context, body: Bytes) -> Before {
        let id = context.ticket.id;
        let Some(entry) = self.journal.unfinished(id) else { return Before::Nothing };
        let (hold, due) = match self.faults.judge(id, entry) {
            Before::Delay(time) => (None, Some(self.now.plus(time))),
            Before::Hold(name) => (Some(name), None),
            before => return before,
        };
        self.keep(id, hold, due, Held::Request(Box::new(context.clone()), body));
        Before::Kept
    }

    /// Answers a request with an error in all of its parts. Its handler meets a copy of the state, which only costs
    /// pointers: the answer has the form that it would have had, and nothing has happened.
    pub(super) fn reject<R: Journaled>(
        &mut self,
        ticket: Ticket,
        code: ErrorCode,
        handle: impl FnOnce(&mut Dispatch<'_>) -> Answer<R::Response>,
    ) -> Answer<R::Response> {
        let mut state = self.state.clone();
        let mut apart = Dispatch {
            table: self.table,
            state: &mut state,
            traffic: self.traffic,
            journal: &mut Journal::default(),
            faults: self.faults,
            at_once: true,
            now: self.now,
        };
        let response = match handle(&mut apart) {
            Answer::Reply(response) => response,
            Answer::Parked => R::Response::default(),
            // No answer is owed, so closing is the only way to say that it failed.
            Answer::Silent(response) | Answer::Close(response, _) => {
                return Answer::Close(response, CloseReason::Unacknowledged);
            }
        };
        let stamped = stamp(&response, ticket.api, ticket.version, code, &Parts::default(), self.state.topics());
        Answer::Reply(stamped.unwrap_or(response))
    }

    /// Puts what a rule wants into an answer.
    pub(super) fn fail<R: Journaled>(
        &self,
        ticket: Ticket,
        answer: Answer<R::Response>,
        after: Option<&After>,
    ) -> Answer<R::Response> {
        match (answer, after) {
            (Answer::Reply(response), Some(After::Fail { code, parts })) => {
                let stamped = stamp(&response, ticket.api, ticket.version, *code, parts, self.state.topics());
                Answer::Reply(stamped.unwrap_or(response))
            }
            (Answer::Silent(response), Some(After::Fail { .. })) => {
                Answer::Close(response, CloseReason::Unacknowledged)
            }
            (Answer::Reply(response) | Answer::Silent(response), Some(After::Cut { rule, bytes: None })) => {
                Answer::Close(response, CloseReason::Fault { rule: rule.clone() })
            }
            (answer, _) => answer,
        }
    }

    /// Keeps a reply back, or cuts it, as a rule wants.
    pub(super) fn postpone(&mut self, ticket: Ticket, outcome: Outcome, after: After) -> Outcome {
        let Outcome::Reply(segments) = outcome else { return outcome };
        let (hold, due) = match after {
            After::Fail { .. } | After::Cut { bytes: None, .. } => return Outcome::Reply(segments),
            After::Cut { rule, bytes: Some(bytes) } => {
                return Outcome::Torn(first_bytes(segments, bytes), CloseReason::Fault { rule });
            }
            After::Delay(time) => (None, Some(self.now.plus(time))),
            After::Hold(name) => (Some(name), None),
            After::Swallow => (None, None),
        };
        self.keep(ticket.id, hold, due, Held::Reply(ticket, segments));
        Outcome::Parked
    }

    /// Lets go what was held of a request; `None` if it still waits, or nothing was held.
    pub(crate) fn release(&mut self, id: TicketId) -> Option<Outcome> {
        let outcome = match self.faults.take_held(id)? {
            Held::Request(context, body) => {
                self.faults.pass(id);
                self.dispatch(&context, body)
            }
            Held::Reply(ticket, segments) => {
                let outcome = Outcome::Reply(segments);
                self.leave(ticket, &outcome);
                outcome
            }
        };
        Some(outcome).filter(|outcome| !matches!(outcome, Outcome::Parked))
    }

    fn keep(&mut self, id: TicketId, hold: Option<String>, due: Option<kafka_trial_core::Time>, held: Held) {
        if let Some(due) = due {
            self.traffic.waits.at(due, Wait::Release(id));
        }
        self.faults.keep(id, hold, held);
    }
}

/// The beginning of a reply.
fn first_bytes(segments: Segments, most: usize) -> Segments {
    let mut left = most;
    let mut first = Segments::new();
    for segment in segments {
        let length = segment.len().min(left);
        left -= length;
        if length > 0 {
            first.push(segment.slice(..length));
        }
    }
    first
}
