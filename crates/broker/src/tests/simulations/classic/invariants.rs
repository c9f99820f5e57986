//! What must be true of a group at any moment.

use std::collections::{BTreeMap, BTreeSet};

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::JoinGroupResponse;

use super::world::World;
use kafka_trial_core::{ClassicGroup, ClassicGroupState};

/// The rules, and what they remember of the story so far.
#[derive(Default)]
pub(super) struct Rules {
    /// A static leader that comes back has another id in the same generation.
    leader_may_change: bool,
    generation: i32,
    /// Leader and assignor that members were told, by generation.
    told: BTreeMap<i32, (String, Option<String>)>,
}

impl Rules {
    pub(super) fn new(leader_may_change: bool) -> Self {
        Self { leader_may_change, ..Self::default() }
    }

    /// A member has been answered: everybody hears of the same leader, and only the leader of the members.
    pub(super) fn joined(&mut self, group: Option<&ClassicGroup>, response: &JoinGroupResponse) {
        if response.error_code != ErrorCode::NONE || self.leader_may_change {
            return;
        }
        let told =
            (response.leader.as_str().to_owned(), response.protocol_name.as_ref().map(|name| name.as_str().to_owned()));
        let first = self.told.entry(response.generation_id).or_insert_with(|| told.clone());
        assert_eq!(*first, told, "generation {} has one leader and one assignor", response.generation_id);
        let group = group.expect("a group with a member");
        assert_eq!(group.generation, response.generation_id);
        if response.leader == response.member_id {
            let listed: BTreeSet<&str> = response.members.iter().map(|member| member.member_id.as_str()).collect();
            let present: BTreeSet<&str> = group.members.keys().map(String::as_str).collect();
            assert_eq!(listed, present, "the leader is told of every member");
        } else {
            assert!(response.members.is_empty(), "only the leader is told of the members");
        }
    }

    pub(super) fn check(&mut self, world: &World) {
        let Some(group) = world.group() else {
            assert!(world.outstanding.is_empty(), "requests wait for a group that is gone");
            return;
        };
        assert!(group.generation >= self.generation, "the generation went back: {group:?}");
        self.generation = group.generation;
        every_waiting_request_is_known(world, group);
        nobody_outstays_its_session(world, group);
        match group.state {
            ClassicGroupState::Empty => assert!(group.members.is_empty(), "{group:?}"),
            ClassicGroupState::PreparingRebalance => {
                assert!(group.members.values().all(|member| member.awaiting_sync.is_none()), "{group:?}");
            }
            ClassicGroupState::CompletingRebalance | ClassicGroupState::Stable => is_whole(group),
        }
        for (instance, id) in &group.instances {
            let member = group.members.get(id).unwrap_or_else(|| panic!("{instance} is nobody's: {group:?}"));
            assert_eq!(member.instance_id.as_ref(), Some(instance));
        }
        for member in group.members.values() {
            let owner = member.instance_id.as_ref().and_then(|instance| group.instances.get(instance));
            assert!(member.instance_id.is_none() || owner == Some(&member.id), "{group:?}");
            assert!(!group.pending.contains_key(&member.id), "{group:?}");
        }
    }
}

/// A request that waits is some member's; one that no member has would never be answered.
fn every_waiting_request_is_known(world: &World, group: &ClassicGroup) {
    let joins = group.members.values().filter_map(|member| member.awaiting_join);
    let syncs = group.members.values().filter_map(|member| member.awaiting_sync);
    let known: BTreeSet<_> = joins.chain(syncs).collect();
    let outstanding: BTreeSet<_> = world.outstanding.keys().copied().collect();
    assert_eq!(known, outstanding, "{group:?}");
}

fn nobody_outstays_its_session(world: &World, group: &ClassicGroup) {
    let now = world.driver.now();
    for member in group.members.values() {
        assert!(member.is_waiting() || member.session_ends > now, "{} is past its session: {group:?}", member.id);
    }
    for (id, ends) in &group.pending {
        assert!(*ends > now, "{id} was given out and not used: {group:?}");
    }
}

/// A generation has a leader, an assignor that all know, and nobody who still joins.
fn is_whole(group: &ClassicGroup) {
    let leader = group.leader.as_ref().and_then(|leader| group.members.get(leader));
    assert!(leader.is_some(), "no leader: {group:?}");
    let protocol = group.protocol.as_deref().expect("an assignor");
    for member in group.members.values() {
        assert!(member.awaiting_join.is_none(), "{group:?}");
        assert!(member.protocols.iter().any(|(name, _)| name == protocol), "{group:?}");
        assert!(member.awaiting_sync.is_none() || group.state == ClassicGroupState::CompletingRebalance, "{group:?}");
    }
    assert!(group.pending_sync.iter().all(|id| group.members.contains_key(id)), "{group:?}");
}
