//! What a topic no longer holds.

use crate::client::{Client, Deadline, OffsetAt, TopicPartition};

/// Why a record that is not in a topic may have been there before: its log begins later, or it is compacted.
pub(super) fn loss(
    client: &mut Client,
    topic: &str,
    partitions: &[TopicPartition],
    deadline: Deadline,
) -> Option<String> {
    let begins = client.offsets(partitions, OffsetAt::Earliest, deadline).unwrap_or_default();
    if let Some((partition, offset)) = begins.into_iter().find(|(_, offset)| *offset > 0) {
        return Some(format!("{partition} begins at offset {offset}: what was before it has been deleted"));
    }
    let configs = client.topic_configs(topic, deadline).unwrap_or_default();
    let is_compacted = configs.iter().any(|(key, value)| key == "cleanup.policy" && value.contains("compact"));
    is_compacted.then(|| format!("{topic} is compacted: a later record with its key may have taken its place"))
}
