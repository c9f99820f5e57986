//! A core with one group, and clients that ask it in real requests at a time of their own.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_trial_core::{ClassicGroup, ClassicGroupState, Group, Node, Settings, State, TicketId, Time};
use kafka_trial_wire::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_trial_wire::messages::leave_group_request::MemberIdentity;
use kafka_trial_wire::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_trial_wire::messages::{
    HeartbeatRequest, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, Request, SyncGroupRequest,
    SyncGroupResponse,
};
use kafka_trial_wire::{ErrorCode, Reader, RequestHeader, Segments, Writer, decode};

use super::invariants::Rules;
use crate::Release;
use crate::api::Outcome;
use crate::driver::Driver;
use crate::journal::Journal;
use crate::traffic::ConnectionId;

const GROUP: &str = "group";
const REBALANCE_MS: i32 = 15_000;
/// After this long everybody has been answered, and everybody silent is out.
const LONG_MS: i64 = 200_000;

/// What a client does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    /// Joins, or joins again.
    Join {
        subscribes_anew: bool,
        session_s: i32,
    },
    /// Asks for its assignment; a leader hands out everybody's.
    Sync,
    /// Asks for the assignment of the generation before.
    SyncLate,
    Heartbeat,
    Leave,
    /// Is gone without a word; its next join is a new member's.
    Vanish,
    /// Time passes.
    Pass(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Join,
    Sync,
}

#[derive(Debug, Default)]
struct Client {
    instance: Option<String>,
    member: String,
    generation: i32,
    protocol: String,
    /// Whom it has to give assignments to, as a leader.
    members: Vec<String>,
    waits_for: Option<TicketId>,
    subscription: u8,
    /// Of its joins: from 4 it first learns its id (KIP-394), from 5 it may be static.
    version: i16,
}

pub(super) struct World {
    pub(super) driver: Driver,
    pub(super) outstanding: BTreeMap<TicketId, Time>,
    clients: Vec<Client>,
    connections: Vec<ConnectionId>,
    asked: BTreeMap<TicketId, (usize, Asked)>,
    rules: Rules,
    next_ticket: TicketId,
}

impl World {
    pub(super) fn new(members: usize, statics: usize, initial_delay_ms: i64) -> Self {
        let key = "group.initial.rebalance.delay.ms".to_owned();
        let (settings, _) = Settings::parse(&[(key, initial_delay_ms.to_string())].into()).unwrap();
        let node = Node { id: 0, host: "127.0.0.1".to_owned(), port: 9092, rack: None };
        let state = State::new(settings, vec![node], 7, Time(1_700_000_000_000_000));
        let mut driver = Driver::new(state, Journal::default(), Release::LATEST, 7);
        let connections = (0..members).map(|_| driver.connect(0, "/127.0.0.1".into())).collect();
        let client = |index| Client {
            instance: (index < statics).then(|| format!("instance-{index}")),
            version: if index % 2 == 0 { 5 } else { 9 },
            ..Client::default()
        };
        let mut clients: Vec<Client> = (0..members).map(client).collect();
        clients.iter_mut().rev().take(members.saturating_sub(statics) / 2).for_each(|client| client.version = 3);
        let rules = Rules::new(statics > 0);
        Self {
            driver,
            connections,
            outstanding: BTreeMap::new(),
            clients,
            asked: BTreeMap::new(),
            rules,
            next_ticket: 0,
        }
    }

    pub(super) fn act(&mut self, client: usize, action: Action) {
        match action {
            Action::Join { subscribes_anew, session_s } => self.join(client, subscribes_anew, session_s * 1000),
            Action::Sync => self.sync(client, self.clients[client].generation),
            Action::SyncLate => self.sync(client, self.clients[client].generation - 1),
            Action::Heartbeat => self.heartbeat(client),
            Action::Leave => self.leave(client),
            Action::Vanish => self.forget(client),
            Action::Pass(ms) => self.pass(ms),
        }
        self.check();
    }

    /// Nobody asks any more: all are answered, and in the end nobody is left.
    pub(super) fn ends_empty(&mut self) {
        self.pass(LONG_MS);
        assert_eq!(self.outstanding, BTreeMap::new(), "requests without an answer");
        let Some(group) = self.group() else { return };
        assert_eq!(group.state, ClassicGroupState::Empty, "{group:?}");
        assert!(group.members.is_empty() && group.pending.is_empty() && group.instances.is_empty(), "{group:?}");
    }

