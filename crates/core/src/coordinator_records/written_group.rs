//! What is written about a group, and what of it has changed.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use kafka_trial_wire::messages::{
    ConsumerGroupCurrentMemberAssignmentKey, ConsumerGroupMemberMetadataKey, ConsumerGroupMetadataKey,
    ConsumerGroupPartitionMetadataKey, ConsumerGroupRegularExpressionKey, ConsumerGroupTargetAssignmentMemberKey,
    ConsumerGroupTargetAssignmentMetadataKey, GroupMetadataKey,
};

use super::record::key_bytes;
use super::{CoordinatorRecord, classic_group, consumer_group};
use crate::{ClassicGroup, ConsumerGroup, Group, GroupKind};

/// One record about a group, in the order in which a step writes them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fact {
    /// A classic group.
    Metadata,
    /// What a member is subscribed to.
    Subscription(String),
    /// The topics of an expression.
    Expression(String),
    /// The epoch of a consumer group.
    Epoch,
    /// What a member is to have.
    Target(String),
    /// The epoch of the target.
    TargetEpoch,
    /// What a member has.
    Current(String),
    /// The topics of a group, which since Kafka 4.1 are never written; their tombstone still is.
    Topics,
}

impl Fact {
    fn key(&self, group: &str) -> Option<Bytes> {
        let group_id = group.into();
        match self {
            Self::Metadata => key_bytes(&GroupMetadataKey { group: group_id }),
            Self::Epoch => key_bytes(&ConsumerGroupMetadataKey { group_id }),
            Self::Topics => key_bytes(&ConsumerGroupPartitionMetadataKey { group_id }),
            Self::TargetEpoch => key_bytes(&ConsumerGroupTargetAssignmentMetadataKey { group_id }),
            Self::Subscription(member) => {
                key_bytes(&ConsumerGroupMemberMetadataKey { group_id, member_id: member.as_str().into() })
            }
            Self::Target(member) => {
                key_bytes(&ConsumerGroupTargetAssignmentMemberKey { group_id, member_id: member.as_str().into() })
            }
            Self::Current(member) => {
                key_bytes(&ConsumerGroupCurrentMemberAssignmentKey { group_id, member_id: member.as_str().into() })
            }
            Self::Expression(regex) => {
                key_bytes(&ConsumerGroupRegularExpressionKey { group_id, regular_expression: regex.as_str().into() })
            }
        }
    }

    fn member(&self) -> Option<&str> {
        match self {
            Self::Subscription(member) | Self::Target(member) | Self::Current(member) => Some(member),
            Self::Metadata | Self::Expression(_) | Self::Epoch | Self::TargetEpoch | Self::Topics => None,
        }
    }

    /// The order in which a group's facts are taken back (`ConsumerGroup.createGroupTombstoneRecords`).
    fn place_among_tombstones(&self) -> u8 {
        match self {
            Self::Current(_) => 0,
            Self::Target(_) => 1,
            Self::TargetEpoch => 2,
            Self::Subscription(_) => 3,
            Self::Expression(_) => 4,
            Self::Topics => 5,
            Self::Epoch | Self::Metadata => 6,
        }
    }
}

/// What a step may have changed in a group.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stepped<'a> {
    /// A classic group, in a way that a later coordinator is to know.
    Classic,
    /// One member of a consumer group, and what depends on it.
    Member(&'a str),
    /// Nothing of a single member.
    Group,
}

/// What was written about a group last.
#[derive(Clone, Debug, Default)]
pub(crate) struct WrittenGroup {
    facts: BTreeMap<Fact, Bytes>,
    /// How many members of a consumer group were written, so that a step need not look at all to know that none is gone.
    members: usize,
}

impl WrittenGroup {
    /// The records that say what has changed, which count as written from now on.
    pub(crate) fn changes(&mut self, id: &str, kind: &GroupKind, stepped: Stepped<'_>) -> Vec<CoordinatorRecord> {
        let mut changes = Changes { id, written: self, records: Vec::new() };
        match kind {
            GroupKind::Classic(group) => changes.of_classic(group, stepped),
            GroupKind::Consumer(group) => changes.of_consumers(group, stepped),
        }
        changes.records
    }

    /// Whether the group was one of the consumer protocol when it was written.
    pub(crate) fn is_of_consumers(&self) -> bool {
        self.facts.contains_key(&Fact::Epoch)
    }

    /// Whether something of a member or an expression may be written that is not in the group any more. `member` is the one
    /// that steps, and may be new.
    fn may_exceed(&self, group: &ConsumerGroup, member: Option<&str>) -> bool {
        let is_new =
            |id: &str| group.members.contains_key(id) && !self.facts.contains_key(&Fact::Subscription(id.into()));
        let new = usize::from(member.is_some_and(is_new));
        let mut expressions = self.facts.range(Fact::Expression(String::new())..Fact::Epoch).map(|(fact, _)| fact);
        self.members + new != group.members.len()
            || expressions.any(|fact| matches!(fact, Fact::Expression(regex) if group.expression(regex).is_none()))
    }

