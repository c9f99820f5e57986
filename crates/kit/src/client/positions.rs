//! Where a group stands in its partitions, and waiting until it has settled.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Client, ClientError, Deadline, GroupView, OffsetAt, TopicPartition, pause};

/// How long a group that has not settled is left alone.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Where a group stands in a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupPosition {
    /// The partition.
    pub partition: TopicPartition,
    /// The offset that it reads next; none before its first commit.
    pub committed: Option<i64>,
    /// The end of the log; none where the partition is gone or has no leader.
    pub end: Option<i64>,
    /// The member that has it, by the name of its client.
    pub client_id: Option<String>,
}

impl GroupPosition {
    /// How many offsets lie between what is committed and the end. None where either is.
    pub fn lag(&self) -> Option<i64> {
        Some((self.end? - self.committed?).max(0))
    }
}

impl Client {
    /// Where a group stands in the partitions that it has committed or is assigned, of those topics that are `wanted`.
    pub fn positions(
        &mut self,
        group: &GroupView,
        wanted: impl Fn(&str) -> bool,
        deadline: Deadline,
    ) -> Result<Vec<GroupPosition>, ClientError> {
        let committed = self.committed(&group.id, deadline)?;
        let holders: BTreeMap<&TopicPartition, &str> = group
            .members
            .iter()
            .flat_map(|member| member.assigned.iter().map(|partition| (partition, member.client_id.as_str())))
            .collect();
        let all = committed.keys().chain(holders.keys().copied());
        let places: BTreeSet<&TopicPartition> = all.filter(|place| wanted(&place.topic)).collect();
        let ends = self.ends(&places, deadline)?;
        let position = |place: &TopicPartition| GroupPosition {
            partition: place.clone(),
            committed: committed.get(place).copied(),
            end: ends.get(place).copied(),
            client_id: holders.get(place).map(|client| (*client).to_owned()),
        };
        Ok(places.into_iter().map(position).collect())
    }

    /// The ends of those partitions that are still there.
    fn ends(
        &mut self,
        places: &BTreeSet<&TopicPartition>,
        deadline: Deadline,
    ) -> Result<BTreeMap<TopicPartition, i64>, ClientError> {
        if places.is_empty() {
            return Ok(BTreeMap::new());
        }
        let names: BTreeSet<&str> = places.iter().map(|place| place.topic.as_str()).collect();
        let views = self.topics(Some(&names.into_iter().collect::<Vec<_>>()), deadline)?;
        let is_led = |place: &&&TopicPartition| {
            let mut partitions = views.iter().filter(|view| view.name == place.topic).flat_map(|view| &view.partitions);
            partitions.any(|partition| partition.index == place.partition && partition.leader.is_some())
        };
        let led: Vec<TopicPartition> = places.iter().filter(is_led).map(|place| (*place).clone()).collect();
        self.offsets(&led, OffsetAt::Latest, deadline)
    }

    /// Waits until a group is `Stable`, with so many members where a number is given, and every member of it has had its
    /// assignment.
    ///
    /// Fails with [`ClientError::NotStable`], which tells how the group was seen last.
    pub fn wait_group_stable(
        &mut self,
        group: &str,
        members: Option<usize>,
        deadline: Deadline,
    ) -> Result<GroupView, ClientError> {
        let is_settled =
            |view: &GroupView| view.state == "Stable" && members.is_none_or(|members| view.members.len() == members);
        let mut last = None;
        loop {
            match self.group(group, deadline) {
                Ok(Some(view)) if is_settled(&view) => return Ok(view),
                Ok(seen) => last = Some(seen.as_ref().map_or("does not exist".to_owned(), description)),
                // The time may be over in the middle of a look.
                Err(error) if last.is_none() || !deadline.is_past() => return Err(error),
                Err(_) => {}
            }
            if let (true, Some(seen)) = (deadline.is_past(), &last) {
                return Err(ClientError::NotStable {
                    group: group.to_owned(),
                    seen: seen.clone(),
                    wanted: members.map_or(String::new(), |members| format!(" with {}", count(members))),
                    limit: deadline.limit(),
                });
            }
            pause(LOOK_AGAIN.min(deadline.left()));
        }
    }
}

/// `is PreparingRebalance with 1 member (billing-1)`.
fn description(view: &GroupView) -> String {
    let clients: Vec<&str> = view.members.iter().map(|member| member.client_id.as_str()).collect();
    let clients = if clients.is_empty() { String::new() } else { format!(" ({})", clients.join(", ")) };
    format!("is {} with {}{clients}", view.state, count(view.members.len()))
}

fn count(members: usize) -> String {
    format!("{members} member{}", if members == 1 { "" } else { "s" })
}
