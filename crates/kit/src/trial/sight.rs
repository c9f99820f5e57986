//! What a test's own topics and groups look like on a real cluster, asked as any client asks.

use std::time::Duration;

use kafka_trial_broker::{GroupSummary, OffsetSummary, PartitionSummary, TopicSummary};

use crate::client::{Client, ClientError, Deadline, Endpoint, OffsetAt, TopicPartition};

/// How long the cluster may take to answer all of it.
pub(super) const LOOK: Duration = Duration::from_secs(3);

/// The topics and the groups of these names, as far as they are there.
pub(super) fn look(
    endpoint: &Endpoint,
    topics: &[String],
    groups: &[String],
) -> Result<(Vec<TopicSummary>, Vec<GroupSummary>), ClientError> {
    let deadline = Deadline::after(LOOK);
    let mut client = Client::connect(endpoint, deadline)?;
    let topics = topics.iter().map(|name| topic(&mut client, name, deadline)).collect::<Result<Vec<_>, _>>()?;
    let groups = groups.iter().map(|id| group(&mut client, id, deadline)).collect::<Result<Vec<_>, _>>()?;
    Ok((topics.into_iter().flatten().collect(), groups.into_iter().flatten().collect()))
}

fn topic(client: &mut Client, name: &str, deadline: Deadline) -> Result<Option<TopicSummary>, ClientError> {
    let Some(view) = client.topics(Some(&[name]), deadline)?.into_iter().next() else { return Ok(None) };
    let place = |partition| TopicPartition { topic: name.to_owned(), partition };
    let places: Vec<TopicPartition> = view.partitions.iter().map(|partition| place(partition.index)).collect();
    let starts = client.offsets(&places, OffsetAt::Earliest, deadline)?;
    let ends = client.offsets(&places, OffsetAt::Latest, deadline)?;
    let partitions = view.partitions.iter().map(|partition| {
        let place = place(partition.index);
        PartitionSummary {
            leader: partition.leader.unwrap_or(-1),
            start_offset: starts.get(&place).copied().unwrap_or_default(),
            high_watermark: ends.get(&place).copied().unwrap_or_default(),
        }
    });
    Ok(Some(TopicSummary { name: view.name, is_internal: false, partitions: partitions.collect() }))
}

fn group(client: &mut Client, id: &str, deadline: Deadline) -> Result<Option<GroupSummary>, ClientError> {
    let Some(view) = client.group(id, deadline)? else { return Ok(None) };
    let positions = client.positions(&view, |_| true, deadline)?;
    let offsets = positions.into_iter().filter_map(|position| {
        Some(OffsetSummary {
            committed: position.committed?,
            lag: position.lag(),
            topic: position.partition.topic,
            partition: position.partition.partition,
        })
    });
    Ok(Some(GroupSummary {
        id: view.id,
        state: view.state,
        generation: None,
        members: view.members.into_iter().map(|member| member.client_id).collect(),
        offsets: offsets.collect(),
    }))
}
