//! Evidence from the logs of any cluster: assigned reads without a group.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::records::{Batch, ControlMarker};

use super::entry::Stored;
use super::index::Index;
use super::reading::Reading;
use super::transaction::{ProducerStamp, Transaction};
use crate::client::{
    Client, ClientError, Deadline, Endpoint, Isolation, LogEvent, OffsetAt, ReceivedRecord, Start, TopicPartition,
    TopicReader, TopicView, UNPACKED, marker, pause,
};

/// What a reader of evidence calls itself, so that its own reading is no evidence.
pub(crate) const CLIENT: &str = "kafka-trial-flow";
/// The rest before a cluster that is away is asked again.
const REST: Duration = Duration::from_millis(100);
/// How long one request to the cluster may take.
const LIMIT: Duration = Duration::from_secs(5);
/// How many remarks are kept; a cluster that is away says the same again and again.
const MAX_REMARKS: usize = 20;

/// Reads topics into an index. Whatever happens to them is a remark for the report, never an error.
#[derive(Debug)]
pub(crate) struct Log {
    endpoint: Endpoint,
    /// Where topics are begun.
    start: Start,
    reader: TopicReader,
    /// Records whose transaction has not ended, by partition and producer id.
    open: BTreeMap<(TopicPartition, i64), Vec<usize>>,
    remarks: Vec<String>,
    /// Why the cluster could not be read the last time; none where it could.
    lost: Option<String>,
    /// How many records the last catching up has left unread.
    unread: i64,
}

impl Log {
    /// The error says why the cluster cannot be reached.
    pub(crate) fn open(endpoint: &Endpoint, start: Start, deadline: Deadline) -> Result<Self, ClientError> {
        let endpoint = endpoint.clone().client_id(CLIENT);
        // What became of each transaction is told, so all records are read.
        let reader = TopicReader::open(Client::connect(&endpoint, deadline)?, &[], start, deadline)?
            .isolation(Isolation::ReadUncommitted);
        let open = BTreeMap::new();
        Ok(Self { endpoint, start, reader, open, remarks: Vec::new(), lost: None, unread: 0 })
    }

    /// Reads each topic from where it ends now, and those that come later from their beginning.
    pub(crate) fn open_at_ends(endpoint: &Endpoint, deadline: Deadline) -> Result<Self, ClientError> {
        let mut log = Self::open(endpoint, Start::Earliest, deadline)?;
        let views = log.client().topics(None, deadline)?;
        let mut places = places(views.iter().filter(|view| !view.is_internal));
        let ends = loop {
            match log.client().offsets(&places, OffsetAt::Latest, deadline) {
                // Others delete their topics meanwhile.
                Err(ClientError::UnknownTopic(topic)) => places.retain(|place| place.topic != topic),
                ends => break ends?,
            }
        };
        log.reader.begin_at(&views, ends);
        Ok(log)
    }

    pub(crate) fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// Begins a new list of remarks: what happened before is not of the next question.
    pub(crate) fn forget_remarks(&mut self) {
        self.remarks.clear();
    }

    /// Why the cluster cannot be read at present.
    pub(crate) fn lost(&self) -> Option<&str> {
        self.lost.as_deref()
    }

    fn remark(&mut self, text: String) {
        if self.remarks.len() < MAX_REMARKS && !self.remarks.contains(&text) {
            self.remarks.push(text);
        }
    }

    pub(crate) fn has_topic(&self, topic: &str) -> bool {
        self.reader.has_topic(topic)
    }

    pub(crate) fn add_topic(&mut self, topic: &str) {
        self.reader.add_topic(topic, self.start);
    }

    /// Reads these topics from now on, and no others.
    pub(crate) fn attend(&mut self, topics: BTreeSet<String>) {
        topics.iter().for_each(|topic| self.add_topic(topic));
        self.reader.attend(topics);
    }

    /// Reads everything a second time.
    pub(crate) fn begin_again(&mut self) {
        self.reader.begin_again(self.start);
        self.open.clear();
    }

    /// Looks for topics and partitions that were not there before.
    pub(crate) fn look_again(&mut self) {
        if let Err(error) = self.reader.look_again(Deadline::after(LIMIT)) {
            self.lose(&error);
        }
    }

    /// The partitions of these topics that nobody leads at present.
    pub(crate) fn leaderless(&self, topics: &[&str]) -> Vec<TopicPartition> {
        let of = self.reader.leaderless().iter().filter(|partition| topics.contains(&partition.topic.as_str()));
        of.cloned().collect()
    }

    /// The partitions of a topic that can be read.
    pub(crate) fn partitions_of(&self, topic: &str) -> Vec<TopicPartition> {
        self.reader.partitions_of(&[topic])
    }

