//! Which arrays of Kafka's answers are sets: their order says nothing.

use serde_json::Value as Json;

/// An array whose order says nothing.
pub(crate) struct Set {
    /// The fields that tell one element from another; none where only their content does.
    pub(crate) key: &'static [&'static str],
    /// Whether it can list what other sections made.
    pub(crate) listed: bool,
}

macro_rules! sets {
    ($($path:literal by [$($key:literal),*] $($listed:ident)?;)*) => {
        const SETS: &[(&str, Set)] = &[$(($path, Set { key: &[$($key),*], listed: sets!(@ $($listed)?) })),*];
    };
    (@ listed) => { true };
    (@) => { false };
}

sets! {
    "AddPartitionsToTxnResponse.ResultsByTopicV3AndBelow" by ["Name"];
    "AddPartitionsToTxnResponse.ResultsByTopicV3AndBelow.ResultsByPartition" by ["PartitionIndex"];
    "AddPartitionsToTxnResponse.ResultsByTransaction" by [];
    "AddPartitionsToTxnResponse.ResultsByTransaction.TopicResults" by ["Name"];
    "AddPartitionsToTxnResponse.ResultsByTransaction.TopicResults.ResultsByPartition" by ["PartitionIndex"];
    "AlterReplicaLogDirsResponse.Results" by ["TopicName"];
    "AlterReplicaLogDirsResponse.Results.Partitions" by ["PartitionIndex"];
    "ApiVersionsResponse.ApiKeys" by ["ApiKey"];
    "ApiVersionsResponse.FinalizedFeatures" by ["Name"];
    "ApiVersionsResponse.SupportedFeatures" by ["Name"];
    "ConsumerGroupDescribeResponse.Groups.Members" by [];
    "ConsumerGroupDescribeResponse.Groups.Members.SubscribedTopicNames" by [];
    "ConsumerGroupDescribeResponse.Groups.Members.Assignment.TopicPartitions" by [];
    "ConsumerGroupDescribeResponse.Groups.Members.Assignment.TopicPartitions.Partitions" by [];
    "ConsumerGroupDescribeResponse.Groups.Members.TargetAssignment.TopicPartitions" by [];
    "ConsumerGroupDescribeResponse.Groups.Members.TargetAssignment.TopicPartitions.Partitions" by [];
    "ConsumerGroupHeartbeatResponse.Assignment.TopicPartitions" by [];
    "ConsumerGroupHeartbeatResponse.Assignment.TopicPartitions.Partitions" by [];
    "ConsumerGroupCurrentMemberAssignmentValue.AssignedPartitions" by [];
    "ConsumerGroupCurrentMemberAssignmentValue.PartitionsPendingRevocation" by [];
    "ConsumerGroupTargetAssignmentMemberValue.TopicPartitions" by [];
    "ConsumerGroupTargetAssignmentMemberValue.TopicPartitions.Partitions" by [];
    "CreateTopicsResponse.Topics.Configs" by ["Name"];
    "DeleteGroupsResponse.Results" by ["GroupId"];
    "DeleteTopicsResponse.Responses" by ["Name", "TopicId"];
    "DescribeClusterResponse.Brokers" by [];
    "DescribeConfigsResponse.Results.Configs" by ["Name"];
    "DescribeGroupsResponse.Groups.Members" by [];
    "DescribeLogDirsResponse.Results.Topics" by ["Name"] listed;
    "DescribeProducersResponse.Topics.Partitions.ActiveProducers" by [];
    "DescribeQuorumResponse.Topics.Partitions.Observers" by ["ReplicaId"];
    "DescribeTopicPartitionsResponse.Topics" by ["Name"] listed;
    "DescribeTransactionsResponse.TransactionStates.Topics" by [];
    "DescribeTransactionsResponse.TransactionStates.Topics.Partitions" by [];
    "DescribeUserScramCredentialsResponse.Results" by ["User"];
    "JoinGroupResponse.Members" by [];
    "ListConfigResourcesResponse.ConfigResources" by ["ResourceType", "ResourceName"] listed;
    "ListOffsetsResponse.Topics" by ["Name"];
    "ListOffsetsResponse.Topics.Partitions" by ["PartitionIndex"];
    "ListGroupsResponse.Groups" by ["GroupId"] listed;
    "ListTransactionsResponse.TransactionStates" by ["TransactionalId"] listed;
    "MetadataResponse.Brokers" by [];
    "MetadataResponse.Topics" by ["Name", "TopicId"] listed;
    "MetadataResponse.Topics.Partitions" by ["PartitionIndex"];
    "OffsetCommitResponse.Topics" by ["Name", "TopicId"];
    "OffsetCommitResponse.Topics.Partitions" by ["PartitionIndex"];
    "OffsetDeleteResponse.Topics" by ["Name"];
    "OffsetDeleteResponse.Topics.Partitions" by ["PartitionIndex"];
    "OffsetFetchResponse.Groups.Topics" by [];
    "OffsetFetchResponse.Topics" by [];
    "ProduceResponse.Responses" by ["Name", "TopicId"];
    "ProduceResponse.Responses.PartitionResponses" by ["Index"];
    "TransactionLogValue.TransactionPartitions" by [];
    "TransactionLogValue.TransactionPartitions.PartitionIds" by [];
    "TxnOffsetCommitResponse.Topics" by ["Name"];
    "TxnOffsetCommitResponse.Topics.Partitions" by ["PartitionIndex"];
    "WriteTxnMarkersResponse.Markers.Topics" by ["Name"];
    "WriteTxnMarkersResponse.Markers.Topics.Partitions" by ["PartitionIndex"];
}

/// Whether a field is shown at its default as well: an error, or what tells one element from another.
pub(crate) fn is_kept(field: &str) -> bool {
    field == "ErrorCode" || SETS.iter().any(|(_, set)| set.key.contains(&field))
}

/// The set at a path of field names, if it is one.
pub(crate) fn find(path: &str) -> Option<&'static Set> {
    SETS.iter().find(|(known, _)| *known == path).map(|(_, set)| set)
}

impl Set {
    /// What an element is called in its map.
    pub(crate) fn key(&self, element: &Json) -> String {
        let parts = self.key.iter().map(|name| match element.get(name) {
            Some(Json::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        });
        let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
        match self.key {
            // A topic has a name or an id, as the version has it.
            ["Name", "TopicId"] => parts.into_iter().find(|part| part != "<no id>").unwrap_or_default(),
            _ => parts.join(" "),
        }
    }
}
