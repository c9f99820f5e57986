//! Reading topics without a group: every partition from a position of our own.
//!
//! [`TopicReader::poll`] gives records and takes a broken partition for an error; [`TopicReader::poll_log`] gives what is
//! in the log, transaction markers too, and what has happened to it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use kafka_trial_wire::messages::FetchRequest;
use kafka_trial_wire::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_trial_wire::records::{Batch, BatchError};
use kafka_trial_wire::{ApiKey, ErrorCode, Pieces};

use super::cluster::millis;
use super::{Client, ClientError, Deadline, OffsetAt, TopicPartition};

/// The newest version that knows topics by name.
const FETCH: i16 = 12;
/// The most that one batch may unpack to.
pub(crate) const UNPACKED: usize = 256 << 20;
const MAX_BYTES: i32 = 50 << 20;
const PARTITION_MAX_BYTES: i32 = 1 << 20;
/// How long one broker of several is waited for before the next is asked.
const TURN: Duration = Duration::from_millis(50);

/// Where reading starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the oldest record there is.
    Earliest,
    /// After the newest: only what comes later is read.
    Latest,
    /// At the first record of this time or later, in milliseconds since the Unix epoch.
    Since(i64),
}

/// A record that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedRecord {
    /// Its topic.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// Its offset there.
    pub offset: i64,
    /// Milliseconds since the Unix epoch.
    pub timestamp: i64,
    /// The key.
    pub key: Option<Bytes>,
    /// The value.
    pub value: Option<Bytes>,
    /// Headers in order, with duplicates.
    pub headers: Vec<(Bytes, Option<Bytes>)>,
}

/// What a look into the logs gave.
#[derive(Clone, Debug)]
pub(crate) enum LogEvent {
    /// A batch as it lies in the log. Records before `from` have been given already.
    Batch { topic: String, partition: i32, from: i64, batch: Batch },
    /// Records from `expected` on have gone before they were read; reading goes on at `next`.
    Truncated { topic: String, partition: i32, expected: i64, next: i64 },
    /// The leader refused to read a partition.
    Refused { topic: String, partition: i32, code: ErrorCode },
}

#[derive(Clone, Debug)]
struct Position {
    topic: String,
    partition: i32,
    leader: i32,
    offset: i64,
}

/// Reads all partitions of some topics, in order per partition.
#[derive(Debug)]
pub struct TopicReader {
    client: Client,
    topics: Vec<String>,
    start: Start,
    positions: Vec<Position>,
}

impl TopicReader {
    /// Takes its positions before it returns: with [`Start::Latest`] whatever is produced afterwards is read.
    /// Topics that do not exist yet are read from their beginning once [`TopicReader::look_again`] finds them.
    pub fn open(client: Client, topics: &[&str], start: Start, deadline: Deadline) -> Result<Self, ClientError> {
        let topics: BTreeSet<String> = topics.iter().map(|topic| (*topic).to_owned()).collect();
        let topics = topics.into_iter().collect();
        let mut reader = Self { client, topics, start, positions: Vec::new() };
        reader.look_again(deadline)?;
        reader.start = Start::Earliest;
        Ok(reader)
    }

    /// Goes on from the same positions over other connections.
    pub fn use_client(&mut self, client: Client) {
        self.client = client;
    }

    /// Whether every topic has been found.
    pub fn has_all_topics(&self) -> bool {
        self.topics.iter().all(|topic| self.positions.iter().any(|position| position.topic == *topic))
    }

    /// Asks the cluster for leaders, and for topics and partitions that were not there before.
    pub fn look_again(&mut self, deadline: Deadline) -> Result<(), ClientError> {
        let names: Vec<&str> = self.topics.iter().map(String::as_str).collect();
        let mut fresh = Vec::new();
        for topic in self.client.topics(Some(&names), deadline)? {
            for partition in topic.partitions {
                let Some(leader) = partition.leader else { continue };
                let known = |p: &&mut Position| p.topic == topic.name && p.partition == partition.index;
                match self.positions.iter_mut().find(known) {
                    Some(position) => position.leader = leader,
                    None => fresh.push(Position {
                        topic: topic.name.clone(),
                        partition: partition.index,
                        leader,
                        offset: 0,
                    }),
                }
            }
        }
        match self.start {
            Start::Earliest => self.find_offsets(&mut fresh, OffsetAt::Earliest, deadline)?,
            Start::Latest => self.find_offsets(&mut fresh, OffsetAt::Latest, deadline)?,
            Start::Since(millis) => {
                // Where nothing is as young as that, the end is what is left.
                self.find_offsets(&mut fresh, OffsetAt::Latest, deadline)?;
                self.find_offsets(&mut fresh, OffsetAt::Time(millis), deadline)?;
            }
        }
        self.positions.append(&mut fresh);
        Ok(())
    }

