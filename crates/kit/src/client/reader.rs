//! Reading topics without a group: every partition from a position of our own.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use kafka_trial_wire::messages::FetchRequest;
use kafka_trial_wire::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_trial_wire::records::Batch;
use kafka_trial_wire::{ApiKey, ErrorCode, Pieces};

use super::cluster::millis;
use super::{Client, ClientError, Deadline, OffsetAt, TopicPartition};

/// The newest version that knows topics by name.
const FETCH: i16 = 12;
/// The most that one batch may unpack to.
const UNPACKED: usize = 256 << 20;
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
        let at = if self.start == Start::Earliest { OffsetAt::Earliest } else { OffsetAt::Latest };
        self.find_offsets(&mut fresh, at, deadline)?;
        self.positions.append(&mut fresh);
        Ok(())
    }

    fn find_offsets(
        &mut self,
        positions: &mut [Position],
        at: OffsetAt,
        deadline: Deadline,
    ) -> Result<(), ClientError> {
        let place = |p: &Position| TopicPartition { topic: p.topic.clone(), partition: p.partition };
        let wanted = positions.iter().map(|p| (p.leader, place(p))).collect();
        let offsets = self.client.offsets_at_leaders(wanted, at, deadline)?;
        for position in positions {
            position.offset = offsets.get(&place(position)).copied().unwrap_or(position.offset);
        }
        Ok(())
    }

    /// Waits up to `wait` for records and gives those that came, possibly none.
    pub fn poll(&mut self, wait: Duration) -> Result<Vec<ReceivedRecord>, ClientError> {
        let leaders: BTreeSet<i32> = self.positions.iter().map(|position| position.leader).collect();
        let deadline = Deadline::after(wait);
        let mut records = Vec::new();
        loop {
            for leader in &leaders {
                // A single broker is waited for; of several each gets its turn.
                let turn = if leaders.len() == 1 { deadline.left() } else { deadline.left().min(TURN) };
                self.fetch(*leader, turn, &mut records)?;
            }
            if !records.is_empty() || deadline.is_past() || leaders.is_empty() {
                return Ok(records);
            }
        }
    }

    fn fetch(&mut self, leader: i32, wait: Duration, records: &mut Vec<ReceivedRecord>) -> Result<(), ClientError> {
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
        check(ApiKey::Fetch, "", -1, response.error_code)?;
        for topic in response.responses {
            for data in topic.partitions {
                self.take(&topic.topic, data.partition_index, data.error_code, data.records, records)?;
            }
        }
        Ok(())
    }

    fn take(
        &mut self,
        topic: &str,
        partition: i32,
        error_code: i16,
        bytes: Option<Pieces>,
        records: &mut Vec<ReceivedRecord>,
    ) -> Result<(), ClientError> {
        match ErrorCode(error_code) {
            // Old records may go while they are read: what is left is read from its beginning.
            ErrorCode::OFFSET_OUT_OF_RANGE => {
                let same = |p: &Position| p.topic == topic && p.partition == partition;
                let mut lost: Vec<Position> = self.positions.iter().filter(|p| same(p)).cloned().collect();
                self.find_offsets(&mut lost, OffsetAt::Earliest, Deadline::after(Duration::from_secs(10)))?;
                self.positions.retain(|p| !same(p));
                self.positions.append(&mut lost);
                return Ok(());
            }
            _ => check(ApiKey::Fetch, topic, partition, error_code)?,
        }
        let same = |p: &&mut Position| p.topic == topic && p.partition == partition;
        let Some(position) = self.positions.iter_mut().find(same) else { return Ok(()) };
        let unreadable = |reason: String| ClientError::Records { subject: format!("{topic}-{partition}"), reason };
        let mut bytes = bytes.unwrap_or_default().into_bytes();
        while !bytes.is_empty() {
            // A last batch that is cut comes whole with the next answer.
            let Ok(batch) = Batch::split(&mut bytes) else { break };
            if !batch.is_control() {
                for record in batch.records(UNPACKED).map_err(|error| unreadable(error.to_string()))? {
                    let record = record.map_err(|error| unreadable(error.to_string()))?;
                    if record.offset >= position.offset {
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
            }
            position.offset = position.offset.max(batch.next_offset());
        }
        Ok(())
    }
}

fn check(api: ApiKey, topic: &str, partition: i32, error_code: i16) -> Result<(), ClientError> {
    match ErrorCode(error_code) {
        ErrorCode::NONE => Ok(()),
        code => {
            let subject = if topic.is_empty() { String::new() } else { format!("{topic}-{partition}") };
            Err(ClientError::Kafka { api, subject, code, text: String::new() })
        }
    }
}
