//! What is looked at when all operations are through.

use std::fmt::Write as _;

const GROUPS: &[&str] = &["g", "h", "k"];

/// Appends the steps that look at topics, logs, groups and transactions.
pub(super) fn look(out: &mut String) {
    out.push_str("pause 300ms\n");
    ["a", "b"].iter().for_each(|topic| look_at_topic(out, topic));
    let groups = GROUPS.iter().map(|group| format!("@{group}")).collect::<Vec<_>>().join(", ");
    for group in GROUPS {
        let _ = write!(
            out,
            "OffsetFetch 8\n    Groups: [{{GroupId: @{group}, Topics: null}}]\n\
             OffsetFetch 8\n    Groups: [{{GroupId: @{group}, Topics: null}}]\n    RequireStable: true\n"
        );
    }
    let _ = write!(
        out,
        "DescribeGroups 6\n    Groups: [{groups}]\nConsumerGroupDescribe 1\n    GroupIds: [{groups}]\nListGroups 5\n\
         DescribeTransactions\n    TransactionalIds: [@t, @u]\nListTransactions 2\n"
    );
}

fn look_at_topic(out: &mut String, topic: &str) {
    let partitions = |fields: &str| (0..3).map(|p| fields.replace('#', &p.to_string())).collect::<Vec<_>>().join(", ");
    for (time, isolation) in [(-2, 0), (-1, 0), (-1, 1)] {
        let all = partitions(&format!("{{PartitionIndex: #, Timestamp: {time}}}"));
        let _ = write!(
            out,
            "ListOffsets 7\n    ReplicaId: -1\n    IsolationLevel: {isolation}\n    Topics: [{{Name: @{topic}, Partitions: [{all}]}}]\n"
        );
    }
    for p in 0..2 {
        let _ = write!(
            out,
            "ListOffsets 7\n    ReplicaId: -1\n    Topics: [{{Name: @{topic}, Partitions: [{{PartitionIndex: {p}, Timestamp: -2}}]}}]\n    \
             save start = Topics[0].Partitions[0].Offset\n"
        );
        for isolation in [0, 1] {
            let _ = write!(
                out,
                "Fetch 11\n    MaxWaitMs: 50\n    MinBytes: 1\n    IsolationLevel: {isolation}\n    Topics: [{{Topic: @{topic}, Partitions: [{{Partition: {p}, FetchOffset: $start, PartitionMaxBytes: 1000000}}]}}]\n"
            );
        }
    }
    let _ = write!(
        out,
        "DescribeProducers\n    Topics: [{{Name: @{topic}, PartitionIndexes: [0, 1, 2]}}]\n\
         Metadata 12\n    Topics: [{{Name: @{topic}}}]\n    AllowAutoTopicCreation: false\n\
         DescribeConfigs 4\n    Resources: [{{ResourceType: 2, ResourceName: @{topic}, ConfigurationKeys: [retention.ms, cleanup.policy]}}]\n"
    );
}