    /// Reads what is there, and waits for something up to `wait`. Whether there was anything.
    pub(crate) fn read(&mut self, index: &mut Index, reading: &Reading, wait: Duration) -> bool {
        let deadline = Deadline::after(wait);
        if self.lost.is_some() && !self.reconnect(deadline) {
            pause(REST.min(deadline.left()));
            return false;
        }
        let events = match self.reader.poll_log(wait) {
            Ok(events) => events,
            Err(error) => {
                self.lose(&error);
                pause(REST.min(deadline.left()));
                // What other brokers have given is there nevertheless.
                self.reader.take_pending()
            }
        };
        let mut refused = false;
        let is_any = !events.is_empty();
        for event in events {
            match event {
                LogEvent::Batch { topic, partition, from, batch } => {
                    self.take(index, reading, TopicPartition { topic, partition }, from, &batch);
                }
                LogEvent::Truncated { topic, partition, expected, next } => {
                    let partition = TopicPartition { topic, partition };
                    self.truncated(index, &partition, expected, next);
                }
                LogEvent::Replaced { topic } => {
                    self.remark(format!("topic {topic} was deleted and created again while it was read"));
                    self.forget(index, |partition| partition.topic == topic);
                }
                LogEvent::Refused { topic, code: ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, .. } => {
                    self.deleted(&topic);
                }
                LogEvent::Refused { topic, partition, code } => {
                    // A leader that moves is no news.
                    if code != ErrorCode::NOT_LEADER_OR_FOLLOWER && code != ErrorCode::FENCED_LEADER_EPOCH {
                        self.remark(format!("{topic}-{partition} could not be read: {code}"));
                    }
                    refused = true;
                }
            }
        }
        if refused {
            self.look_again();
            pause(REST.min(deadline.left()));
        }
        is_any
    }

    /// Reading goes on at `next` instead of `expected`. Where that lies before, other records have taken the offsets.
    fn truncated(&mut self, index: &mut Index, partition: &TopicPartition, expected: i64, next: i64) {
        if next > expected {
            let last = next - 1;
            return self
                .remark(format!("{partition} was truncated while it was read: offsets {expected} to {last} are gone"));
        }
        self.remark(format!(
            "{partition} was truncated while it was read: it ends before {expected}, which had been read"
        ));
        self.forget(index, |known| known == partition);
    }

    fn take(&mut self, index: &mut Index, reading: &Reading, partition: TopicPartition, from: i64, batch: &Batch) {
        let producer_id = batch.producer_id();
        if batch.is_control() {
            let is_commit = marker(batch) == Some(ControlMarker::Commit);
            let ended = if is_commit { Transaction::Committed } else { Transaction::Aborted };
            if let Some(numbers) = self.open.remove(&(partition, producer_id)) {
                index.settle(&numbers, ended);
            }
            return;
        }
        let transaction = if batch.is_transactional() { Transaction::Open } else { Transaction::None };
        let records = match batch.records(UNPACKED) {
            Ok(records) => records,
            Err(error) => return self.remark(format!("records of {partition} cannot be unpacked: {error}")),
        };
        let mut sequence = batch.base_sequence();
        for record in records {
            let record = match record {
                Ok(record) => record,
                Err(error) => return self.remark(format!("records of {partition} cannot be read: {error}")),
            };
            let producer =
                (producer_id >= 0).then(|| ProducerStamp { id: producer_id, epoch: batch.producer_epoch(), sequence });
            sequence = sequence.checked_add(1).unwrap_or(0);
            if record.offset < from {
                continue;
            }
            let received = ReceivedRecord {
                topic: partition.topic.clone(),
                partition: partition.partition,
                offset: record.offset,
                timestamp: record.timestamp,
                key: record.key,
                value: record.value,
                headers: record.headers.into_iter().map(|header| (header.key, header.value)).collect(),
                values: reading.values.clone(),
            };
            let stored = Stored { record: received, timestamp_type: batch.timestamp_type(), producer, transaction };
            let number = index.add(stored, reading);
            if let (Some(number), Transaction::Open) = (number, transaction) {
                self.open.entry((partition.clone(), producer_id)).or_default().push(number);
            }
        }
    }

    /// Reads to the present ends of these topics.
    pub(crate) fn catch_up(&mut self, index: &mut Index, reading: &Reading, topics: &[&str], deadline: Deadline) {
        self.unread = self.read_up(index, reading, topics, deadline);
    }

