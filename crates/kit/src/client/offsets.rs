//! Where partitions begin and end, and which offset belongs to a time.

use std::collections::BTreeMap;

use kafka_trial_wire::messages::ListOffsetsRequest;
use kafka_trial_wire::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_trial_wire::{ApiKey, ErrorCode};

use super::cluster::LEADER_REST;
use super::{Client, ClientError, Deadline, TopicPartition, pause};

/// The newest version that this client needs.
const LIST_OFFSETS: i16 = 7;

/// A place in a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetAt {
    /// The oldest record there is.
    Earliest,
    /// After the newest record.
    Latest,
    /// The first record of this time or later, in milliseconds since the Unix epoch.
    Time(i64),
}

impl OffsetAt {
    /// As ListOffsets writes it.
    fn timestamp(self) -> i64 {
        match self {
            Self::Earliest => -2,
            Self::Latest => -1,
            Self::Time(millis) => millis,
        }
    }
}

impl Client {
    /// The offsets of a place in each of the partitions. A partition without a record of that time or later is left
    /// out.
    pub fn offsets(
        &mut self,
        partitions: &[TopicPartition],
        at: OffsetAt,
        deadline: Deadline,
    ) -> Result<BTreeMap<TopicPartition, i64>, ClientError> {
        let mut names: Vec<&str> = partitions.iter().map(|partition| partition.topic.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        loop {
            let views = self.topics(Some(&names), deadline)?;
            let mut led = Vec::with_capacity(partitions.len());
            for TopicPartition { topic, partition } in partitions {
                let view = views.iter().find(|view| view.name == *topic);
                let leader = view.ok_or_else(|| ClientError::UnknownTopic(topic.clone()))?.leader(*partition)?;
                led.push((leader, TopicPartition { topic: topic.clone(), partition: *partition }));
            }
            match self.offsets_at_leaders(led, at, deadline) {
                // The leader has just changed, or does not know yet that it leads a new topic.
                Err(ClientError::Kafka { code: ErrorCode::NOT_LEADER_OR_FOLLOWER, .. }) if !deadline.is_past() => {
                    pause(LEADER_REST);
                }
                done => return done,
            }
        }
    }

    /// The same where the leaders are known.
    pub(super) fn offsets_at_leaders(
        &mut self,
        partitions: Vec<(i32, TopicPartition)>,
        at: OffsetAt,
        deadline: Deadline,
    ) -> Result<BTreeMap<TopicPartition, i64>, ClientError> {
        let mut by_leader: BTreeMap<i32, BTreeMap<String, Vec<ListOffsetsPartition>>> = BTreeMap::new();
        for (leader, TopicPartition { topic, partition }) in partitions {
            let wanted = ListOffsetsPartition {
                partition_index: partition,
                timestamp: at.timestamp(),
                ..ListOffsetsPartition::default()
            };
            by_leader.entry(leader).or_default().entry(topic).or_default().push(wanted);
        }
        let mut offsets = BTreeMap::new();
        for (leader, topics) in by_leader {
            let topics = topics.into_iter().map(|(name, partitions)| ListOffsetsTopic {
                name: name.into(),
                partitions,
                ..ListOffsetsTopic::default()
            });
            let request =
                ListOffsetsRequest { replica_id: -1, topics: topics.collect(), ..ListOffsetsRequest::default() };
            let response = self.broker(leader, deadline)?.ask(&request, LIST_OFFSETS, deadline)?;
            for topic in response.topics {
                for answer in topic.partitions {
                    let place =
                        TopicPartition { topic: topic.name.as_str().to_owned(), partition: answer.partition_index };
                    match answer.error_code {
                        ErrorCode::NONE if answer.offset < 0 => {}
                        ErrorCode::NONE => {
                            offsets.insert(place, answer.offset);
                        }
                        code => {
                            let (subject, text) = (place.to_string(), String::new());
                            return Err(ClientError::Kafka { api: ApiKey::ListOffsets, subject, code, text });
                        }
                    }
                }
            }
        }
        Ok(offsets)
    }
}