    /// Reads another topic too, from its beginning.
    pub(crate) fn add_topic(&mut self, topic: &str) {
        if !self.topics.iter().any(|known| known == topic) {
            self.topics.push(topic.to_owned());
        }
    }

    /// Whether this topic has been found.
    pub(crate) fn has_topic(&self, topic: &str) -> bool {
        self.positions.iter().any(|position| position.topic == topic)
    }

    /// Forgets where it was in a topic that is gone; one of the same name is read from its beginning.
    pub(crate) fn forget(&mut self, topic: &str) {
        self.positions.retain(|position| position.topic != topic);
    }

    /// The partitions of these topics, as far as they have been found.
    pub(crate) fn partitions_of(&self, topics: &[&str]) -> Vec<TopicPartition> {
        let of = self.positions.iter().filter(|position| topics.contains(&position.topic.as_str()));
        of.map(|p| TopicPartition { topic: p.topic.clone(), partition: p.partition }).collect()
    }

    /// Whether everything before these offsets has been read.
    pub(crate) fn has_reached(&self, ends: &BTreeMap<TopicPartition, i64>) -> bool {
        let is_before = |p: &Position| {
            let place = TopicPartition { topic: p.topic.clone(), partition: p.partition };
            ends.get(&place).is_some_and(|end| p.offset < *end)
        };
        !self.positions.iter().any(is_before)
    }

    /// The client that it reads with.
    pub(crate) fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    fn find_offsets(
        &mut self,
        positions: &mut [Position],
        at: OffsetAt,
        deadline: Deadline,
    ) -> Result<(), ClientError> {
        let place = |p: &Position| TopicPartition { topic: p.topic.clone(), partition: p.partition };
        let wanted = positions.iter().map(|p| (p.leader, place(p))).collect();
        let offsets = match self.client.offsets_at_leaders(wanted, at, deadline) {
            // Leaders have changed, or do not know yet that they are: they are looked for again.
            Err(ClientError::Kafka { code: ErrorCode::NOT_LEADER_OR_FOLLOWER, .. }) => {
                let places: Vec<TopicPartition> = positions.iter().map(place).collect();
                self.client.offsets(&places, at, deadline)?
            }
            found => found?,
        };
        for position in positions {
            position.offset = offsets.get(&place(position)).copied().unwrap_or(position.offset);
        }
        Ok(())
    }

    /// Waits up to `wait` for records and gives those that came, possibly none.
    pub fn poll(&mut self, wait: Duration) -> Result<Vec<ReceivedRecord>, ClientError> {
        let deadline = Deadline::after(wait);
        loop {
            let mut records = Vec::new();
            for event in self.poll_log(deadline.left())? {
                match event {
                    LogEvent::Batch { topic, partition, from, batch } => {
                        unpack(&topic, partition, from, &batch, &mut records)?;
                    }
                    // Old records may go while they are read.
                    LogEvent::Truncated { .. } => {}
                    LogEvent::Refused { topic, partition, code } => check(&topic, partition, code)?,
                }
            }
            if !records.is_empty() || deadline.is_past() || self.positions.is_empty() {
                return Ok(records);
            }
        }
    }

    /// Waits up to `wait` for something to be in the logs and gives it, possibly nothing.
    pub(crate) fn poll_log(&mut self, wait: Duration) -> Result<Vec<LogEvent>, ClientError> {
        let leaders: BTreeSet<i32> = self.positions.iter().map(|position| position.leader).collect();
        let deadline = Deadline::after(wait);
        let mut events = Vec::new();
        loop {
            for leader in &leaders {
                // A single broker is waited for; of several each gets its turn.
                let turn = if leaders.len() == 1 { deadline.left() } else { deadline.left().min(TURN) };
                self.fetch(*leader, turn, &mut events)?;
            }
            if !events.is_empty() || deadline.is_past() || leaders.is_empty() {
                return Ok(events);
            }
        }
    }