    /// Everybody does what real clients do until all have an assignment of the same generation.
    pub(super) fn settles(&mut self) {
        for _ in 0..40 {
            for client in 0..self.clients.len() {
                if self.clients[client].waits_for.is_some() {
                    continue;
                }
                let has_joined = |client: &Client| client.generation >= 0 && !client.member.is_empty();
                if has_joined(&self.clients[client]) {
                    self.heartbeat(client);
                    self.check();
                }
                if has_joined(&self.clients[client]) {
                    self.sync(client, self.clients[client].generation);
                } else {
                    self.join(client, false, 10_000);
                }
                self.check();
            }
            self.pass(1000);
        }
        let group = self.group().unwrap();
        assert_eq!(group.state, ClassicGroupState::Stable);
        for client in &self.clients {
            assert_eq!(client.generation, group.generation, "{client:?}");
            assert!(group.members.contains_key(&client.member), "{client:?}");
        }
        assert_eq!(group.members.len(), self.clients.len());
    }

    pub(super) fn group(&self) -> Option<&ClassicGroup> {
        self.driver.state.groups().get(GROUP)?.classic()
    }

    fn check(&mut self) {
        let mut rules = std::mem::take(&mut self.rules);
        rules.check(self);
        self.rules = rules;
    }

    fn pass(&mut self, ms: i64) {
        let end = self.driver.now().plus_millis(ms);
        // Timer by timer, so that the rules are looked at between them.
        while let Some(next) = self.driver.next_deadline().filter(|next| *next <= end) {
            self.driver.advance(next);
            self.collect();
            self.check();
        }
        self.driver.advance(end);
        self.collect();
    }

    fn join(&mut self, index: usize, subscribes_anew: bool, session_timeout_ms: i32) {
        let client = &mut self.clients[index];
        client.subscription += u8::from(subscribes_anew);
        let protocol = |name: &str| JoinGroupRequestProtocol {
            name: name.into(),
            metadata: vec![client.subscription].into(),
            ..JoinGroupRequestProtocol::default()
        };
        let mut protocols = vec![protocol("range"), protocol("sticky")];
        protocols.rotate_left(index % 2);
        let request = JoinGroupRequest {
            group_id: GROUP.into(),
            session_timeout_ms,
            rebalance_timeout_ms: REBALANCE_MS,
            member_id: client.member.as_str().into(),
            group_instance_id: client.instance.as_deref().map(Into::into),
            protocol_type: "consumer".into(),
            protocols,
            ..JoinGroupRequest::default()
        };
        let version = client.version;
        self.ask(index, &request, version, Some(Asked::Join));
    }

    fn sync(&mut self, index: usize, generation: i32) {
        let client = &mut self.clients[index];
        let assignments = std::mem::take(&mut client.members).into_iter().map(|member| SyncGroupRequestAssignment {
            assignment: assignment(generation, &member),
            member_id: member.as_str().into(),
            ..SyncGroupRequestAssignment::default()
        });
        let request = SyncGroupRequest {
            group_id: GROUP.into(),
            generation_id: generation,
            member_id: client.member.as_str().into(),
            group_instance_id: client.instance.as_deref().map(Into::into),
            protocol_type: (client.version >= 9).then(|| "consumer".into()),
            protocol_name: (client.version >= 9).then(|| client.protocol.as_str().into()),
            assignments: assignments.collect(),
            ..SyncGroupRequest::default()
        };
        let version = if client.version >= 9 { 5 } else { 3 };
        self.ask(index, &request, version, Some(Asked::Sync));
    }

    fn heartbeat(&mut self, index: usize) {
        let client = &self.clients[index];
        let request = HeartbeatRequest {
            group_id: GROUP.into(),
            generation_id: client.generation,
            member_id: client.member.as_str().into(),
            group_instance_id: client.instance.as_deref().map(Into::into),
            ..HeartbeatRequest::default()
        };
        let Some(response) = self.ask(index, &request, 4, None) else { return };
        let error = response.error_code;
        let (group, client) = (self.group(), &self.clients[index]);
        let is_member = group.is_some_and(|group| group.members.contains_key(&client.member));
        if error == ErrorCode::NONE {
            assert!(is_member && group.is_some_and(|group| group.generation == client.generation), "{client:?}");
        }
        self.hear(index, error);
    }

    fn leave(&mut self, index: usize) {
        let client = &self.clients[index];
        let member = MemberIdentity {
            member_id: client.member.as_str().into(),
            group_instance_id: client.instance.as_deref().map(Into::into),
            ..MemberIdentity::default()
        };
        let request = LeaveGroupRequest { group_id: GROUP.into(), members: vec![member], ..Default::default() };
        self.ask(index, &request, 4, None);
        self.forget(index);
    }

