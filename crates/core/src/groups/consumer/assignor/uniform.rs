//! The uniform assignor distributes partitions among members with the same subscription
//! (`UniformHomogeneousAssignmentBuilder`).

use std::collections::BTreeSet;

use super::{Assignments, GroupSpec};
use crate::TopicIdPartition;

/// Assigns the partitions: members keep theirs up to their share, and the rest goes to the others in their order.
pub(super) fn assign(spec: &GroupSpec<'_>) -> Assignments {
    let count = spec.members.len();
    let Some(topics) = spec.members.first().map(|member| &member.topics) else { return Vec::new() };
    let all = topics
        .iter()
        .flat_map(|topic| (0..spec.partitions_of(*topic)).map(|index| TopicIdPartition::new(*topic, index)));
    let all: Vec<TopicIdPartition> = all.collect();
    let held: BTreeSet<_> = spec.members.iter().flat_map(|member| member.assigned).copied().collect();
    let mut free: Vec<TopicIdPartition> = all.iter().filter(|partition| !held.contains(partition)).copied().collect();

    let share = all.len() / count;
    // The number of members that get one partition more than the others.
    let mut extras = all.len() % count;
    let mut assignments = Vec::with_capacity(count);
    let mut lacking = Vec::new();
    for (index, member) in spec.members.iter().enumerate() {
        let mut has_extra = extras > 0;
        let mut quota = share + usize::from(has_extra);
        let mut kept = Vec::new();
        for topic in topics {
            for partition in member.assigned.iter().filter(|held| held.topic == *topic) {
                if quota > 0 {
                    quota -= 1;
                    kept.push(*partition);
                } else {
                    free.push(*partition);
                }
            }
        }
        // An extra partition goes to a later member if that may have one already, so that it does not move.
        if quota > 0 && has_extra && count - index > extras {
            quota -= 1;
            has_extra = false;
        }
        extras -= usize::from(has_extra);
        lacking.push(quota);
        assignments.push(kept);
    }
    let mut free = free.into_iter();
    for (assignment, quota) in assignments.iter_mut().zip(lacking) {
        assignment.extend(free.by_ref().take(quota));
    }
    assignments
}
