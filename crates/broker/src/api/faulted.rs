//! Where the rules of a test meet requests and answers: [`Dispatch`] asks them before a handler and at its one exit.

use std::sync::Arc;

use bytes::Bytes;
use kafka_trial_core::{State, TicketId};
use kafka_trial_wire::messages::FetchRequest;
use kafka_trial_wire::{ApiKey, ErrorCode, Segments, Text, Uuid, decode};

use super::dispatch::{Answer, Dispatch, Outcome};
use crate::faults::{After, Before, FaultAction, Held, Request, Stamp, correlations, edit, overlay, stamp, without};
use crate::journal::{CloseReason, Detail, Fetch, Fetched, Journal, Journaled, Partitions};
use crate::traffic::{Context, Ticket, Wait};

impl Dispatch<'_> {
    /// Handles a request as the rules want.
    pub(super) fn judged<R: Journaled>(
        &mut self,
        context: &Context,
        body: Bytes,
        request: R,
        handle: impl Fn(&mut Dispatch<'_>, &Context, R) -> Answer<R::Response>,
    ) -> Answer<R::Response> {
        let ticket = context.ticket;
        let again = |body: &Bytes| decode::<R>(body.clone(), ticket.version).unwrap_or_default();
        match self.judge(context, &body) {
            Before::Nothing => handle(self, context, request),
            Before::Kept | Before::Delay(_) | Before::Hold(_) | Before::Blackhole => Answer::Parked,
            Before::Cut { rule, reset } => Answer::Close(R::Response::default(), CloseReason::Fault { rule, reset }),
            Before::Reject(refusal) => {
                let rest = self.rest_of(ticket, &refusal, &request);
                let refused = self.reject::<R>(ticket, &refusal, |apart| handle(apart, context, request));
                match (refused, rest) {
                    (None, _) => {
                        // The answer has no place for the error, such as Metadata that asks for no topic.
                        self.faults.take_back(&refusal.rule);
                        handle(self, context, again(&body))
                    }
                    (Some(Answer::Reply(refused)), Some(rest)) => match handle(self, context, rest) {
                        Answer::Reply(served) => {
                            let topics = self.state.topics();
                            let both = overlay::<R>(&refused, &served, ticket.version, &refusal.parts, topics);
                            Answer::Reply(both.unwrap_or(refused))
                        }
                        other => other,
                    },
                    (Some(refused), _) => refused,
                }
            }
            Before::Twice => {
                // What the first answers is not seen by anybody.
                drop(handle(self, context, again(&body)));
                handle(self, context, request)
            }
            Before::Lose => {
                let mut state = self.state.clone();
                self.answered_by::<R>(&mut state, |apart| handle(apart, context, request))
            }
            Before::Stale(mut state) => self.answered_by::<R>(&mut state, |apart| handle(apart, context, request)),
            Before::Change(action) => {
                self.change(context, &action);
                handle(self, context, request)
            }
        }
    }

    /// What happens to a request before its effect. One that is delayed or held is kept here.
    fn judge(&mut self, context: &Context, body: &Bytes) -> Before {
        let id = context.ticket.id;
        if context.ticket.api == ApiKey::Fetch {
            self.name_fetched(context, body);
        }
        let Some(entry) = self.journal.unfinished(id) else { return Before::Nothing };
        let ids = || correlations(context.ticket.api, context.ticket.version, body);
        let (hold, due) = match self.faults.judge(id, &Request { entry, now: self.state.now(), correlations: &ids }) {
            Before::Delay(time) => (None, Some(self.now.plus(time))),
            Before::Hold(name) => (Some(name), None),
            Before::Blackhole => (None, None),
            before => return before,
        };
        self.keep(id, hold, due, Held::Request(Box::new(context.clone()), body.clone()));
        Before::Kept
    }

    /// Tells the journal what a Fetch reads: the partitions of the request, and those of its session that the request does not
    /// repeat. Its handler tells the same later; rules look at it before.
    fn name_fetched(&mut self, context: &Context, body: &Bytes) {
        let Ok(request) = decode::<FetchRequest>(body.clone(), context.version()) else { return };
        let topics = self.state.topics();
        let name = |name: &Text, id: Uuid| -> Arc<str> {
            topics.by_id(id).map_or_else(|| Arc::from(name.as_str()), |topic| Arc::clone(&topic.name))
        };
        let mut partitions: Partitions<Fetched> = Partitions::new();
        let mut push = |topic: Arc<str>, partition: i32, from: i64| {
            if !partitions.iter().any(|known| known.topic == topic && known.partition == partition) {
                partitions.push(Fetched { topic, partition, from, offsets: None, bytes: 0, error: ErrorCode::NONE });
            }
        };
        for topic in &request.topics {
            let of = name(&topic.topic, topic.topic_id);
            topic.partitions.iter().for_each(|wanted| push(Arc::clone(&of), wanted.partition, wanted.fetch_offset));
        }
        // In later epochs the request names what has changed only.
        let session = self.traffic.sessions.get_mut(context.node, request.session_id);
        if let Some(session) = session.filter(|_| request.session_epoch > 0) {
            let all = session.partitions.iter();
            all.for_each(|wanted| push(name(&wanted.topic, wanted.topic_id), wanted.index, wanted.fetch_offset));
        }
        if let Some(detail) = self.journal.detail(context.ticket.id) {
            *detail = Detail::Fetch(Fetch { read_committed: request.isolation_level == 1, partitions });
        }
    }

    /// What of a request is served although the other parts of it are refused; `None` if all of it is refused. A Fetch
    /// reads, so that its refused parts need not be kept from having an effect.
    fn rest_of<R: Journaled>(&self, ticket: Ticket, refusal: &Stamp, request: &R) -> Option<R> {
        if refusal.parts.is_all() || ticket.api == ApiKey::Fetch {
            return None;
        }
        without(request, ticket.version, &refusal.parts, self.state.topics())
    }

    /// Changes the state as a rule wants, in the moment before a request is handled.
    fn change(&mut self, context: &Context, action: &FaultAction) {
        let Some(entry) = self.journal.unfinished(context.ticket.id) else { return };
        let partitions: Vec<(String, i32)> =
            entry.partitions().into_iter().map(|(topic, partition)| (topic.to_owned(), partition)).collect();
        let topics: Vec<String> = entry.topics().into_iter().map(str::to_owned).collect();
        let groups: Vec<String> = entry.groups().into_iter().map(str::to_owned).collect();
        let transactional_id = entry.transactional_id().map(str::to_owned);
        let member = entry.membership().map(|one| (one.group.to_string(), one.member.to_string()));
        // What a request names may not exist: then its handler refuses it, as always.
        match action {
            FaultAction::Fence => {
                let _ = transactional_id.map(|id| self.state.fence_producer(&id));
            }
            FaultAction::TimeOutTransaction => {
                let _ = transactional_id.map(|id| self.state.time_out_transaction(&id));
            }
            FaultAction::ExpireMembers { all } => {
                let _ =
                    member.map(|(group, member)| self.state.expire_members(&group, if *all { "*" } else { &member }));
            }
            FaultAction::MoveLeader { to, .. } => partitions.iter().for_each(|(topic, partition)| {
                let _ = self.state.hand_over(topic, *partition, *to);
            }),
            FaultAction::MoveCoordinator { to } => {
                groups.iter().for_each(|group| {
                    self.state.move_coordinator(group, *to);
                });
                let _ = transactional_id.map(|id| self.state.move_transaction_coordinator(&id, *to));
            }
            FaultAction::Truncate => partitions.iter().for_each(|(topic, partition)| {
                let _ = self.state.truncate_partition(topic, *partition);
            }),
            FaultAction::ApplyRetention => topics.iter().for_each(|topic| {
                let _ = self.state.apply_retention(topic);
            }),
            _ => {}
        }
    }

    /// Answers a request with an error in the parts that are meant. Its handler meets a copy of the state, which only costs
    /// pointers: the answer has the form that it would have had, and nothing has happened. `None` if the answer has no
    /// place for the error.
    fn reject<R: Journaled>(
        &mut self,
        ticket: Ticket,
        refusal: &Stamp,
        handle: impl FnOnce(&mut Dispatch<'_>) -> Answer<R::Response>,
    ) -> Option<Answer<R::Response>> {
        let mut state = self.state.clone();
        let response = match self.answered_by::<R>(&mut state, handle) {
            Answer::Reply(response) => response,
            Answer::Parked => R::Response::default(),
            // No answer is owed, so closing is the only way to say that it failed.
            Answer::Silent(response) | Answer::Close(response, _) => {
                return Some(Answer::Close(response, CloseReason::Unacknowledged));
            }
        };
        let topics = self.state.topics();
        let stamped = stamp(&response, ticket.api, ticket.version, refusal, topics);
        // The answer names no such part, or its version has no such level: then it is refused as a whole.
        let whole = || {
            let refusal = Stamp { parts: Default::default(), level: None, ..refusal.clone() };
            stamp(&response, ticket.api, ticket.version, &refusal, topics)
        };
        stamped.or_else(whole).map(Answer::Reply)
    }

    /// What a handler answers from a different state.
    fn answered_by<R: Journaled>(
        &mut self,
        state: &mut State,
        handle: impl FnOnce(&mut Dispatch<'_>) -> Answer<R::Response>,
    ) -> Answer<R::Response> {
        handle(&mut Dispatch {
            table: self.table,
            state,
            traffic: self.traffic,
            journal: &mut Journal::default(),
            faults: self.faults,
            at_once: true,
            now: self.now,
        })
    }

    /// What is to happen to an answer.
    pub(super) fn after<R: Journaled>(&mut self, ticket: Ticket, answer: &Answer<R::Response>) -> Option<After> {
        if let Answer::Reply(response) = answer
            && self.faults.watches_answers()
            && let Some(entry) = self.journal.unfinished(ticket.id)
        {
            let topics = self.state.topics();
            let request = Request { entry, now: self.state.now(), correlations: &Vec::new };
            let place = (ticket.api, ticket.version);
            let changed = self.faults.judge_answer(ticket.id, &request, |rule| {
                edit(response, place, &rule.action, &rule.parts, topics).is_some()
            });
            if changed.is_some() {
                return changed;
            }
        }
        self.faults.take_after(ticket.id)
    }

    /// Puts what a rule wants into an answer.
    pub(super) fn fail<R: Journaled>(
        &mut self,
        ticket: Ticket,
        answer: Answer<R::Response>,
        after: Option<&After>,
    ) -> Answer<R::Response> {
        let topics = self.state.topics();
        match (answer, after) {
            (Answer::Reply(response), Some(After::Fail(failure))) => {
                let stamped = stamp(&response, ticket.api, ticket.version, failure, topics);
                if stamped.is_none() {
                    self.faults.take_back(&failure.rule);
                }
                Answer::Reply(stamped.unwrap_or(response))
            }
            (Answer::Reply(response), Some(After::Edit(action, parts))) => {
                let edited = edit(&response, (ticket.api, ticket.version), action, parts, topics);
                Answer::Reply(edited.unwrap_or(response))
            }
            (Answer::Reply(response), Some(After::Pace(action, _))) => {
                let place = (ticket.api, ticket.version);
                let edited = edit(&response, place, action, &Default::default(), topics);
                Answer::Reply(edited.unwrap_or(response))
            }
            (Answer::Silent(response), Some(After::Fail(_))) => Answer::Close(response, CloseReason::Unacknowledged),
            (Answer::Reply(response) | Answer::Silent(response), Some(After::Cut { rule, bytes: None, reset })) => {
                Answer::Close(response, CloseReason::Fault { rule: rule.clone(), reset: *reset })
            }
            (answer, _) => answer,
        }
    }

    /// Keeps a reply back, or cuts it, as a rule wants.
    pub(super) fn postpone(&mut self, ticket: Ticket, outcome: Outcome, after: After) -> Outcome {
        let Outcome::Reply(segments) = outcome else { return outcome };
        let (hold, due) = match after {
            After::Fail(_) | After::Edit(..) | After::Cut { bytes: None, .. } => return Outcome::Reply(segments),
            After::Pace(_, pace) => return Outcome::Paced(segments, pace),
            After::Cut { rule, bytes: Some(bytes), reset } => {
                return Outcome::Torn(first_bytes(segments, bytes), CloseReason::Fault { rule, reset });
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
