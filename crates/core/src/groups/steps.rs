//! Requests and timers change groups in steps, under either protocol.

use std::collections::BTreeSet;
use std::sync::Arc;

use kafka_trial_wire::ErrorCode;

use super::consumer::GroupView;
use super::{
    ClassicGroup, ConsumerHeartbeat, ConsumerHeartbeatReply, Effects, Group, GroupKind, GroupTimer, JoinRequest,
    SyncRequest,
};
use crate::state::Timer;
use crate::{Completion, GroupReply, JoinReply, Refusal, State, Stepped, SyncReply};

impl State {
    /// Takes one step of a group, and writes what has changed; `None` when there is no such group. `member` is the member
    /// that takes the step, if it is one.
    pub(crate) fn step_group<T>(
        &mut self,
        id: &str,
        member: Option<&str>,
        step: impl FnOnce(&mut Group, &GroupView<'_>, &mut Effects) -> T,
    ) -> Option<T> {
        let config = self.consumer_group_config(id);
        let group = self.groups.get_mut(id)?;
        let mut effects = Effects {
            group: Arc::clone(&group.id),
            now: self.now,
            initial_rebalance_delay_ms: self.settings.group_initial_rebalance_delay_ms,
            completions: Vec::new(),
            timers: Vec::new(),
            events: Vec::new(),
            is_written: false,
        };
        let view = GroupView {
            config,
            topics: &self.topics,
            nodes: &self.brokers.nodes,
            classic_max_size: self.settings.group_max_size,
        };
        let result = step(group, &view, &mut effects);
        let Effects { group, completions, timers, events, is_written, .. } = effects;
        for (when, timer) in timers {
            self.timers.at(when, Timer::Group { group: Arc::clone(&group), timer });
        }
        self.completions.extend(completions);
        events.into_iter().for_each(|event| self.note(event));
        self.write_step(id, is_written, member);
        Some(result)
    }

    /// Writes what a step has changed in a group.
    fn write_step(&mut self, id: &str, is_written: bool, member: Option<&str>) {
        let is_classic = self.groups.get(id).is_some_and(|group| group.classic().is_some());
        if is_classic && !is_written && !self.groups.get(id).is_some_and(|group| group.written.is_of_consumers()) {
            return;
        }
        let stepped = match member {
            _ if is_written => Stepped::Classic,
            Some(member) => Stepped::Member(member),
            None => Stepped::Group,
        };
        let records = self.groups.get_mut(id).map(|group| group.changes(stepped)).unwrap_or_default();
        self.write_of_group(id, &records);
    }

    /// The same for a group that is known to be classic.
    pub(super) fn step_classic<T>(
        &mut self,
        id: &str,
        step: impl FnOnce(&mut ClassicGroup, &mut Effects) -> T,
    ) -> Option<T> {
        self.step_group(id, None, |group, _, effects| group.classic_mut().map(|group| step(group, effects))).flatten()
    }

    /// Handles JoinGroup. The answer is a completion, now or when the group's members have joined. A member without an
    /// id may create the group.
    pub fn join_group(&mut self, id: &str, mut request: JoinRequest) {
        let ticket = request.ticket;
        if request.member_id.is_empty() {
            let (is_new, now) = (self.groups.get(id).is_none(), self.now);
            let group = self.groups.get_or_create(id);
            if is_new && let Some(classic) = group.classic_mut() {
                classic.state_since = now;
                self.write_step(id, true, None);
            }
            let group = self.groups.get_or_create(id);
            let has_consumers = group.consumer().is_some_and(|group| !group.members.is_empty());
            // A classic group derives member ids from the instance or client id; in a consumer group they are plain
            // ids.
            request.fresh_id = if has_consumers {
                self.rng.uuid().to_string()
            } else {
                let stem = request.instance_id.as_ref().unwrap_or(&request.client_id);
                format!("{stem}-{}", self.rng.dashed_uuid())
            };
        }
        let asked_as = request.member_id.clone();
        let member = if asked_as.is_empty() { request.fresh_id.clone() } else { asked_as.clone() };
        let joined = self.step_group(id, Some(&member), |group, view, effects| group.join(request, view, effects));
        if joined.is_none() {
            let reply = GroupReply::Join(JoinReply::error(asked_as, ErrorCode::UNKNOWN_MEMBER_ID));
            self.completions.push(Completion { ticket, reply });
        }
    }

    /// Handles SyncGroup. The answer is a completion, now or when the leader has sent the assignment.
    pub fn sync_group(&mut self, id: &str, request: SyncRequest) {
        let ticket = request.ticket;
        let step = |group: &mut Group, view: &GroupView<'_>, effects: &mut Effects| match &mut group.kind {
            GroupKind::Classic(group) => group.sync(request, effects),
            GroupKind::Consumer(group) => {
                let synced = group.sync_classic(request, view, effects);
                effects.sync(ticket, synced.unwrap_or_else(SyncReply::error));
            }
        };
        if self.step_group(id, None, step).is_none() {
            let reply = GroupReply::Sync(SyncReply::error(ErrorCode::UNKNOWN_MEMBER_ID));
            self.completions.push(Completion { ticket, reply });
        }
    }

