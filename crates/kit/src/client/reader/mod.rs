//! Reading topics without a group: every partition from a position of our own.
//!
//! [`TopicReader::poll`] returns committed records and takes a broken partition for an error; [`TopicReader::poll_log`]
//! returns what is in the log, and what has happened to it.

mod isolation;
mod log_event;
mod unpack;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use kafka_trial_wire::messages::FetchRequest;
use kafka_trial_wire::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_trial_wire::records::Batch;
use kafka_trial_wire::{ErrorCode, Pieces, Uuid};

use self::isolation::Aborted;
pub use self::isolation::Isolation;
pub(crate) use self::isolation::marker;
pub(crate) use self::log_event::LogEvent;
use self::unpack::{check, unpack};
use super::cluster::millis;
use super::{Client, ClientError, Deadline, OffsetAt, TopicPartition, TopicView};
use crate::value::Values;

/// The newest version that knows topics by name.
const FETCH: i16 = 12;
/// The most that one batch may unpack to.
pub(crate) const UNPACKED: usize = 256 << 20;
const MAX_BYTES: i32 = 50 << 20;
const PARTITION_MAX_BYTES: i32 = 1 << 20;
/// How long the rest of a log is waited for before what holds it back is taken for its end.
const NOTHING_MORE: Duration = Duration::from_millis(250);
/// How long one broker of several is waited for before the next is asked.
const TURN: Duration = Duration::from_millis(50);

/// Where reading starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Start {
    /// At the oldest record there is.
    Earliest,
    /// After the newest: only what comes later is read.
    Latest,
    /// At the first record of this time or later, in milliseconds since the Unix epoch.
    Since(i64),
}

/// A record that was read.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
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
    /// How value and key are read.
    pub(crate) values: Values,
}

/// Where a partition is read.
#[derive(Clone, Copy, Debug)]
struct Position {
    leader: i32,
    offset: i64,
}

/// Positions by partition, of one topic.
type Positions = BTreeMap<i32, Position>;

/// Reads all partitions of some topics, in order per partition. Records of transactions that were aborted or are still open
/// are left out, unless [`TopicReader::isolation`] asks for them.
#[derive(Debug)]
pub struct TopicReader {
    client: Client,
    isolation: Isolation,
    values: Values,
    topics: BTreeSet<String>,
    /// Those of them that are read at present; all where nothing is said.
    attended: Option<BTreeSet<String>>,
    /// Where topics are begun that have not been looked for yet; all that come into being later from their beginning.
    starts: BTreeMap<String, Start>,
    /// Where partitions are begun that have offsets of their own.
    offsets: BTreeMap<TopicPartition, i64>,
    /// By topic: a run may have hundreds of them, of which a few are read.
    positions: BTreeMap<String, Positions>,
    /// The ids of the topics that are read.
    ids: BTreeMap<String, Uuid>,
    /// Partitions that nobody leads at present, by the last look.
    leaderless: BTreeSet<TopicPartition>,
    /// What has been read and not been given yet: one broker may fail after another has answered.
    pending: Vec<LogEvent>,
}

impl TopicReader {
    /// Takes its positions before it returns: with [`Start::Latest`] whatever is produced afterwards is read.
    /// Topics that do not exist yet are read from their beginning once [`TopicReader::look_again`] finds them.
    pub fn open(client: Client, topics: &[&str], start: Start, deadline: Deadline) -> Result<Self, ClientError> {
        let topics: BTreeSet<String> = topics.iter().map(|topic| (*topic).to_owned()).collect();
        let mut reader = Self {
            client,
            isolation: Isolation::default(),
            values: Values::default(),
            topics: BTreeSet::new(),
            attended: None,
            starts: BTreeMap::new(),
            offsets: BTreeMap::new(),
            positions: BTreeMap::new(),
            ids: BTreeMap::new(),
            leaderless: BTreeSet::new(),
            pending: Vec::new(),
        };
        topics.iter().for_each(|topic| reader.add_topic(topic, start));
        reader.look_again(deadline)?;
        Ok(reader)
    }