    fn insert(&mut self, fact: Fact, value: Bytes) {
        let is_member = matches!(fact, Fact::Subscription(_));
        if self.facts.insert(fact, value).is_none() {
            self.members += usize::from(is_member);
        }
    }

    fn remove(&mut self, fact: &Fact) {
        if self.facts.remove(fact).is_some() {
            self.members -= usize::from(matches!(fact, Fact::Subscription(_)));
        }
    }

    /// What there is to take back when `is_gone` says so, in order. With the epoch of a consumer group its topics go, and with
    /// a member its target, whether those were written or not.
    fn taken_back(&self, is_gone: impl Fn(&Fact) -> bool) -> Vec<Fact> {
        let mut facts = BTreeSet::new();
        for fact in self.facts.keys().filter(|fact| is_gone(fact)) {
            match fact {
                Fact::Epoch => _ = facts.insert(Fact::Topics),
                Fact::Subscription(member) => _ = facts.insert(Fact::Target(member.clone())),
                _ => {}
            }
            facts.insert(fact.clone());
        }
        let mut facts: Vec<Fact> = facts.into_iter().collect();
        facts.sort_by_key(Fact::place_among_tombstones);
        facts
    }
}

struct Changes<'a> {
    id: &'a str,
    written: &'a mut WrittenGroup,
    records: Vec<CoordinatorRecord>,
}

impl Changes<'_> {
    fn of_classic(&mut self, group: &ClassicGroup, stepped: Stepped<'_>) {
        let was_consumers = self.forget(|fact| *fact != Fact::Metadata);
        if was_consumers || matches!(stepped, Stepped::Classic) {
            self.put(Fact::Metadata, classic_group::metadata(group));
        }
    }

    fn of_consumers(&mut self, group: &ConsumerGroup, stepped: Stepped<'_>) {
        let was_classic = self.written.facts.contains_key(&Fact::Metadata)
            && self.forget(|fact| *fact == Fact::Metadata)
            || !self.written.is_of_consumers();
        let member = if let Stepped::Member(id) = stepped { Some(id) } else { None };
        if self.written.may_exceed(group, member) {
            self.forget(|fact| match fact {
                Fact::Expression(regex) => group.expression(regex).is_none(),
                fact => fact.member().is_some_and(|member| !group.members.contains_key(member)),
            });
        }
        let target_epoch = consumer_group::target_epoch(group)
            .filter(|value| self.written.facts.get(&Fact::TargetEpoch) != Some(value));
        for member in group.members.values().filter(|it| was_classic || member == Some(it.id.as_str())) {
            self.put(Fact::Subscription(member.id.clone()), consumer_group::subscription(member));
        }
        for (regex, expression) in group.expressions() {
            self.put(Fact::Expression(regex.to_owned()), consumer_group::expression(expression));
        }
        self.put(Fact::Epoch, consumer_group::epoch(group));
        for (id, target) in &group.target {
            if target_epoch.is_some() || was_classic || member == Some(id.as_str()) {
                self.put(Fact::Target(id.clone()), consumer_group::target(target));
            }
        }
        self.put(Fact::TargetEpoch, target_epoch);
        for member in group.members.values().filter(|it| was_classic || member == Some(it.id.as_str())) {
            self.put(Fact::Current(member.id.clone()), consumer_group::current(member));
        }
    }

    /// Writes a fact unless that is written already.
    fn put(&mut self, fact: Fact, value: Option<Bytes>) {
        let Some(value) = value.filter(|value| self.written.facts.get(&fact) != Some(value)) else { return };
        if let Some(key) = fact.key(self.id) {
            self.records.push(CoordinatorRecord { key, value: Some(value.clone()) });
            self.written.insert(fact, value);
        }
    }

    /// Writes tombstones for facts that are none any more. Returns whether there were any.
    fn forget(&mut self, is_gone: impl Fn(&Fact) -> bool) -> bool {
        let gone = self.written.taken_back(is_gone);
        for fact in &gone {
            self.written.remove(fact);
            self.records.extend(fact.key(self.id).map(|key| CoordinatorRecord { key, value: None }));
        }
        !gone.is_empty()
    }
}

impl Group {
    /// The records that say that the group and its offsets are gone.
    pub(crate) fn tombstones(&self) -> Vec<CoordinatorRecord> {
        let offsets = self.offsets.partitions();
        let offsets = offsets.filter_map(|partition| CoordinatorRecord::offset_tombstone(&self.id, &partition));
        let facts = match &self.kind {
            GroupKind::Classic(_) => vec![Fact::Metadata],
            GroupKind::Consumer(_) => self.written.taken_back(|_| true),
        };
        let tombstone = |fact: Fact| Some(CoordinatorRecord { key: fact.key(&self.id)?, value: None });
        offsets.chain(facts.into_iter().filter_map(tombstone)).collect()
    }

    /// The records that a step calls for.
    pub(crate) fn changes(&mut self, stepped: Stepped<'_>) -> Vec<CoordinatorRecord> {
        self.written.changes(&self.id, &self.kind, stepped)
    }
}
