//! Operations from a seed, each as lines of a scenario.

use fastrand::Rng;

use super::classic::Members;
use super::consumers::consumer;
use super::transactions::Producers;

/// How many operations a sequence has.
const LENGTH: usize = 32;

/// What an operation is about.
pub(super) struct Subject {
    /// Its place in the sequence, which makes names that no other operation has.
    pub(super) place: usize,
    pub(super) topic: &'static str,
    pub(super) group: &'static str,
    pub(super) partition: u8,
    pub(super) offset: u8,
}

impl Subject {
    fn at(place: usize, rng: &mut Rng) -> Self {
        Self {
            place,
            topic: if rng.bool() { "a" } else { "b" },
            group: if rng.bool() { "g" } else { "h" },
            partition: rng.u8(0..3),
            offset: rng.u8(0..9),
        }
    }

    /// The offset of a partition to commit.
    pub(super) fn commits(&self) -> String {
        let Self { topic, partition, offset, .. } = self;
        format!(
            "    Topics: [{{Name: @{topic}, Partitions: [{{PartitionIndex: {partition}, CommittedOffset: {offset}}}]}}]\n"
        )
    }
}

/// The operations of a seed.
pub(super) fn sequence(rng: &mut Rng) -> Vec<String> {
    let mut members = Members::default();
    let mut producers = Producers::default();
    let operation = |place: usize| {
        let subject = Subject::at(place, rng);
        match rng.u8(0..12) {
            0..3 => members.operation(rng, &subject),
            3..6 => producers.operation(rng, &subject),
            6..8 => consumer(rng, &subject),
            _ => plain(rng, &subject),
        }
    };
    (0..LENGTH).map(operation).collect()
}

/// What needs neither a member nor a transaction.
fn plain(rng: &mut Rng, subject: &Subject) -> String {
    let Subject { place, topic, group, partition, offset } = *subject;
    match rng.u8(0..13) {
        0..5 => {
            let values: Vec<String> = (0..rng.u8(1..4)).map(|value| format!("v{place}.{value}")).collect();
            format!(
                "Produce 9\n    Acks: -1\n    TopicData: [{{Name: @{topic}, PartitionData: [{{Index: {partition}, Records: [{}]}}]}}]\n",
                values.join(", ")
            )
        }
        5 => format!(
            "DeleteRecords 2\n    TimeoutMs: 5000\n    Topics: [{{Name: @{topic}, Partitions: [{{PartitionIndex: {partition}, Offset: {offset}}}]}}]\n"
        ),
        6 | 7 => format!("OffsetCommit 9\n    GroupId: @{group}\n{}", subject.commits()),
        8 => format!("DeleteGroups 2\n    GroupsNames: [@{group}]\n"),
        9 => format!(
            "OffsetDelete 0\n    GroupId: @{group}\n    Topics: [{{Name: @{topic}, Partitions: [{{PartitionIndex: {partition}}}]}}]\n"
        ),
        10 => {
            let (config, value) =
                if rng.bool() { ("retention.ms", "3600000000") } else { ("cleanup.policy", "compact") };
            let how = rng.u8(0..4);
            format!(
                "IncrementalAlterConfigs 1\n    Resources: [{{ResourceType: 2, ResourceName: @{topic}, Configs: [{{Name: {config}, ConfigOperation: {how}, Value: {value}}}]}}]\npause 150ms\n"
            )
        }
        11 => format!(
            "CreatePartitions 3\n    TimeoutMs: 5000\n    Topics: [{{Name: @{topic}, Count: 3, Assignments: null}}]\npause 200ms\n"
        ),
        _ => format!("DeleteTopics 6\n    TimeoutMs: 5000\n    Topics: [{{Name: @{topic}}}]\npause 300ms\n"),
    }
}