    /// Handles a Heartbeat of the classic protocol.
    pub fn heartbeat_classic(
        &mut self,
        id: &str,
        member: &str,
        instance: Option<&str>,
        generation: i32,
    ) -> Result<(), ErrorCode> {
        let step = |group: &mut Group, _: &GroupView<'_>, effects: &mut Effects| match &mut group.kind {
            GroupKind::Classic(group) => group.heartbeat(member, instance, generation, effects),
            GroupKind::Consumer(group) => group.heartbeat_classic(member, instance, generation, effects),
        };
        self.step_group(id, None, step).unwrap_or(Err(ErrorCode::UNKNOWN_MEMBER_ID))
    }

    /// Handles LeaveGroup for members given by their ids or instance ids, and returns one result for each.
    pub fn leave_group(&mut self, id: &str, leaving: &[(&str, Option<&str>)]) -> Vec<Result<(), ErrorCode>> {
        let step = |group: &mut Group, view: &GroupView<'_>, effects: &mut Effects| match &mut group.kind {
            GroupKind::Classic(group) => {
                leaving.iter().map(|(member, instance)| group.leave(member, *instance, effects).map(drop)).collect()
            }
            GroupKind::Consumer(consumer) => {
                let mut gone = BTreeSet::new();
                let results = leaving.iter().map(|(member, instance)| {
                    let leaver = consumer.leaver(member, *instance).map_err(|error| error.code)?;
                    gone.insert(leaver);
                    Ok(())
                });
                let results = results.collect();
                group.fence(&gone, view, effects);
                results
            }
        };
        let nobody = || vec![Err(ErrorCode::UNKNOWN_MEMBER_ID); leaving.len()];
        self.step_group(id, None, step).unwrap_or_else(nobody)
    }

    /// Handles ConsumerGroupHeartbeat of a member that joins or stays.
    pub fn heartbeat_consumer(&mut self, id: &str, beat: ConsumerHeartbeat) -> Result<ConsumerHeartbeatReply, Refusal> {
        let is_new = self.groups.get(id).is_none();
        if is_new && beat.epoch != 0 {
            return Err(Refusal::group_not_found(format!("Consumer group {id} not found.")));
        }
        self.groups.get_or_create(id);
        let member = beat.member_id.clone();
        let beaten = self.step_group(id, Some(&member), |group, view, effects| group.heartbeat(beat, view, effects));
        if is_new && !matches!(beaten, Some(Ok(_))) {
            self.groups.remove(id);
        }
        beaten.unwrap_or_else(|| Err(Refusal::group_not_found(format!("Consumer group {id} not found."))))
    }

    /// Handles ConsumerGroupHeartbeat of a member that leaves; a static member may leave for a while.
    pub fn leave_consumer(
        &mut self,
        id: &str,
        member: &str,
        instance: Option<&str>,
        for_a_while: bool,
    ) -> Result<(), Refusal> {
        let step = |group: &mut Group, view: &GroupView<'_>, effects: &mut Effects| {
            let no_consumer_group = group.is_no_consumer_group();
            let consumer = group.consumer_mut().ok_or(no_consumer_group)?;
            let leaver = consumer.leaver(member, instance)?;
            if for_a_while {
                consumer.leave_for_a_while(&leaver);
            } else {
                group.fence(&BTreeSet::from([leaver]), view, effects);
            }
            Ok(())
        };
        let unknown = || Err(Refusal::group_not_found(format!("Group {id} not found.")));
        self.step_group(id, Some(member), step).unwrap_or_else(unknown)
    }

    /// Moves the groups of a partition of `__consumer_offsets` to its new leader.
    pub(crate) fn coordinator_moved(&mut self, partition: i32) {
        let ids = self.groups.iter().map(|group| Arc::clone(&group.id));
        let ids: Vec<Arc<str>> = ids.filter(|id| self.offsets_partition_of(id) == partition).collect();
        for id in ids {
            let is_unwritten = self.step_classic(&id, |group, effects| {
                group.change_coordinator(effects);
                group.is_unwritten()
            });
            let has_offsets = self.groups.get(&id).is_some_and(|group| !group.offsets.is_empty());
            // Nothing about the group was ever written, so the new coordinator does not know it.
            if is_unwritten == Some(true) && !has_offsets {
                self.groups.remove(&id);
            }
        }
    }

    /// Handles a timer of a group.
    pub(crate) fn group_timer(&mut self, id: &str, timer: GroupTimer) {
        self.step_group(id, None, |group, view, effects| match (&mut group.kind, timer) {
            (GroupKind::Classic(group), timer) => group.due(timer, effects),
            (GroupKind::Consumer(consumer), GroupTimer::Session { member }) => {
                if consumer.is_overdue(&member, effects) {
                    effects.expired(&member);
                    group.fence(&BTreeSet::from([member]), view, effects);
                }
            }
            // The timer is from the time when the group was classic.
            (GroupKind::Consumer(_), GroupTimer::JoinEnds { .. } | GroupTimer::SyncEnds { .. }) => {}
        });
    }
}
