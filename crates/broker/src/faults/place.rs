//! Where a row of a message belongs: its topic, partition, group and member, as far as the rows around it name them.

use kafka_trial_core::Topics;
use kafka_trial_wire::Uuid;
use kafka_trial_wire::view::Value;

use super::glob::is_like;
use super::rule::Parts;

/// The names of fields with a partition's number.
pub(super) const PARTITION: [&str; 4] = ["Index", "PartitionIndex", "Partition", "PartitionId"];

/// What a row and the rows around it name.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) topic: Option<String>,
    pub(super) partition: Option<i64>,
    pub(super) group: Option<String>,
    pub(super) member: Option<String>,
}

impl Place {
    /// The place of a struct with these fields inside of this place.
    pub(super) fn within(&self, fields: &[(String, Value)], topics: &Topics) -> Self {
        let mut place = self.clone();
        for (name, value) in fields {
            match (name.as_str(), value) {
                ("Name" | "Topic" | "TopicName", Value::Text(topic)) if !topic.is_empty() => {
                    place.topic = Some(topic.clone());
                }
                ("TopicId", Value::Uuid(id)) if *id != Uuid::ZERO => {
                    place.topic = topics.by_id(*id).map(|topic| topic.name.to_string()).or(place.topic);
                }
                ("GroupId" | "Key", Value::Text(group)) if !group.is_empty() => place.group = Some(group.clone()),
                ("MemberId", Value::Text(member)) if !member.is_empty() => place.member = Some(member.clone()),
                (name, Value::Int(partition)) if PARTITION.contains(&name) => place.partition = Some(*partition),
                _ => {}
            }
        }
        place
    }

    /// Whether a rule means this place. Answers often name no group and no member, because the request did.
    pub(super) fn is_meant(&self, parts: &Parts) -> bool {
        let like = |wanted: &Option<String>, found: &Option<String>, or: bool| match (wanted, found) {
            (Some(wanted), Some(found)) => is_like(found, wanted),
            (Some(_), None) => or,
            (None, _) => true,
        };
        like(&parts.topic, &self.topic, false)
            && parts.partition.is_none_or(|wanted| self.partition == Some(wanted.into()))
            && like(&parts.group, &self.group, true)
            && like(&parts.member, &self.member, true)
    }
}
