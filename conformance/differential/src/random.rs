//! Random operations on both brokers, and what can be observed at the end.
//!
//! A sequence is written as a scenario, so that a difference can be kept as one. When the brokers differ, operations
//! are taken out as long as they still do.

use std::fmt::Write as _;

use anyhow::{Result, anyhow};
use fastrand::Rng;

use crate::compare::differences;
use crate::report::show;
use crate::run::Brokers;
use crate::scenario::Scenario;

/// How many operations a sequence has.
const LENGTH: usize = 24;
/// How many times a sequence that differs is tried with operations less.
const TRIES: usize = 60;

/// Runs `count` sequences from a seed, prints those that differ, and gives how many.
pub(crate) fn run(brokers: &Brokers<'_>, count: u64, seed: u64) -> Result<u64> {
    let mut failures = 0;
    for seed in seed..seed.saturating_add(count) {
        let operations = sequence(&mut Rng::with_seed(seed));
        let found = differ(brokers, &operations)?;
        eprintln!("seed {seed}: {}", if found.is_empty() { "the same" } else { "different" });
        if found.is_empty() {
            continue;
        }
        let (operations, found) = shrink(brokers, operations, found);
        let mut report =
            format!("seed {seed}: these {} operations differ\n\n{}\n", operations.len(), text(&operations));
        found.iter().for_each(|difference| _ = writeln!(report, "{difference}"));
        println!("{report}");
        failures += 1;
    }
    Ok(failures)
}

/// Where the answers to a sequence differ.
fn differ(brokers: &Brokers<'_>, operations: &[String]) -> Result<Vec<String>> {
    let scenario = Scenario::parse("random".to_owned(), &text(operations), brokers.schema)
        .map_err(|mistake| anyhow!("line {}: {}", mistake.line, mistake.expected))?;
    let Some(section) = scenario.sections.first() else { return Ok(Vec::new()) };
    let run = brokers.section((&scenario, section));
    let (Some(ours), Some(theirs)) = (run.ours, run.theirs) else {
        return Err(anyhow!("not run: {}", run.skipped.unwrap_or_default()));
    };
    let mut found = Vec::new();
    for ((our, their), step) in ours.iter().zip(&theirs).zip(&section.steps) {
        for (one, other) in our.answers.iter().zip(&their.answers) {
            let here = differences(one, other);
            found.extend(
                here.iter().map(|difference| format!("line {}: {}: {}", step.line, step.text, show(difference))),
            );
        }
    }
    Ok(found)
}

/// Takes operations out, many at first, as long as the brokers still differ.
fn shrink(brokers: &Brokers<'_>, operations: Vec<String>, found: Vec<String>) -> (Vec<String>, Vec<String>) {
    let (mut least, mut found) = (operations, found);
    let mut size = least.len() / 2;
    let mut tries = 0;
    while size > 0 {
        let mut start = 0;
        while start < least.len() && tries < TRIES {
            let mut fewer = least.clone();
            fewer.drain(start..(start + size).min(least.len()));
            tries += 1;
            // Without what saves a value, those that use it cannot be read: such a sequence shows nothing.
            match differ(brokers, &fewer) {
                Ok(differences) if !differences.is_empty() => (least, found) = (fewer, differences),
                _ => start += size,
            }
        }
        size /= 2;
    }
    (least, found)
}

const MEMBER: &str = "SessionTimeoutMs: 60000, RebalanceTimeoutMs: 60000, ProtocolType: consumer";

/// The scenario of a sequence: its topics, its operations, and what is observed at the end.
fn text(operations: &[String]) -> String {
    let mut out = "== random\ntopic @a 2\ntopic @b 2\n".to_owned();
    operations.iter().for_each(|operation| out.push_str(operation));
    out.push_str("pause 300ms\n");
    for topic in ["a", "b"] {
        let partitions =
            |fields: &str| (0..3).map(|p| fields.replace('#', &p.to_string())).collect::<Vec<_>>().join(", ");
        for time in [-2, -1] {
            let all = partitions(&format!("{{PartitionIndex: #, Timestamp: {time}}}"));
            let _ = write!(
                out,
                "ListOffsets 7\n    ReplicaId: -1\n    Topics: [{{Name: @{topic}, Partitions: [{all}]}}]\n"
            );
        }
        for p in 0..2 {
            let _ = write!(
                out,
                "ListOffsets 7\n    ReplicaId: -1\n    Topics: [{{Name: @{topic}, Partitions: [{{PartitionIndex: {p}, Timestamp: -2}}]}}]\n    \
                 save start = Topics[0].Partitions[0].Offset\n\
                 Fetch 11\n    MaxWaitMs: 50\n    MinBytes: 1\n    Topics: [{{Topic: @{topic}, Partitions: [{{Partition: {p}, FetchOffset: $start, PartitionMaxBytes: 1000000}}]}}]\n"
            );
        }
        let _ = write!(
            out,
            "Metadata 12\n    Topics: [{{Name: @{topic}}}]\n    AllowAutoTopicCreation: false\n\
             DescribeConfigs 4\n    Resources: [{{ResourceType: 2, ResourceName: @{topic}, ConfigurationKeys: [retention.ms, cleanup.policy]}}]\n"
        );
    }
    for group in ["g", "h"] {
        let _ = write!(
            out,
            "OffsetFetch 8\n    Groups: [{{GroupId: @{group}, Topics: null}}]\nDescribeGroups 6\n    Groups: [@{group}]\n"
        );
    }
    out.push_str("ListGroups 5\n");
    out
}