    fn fetch(&mut self, leader: i32, wait: Duration, events: &mut Vec<LogEvent>) -> Result<(), ClientError> {
        let mut topics: Vec<FetchTopic> = Vec::new();
        for position in self.positions.iter().filter(|position| position.leader == leader) {
            let partition = FetchPartition {
                partition: position.partition,
                fetch_offset: position.offset,
                partition_max_bytes: PARTITION_MAX_BYTES,
                ..FetchPartition::default()
            };
            match topics.last_mut().filter(|topic| topic.topic == position.topic.as_str()) {
                Some(topic) => topic.partitions.push(partition),
                None => topics.push(FetchTopic {
                    topic: position.topic.as_str().into(),
                    partitions: vec![partition],
                    ..FetchTopic::default()
                }),
            }
        }
        let request = FetchRequest {
            max_wait_ms: millis(Deadline::after(wait)),
            min_bytes: 1,
            max_bytes: MAX_BYTES,
            topics,
            ..FetchRequest::default()
        };
        // The broker answers when the wait is over; that answer needs time to arrive.
        let deadline = Deadline::after(wait + Duration::from_secs(10));
        let response = self.client.broker(leader, deadline)?.ask(&request, FETCH, deadline)?;
        check("", -1, ErrorCode(response.error_code))?;
        for topic in response.responses {
            for data in topic.partitions {
                let code = ErrorCode(data.error_code);
                self.take(&topic.topic, data.partition_index, code, data.records, events)?;
            }
        }
        Ok(())
    }

    fn take(
        &mut self,
        topic: &str,
        partition: i32,
        code: ErrorCode,
        bytes: Option<Pieces>,
        events: &mut Vec<LogEvent>,
    ) -> Result<(), ClientError> {
        let same = |p: &Position| p.topic == topic && p.partition == partition;
        match code {
            ErrorCode::NONE => {}
            // What is left is read from its beginning.
            ErrorCode::OFFSET_OUT_OF_RANGE => {
                let mut lost: Vec<Position> = self.positions.iter().filter(|p| same(p)).cloned().collect();
                let expected = lost.first().map_or(0, |position| position.offset);
                self.find_offsets(&mut lost, OffsetAt::Earliest, Deadline::after(Duration::from_secs(10)))?;
                let next = lost.first().map_or(0, |position| position.offset);
                self.positions.retain(|p| !same(p));
                self.positions.append(&mut lost);
                events.push(LogEvent::Truncated { topic: topic.to_owned(), partition, expected, next });
                return Ok(());
            }
            code => {
                events.push(LogEvent::Refused { topic: topic.to_owned(), partition, code });
                return Ok(());
            }
        }
        let Some(position) = self.positions.iter_mut().find(|p| same(p)) else { return Ok(()) };
        let mut bytes = bytes.unwrap_or_default().into_bytes();
        while !bytes.is_empty() {
            // A last batch that is cut comes whole with the next answer.
            let Ok(batch) = Batch::split(&mut bytes) else { break };
            let (from, next) = (position.offset, batch.next_offset());
            events.push(LogEvent::Batch { topic: topic.to_owned(), partition, from, batch });
            position.offset = from.max(next);
        }
        Ok(())
    }
}

/// The records of a batch from offset `from` on; none of a transaction marker.
fn unpack(
    topic: &str,
    partition: i32,
    from: i64,
    batch: &Batch,
    records: &mut Vec<ReceivedRecord>,
) -> Result<(), ClientError> {
    if batch.is_control() {
        return Ok(());
    }
    let unreadable =
        |error: BatchError| ClientError::Records { subject: format!("{topic}-{partition}"), reason: error.to_string() };
    for record in batch.records(UNPACKED).map_err(unreadable)? {
        let record = record.map_err(unreadable)?;
        if record.offset >= from {
            records.push(ReceivedRecord {
                topic: topic.to_owned(),
                partition,
                offset: record.offset,
                timestamp: record.timestamp,
                key: record.key,
                value: record.value,
                headers: record.headers.into_iter().map(|header| (header.key, header.value)).collect(),
            });
        }
    }
    Ok(())
}

fn check(topic: &str, partition: i32, code: ErrorCode) -> Result<(), ClientError> {
    match code {
        ErrorCode::NONE => Ok(()),
        code => {
            let subject = if topic.is_empty() { String::new() } else { format!("{topic}-{partition}") };
            Err(ClientError::Kafka { api: ApiKey::Fetch, subject, code, text: String::new() })
        }
    }
}
