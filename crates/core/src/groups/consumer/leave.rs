//! Members leave a consumer group on request or because they missed a deadline.

use std::collections::{BTreeMap, BTreeSet};

use super::heartbeat::LEFT_FOR_A_WHILE;
use super::{ConsumerGroup, GroupView};
use crate::Refusal;

impl ConsumerGroup {
    /// Returns the id of the member that leaves, after a check of its instance id.
    pub(crate) fn leaver(&self, id: &str, instance: Option<&str>) -> Result<String, Refusal> {
        let member = match instance {
            Some(instance) => self.check_instance(id, instance)?,
            None => self.members.get(id).ok_or_else(|| Refusal::unknown_member(id, &self.id))?,
        };
        Ok(member.id.clone())
    }

    /// Marks a static member as away: its partitions stay its own until its session ends.
    pub(crate) fn leave_for_a_while(&mut self, id: &str) {
        let Some(member) = self.members.get_mut(id) else { return };
        member.epoch = LEFT_FOR_A_WHILE;
        member.revoking = BTreeMap::new();
        member.assigned.values_mut().for_each(|epoch| *epoch = 0);
    }

    /// Removes members; the next assignment gives their partitions to the others.
    pub(crate) fn fence(&mut self, leaving: &BTreeSet<String>, view: &GroupView<'_>) {
        for id in leaving {
            self.take(id);
        }
        let subscribed: BTreeSet<&String> = self.members.values().map(|member| &member.regex).collect();
        self.regexes.retain(|regex, _| subscribed.contains(regex));
        self.topics = self.subscribed_topics(view);
        self.epoch += 1;
    }
}
