//! Whether the requests of an API can meet the conditions of a rule at all.

use kafka_trial_broker::journal::ApiKey;
use serde_json::{Map, Value as Json};

/// The APIs whose requests the journal knows topics of.
const TOPICS: [ApiKey; 12] = [
    ApiKey::Produce,
    ApiKey::Fetch,
    ApiKey::ListOffsets,
    ApiKey::Metadata,
    ApiKey::OffsetCommit,
    ApiKey::TxnOffsetCommit,
    ApiKey::CreateTopics,
    ApiKey::DeleteTopics,
    ApiKey::DeleteRecords,
    ApiKey::CreatePartitions,
    ApiKey::OffsetForLeaderEpoch,
    ApiKey::DescribeTopicPartitions,
];
/// The APIs whose requests the journal knows partitions of.
const PARTITIONS: [ApiKey; 4] = [ApiKey::Produce, ApiKey::Fetch, ApiKey::OffsetCommit, ApiKey::TxnOffsetCommit];
/// The APIs whose requests the journal knows groups of.
const GROUPS: [ApiKey; 14] = [
    ApiKey::OffsetCommit,
    ApiKey::TxnOffsetCommit,
    ApiKey::OffsetFetch,
    ApiKey::OffsetDelete,
    ApiKey::FindCoordinator,
    ApiKey::JoinGroup,
    ApiKey::SyncGroup,
    ApiKey::Heartbeat,
    ApiKey::LeaveGroup,
    ApiKey::DescribeGroups,
    ApiKey::DeleteGroups,
    ApiKey::AddOffsetsToTxn,
    ApiKey::ConsumerGroupHeartbeat,
    ApiKey::ConsumerGroupDescribe,
];
/// The APIs whose requests the journal knows a transactional id of.
const TRANSACTIONAL_IDS: [ApiKey; 5] =
    [ApiKey::Produce, ApiKey::InitProducerId, ApiKey::AddPartitionsToTxn, ApiKey::AddOffsetsToTxn, ApiKey::EndTxn];

/// Refuses conditions that no request of these APIs can meet.
pub(super) fn check_fit(apis: &[ApiKey], wanted: &Map<String, Json>) -> Result<(), String> {
    let named: [(&str, &[ApiKey]); 4] =
        [("topic", &TOPICS), ("partition", &PARTITIONS), ("group", &GROUPS), ("transactional_id", &TRANSACTIONAL_IDS)];
    for (key, has) in named {
        if wanted.contains_key(key) && !apis.is_empty() && !apis.iter().any(|api| has.contains(api)) {
            let apis = apis.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
            let has = has.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            return Err(format!(
                "a request of {apis} has no {key} to match: take {key} away, or set api to one of {has}"
            ));
        }
    }
    match wanted.get("topic").and_then(Json::as_str) {
        Some(topic) if topic.is_empty() || topic.chars().any(|c| !c.is_ascii_alphanumeric() && !"._-*".contains(c)) => {
            Err(format!(
                "no topic is named {topic:?}: a name has letters, digits, '.', '_' and '-', and * for any text"
            ))
        }
        _ => Ok(()),
    }
}