    /// The same, and returns how many records are left unread where the time is over.
    pub(crate) fn read_up(&mut self, index: &mut Index, reading: &Reading, topics: &[&str], deadline: Deadline) -> i64 {
        let Some(ends) = self.ends(topics, Deadline::after(LIMIT)) else { return 0 };
        while !deadline.is_past() && self.reader.behind(&ends) > 0 {
            self.read(index, reading, deadline.left().min(REST));
        }
        self.reader.behind(&ends)
    }

    /// How many records were left unread where the time was over.
    pub(crate) fn unread(&self) -> Option<i64> {
        Some(self.unread).filter(|unread| *unread > 0)
    }

    /// Where the partitions of these topics end, as far as they are there.
    pub(crate) fn ends(&mut self, topics: &[&str], deadline: Deadline) -> Option<BTreeMap<TopicPartition, i64>> {
        loop {
            let places = self.reader.partitions_of(topics);
            match self.reader.client().offsets(&places, OffsetAt::Latest, deadline) {
                Ok(ends) => return Some(ends),
                Err(ClientError::UnknownTopic(topic)) => self.deleted(&topic),
                Err(error) => {
                    self.lose(&error);
                    return None;
                }
            }
        }
    }

    fn deleted(&mut self, topic: &str) {
        self.remark(format!("topic {topic} was deleted while it was read"));
        self.reader.forget(topic);
    }

    /// Others have taken the places of what was read of these partitions.
    fn forget(&mut self, index: &mut Index, is_gone: impl Fn(&TopicPartition) -> bool) {
        index.forget(&is_gone);
        self.open.retain(|(partition, _), _| !is_gone(partition));
    }

    /// Whether this topic is read at present.
    pub(crate) fn attends(&self, topic: &str) -> bool {
        self.reader.attends(topic) && self.reader.has_topic(topic)
    }

    /// How many offsets of these topics have not been read.
    pub(crate) fn unread_of(&mut self, topics: &[&str], deadline: Deadline) -> Option<i64> {
        let client = self.reader.client();
        let views = client.topics(Some(topics), deadline).ok()?;
        let places = places(views.iter());
        let starts = client.offsets(&places, OffsetAt::Earliest, deadline).ok()?;
        let ends = client.offsets(&places, OffsetAt::Latest, deadline).ok()?;
        let from = |place: &TopicPartition| self.reader.position(place).or(starts.get(place).copied()).unwrap_or(0);
        Some(ends.iter().map(|(place, end)| (end - from(place)).max(0)).sum())
    }

    /// The client, for what stands beside the logs.
    pub(crate) fn client(&mut self) -> &mut Client {
        self.reader.client()
    }

    fn lose(&mut self, error: &ClientError) {
        let text = format!("the cluster could not be read: {error}");
        self.remark(text.clone());
        self.lost = Some(text);
    }

    fn reconnect(&mut self, deadline: Deadline) -> bool {
        let deadline = deadline.within(LIMIT);
        let Ok(client) = Client::connect(&self.endpoint, deadline) else { return false };
        self.reader.use_client(client);
        if self.reader.look_again(Deadline::after(LIMIT)).is_ok() {
            self.lost = None;
        }
        self.lost.is_none()
    }
}

/// The partitions of these topics that have a leader.
fn places<'a>(views: impl Iterator<Item = &'a TopicView>) -> Vec<TopicPartition> {
    let of_view = |view: &'a TopicView| {
        let led = view.partitions.iter().filter(|partition| partition.leader.is_some());
        led.map(|partition| TopicPartition { topic: view.name.clone(), partition: partition.index })
    };
    views.flat_map(of_view).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cluster, ClusterConfig, TopicSpec};

    #[test]
    fn what_there_was_no_time_to_read_is_counted() {
        let config = ClusterConfig { topics: vec![TopicSpec::new("orders", 1)], ..ClusterConfig::default() };
        let cluster = Cluster::start(config).unwrap();
        let (servers, deadline) = (cluster.bootstrap_servers(), Deadline::after(LIMIT));
        let records = vec![crate::Record::new("orders", "{}"); 10];
        Client::connect(&servers, deadline).unwrap().produce_all(&records, deadline).unwrap();
        let (mut log, mut index) =
            (Log::open(&servers.parse().unwrap(), Start::Earliest, deadline).unwrap(), Index::new(1 << 20));
        log.add_topic("orders");
        log.look_again();
        log.catch_up(&mut index, &Reading::default(), &["orders"], Deadline::after(Duration::ZERO));
        assert_eq!((log.unread(), index.count("orders")), (Some(10), 0));
        log.catch_up(&mut index, &Reading::default(), &["orders"], deadline);
        assert_eq!((log.unread(), index.count("orders")), (None, 10));
    }
}
