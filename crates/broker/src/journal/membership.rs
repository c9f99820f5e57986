//! The journal keeps the members in the requests to a group.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::Text;
use kafka_trial_wire::messages::{
    ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, HeartbeatRequest, JoinGroupRequest,
    JoinGroupResponse, LeaveGroupRequest, SyncGroupRequest,
};

use super::shared_names::Names;
use super::{Detail, Journaled, Membership};
use kafka_trial_core::Topics;

impl Membership {
    pub(super) fn of(names: &mut Names, group: &Text, member: &Text, instance: Option<&Text>, generation: i32) -> Self {
        let (group, member) = (names.shared(group), names.shared(member));
        Self { group, member, instance: names.shared_or_none(instance), generation }
    }

    fn alone(self) -> Detail {
        Detail::Members(vec![self])
    }

    /// Returns how many bytes its texts take.
    pub(super) fn size(&self) -> usize {
        self.group.len() + self.member.len() + self.instance.as_ref().map_or(0, |instance| instance.len())
    }
}

impl Journaled for JoinGroupRequest {
    fn asked(&self, _: &Topics, names: &mut Names) -> Detail {
        Membership::of(names, &self.group_id, &self.member_id, self.group_instance_id.as_ref(), -1).alone()
    }

    fn answered(response: &JoinGroupResponse, detail: &mut Detail) {
        if let Detail::Members(members) = detail
            && let [membership] = members.as_mut_slice()
        {
            // A refusal holds the id with which the client must join again (KIP-394).
            if !response.member_id.is_empty() {
                membership.member = response.member_id.as_str().into();
            }
            membership.generation = response.generation_id;
        }
    }
}

impl Journaled for SyncGroupRequest {
    fn asked(&self, _: &Topics, names: &mut Names) -> Detail {
        Membership::of(names, &self.group_id, &self.member_id, self.group_instance_id.as_ref(), self.generation_id)
            .alone()
    }
}

impl Journaled for HeartbeatRequest {
    fn asked(&self, _: &Topics, names: &mut Names) -> Detail {
        Membership::of(names, &self.group_id, &self.member_id, self.group_instance_id.as_ref(), self.generation_id)
            .alone()
    }
}

impl Journaled for LeaveGroupRequest {
    fn asked(&self, _: &Topics, names: &mut Names) -> Detail {
        // Versions up to 2 have one member, later ones several.
        let first = Some(&self.member_id).filter(|id| !id.is_empty()).map(|id| (id, None));
        let members = self.members.iter().map(|member| (&member.member_id, member.group_instance_id.as_ref()));
        let leaving = first.into_iter().chain(members);
        Detail::Members(leaving.map(|(id, instance)| Membership::of(names, &self.group_id, id, instance, -1)).collect())
    }
}

impl Journaled for ConsumerGroupHeartbeatRequest {
    fn asked(&self, _: &Topics, names: &mut Names) -> Detail {
        Membership::of(names, &self.group_id, &self.member_id, self.instance_id.as_ref(), self.member_epoch).alone()
    }

    fn answered(response: &ConsumerGroupHeartbeatResponse, detail: &mut Detail) {
        if let Detail::Members(members) = detail
            && let [membership] = members.as_mut_slice()
            && response.error_code == ErrorCode::NONE
        {
            if let Some(id) = &response.member_id {
                membership.member = id.as_str().into();
            }
            membership.generation = response.member_epoch;
        }
    }
}
