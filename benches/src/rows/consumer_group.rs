//! How long it takes until all members of a group of the consumer protocol (KIP-848) have their one partition: all come
//! at once, and beat until nothing is left to be given.

use kafka_trial_wire::ErrorCode;
use std::time::Duration;

use anyhow::{Result, ensure};
use kafka_trial::client::{Deadline, Stopwatch, pause};
use kafka_trial_wire::Text;
use kafka_trial_wire::messages::ConsumerGroupHeartbeatRequest;
use kafka_trial_wire::messages::consumer_group_heartbeat_request::TopicPartitions;

use super::group::{Empty, PATIENCE, round};
use crate::raw::{Raw, answer, frame};
use crate::row::Bench;
use crate::server::Kind;
use crate::topic;

/// From 1 on members choose their ids themselves (KIP-1082).
const HEARTBEAT: i16 = 1;
const JOINS: i32 = 0;
const LEAVES: i32 = -1;
const REBALANCE_MS: i32 = 30_000;
/// A client beats at once when it has something to say, and otherwise at an interval that would be all that is seen
/// here.
const BETWEEN_BEATS: Duration = Duration::from_millis(2);

pub(crate) fn of_1(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    round(1, bench, kind, fill)
}

pub(crate) fn of_10(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    round(10, bench, kind, fill)
}

pub(crate) fn of_100(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    round(100, bench, kind, fill)
}

fn fill(bench: &Bench, empty: Empty) -> Result<f64> {
    let Empty { group, members: connections, mut watcher } = empty;
    let topic = bench.new_name();
    topic::create(&mut watcher, [topic.clone()], i32::try_from(connections.len())?, &[])?;
    let place = (group.0, Text::from(topic));
    let mut members: Vec<Member> =
        connections.into_iter().zip(0..).map(|(raw, number)| Member::new(raw, number)).collect();

    let deadline = Deadline::after(PATIENCE);
    let watch = Stopwatch::start();
    while !members.iter().all(|member| partitions(&member.holds) == 1) {
        ensure!(!deadline.is_past(), "not every member has its partition: {members:?}");
        for member in &mut members {
            member.raw.send(&member.beat(&place)?)?;
        }
        members.iter_mut().try_for_each(Member::hear)?;
        pause(BETWEEN_BEATS);
    }
    let took = watch.elapsed().as_secs_f64();
    for member in &mut members {
        member.epoch = LEAVES;
        member.raw.send(&member.beat(&place)?)?;
        member.hear()?;
    }
    topic::Topic::named(place.1.to_string()).delete(&mut watcher)?;
    Ok(took)
}

#[derive(Debug)]
struct Member {
    raw: Raw,
    id: Text,
    epoch: i32,
    holds: Vec<TopicPartitions>,
    /// Whether the coordinator does not know yet what it holds.
    has_news: bool,
}

impl Member {
    fn new(raw: Raw, number: usize) -> Self {
        Self { raw, id: format!("member-{number}").into(), epoch: JOINS, holds: Vec::new(), has_news: true }
    }

    fn beat(&self, (group, topic): &(Text, Text)) -> Result<Vec<u8>> {
        let joins = self.epoch == JOINS;
        let request = ConsumerGroupHeartbeatRequest {
            group_id: group.clone(),
            member_id: self.id.clone(),
            member_epoch: self.epoch,
            rebalance_timeout_ms: if joins { REBALANCE_MS } else { -1 },
            subscribed_topic_names: joins.then(|| vec![topic.clone()]),
            topic_partitions: self.has_news.then(|| self.holds.clone()),
            ..ConsumerGroupHeartbeatRequest::default()
        };
        frame(&request, HEARTBEAT)
    }

    /// Takes what it is given, and lets go of the rest at once.
    fn hear(&mut self) -> Result<()> {
        let answer = answer::<ConsumerGroupHeartbeatRequest>(self.raw.receive()?, HEARTBEAT)?;
        ensure!(answer.error_code == ErrorCode::NONE, "no heartbeat of {}: {answer:?}", self.id);
        self.epoch = answer.member_epoch;
        self.has_news = answer.assignment.is_some();
        if let Some(assignment) = answer.assignment {
            let held = assignment.topic_partitions.into_iter().map(|topic| TopicPartitions {
                topic_id: topic.topic_id,
                partitions: topic.partitions,
                ..TopicPartitions::default()
            });
            self.holds = held.collect();
        }
        Ok(())
    }
}

fn partitions(topics: &[TopicPartitions]) -> usize {
    topics.iter().map(|topic| topic.partitions.len()).sum()
}