/// Operations from a seed, each as lines of a scenario.
fn sequence(rng: &mut Rng) -> Vec<String> {
    // Members that have asked to join, with their groups.
    let mut members: Vec<&str> = Vec::new();
    (0..LENGTH).map(|place| operation(rng, place, &mut members)).collect()
}

fn operation(rng: &mut Rng, place: usize, members: &mut Vec<&'static str>) -> String {
    let topic = if rng.bool() { "a" } else { "b" };
    let group = if rng.bool() { "g" } else { "h" };
    let (partition, offset) = (rng.u8(0..3), rng.u8(0..9));
    let choice = rng.u8(0..20);
    if choice >= 13 && !members.is_empty() {
        let member = rng.usize(0..members.len());
        let of = members.get(member).copied().unwrap_or("g");
        return member_operation(rng, place, member, of, topic);
    }
    match choice {
        0..4 => {
            let values: Vec<String> = (0..rng.u8(1..4)).map(|value| format!("v{place}.{value}")).collect();
            format!(
                "Produce 9\n    Acks: -1\n    TopicData: [{{Name: @{topic}, PartitionData: [{{Index: {partition}, Records: [{}]}}]}}]\n",
                values.join(", ")
            )
        }
        4 => format!(
            "DeleteRecords 2\n    TimeoutMs: 5000\n    Topics: [{{Name: @{topic}, Partitions: [{{PartitionIndex: {partition}, Offset: {offset}}}]}}]\n"
        ),
        5 | 6 => format!(
            "OffsetCommit 9\n    GroupId: @{group}\n    Topics: [{{Name: @{topic}, Partitions: [{{PartitionIndex: {partition}, CommittedOffset: {offset}}}]}}]\n"
        ),
        7 => format!("DeleteGroups 2\n    GroupsNames: [@{group}]\n"),
        8 => format!(
            "OffsetDelete 0\n    GroupId: @{group}\n    Topics: [{{Name: @{topic}, Partitions: [{{PartitionIndex: {partition}}}]}}]\n"
        ),
        9 => {
            let (config, value) =
                if rng.bool() { ("retention.ms", "3600000000") } else { ("cleanup.policy", "compact") };
            let how = rng.u8(0..4);
            format!(
                "IncrementalAlterConfigs 1\n    Resources: [{{ResourceType: 2, ResourceName: @{topic}, Configs: [{{Name: {config}, ConfigOperation: {how}, Value: {value}}}]}}]\npause 150ms\n"
            )
        }
        10 => format!(
            "CreatePartitions 3\n    TimeoutMs: 5000\n    Topics: [{{Name: @{topic}, Count: 3, Assignments: null}}]\npause 200ms\n"
        ),
        11 => format!("DeleteTopics 6\n    TimeoutMs: 5000\n    Topics: [{{Name: @{topic}}}]\npause 300ms\n"),
        _ => {
            let member = members.len();
            members.push(group);
            format!(
                "JoinGroup 3 on c{place} later j{place}\n    GroupId: @{group}, {MEMBER}\n    Protocols: [{{Name: range, Metadata: {{ConsumerProtocolSubscription: {{Topics: [@{topic}]}}, version: 1}}}}]\n\
                 waits j{place}\n    save m{member} = MemberId\n    save e{member} = GenerationId\n"
            )
        }
    }
}

fn member_operation(rng: &mut Rng, place: usize, member: usize, group: &str, topic: &str) -> String {
    let who = format!("GroupId: @{group}, GenerationId: $e{member}, MemberId: $m{member}");
    match rng.u8(0..6) {
        0 => format!("Heartbeat 3\n    {who}\n"),
        1 => format!("LeaveGroup 3\n    GroupId: @{group}\n    Members: [{{MemberId: $m{member}}}]\n"),
        2 => format!(
            "JoinGroup 3 on c{place} later j{place}\n    GroupId: @{group}, {MEMBER}, MemberId: $m{member}\n    Protocols: [{{Name: range, Metadata: {{ConsumerProtocolSubscription: {{Topics: [@{topic}]}}, version: 1}}}}]\n\
             waits j{place}\n    save e{member} = GenerationId\n"
        ),
        3 | 4 => format!(
            "SyncGroup 3 on c{place} later s{place}\n    {who}\n    Assignments: [{{MemberId: $m{member}, Assignment: a{place}}}]\nwaits s{place}\n"
        ),
        _ => format!(
            "OffsetCommit 7\n    GroupId: @{group}, GenerationIdOrMemberEpoch: $e{member}, MemberId: $m{member}\n    Topics: [{{Name: @{topic}, Partitions: [{{PartitionIndex: 0, CommittedOffset: {}}}]}}]\n",
            rng.u8(0..9)
        ),
    }
}

#[cfg(test)]
mod tests {
    use kafka_trial_wire::view::Schema;

    use super::*;

    #[test]
    fn every_sequence_is_a_scenario_and_a_seed_gives_the_same_one() {
        let schema = Schema::load();
        for seed in 0..50 {
            let operations = sequence(&mut Rng::with_seed(seed));
            assert_eq!(operations, sequence(&mut Rng::with_seed(seed)));
            let read = Scenario::parse("random".to_owned(), &text(&operations), &schema);
            assert!(read.is_ok(), "seed {seed}: {:?}\n{}", read.err(), text(&operations));
        }
    }
}
