//! The handlers as a service in this process.

use bytes::Bytes;
use kafka_trial::Record;
use kafka_trial::client::{ClientError, ReceivedRecord, Stopwatch, ToEndpoint, now_millis};
use kafka_trial::responder::Responder;

use crate::event_id::event_id;
use crate::{Context, Operation, Outcome, Record as Output, Source, handle_measured};

/// What dead letters name as the group. The responder reads without one.
const CONSUMER_GROUP: &str = "kafka-trial-reference";

/// Starts the service: it reads the four request topics from their ends and answers until the responder is dropped.
/// Topics that do not exist yet are read once they do.
///
/// The error says which broker could not be used, and why.
pub fn start(endpoint: impl ToEndpoint) -> Result<Responder, ClientError> {
    start_some(endpoint, &Operation::ALL)
}

/// As [`start`], but only the requests of these operations are read.
pub fn start_some(endpoint: impl ToEndpoint, operations: &[Operation]) -> Result<Responder, ClientError> {
    let topics: Vec<&str> = operations.iter().map(|operation| operation.request_topic()).collect();
    Responder::start(endpoint, &topics, |record| respond(record).into_iter().collect())
}

fn respond(record: &ReceivedRecord) -> Option<Record> {
    let watch = Stopwatch::start();
    let source = Source {
        topic: &record.topic,
        partition: record.partition,
        offset: record.offset,
        key: record.key.as_deref(),
        value: record.value.as_deref(),
    };
    let context = Context {
        now_ms: now_millis(),
        event_id: event_id(&record.topic, record.partition, record.offset, record.timestamp),
        consumer_group: CONSUMER_GROUP.to_owned(),
    };
    match handle_measured(&source, &context, &|| watch.elapsed().as_secs_f64() * 1000.0) {
        Outcome::Answer(Output { topic, key, value }) | Outcome::DeadLetter(Output { topic, key, value }) => {
            Some(Record { key: key.map(Bytes::from), ..Record::new(topic, value) })
        }
        Outcome::Ignored(_) => None,
    }
}
