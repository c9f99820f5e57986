//! The six utilities: connectivity, topics, publishing, consuming and tracking by correlation id.
//!
//! They work on any cluster through the direct client: no group is joined, nothing stays behind.

mod flow;

use std::time::Duration;

use kafka_trial_broker::TopicSpec;
use serde_json::{Map, Value as Json};
use thiserror::Error;

use crate::client::{Client, ClientError, Deadline, ReceivedRecord, Start, ToEndpoint, TopicReader, pause};
use crate::record::{Record, Sent};

pub use self::flow::{FlowHop, FlowTracking, track_event_flow};
pub use crate::evidence::Part as MatchedBy;
use crate::evidence::Reading;

/// How long an administrative call may take.
const ADMIN: Duration = Duration::from_secs(30);
/// How long it rests before it looks again for something that a cluster does in its own time.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// An event that cannot be published.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PublishError {
    /// Only an object can carry a correlation id.
    #[error("an event is a JSON object, found {0}")]
    NotAnObject(&'static str),
    /// The cluster did not take it.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// Whether a cluster answers: connects, asks for versions and for metadata. The error says why not.
pub fn verify_kafka_connectivity(endpoint: impl ToEndpoint, timeout: Duration) -> Result<(), ClientError> {
    let deadline = Deadline::after(timeout);
    Client::connect(endpoint, deadline)?.topics(Some(&[]), deadline).map(drop)
}

/// How [`wait_for_kafka`] tries.
#[derive(Clone, Copy, Debug)]
pub struct Retries {
    /// How often at most.
    pub max_retries: u32,
    /// The rest after the first failure; after each further one it is longer by `backoff`.
    pub delay: Duration,
    /// What the rest is multiplied with.
    pub backoff: f64,
}

impl Default for Retries {
    /// Ten times, with 2 s, 3 s, 4.5 s … between.
    fn default() -> Self {
        Self { max_retries: 10, delay: Duration::from_secs(2), backoff: 1.5 }
    }
}

/// Waits until a cluster answers. `sleep` rests between the tries; [`pause`] is the usual one.
pub fn wait_for_kafka(endpoint: impl ToEndpoint, retries: Retries, mut sleep: impl FnMut(Duration)) -> bool {
    let mut delay = retries.delay;
    for attempt in 0..retries.max_retries {
        if verify_kafka_connectivity(&endpoint, Duration::from_secs(5)).is_ok() {
            return true;
        }
        if attempt + 1 < retries.max_retries {
            sleep(delay);
            delay = delay.mul_f64(retries.backoff.max(0.0));
        }
    }
    false
}

/// Creates topics and returns when all their partitions have leaders. Topics that exist are left as they are.
pub fn create_test_topics(
    endpoint: impl ToEndpoint,
    topics: &[TopicSpec],
    replication_factor: i16,
) -> Result<(), ClientError> {
    let deadline = Deadline::after(ADMIN);
    create_topics(&mut Client::connect(endpoint, deadline)?, topics, replication_factor, deadline).map(drop)
}

/// Creates topics through a client and returns when all their partitions have leaders. Gives the names of those that
/// existed already; they are left as they are.
pub fn create_topics(
    client: &mut Client,
    topics: &[TopicSpec],
    replication_factor: i16,
    deadline: Deadline,
) -> Result<Vec<String>, ClientError> {
    let existing = client.create_topics(topics, replication_factor, deadline)?;
    let names: Vec<&str> = topics.iter().map(|topic| topic.name.as_str()).collect();
    loop {
        let views = client.topics(Some(&names), deadline)?;
        let ready = |name: &&str| {
            views.iter().any(|view| view.name == **name && view.partitions.iter().all(|p| p.leader.is_some()))
        };
        let Some(missing) = names.iter().find(|name| !ready(name)) else { return Ok(existing) };
        if deadline.is_past() {
            return Err(ClientError::UnknownTopic((*missing).to_owned()));
        }
        pause(LOOK_AGAIN);
    }
}

/// Deletes topics. Those that do not exist are passed over.
pub fn delete_test_topics(endpoint: impl ToEndpoint, topics: &[&str]) -> Result<(), ClientError> {
    let deadline = Deadline::after(ADMIN);
    Client::connect(endpoint, deadline)?.delete_topics(topics, deadline).map(drop)
}

/// Publishes a JSON event with its correlation id in the body and as the key.
pub fn publish_test_event(
    client: &mut Client,
    topic: &str,
    event: &Json,
    correlation_id: &str,
    deadline: Deadline,
) -> Result<Sent, PublishError> {
    let record = Record::new(topic, event_bytes(event, correlation_id)?).key(correlation_id);
    Ok(client.produce(&record, deadline)?)
}

/// An event with its correlation id in the body, as it is published.
pub(crate) fn event_bytes(event: &Json, correlation_id: &str) -> Result<String, PublishError> {
    let Json::Object(fields) = event else { return Err(PublishError::NotAnObject(kind(event))) };
    let mut fields: Map<String, Json> = fields.clone();
    fields.insert("correlation_id".to_owned(), Json::from(correlation_id));
    Ok(Json::Object(fields).to_string())
}

/// Reads until an event with this correlation id comes, wherever in the record the usual locators find it; `None` when the
/// time is over. An event is a JSON object. Records of aborted or open transactions are none, unless the reader's
/// [isolation](TopicReader::isolation) says otherwise.
pub fn consume_response(
    reader: &mut TopicReader,
    correlation_id: &str,
    timeout: Duration,
) -> Result<Option<Json>, ClientError> {
    consume_response_read(reader, correlation_id, timeout, &Reading::default())
}

/// The same with locators, or a decoder of values, of one's own.
pub fn consume_response_read(
    reader: &mut TopicReader,
    correlation_id: &str,
    timeout: Duration,
    reading: &Reading,
) -> Result<Option<Json>, ClientError> {
    let deadline = Deadline::after(timeout);
    while !deadline.is_past() {
        for record in reader.poll(deadline.left())? {
            if let Some(event) = answer_to(&record, correlation_id, reading) {
                return Ok(Some(event));
            }
        }
    }
    Ok(None)
}

/// Opens a reader of some topics at their beginning.
pub fn read_topics(endpoint: impl ToEndpoint, topics: &[&str], deadline: Deadline) -> Result<TopicReader, ClientError> {
    TopicReader::open(Client::connect(endpoint, deadline)?, topics, Start::Earliest, deadline)
}

/// The event in a record, if it carries this correlation id.
pub(crate) fn answer_to(record: &ReceivedRecord, correlation_id: &str, reading: &Reading) -> Option<Json> {
    let event = reading.values.of(record).ok().filter(Json::is_object)?;
    reading.is_of(record, correlation_id).then_some(event)
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}
