//! A service in this process: it reads request topics without a group and produces what a handler answers.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use kafka_trial_broker::TopicSpec;

use crate::client::{
    Client, ClientError, Deadline, Endpoint, NewRecord, ReceivedRecord, Start, ToEndpoint, TopicReader, now_millis,
    pause,
};
use crate::utilities::create_topics;

/// How long one read waits; the responder notices within this time that it is to stop.
const TURN: Duration = Duration::from_millis(100);
/// How long a request to the cluster may take.
const LIMIT: Duration = Duration::from_secs(10);
/// The rest after a failure; doubled up to [`LONGEST_REST`] while the cluster is away.
const FIRST_REST: Duration = Duration::from_millis(20);
const LONGEST_REST: Duration = Duration::from_secs(1);

/// A record that a handler wants produced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutgoingRecord {
    /// Its topic.
    pub topic: String,
    /// Its key; it decides the partition.
    pub key: Option<Bytes>,
    /// Its value.
    pub value: Option<Bytes>,
}

#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    handled: AtomicU64,
    failed: AtomicU64,
    last_error: Mutex<Option<String>>,
}

/// A running service; it ends when this is dropped.
#[derive(Debug)]
#[must_use = "the service stops when this is dropped"]
pub struct Responder {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Responder {
    /// Starts reading at the end of the topics: whatever is produced after this returns is answered.
    pub fn start(
        endpoint: impl ToEndpoint,
        request_topics: &[&str],
        handler: impl FnMut(&ReceivedRecord) -> Vec<OutgoingRecord> + Send + 'static,
    ) -> Result<Self, ClientError> {
        let (endpoint, deadline) = (endpoint.to_endpoint()?, Deadline::after(LIMIT));
        let reader = TopicReader::open(Client::connect(&endpoint, deadline)?, request_topics, Start::Latest, deadline)?;
        let writer = Client::connect(&endpoint, deadline)?;
        let servers = endpoint.to_string();
        let shared = Arc::new(Shared::default());
        let service =
            Service { endpoint, reader, writer, handler, partitions: Default::default(), shared: Arc::clone(&shared) };
        let thread = std::thread::Builder::new()
            .name("kafka-trial-responder".to_owned())
            .spawn(move || service.run())
            .map_err(|source| ClientError::Connect { address: servers, source })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// How many requests were handled.
    pub fn handled(&self) -> u64 {
        self.shared.handled.load(Ordering::Relaxed)
    }

    /// How many times reading or answering failed.
    pub fn failed(&self) -> u64 {
        self.shared.failed.load(Ordering::Relaxed)
    }

    /// Why it failed last.
    pub fn last_error(&self) -> Option<String> {
        self.shared.last_error.lock().ok().and_then(|error| error.clone())
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic of the handler has been printed by its thread; another here would abort a test that fails.
            let _ = thread.join();
        }
    }
}

struct Service<H> {
    endpoint: Endpoint,
    reader: TopicReader,
    writer: Client,
    handler: H,
    /// How many partitions each topic has that was answered to.
    partitions: std::collections::BTreeMap<String, i32>,
    shared: Arc<Shared>,
}

impl<H: FnMut(&ReceivedRecord) -> Vec<OutgoingRecord>> Service<H> {
    fn run(mut self) {
        let mut rest = FIRST_REST;
        while !self.shared.stop.load(Ordering::Relaxed) {
            match self.turn() {
                Ok(()) => rest = FIRST_REST,
                Err(error) => {
                    self.shared.failed.fetch_add(1, Ordering::Relaxed);
                    if let Ok(mut last) = self.shared.last_error.lock() {
                        *last = Some(error.to_string());
                    }
                    pause(rest);
                    rest = (rest * 2).min(LONGEST_REST);
                    self.reconnect();
                }
            }
        }
    }

    fn turn(&mut self) -> Result<(), ClientError> {
        if !self.reader.has_all_topics() {
            self.reader.look_again(Deadline::after(LIMIT))?;
            if !self.reader.has_all_topics() {
                pause(FIRST_REST);
            }
        }
        for record in self.reader.poll(TURN)? {
            for answer in (self.handler)(&record) {
                self.answer(answer)?;
            }
            self.shared.handled.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn answer(&mut self, answer: OutgoingRecord) -> Result<(), ClientError> {
        let deadline = Deadline::after(LIMIT);
        let count = match self.partitions.get(&answer.topic) {
            Some(count) => *count,
            None => {
                let count = self.partitions_of(&answer.topic, deadline)?;
                self.partitions.insert(answer.topic.clone(), count);
                count
            }
        };
        let partition = answer.key.as_deref().map_or(0, |key| i32::from(spread(key)) % count);
        let record = NewRecord { key: answer.key, value: answer.value, headers: Vec::new(), timestamp: now_millis() };
        self.writer.produce(&answer.topic, partition, &[record], deadline).map(drop)
    }

    /// How many partitions a topic has; it is created where it is missing, as dead-letter topics usually are.
    fn partitions_of(&mut self, topic: &str, deadline: Deadline) -> Result<i32, ClientError> {
        let views = self.writer.topics(Some(&[topic]), deadline)?;
        let Some(view) = views.iter().find(|view| view.name == topic) else {
            create_topics(&mut self.writer, &[TopicSpec::new(topic, 1)], 1, deadline)?;
            return Ok(1);
        };
        Ok(i32::try_from(view.partitions.len()).unwrap_or(1).max(1))
    }

    fn reconnect(&mut self) {
        let deadline = Deadline::after(LIMIT);
        if let Ok(client) = Client::connect(&self.endpoint, deadline) {
            self.writer = client;
        }
        if let Ok(client) = Client::connect(&self.endpoint, deadline) {
            self.reader.use_client(client);
        }
    }
}

/// Spreads keys over partitions; records of one key stay together.
fn spread(key: &[u8]) -> u8 {
    key.iter().fold(0u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(*byte)) & 0x7f
}
