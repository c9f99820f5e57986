//! The world has a cluster with one group, and clients that follow the protocol at random times.

use std::collections::BTreeSet;

use kafka_trial_wire::ErrorCode;

use crate::{
    ConsumerGroup, ConsumerHeartbeat, Group, LogConfig, MemberState, Node, Settings, State, Time, TopicIdPartition,
};

const GROUP: &str = "group";
/// Longer than any session or rebalance.
const LONG_MS: i64 = 200_000;
/// Topics that clients subscribe to, each as one bit of [`Action::Subscribe`].
const TOPICS: [&str; 3] = ["a", "b", "c"];

/// A step of a client, or of the cluster.
#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    /// Sends a heartbeat; a client outside of the group joins.
    Beat,
    /// Sends a heartbeat whose answer is lost.
    LoseAnswer,
    /// Gives up the partitions that are no longer assigned to it.
    Revoke,
    /// Subscribes to different topics with its next heartbeat.
    Subscribe(u8),
    Leave,
    LeaveForAWhile,
    /// Disappears without leaving; its next join is a new member's.
    Vanish,
    /// A topic gets one more partition.
    AddPartition,
    /// Time passes.
    Pass(i64),
}

#[derive(Clone, Debug)]
struct Client {
    instance: Option<String>,
    id: String,
    epoch: i32,
    topics: BTreeSet<String>,
    owned: BTreeSet<TopicIdPartition>,
    assigned: BTreeSet<TopicIdPartition>,
    /// Whether the coordinator has its present subscription.
    has_told: bool,
}

pub(super) struct World {
    state: State,
    clients: Vec<Client>,
    assignor: &'static str,
    names: u32,
    epoch: i32,
}

impl World {
    pub(super) fn new(members: usize, statics: usize, assignor: &'static str) -> Self {
        let (settings, _) = Settings::parse(&[].into()).unwrap();
        let node = Node { id: 0, host: "127.0.0.1".to_owned(), port: 9092, rack: None };
        let mut state = State::new(settings, vec![node], 7, Time(1_700_000_000_000_000));
        for (topic, partitions) in TOPICS.into_iter().zip([5, 3, 1]) {
            let config = LogConfig::resolve(&[].into(), state.settings()).unwrap();
            let replicas = state.place_replicas(partitions, 1, 0);
            state.add_topic(topic, replicas, [].into(), config);
        }
        let client = |index| Client {
            instance: (index < statics).then(|| format!("instance-{index}")),
            id: String::new(),
            epoch: 0,
            topics: BTreeSet::from(["a".to_owned()]),
            owned: BTreeSet::new(),
            assigned: BTreeSet::new(),
            has_told: false,
        };
        Self { state, clients: (0..members).map(client).collect(), assignor, names: 0, epoch: 0 }
    }