    /// Reads with another isolation from now on.
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = isolation;
        self
    }

    /// Values and keys of the records are read in this way.
    pub fn values(mut self, values: Values) -> Self {
        self.values = values;
        self
    }

    /// Goes on from the same positions over other connections.
    pub fn use_client(&mut self, client: Client) {
        self.client = client;
    }

    /// Whether every topic has been found.
    pub fn has_all_topics(&self) -> bool {
        self.topics.iter().all(|topic| self.positions.contains_key(topic))
    }

    /// Asks the cluster for leaders, and for topics and partitions that were not there before.
    pub fn look_again(&mut self, deadline: Deadline) -> Result<(), ClientError> {
        let names = self.attended.clone().unwrap_or_else(|| self.topics.clone());
        let asked: Vec<&str> = names.iter().map(String::as_str).collect();
        let views = self.client.topics(Some(&asked), deadline)?;
        let mut fresh: BTreeMap<Start, Vec<(TopicPartition, Position)>> = BTreeMap::new();
        self.leaderless.retain(|partition| !names.contains(&partition.topic));
        self.drop_missing(&names, &views);
        for TopicView { name, id, partitions, .. } in views {
            if self.ids.insert(name.clone(), id).is_some_and(|known| known != id) {
                self.positions.remove(&name);
                self.offsets.retain(|partition, _| partition.topic != name);
                self.pending.push(LogEvent::Replaced { topic: name.clone() });
            }
            let start = self.starts.get(&name).copied().unwrap_or(Start::Earliest);
            for partition in partitions {
                let place = TopicPartition { topic: name.clone(), partition: partition.index };
                let Some(leader) = partition.leader else {
                    self.leaderless.insert(place);
                    continue;
                };
                match self.positions.get_mut(&name).and_then(|positions| positions.get_mut(&partition.index)) {
                    Some(position) => position.leader = leader,
                    None => fresh.entry(start).or_default().push((place, Position { leader, offset: 0 })),
                }
            }
        }
        for (start, mut positions) in fresh {
            match start {
                Start::Earliest => self.find_offsets(&mut positions, OffsetAt::Earliest, deadline)?,
                Start::Latest => self.find_offsets(&mut positions, OffsetAt::Latest, deadline)?,
                Start::Since(millis) => {
                    // Where nothing is as young as that, the end is what is left.
                    self.find_offsets(&mut positions, OffsetAt::Latest, deadline)?;
                    self.find_offsets(&mut positions, OffsetAt::Time(millis), deadline)?;
                }
            }
            for (place, mut position) in positions {
                position.offset = self.offsets.remove(&place).unwrap_or(position.offset);
                self.positions.entry(place.topic).or_default().insert(place.partition, position);
            }
        }
        self.starts.retain(|topic, _| !names.contains(topic));
        Ok(())
    }

    /// Forgets where it was in topics that are no longer there, and says so.
    fn drop_missing(&mut self, names: &BTreeSet<String>, views: &[TopicView]) {
        let there: BTreeSet<&str> = views.iter().map(|view| view.name.as_str()).collect();
        for topic in names.iter().filter(|name| !there.contains(name.as_str())) {
            if self.positions.remove(topic).is_some() {
                let code = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
                self.pending.push(LogEvent::Refused { topic: topic.clone(), partition: -1, code });
            }
        }
    }

    /// Reads these topics from now on, and no others: they keep their places until they are read again.
    pub(crate) fn attend(&mut self, topics: BTreeSet<String>) {
        self.attended = Some(topics);
    }

    /// Reads another topic too, from `start` where it is there at the next look, else from its beginning.
    pub(crate) fn add_topic(&mut self, topic: &str, start: Start) {
        if self.topics.insert(topic.to_owned()) {
            self.starts.insert(topic.to_owned(), start);
        }
    }

    /// Begins at these offsets of topics that are not read yet; one that is replaced before from its beginning.
    pub(crate) fn begin_at(&mut self, topics: &[TopicView], offsets: BTreeMap<TopicPartition, i64>) {
        self.ids.extend(topics.iter().map(|topic| (topic.name.clone(), topic.id)));
        self.offsets = offsets;
    }

    /// Begins again: everything is read a second time from `start` on.
    pub(crate) fn begin_again(&mut self, start: Start) {
        self.positions.clear();
        self.pending.clear();
        self.starts = self.topics.iter().map(|topic| (topic.clone(), start)).collect();
    }

    /// Whether this topic is read at present, once it is there.
    pub(crate) fn attends(&self, topic: &str) -> bool {
        self.attended.as_ref().unwrap_or(&self.topics).contains(topic)
    }

    /// The offset that is read next in a partition.
    pub(crate) fn position(&self, place: &TopicPartition) -> Option<i64> {
        self.positions.get(&place.topic)?.get(&place.partition).map(|position| position.offset)
    }

    /// Whether this topic has been found.
    pub(crate) fn has_topic(&self, topic: &str) -> bool {
        self.positions.contains_key(topic) || self.leaderless.iter().any(|partition| partition.topic == topic)
    }

    /// Partitions that nobody leads at present.
    pub(crate) fn leaderless(&self) -> &BTreeSet<TopicPartition> {
        &self.leaderless
    }

    /// Forgets where it was in a topic that is gone; one of the same name is read from its beginning.
    pub(crate) fn forget(&mut self, topic: &str) {
        self.positions.remove(topic);
    }

    /// The partitions of these topics that somebody leads, as far as they have been found.
    pub(crate) fn partitions_of(&self, topics: &[&str]) -> Vec<TopicPartition> {
        let topics: BTreeSet<&str> = topics.iter().copied().collect();
        let known = topics.into_iter().filter_map(|topic| Some((topic, self.positions.get(topic)?)));
        let places = known.flat_map(|(topic, positions)| positions.keys().map(move |index| place(topic, *index)));
        places.filter(|place| !self.leaderless.contains(place)).collect()
    }

    /// How many offsets before these ends have not been read.
    pub(crate) fn behind(&self, ends: &BTreeMap<TopicPartition, i64>) -> i64 {
        ends.iter().filter_map(|(place, end)| Some((end - self.position(place)?).max(0))).sum()
    }

    /// The client that it reads with.
    pub(crate) fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    fn find_offsets(
        &mut self,
        positions: &mut [(TopicPartition, Position)],
        at: OffsetAt,
        deadline: Deadline,
    ) -> Result<(), ClientError> {
        let wanted = positions.iter().map(|(place, position)| (position.leader, place.clone())).collect();
        let offsets = match self.client.offsets_at_leaders(wanted, at, deadline) {
            // Leaders have changed, or do not know yet that they are: they are looked for again.
            Err(ClientError::Kafka { code: ErrorCode::NOT_LEADER_OR_FOLLOWER, .. }) => {
                let places: Vec<TopicPartition> = positions.iter().map(|(place, _)| place.clone()).collect();
                self.client.offsets(&places, at, deadline)?
            }
            found => found?,
        };
        for (place, position) in positions {
            position.offset = offsets.get(place).copied().unwrap_or(position.offset);
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
                        unpack(&topic, partition, from, &batch, &self.values, &mut records)?;
                    }
                    // Old records may go while they are read.
                    LogEvent::Truncated { .. } | LogEvent::Replaced { .. } => {}
                    LogEvent::Refused { topic, partition, code } => check(&topic, partition, code)?,
                }
            }
            if !records.is_empty() || deadline.is_past() || self.positions.is_empty() {
                return Ok(records);
            }
        }
    }

    /// Reads up to the ends that the partitions have now. An open transaction is such an end, unless
    /// [`TopicReader::isolation`] asks for its records.
    pub fn read_to_end(&mut self, deadline: Deadline) -> Result<Vec<ReceivedRecord>, ClientError> {
        let places: Vec<TopicPartition> = self.places().map(|(topic, index, _)| place(topic, index)).collect();
        let ends = self.client.offsets(&places, OffsetAt::Latest, deadline)?;
        let mut records = Vec::new();
        loop {
            let behind = self.behind(&ends);
            if behind == 0 {
                return Ok(records);
            }
            records.extend(self.poll(deadline.left().min(NOTHING_MORE))?);
            if self.behind(&ends) == behind {
                return Ok(records);
            }
        }
    }

    /// Waits up to `wait` for something to be in the logs and gives it, possibly nothing.
    pub(crate) fn poll_log(&mut self, wait: Duration) -> Result<Vec<LogEvent>, ClientError> {
        if !self.pending.is_empty() {
            return Ok(self.take_pending());
        }
        let leaders: BTreeSet<i32> = self.led().map(|(_, _, position)| position.leader).collect();
        let deadline = Deadline::after(wait);
        loop {
            for leader in &leaders {
                // A single broker is waited for; of several each gets its turn, and none is waited for where there is
                // something to give.
                let turn = match leaders.len() {
                    _ if !self.pending.is_empty() => Duration::ZERO,
                    1 => deadline.left(),
                    _ => deadline.left().min(TURN),
                };
                self.fetch(*leader, turn)?;
            }
            if !self.pending.is_empty() || deadline.is_past() || leaders.is_empty() {
                return Ok(self.take_pending());
            }
        }
    }

    /// Each partition that is known, with its position.
    fn places(&self) -> impl Iterator<Item = (&str, i32, &Position)> {
        let topics = self.positions.iter().map(|(topic, positions)| (topic.as_str(), positions));
        topics.flat_map(|(topic, positions)| positions.iter().map(move |(index, position)| (topic, *index, position)))
    }

    /// Each partition that is read at present and has a leader.
    fn led(&self) -> impl Iterator<Item = (&str, i32, &Position)> {
        let topics = self.attended.as_ref().unwrap_or(&self.topics);
        let known = topics.iter().filter_map(|topic| Some((topic.as_str(), self.positions.get(topic)?)));
        let all = known
            .flat_map(|(topic, positions)| positions.iter().map(move |(index, position)| (topic, *index, position)));
        all.filter(|(topic, index, _)| self.leaderless.is_empty() || !self.leaderless.contains(&place(topic, *index)))
    }

    /// What was read before another broker failed.
    pub(crate) fn take_pending(&mut self) -> Vec<LogEvent> {
        std::mem::take(&mut self.pending)
    }

    fn fetch(&mut self, leader: i32, wait: Duration) -> Result<(), ClientError> {
        let mut topics: Vec<FetchTopic> = Vec::new();
        for (topic, index, position) in self.led().filter(|(_, _, position)| position.leader == leader) {
            let partition = FetchPartition {
                partition: index,
                fetch_offset: position.offset,
                partition_max_bytes: PARTITION_MAX_BYTES,
                ..FetchPartition::default()
            };
            match topics.last_mut().filter(|last| last.topic == topic) {
                Some(last) => last.partitions.push(partition),
                None => topics.push(FetchTopic {
                    topic: topic.into(),
                    partitions: vec![partition],
                    ..FetchTopic::default()
                }),
            }
        }
        let request = FetchRequest {
            max_wait_ms: millis(Deadline::after(wait)),
            min_bytes: 1,
            max_bytes: MAX_BYTES,
            isolation_level: self.isolation.level(),
            topics,
            ..FetchRequest::default()
        };
        // The broker answers when the wait is over; that answer needs time to arrive.
        let deadline = Deadline::after(wait + Duration::from_secs(10));
        let response = self.client.broker(leader, deadline)?.ask(&request, FETCH, deadline)?;
        check("", -1, response.error_code)?;
        for topic in response.responses {
            for data in topic.partitions {
                let code = data.error_code;
                let aborted = Aborted::of(data.aborted_transactions);
                self.take(&topic.topic, data.partition_index, code, data.records, aborted)?;
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
        mut aborted: Aborted,
    ) -> Result<(), ClientError> {
        let Some(position) = self.positions.get(topic).and_then(|positions| positions.get(&partition)).copied() else {
            return Ok(());
        };
        match code {
            ErrorCode::NONE => {}
            // What is left is read from its beginning.
            ErrorCode::OFFSET_OUT_OF_RANGE => {
                let mut lost = [(place(topic, partition), position)];
                self.find_offsets(&mut lost, OffsetAt::Earliest, Deadline::after(Duration::from_secs(10)))?;
                let [(_, Position { offset: next, .. })] = lost;
                let expected = position.offset;
                self.go_to(topic, partition, next);
                self.pending.push(LogEvent::Truncated { topic: topic.to_owned(), partition, expected, next });
                return Ok(());
            }
            code => {
                self.pending.push(LogEvent::Refused { topic: topic.to_owned(), partition, code });
                return Ok(());
            }
        }
        let mut next = position.offset;
        let mut bytes = bytes.unwrap_or_default().into_bytes();
        while !bytes.is_empty() {
            // A last batch that is cut comes whole with the next answer.
            let Ok(batch) = Batch::split(&mut bytes) else { break };
            let from = next;
            next = from.max(batch.next_offset());
            if !aborted.has(&batch) {
                self.pending.push(LogEvent::Batch { topic: topic.to_owned(), partition, from, batch });
            }
        }
        self.go_to(topic, partition, next);
        Ok(())
    }

    fn go_to(&mut self, topic: &str, partition: i32, offset: i64) {
        if let Some(position) = self.positions.get_mut(topic).and_then(|positions| positions.get_mut(&partition)) {
            position.offset = offset;
        }
    }
}

fn place(topic: &str, partition: i32) -> TopicPartition {
    TopicPartition { topic: topic.to_owned(), partition }
}
