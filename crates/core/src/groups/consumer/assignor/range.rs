//! The range assignor splits each topic into ranges (`RangeAssignor`).

use std::collections::BTreeMap;

use super::{Assignments, GroupSpec, Subscriber};
use crate::TopicIdPartition;

/// Assigns each topic's partitions in ranges to its subscribers: static members by instance id first, then the others
/// by member id. Former assignments do not count.
pub(super) fn assign(spec: &GroupSpec<'_>) -> Assignments {
    let mut order: Vec<usize> = (0..spec.members.len()).collect();
    order.sort_by_key(|index| spec.members.get(*index).map(rank));
    let mut subscribers: BTreeMap<_, i32> = BTreeMap::new();
    for topic in spec.members.iter().flat_map(|member| &member.topics) {
        *subscribers.entry(*topic).or_default() += 1;
    }
    let mut next: BTreeMap<_, i32> = BTreeMap::new();
    let mut extras: BTreeMap<_, i32> =
        subscribers.iter().map(|(topic, count)| (*topic, spec.partitions_of(*topic) % count)).collect();
    let mut assignments = vec![Vec::new(); spec.members.len()];
    for index in order {
        let (Some(member), Some(assignment)) = (spec.members.get(index), assignments.get_mut(index)) else { continue };
        for topic in &member.topics {
            let (Some(count), Some(extra)) = (subscribers.get(topic), extras.get_mut(topic)) else { continue };
            let start = next.entry(*topic).or_default();
            let end = *start + spec.partitions_of(*topic) / count + i32::from(*extra > 0);
            *extra -= i32::from(*extra > 0);
            assignment.extend((*start..end).map(|partition| TopicIdPartition::new(*topic, partition)));
            *start = end;
        }
    }
    assignments
}

fn rank<'a>(member: &Subscriber<'a>) -> (bool, &'a str) {
    (member.instance_id.is_none(), member.instance_id.unwrap_or(member.id))
}
