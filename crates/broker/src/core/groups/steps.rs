//! What requests and timers do to groups, whichever protocol a group is of.

use std::collections::BTreeSet;

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::{
    HeartbeatResponse, JoinGroupRequest, JoinGroupResponse, SyncGroupRequest, SyncGroupResponse,
};

use super::{
    ClassicGroup, ConsumerHeartbeat, ConsumerHeartbeatReply, Effects, Group, GroupError, GroupKind, GroupReply,
    GroupView, JoinRequest, SyncRequest,
};
use crate::core::{Core, GroupTimer, Timer};

impl Core {
    /// Takes one step of a group; gives `None` when there is no such group.
    fn step_group<T>(
        &mut self,
        id: &str,
        step: impl FnOnce(&mut Group, &GroupView<'_>, &mut Effects) -> T,
    ) -> Option<T> {
        let mut effects = Effects {
            now: self.now,
            initial_rebalance_delay_ms: self.settings.group_initial_rebalance_delay_ms,
            replies: Vec::new(),
            timers: Vec::new(),
        };
        let view = GroupView {
            config: self.consumer_group_config(id),
            topics: &self.topics,
            nodes: &self.nodes,
            classic_max_size: self.settings.group_max_size,
        };
        let result = step(self.groups.get_mut(id)?, &view, &mut effects);
        for (when, timer) in effects.timers {
            self.timers.at(when, Timer::Group { group: id.to_owned(), timer });
        }
        for (ticket, reply) in effects.replies {
            match reply {
                GroupReply::Join(response) => self.complete::<JoinGroupRequest>(ticket, &response),
                GroupReply::Sync(response) => self.complete::<SyncGroupRequest>(ticket, &response),
            }
        }
        Some(result)
    }

    /// The same where the group is known to be classic.
    pub(crate) fn step_classic<T>(
        &mut self,
        id: &str,
        step: impl FnOnce(&mut ClassicGroup, &mut Effects) -> T,
    ) -> Option<T> {
        self.step_group(id, |group, _, effects| group.classic_mut().map(|group| step(group, effects))).flatten()
    }

    /// JoinGroup. `None` when the answer comes later.
    pub(crate) fn join_group(
        &mut self,
        id: &str,
        mut request: JoinRequest,
    ) -> Option<Result<JoinGroupResponse, (String, ErrorCode)>> {
        let is_of_consumers = |group: &Group| group.consumer().is_some_and(|group| !group.members.is_empty());
        if self.groups.get(id).is_some_and(is_of_consumers) {
            request.fresh_id = self.rng.uuid().to_string();
        }
        self.step_group(id, |group, view, effects| group.join(request, view, effects)).flatten()
    }

    /// SyncGroup. `None` when the answer comes later.
    pub(crate) fn sync_group(
        &mut self,
        id: &str,
        request: SyncRequest,
    ) -> Option<Result<SyncGroupResponse, ErrorCode>> {
        let unknown = Some(Err(ErrorCode::UNKNOWN_MEMBER_ID));
        let step = |group: &mut Group, view: &GroupView<'_>, effects: &mut Effects| match &mut group.kind {
            GroupKind::Classic(group) => {
                group.sync(request, effects);
                None
            }
            GroupKind::Consumer(group) => Some(group.sync_classic(request, view, effects)),
        };
        self.step_group(id, step).unwrap_or(unknown)
    }

    /// Heartbeat by the classic protocol.
    pub(crate) fn heartbeat_classic(
        &mut self,
        id: &str,
        member: &str,
        instance: Option<&str>,
        generation: i32,
    ) -> Result<HeartbeatResponse, ErrorCode> {
        let step = |group: &mut Group, _: &GroupView<'_>, effects: &mut Effects| match &mut group.kind {
            GroupKind::Classic(group) => {
                group.heartbeat(member, instance, generation, effects).map(|()| HeartbeatResponse::default())
            }
            GroupKind::Consumer(group) => group.heartbeat_classic(member, instance, generation, effects),
        };
        self.step_group(id, step).unwrap_or(Err(ErrorCode::UNKNOWN_MEMBER_ID))
    }

    /// LeaveGroup: each member, by its id or its instance id, with what comes of it.
    pub(crate) fn leave_group(&mut self, id: &str, leaving: &[(&str, Option<&str>)]) -> Vec<Result<(), ErrorCode>> {
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
        self.step_group(id, step).unwrap_or_else(nobody)
    }

    /// ConsumerGroupHeartbeat of a member that joins or stays.
    pub(crate) fn heartbeat_consumer(
        &mut self,
        id: &str,
        beat: ConsumerHeartbeat,
    ) -> Result<ConsumerHeartbeatReply, GroupError> {
        let is_new = self.groups.get(id).is_none();
        if is_new && beat.epoch != 0 {
            return Err(GroupError::group_not_found(format!("Consumer group {id} not found.")));
        }
        self.groups.get_or_create(id);
        let beaten = self.step_group(id, |group, view, effects| group.heartbeat(beat, view, effects));
        if is_new && !matches!(beaten, Some(Ok(_))) {
            self.groups.remove(id);
        }
        beaten.unwrap_or_else(|| Err(GroupError::group_not_found(format!("Consumer group {id} not found."))))
    }

    /// ConsumerGroupHeartbeat of a member that leaves; a static one may leave only for a while.
    pub(crate) fn leave_consumer(
        &mut self,
        id: &str,
        member: &str,
        instance: Option<&str>,
        for_a_while: bool,
    ) -> Result<(), GroupError> {
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
        let unknown = || Err(GroupError::group_not_found(format!("Group {id} not found.")));
        self.step_group(id, step).unwrap_or_else(unknown)
    }

    /// Another broker coordinates the groups of a partition of `__consumer_offsets`.
    pub(crate) fn coordinator_moved(&mut self, partition: i32) {
        let ids = self.groups.iter().map(|group| group.id.clone());
        let ids: Vec<String> = ids.filter(|id| self.offsets_partition_of(id) == partition).collect();
        for id in ids {
            let is_unwritten = self.step_classic(&id, |group, effects| {
                group.change_coordinator(effects);
                group.is_unwritten()
            });
            let has_offsets = self.groups.get(&id).is_some_and(|group| !group.offsets.is_empty());
            if is_unwritten == Some(true) && !has_offsets {
                self.groups.remove(&id);
            }
        }
    }

    /// Something in a group is due.
    pub(crate) fn group_timer(&mut self, id: &str, timer: GroupTimer) {
        self.step_group(id, |group, view, effects| match (&mut group.kind, timer) {
            (GroupKind::Classic(group), timer) => group.due(timer, effects),
            (GroupKind::Consumer(consumer), GroupTimer::Session { member }) => {
                if consumer.is_overdue(&member, effects) {
                    group.fence(&BTreeSet::from([member]), view, effects);
                }
            }
            // Of a time when the group was classic.
            (GroupKind::Consumer(_), GroupTimer::JoinEnds { .. } | GroupTimer::SyncEnds { .. }) => {}
        });
    }
}
