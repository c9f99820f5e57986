//! A service in this process: it reads request topics without a group and produces what a handler answers.

mod answer;
mod echo;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use kafka_trial_broker::TopicSpec;

pub use self::answer::{Answer, Request};
pub use self::echo::Echo;
use crate::Record;
use crate::client::{Client, ClientError, Deadline, Endpoint, ReceivedRecord, Start, ToEndpoint, TopicReader, pause};
use crate::utilities::create_topics;

/// How long one read waits; the responder notices within this time that it is to stop.
const TURN: Duration = Duration::from_millis(100);
/// How long a request to the cluster may take.
const LIMIT: Duration = Duration::from_secs(10);
/// The rest after a failure; doubled up to [`LONGEST_REST`] while the cluster is away.
const FIRST_REST: Duration = Duration::from_millis(20);
const LONGEST_REST: Duration = Duration::from_secs(1);

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
        handler: impl FnMut(&ReceivedRecord) -> Vec<Record> + Send + 'static,
    ) -> Result<Self, ClientError> {
        let (endpoint, deadline) = (endpoint.to_endpoint()?, Deadline::after(LIMIT));
        let reader = TopicReader::open(Client::connect(&endpoint, deadline)?, request_topics, Start::Latest, deadline)?;
        let writer = Client::connect(&endpoint, deadline)?;
        let servers = endpoint.to_string();
        let shared = Arc::new(Shared::default());
        let service = Service { endpoint, reader, writer, handler, shared: Arc::clone(&shared) };
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
    shared: Arc<Shared>,
}

impl<H: FnMut(&ReceivedRecord) -> Vec<Record>> Service<H> {
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
                self.answer(&answer)?;
            }
            self.shared.handled.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Produces an answer. Its topic is created where it is missing, as topics of dead letters usually are.
    fn answer(&mut self, answer: &Record) -> Result<(), ClientError> {
        let deadline = Deadline::after(LIMIT);
        match self.writer.produce(answer, deadline) {
            Err(ClientError::UnknownTopic(topic)) => {
                create_topics(&mut self.writer, &[TopicSpec::new(topic, 1)], 1, deadline)?;
                self.writer.produce(answer, deadline).map(drop)
            }
            produced => produced.map(drop),
        }
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
