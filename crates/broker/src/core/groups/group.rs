//! A group: the offsets it has committed, and the protocol by which its members are in it.

use std::collections::BTreeMap;

use kafka_trial_wire::ErrorCode;

use super::{ClassicGroup, ClassicGroupState, Committed};

/// A group. Its offsets stay when its protocol changes.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) offsets: BTreeMap<(String, i32), Committed>,
    pub(crate) kind: GroupKind,
}

/// The protocol of a group, with its members (`Group.GroupType`).
#[derive(Clone, Debug)]
pub(crate) enum GroupKind {
    Classic(ClassicGroup),
}

impl Group {
    /// Kafka makes a group that nobody has joined a classic one.
    pub(super) fn new(id: &str) -> Self {
        Self { id: id.to_owned(), offsets: BTreeMap::new(), kind: GroupKind::Classic(ClassicGroup::new()) }
    }

    pub(crate) fn classic(&self) -> Option<&ClassicGroup> {
        let GroupKind::Classic(group) = &self.kind;
        Some(group)
    }

    pub(crate) fn classic_mut(&mut self) -> Option<&mut ClassicGroup> {
        let GroupKind::Classic(group) = &mut self.kind;
        Some(group)
    }

    /// The name of its type in ListGroups.
    pub(crate) fn type_name(&self) -> &'static str {
        match &self.kind {
            GroupKind::Classic(_) => "classic",
        }
    }

    /// The name of its state in ListGroups.
    pub(crate) fn state_name(&self) -> &'static str {
        match &self.kind {
            GroupKind::Classic(group) => group.state.name(),
        }
    }

    /// What its members are, `consumer` for consumers; empty until somebody has joined.
    pub(crate) fn protocol_type(&self) -> &str {
        match &self.kind {
            GroupKind::Classic(group) => group.protocol_type.as_deref().unwrap_or_default(),
        }
    }

    /// Whether nobody is in it.
    pub(crate) fn is_empty(&self) -> bool {
        match &self.kind {
            GroupKind::Classic(group) => group.state == ClassicGroupState::Empty,
        }
    }

    /// Whether a commit may come now and from this member.
    pub(crate) fn validate_commit(
        &self,
        member: &str,
        instance: Option<&str>,
        generation: i32,
    ) -> Result<(), ErrorCode> {
        match &self.kind {
            GroupKind::Classic(group) => group.validate_commit(member, instance, generation),
        }
    }

    /// Whether offsets may become part of a transaction now and from this member.
    pub(crate) fn validate_transactional_commit(
        &self,
        member: &str,
        instance: Option<&str>,
        generation: i32,
    ) -> Result<(), ErrorCode> {
        match &self.kind {
            GroupKind::Classic(group) => group.validate_transactional_commit(member, instance, generation),
        }
    }

    /// Whether somebody from outside may drop committed offsets now.
    pub(crate) fn validate_offset_delete(&self) -> Result<(), ErrorCode> {
        match &self.kind {
            GroupKind::Classic(group) => group.validate_offset_delete(),
        }
    }

    /// Whether a member reads the topic.
    pub(crate) fn is_subscribed_to(&self, topic: &str) -> bool {
        match &self.kind {
            GroupKind::Classic(group) => group.is_subscribed_to(topic),
        }
    }
}