    fn forget(&mut self, index: usize) {
        let client = &mut self.clients[index];
        *client = Client {
            instance: client.instance.take(),
            version: client.version,
            subscription: client.subscription,
            ..Client::default()
        };
    }

    /// Sends a request. What is answered later is taken in by [`World::collect`], as `Asked` says.
    fn ask<R: Request>(
        &mut self,
        index: usize,
        request: &R,
        version: i16,
        asked: Option<Asked>,
    ) -> Option<R::Response> {
        let mut writer = Writer::new();
        let header = RequestHeader { api_key: R::API, version, correlation_id: 1, client_id: Some("client".into()) };
        header.write(&mut writer).unwrap();
        request.write(&mut writer, version).unwrap();
        self.next_ticket += 1;
        let ticket = self.next_ticket;
        if let Some(asked) = asked {
            self.asked.insert(ticket, (index, asked));
            self.clients[index].waits_for = Some(ticket);
            self.outstanding.insert(ticket, self.driver.now());
        }
        let mut reply = None;
        match self.driver.handle(self.connections[index], ticket, writer.into_bytes()) {
            Outcome::Reply(segments) if asked.is_some() => self.take_in(ticket, segments),
            Outcome::Reply(segments) => reply = Some(body::<R>(segments, version)),
            Outcome::Parked => assert!(asked.is_some(), "{} is never parked", R::NAME),
            other => panic!("{other:?} to {request:?}"),
        }
        self.collect();
        reply
    }

    fn collect(&mut self) {
        for (ticket, outcome) in self.driver.take_finished() {
            let Outcome::Reply(segments) = outcome else { panic!("{ticket} ended by {outcome:?}") };
            self.take_in(ticket, segments);
        }
    }

    fn take_in(&mut self, ticket: TicketId, segments: Segments) {
        assert!(self.outstanding.remove(&ticket).is_some(), "{ticket} is answered twice");
        let (index, asked) = self.asked[&ticket];
        let version = self.clients[index].version;
        let is_current = self.clients[index].waits_for.take_if(|waits_for| *waits_for == ticket).is_some();
        match asked {
            Asked::Join => {
                let response: JoinGroupResponse = body::<JoinGroupRequest>(segments, version);
                let group = self.driver.state.groups().get(GROUP).and_then(Group::classic);
                self.rules.joined(group, &response);
                // A client that has gone on without it does not look at the answer.
                if is_current {
                    self.has_joined(index, response);
                }
            }
            Asked::Sync => {
                let response: SyncGroupResponse = body::<SyncGroupRequest>(segments, if version >= 9 { 5 } else { 3 });
                if is_current {
                    self.has_synced(index, &response);
                }
            }
        }
    }

    fn has_joined(&mut self, index: usize, response: JoinGroupResponse) {
        let error = response.error_code;
        let client = &mut self.clients[index];
        if error == ErrorCode::NONE || error == ErrorCode::MEMBER_ID_REQUIRED {
            client.member = response.member_id.as_str().to_owned();
            client.generation = response.generation_id;
            client.protocol = response.protocol_name.unwrap_or_default().as_str().to_owned();
            client.members = response.members.iter().map(|member| member.member_id.as_str().to_owned()).collect();
        } else {
            self.hear(index, error);
        }
    }

    fn has_synced(&mut self, index: usize, response: &SyncGroupResponse) {
        let error = response.error_code;
        let client = &self.clients[index];
        // A leader that comes back under another id hands out nothing, and the assignment to its former id stays.
        if error == ErrorCode::NONE && client.instance.is_none() {
            assert_eq!(response.assignment, assignment(client.generation, &client.member), "{client:?}");
        }
        self.hear(index, error);
    }

    /// What clients do about errors.
    fn hear(&mut self, index: usize, error: ErrorCode) {
        let client = &mut self.clients[index];
        match error {
            ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::FENCED_INSTANCE_ID => self.forget(index),
            ErrorCode::ILLEGAL_GENERATION | ErrorCode::REBALANCE_IN_PROGRESS => client.generation = -1,
            _ => {}
        }
    }
}

fn assignment(generation: i32, member: &str) -> Bytes {
    format!("{generation} {member}").into()
}

fn body<R: Request>(segments: Segments, version: i16) -> R::Response {
    let frame: Bytes = segments.concat().into();
    let mut reader = Reader::new(frame.slice(8..));
    if R::API.response_header_version(version) >= 1 {
        reader.tags(|_, _| Ok(false)).unwrap();
    }
    decode(reader.rest(), version).unwrap()
}