    pub(super) fn act(&mut self, index: usize, action: Action) {
        let client = &mut self.clients[index];
        match action {
            Action::Beat => self.beat(index, true),
            Action::LoseAnswer => self.beat(index, false),
            Action::Revoke => {
                let assigned = client.assigned.clone();
                client.owned.retain(|partition| assigned.contains(partition));
            }
            Action::Subscribe(bits) => {
                let chosen = TOPICS.iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0);
                client.topics = chosen.map(|(_, topic)| (*topic).to_owned()).collect();
                client.has_told = false;
            }
            Action::Leave => self.leave(index, false),
            Action::LeaveForAWhile => {
                if client.instance.is_some() {
                    self.leave(index, true);
                }
            }
            Action::Vanish => self.forget(index),
            Action::AddPartition => self.state.add_partitions("c", vec![vec![0]]),
            Action::Pass(ms) => self.pass(ms),
        }
        self.check();
    }

    /// Lets all clients continue to send heartbeats: in the end each partition has the owner of its target.
    pub(super) fn settles(&mut self) {
        for round in 0..100 {
            for index in 0..self.clients.len() {
                self.act(index, Action::Beat);
                self.act(index, Action::Revoke);
                self.act(index, Action::Beat);
            }
            self.act(0, Action::Pass(1000));
            let group = self.group().unwrap();
            let everybody = group.members.len() == self.clients.len();
            // A static member that lost the answer to its join waits until its former session ends.
            let all_know = self.clients.iter().all(|client| client.epoch == group.epoch);
            if everybody && all_know && group.state_name() == "Stable" && round > 3 {
                break;
            }
        }
        let group = self.group().unwrap();
        assert_eq!(group.state_name(), "Stable", "{group:?}");
        assert_eq!(group.members.len(), self.clients.len(), "{group:?}");
        let mut owned = BTreeSet::new();
        for client in &self.clients {
            assert_eq!(client.owned, client.assigned, "{client:?}");
            assert_eq!(client.epoch, group.epoch, "{client:?}");
            owned.extend(client.owned.iter().copied());
        }
        let subscribed = self.clients.iter().flat_map(|client| &client.topics).collect::<BTreeSet<_>>();
        let topics = subscribed.into_iter().map(|name| self.state.topics.get(name).unwrap());
        let all: BTreeSet<_> =
            topics.flat_map(|topic| (0..topic.count()).map(|index| TopicIdPartition::new(topic.id, index))).collect();
        assert_eq!(owned, all, "every subscribed partition has an owner");
    }

    /// Lets all clients fall silent: in the end the group is empty.
    pub(super) fn ends_empty(&mut self) {
        self.pass(LONG_MS);
        // A group without members and offsets is deleted soon.
        assert!(self.group().is_none_or(|group| group.state_name() == "Empty"));
    }

    fn group(&self) -> Option<&ConsumerGroup> {
        self.state.groups.get(GROUP).and_then(Group::consumer)
    }

    fn beat(&mut self, index: usize, arrives: bool) {
        let joins = self.clients[index].epoch <= 0;
        if joins {
            let client = &mut self.clients[index];
            client.owned.clear();
            client.assigned.clear();
            client.has_told = false;
            if client.id.is_empty() || client.epoch == -2 {
                self.names += 1;
                client.id = format!("member-{}", self.names);
            }
            client.epoch = 0;
        }
        let client = self.clients[index].clone();
        let says_all = !client.has_told;
        let beat = ConsumerHeartbeat {
            member_id: client.id,
            instance_id: client.instance,
            epoch: client.epoch,
            rack_id: None,
            client_id: "client".to_owned(),
            client_host: "/127.0.0.1".to_owned(),
            rebalance_timeout_ms: says_all.then_some(15_000),
            names: says_all.then_some(client.topics),
            regex: None,
            assignor: Some(self.assignor.to_owned()),
            owned: Some(client.owned),
        };
        let answer = self.state.heartbeat_consumer(GROUP, beat);
        let client = &mut self.clients[index];
        match answer {
            Ok(_) if !arrives => client.has_told = false,
            Ok(reply) => {
                client.epoch = reply.epoch;
                client.has_told = true;
                if let Some(assignment) = reply.assignment {
                    client.owned.extend(assignment.iter().copied());
                    client.assigned = assignment;
                }
            }
            Err(error) => match error.code {
                // Its former id keeps its place until it has left or its session ends.
                ErrorCode::UNRELEASED_INSTANCE_ID => {}
                // A group that was empty for a long time is deleted.
                ErrorCode::FENCED_MEMBER_EPOCH
                | ErrorCode::UNKNOWN_MEMBER_ID
                | ErrorCode::FENCED_INSTANCE_ID
                | ErrorCode::GROUP_ID_NOT_FOUND => {
                    let is_fenced = error.code == ErrorCode::FENCED_MEMBER_EPOCH;
                    let id = std::mem::take(&mut client.id);
                    self.forget(index);
                    if is_fenced {
                        self.clients[index].id = id;
                    }
                }
                _ => panic!("{error:?}"),
            },
        }
    }

    fn leave(&mut self, index: usize, for_a_while: bool) {
        let client = self.clients[index].clone();
        if client.epoch > 0 {
            // The client may have left the group already.
            let _ = self.state.leave_consumer(GROUP, &client.id, client.instance.as_deref(), for_a_while);
        }
        self.forget(index);
        if for_a_while {
            self.clients[index].epoch = -2;
        }
    }

    fn forget(&mut self, index: usize) {
        let client = &mut self.clients[index];
        client.id.clear();
        client.epoch = 0;
        client.owned.clear();
        client.assigned.clear();
        client.has_told = false;
    }

    fn pass(&mut self, ms: i64) {
        let end = self.state.now.plus_millis(ms);
        while let Some(next) = self.state.next_deadline().filter(|next| *next <= end) {
            self.state.advance(next);
            self.check();
        }
        self.state.advance(end);
    }

    fn check(&mut self) {
        let Some(group) = self.group() else {
            self.epoch = 0;
            return;
        };
        assert!(group.epoch >= self.epoch, "the epoch went back: {group:?}");
        assert!(group.assignment_epoch <= group.epoch, "{group:?}");
        let mut held = BTreeSet::new();
        let mut targets = BTreeSet::new();
        for member in group.members.values() {
            for partition in member.assigned.keys().chain(member.revoking.keys()) {
                assert!(held.insert(*partition), "{partition:?} has two owners: {group:?}");
            }
            for partition in group.target.get(&member.id).into_iter().flatten() {
                assert!(targets.insert(*partition), "{partition:?} has two owners in the target: {group:?}");
            }
            assert!(member.epoch <= group.assignment_epoch, "{group:?}");
            let is_to_revoke = member.state == MemberState::UnrevokedPartitions;
            assert!(member.epoch == -2 || is_to_revoke != member.revoking.is_empty(), "{group:?}");
            assert!(member.deadlines.next().is_some_and(|deadline| deadline > self.state.now), "{group:?}");
        }
        for client in self.clients.iter().filter(|client| client.epoch > 0) {
            let Some(member) = group.members.get(&client.id) else { continue };
            let is_held =
                |partition| member.assigned.contains_key(partition) || member.revoking.contains_key(partition);
            assert!(client.owned.iter().all(is_held), "{client:?} owns partitions that it does not have: {member:?}");
        }
        self.epoch = group.epoch;
    }
}
