//! Where a group stands in its partitions, and waiting until it has settled.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use super::{Client, ClientError, Deadline, GroupView, OffsetAt, Start, TopicPartition, TopicReader, TopicView, pause};

/// How long a group that has not settled is left alone.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Where a group stands in a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
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

    /// Whether something lies behind what is committed, or nothing is.
    fn is_behind(&self) -> bool {
        self.lag().is_none_or(|lag| lag > 0)
    }
}

impl fmt::Display for GroupPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.end.map_or("an unknown end".to_owned(), |end| end.to_string());
        match (self.committed, self.lag()) {
            (Some(committed), Some(lag)) => write!(f, "{} committed {committed} of {end}, lag {lag}", self.partition),
            (Some(committed), None) => write!(f, "{} committed {committed}", self.partition),
            (None, _) => write!(f, "{} nothing committed of {end}", self.partition),
        }
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

impl Client {
    /// Waits until a group has committed all that is in these topics: every partition to the end that it has then, but for
    /// markers and aborted records behind its last record, which no consumer can commit. A partition in which nothing lies
    /// needs no commit; one with records that nothing was committed of is not caught up. Returns where the group stands.
    ///
    /// Fails with [`ClientError::NotCaughtUp`], which names the partitions that are behind.
    pub fn wait_caught_up(
        &mut self,
        group: &str,
        topics: &[&str],
        deadline: Deadline,
    ) -> Result<Vec<GroupPosition>, ClientError> {
        let mut last = None;
        loop {
            match self.caught_up(group, topics, deadline) {
                Ok(Ok(positions)) => return Ok(positions),
                Ok(Err(seen)) => last = Some(seen),
                // The time may be over in the middle of a look.
                Err(error) if last.is_none() || !deadline.is_past() => return Err(error),
                Err(_) => {}
            }
            if let (true, Some(seen)) = (deadline.is_past(), &last) {
                let (group, seen, limit) = (group.to_owned(), seen.clone(), deadline.limit());
                return Err(ClientError::NotCaughtUp { group, seen, limit });
            }
            pause(LOOK_AGAIN.min(deadline.left()));
        }
    }

    /// Where a group stands that has caught up, or the partitions that it has not read to their ends.
    fn caught_up(
        &mut self,
        group: &str,
        topics: &[&str],
        deadline: Deadline,
    ) -> Result<Result<Vec<GroupPosition>, String>, ClientError> {
        let positions = self.positions_in(group, topics, deadline)?;
        let behind: Vec<&GroupPosition> = positions.iter().filter(|position| position.is_behind()).collect();
        if behind.is_empty() || !self.has_records(topics, &behind, deadline)? {
            return Ok(Ok(positions));
        }
        let seen: Vec<String> = behind.into_iter().map(ToString::to_string).collect();
        Ok(Err(seen.join("; ")))
    }

    /// Where a group stands in all partitions of these topics that hold something. What it has not committed it has to read
    /// from the beginning.
    fn positions_in(
        &mut self,
        group: &str,
        topics: &[&str],
        deadline: Deadline,
    ) -> Result<Vec<GroupPosition>, ClientError> {
        let views = self.topics(Some(topics), deadline)?;
        if let Some(missing) = topics.iter().find(|topic| !views.iter().any(|view| view.name == **topic)) {
            return Err(ClientError::UnknownTopic((*missing).to_owned()));
        }
        let place = |topic: &str, partition| TopicPartition { topic: topic.to_owned(), partition };
        let all: Vec<TopicPartition> =
            views.iter().flat_map(|view| view.partitions.iter().map(|of| place(&view.name, of.index))).collect();
        let committed = self.committed(group, deadline)?;
        let starts = self.offsets(&all, OffsetAt::Earliest, deadline)?;
        let ends = self.offsets(&all, OffsetAt::Latest, deadline)?;
        let held = all.into_iter().filter(|place| ends.get(place) > starts.get(place));
        let position = |partition: TopicPartition| GroupPosition {
            committed: committed.get(&partition).copied(),
            end: ends.get(&partition).copied(),
            client_id: None,
            partition,
        };
        Ok(held.map(position).collect())
    }

    /// Whether a consumer of committed records would find one behind these positions.
    fn has_records(
        &mut self,
        topics: &[&str],
        behind: &[&GroupPosition],
        deadline: Deadline,
    ) -> Result<bool, ClientError> {
        let views = self.topics(Some(topics), deadline)?;
        let ends = behind.iter().filter_map(|position| Some((position.partition.clone(), position.end?))).collect();
        // What nothing was committed of is read from the beginning; of the rest only what lies behind the commit.
        let mut offsets = self.offsets(&places(&views), OffsetAt::Latest, deadline)?;
        for position in behind {
            match position.committed {
                Some(committed) => _ = offsets.insert(position.partition.clone(), committed),
                None => _ = offsets.remove(&position.partition),
            }
        }
        let mut reader = TopicReader::open(self.again(deadline)?, &[], Start::Earliest, deadline)?;
        reader.begin_at(&views, offsets);
        topics.iter().for_each(|topic| reader.add_topic(topic, Start::Earliest));
        reader.look_again(deadline)?;
        while reader.behind(&ends) > 0 && !deadline.is_past() {
            if !reader.poll(LOOK_AGAIN.min(deadline.left()))?.is_empty() {
                return Ok(true);
            }
        }
        Ok(reader.behind(&ends) > 0)
    }
}

fn places(views: &[TopicView]) -> Vec<TopicPartition> {
    let of_view = |view: &TopicView| {
        let name = view.name.clone();
        let led =
            view.partitions.iter().filter(|partition| partition.leader.is_some()).map(|partition| partition.index);
        led.map(move |partition| TopicPartition { topic: name.clone(), partition }).collect::<Vec<_>>()
    };
    views.iter().flat_map(of_view).collect()
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
