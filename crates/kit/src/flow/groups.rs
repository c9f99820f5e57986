//! Groups at the end of a flow: who reads its topics, and how far they have got.

use crate::client::{Client, ClientError, Deadline, GroupPosition, GroupView, MemberView, TopicPartition};

/// How many groups of a cluster are looked at.
const MAX_GROUPS: usize = 200;

/// A group that reads a topic of the flow.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupState {
    /// Its id.
    pub id: String,
    /// Kafka's word: `Empty`, `Stable`, `PreparingRebalance` ...
    pub state: String,
    /// Who is in it.
    pub members: Vec<MemberView>,
    /// Where it stands in the partitions of the flow's topics, those that it has committed or is assigned.
    pub positions: Vec<GroupPosition>,
}

impl GroupState {
    /// Whether it reads this topic.
    pub(super) fn reads(&self, topic: &str) -> bool {
        self.positions.iter().any(|position| position.partition.topic == topic)
    }

    pub(super) fn position(&self, partition: &TopicPartition) -> Option<&GroupPosition> {
        self.positions.iter().find(|position| position.partition == *partition)
    }

    /// The lag over all partitions of a topic; none where it has committed nothing of it.
    pub(super) fn lag(&self, topic: &str) -> Option<i64> {
        let of_topic = self.positions.iter().filter(|position| position.partition.topic == topic);
        let lags: Vec<i64> = of_topic.filter_map(GroupPosition::lag).collect();
        (!lags.is_empty()).then(|| lags.iter().sum())
    }
}

/// The groups that read one of these topics, and what could not be seen of them.
pub(super) fn look(client: &mut Client, topics: &[&str], deadline: Deadline) -> (Vec<GroupState>, Vec<String>) {
    let listed = match client.groups(deadline) {
        Ok(listed) => listed,
        Err(error) => return (Vec::new(), vec![format!("the groups of the cluster are not known: {error}")]),
    };
    let (mut states, mut remarks) = (Vec::new(), Vec::new());
    if listed.len() > MAX_GROUPS {
        remarks.push(format!("the cluster has {} groups; the first {MAX_GROUPS} were examined", listed.len()));
    }
    for group in listed.into_iter().take(MAX_GROUPS) {
        match state(client, &group.id, topics, deadline) {
            Ok(state) => states.extend(state),
            Err(error) => remarks.push(format!("group {} could not be examined: {error}", group.id)),
        }
    }
    (states, remarks)
}

fn state(
    client: &mut Client,
    id: &str,
    topics: &[&str],
    deadline: Deadline,
) -> Result<Option<GroupState>, ClientError> {
    let Some(view) = client.group(id, deadline)? else { return Ok(None) };
    let positions = client.positions(&view, |topic| topics.contains(&topic), deadline)?;
    let GroupView { id, state, members, .. } = view;
    Ok((!positions.is_empty()).then_some(GroupState { id, state, members, positions }))
}
