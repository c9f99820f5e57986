//! A reference service to test against: four request handlers, as a pure library.
//!
//! A request comes in as the [`Source`] record, [`handle`] gives the [`Outcome`]: the record to answer with, the
//! record for the dead-letter topic, or the reason why there is nothing to do. There is no I/O, no clock and no state
//! in here; the time and the answer's id come with the [`Context`], so the same input gives the same bytes.
//!
//! ```text
//! record -> envelope -> operation -> validate | analyze | pattern | mixin -> envelope -> answer
//!             |                         \- request error -> answer with priority HIGH
//!             \- not readable, not attributable -> {topic}.dlq
//! ```
//!
//! ```
//! use kafka_trial_reference::{Context, Operation, Outcome, Source, handle};
//!
//! let topic = Operation::Validate.request_topic();
//! let request = br#"{"correlation_id": "1", "payload": {"code": "class Test: pass"}}"#;
//! let source = Source { topic, partition: 0, offset: 0, key: None, value: Some(request) };
//! let context = Context { now_ms: 0, event_id: "a-uuid".into(), consumer_group: "a-group".into() };
//! let Outcome::Answer(record) = handle(&source, &context) else { panic!("a good request is answered") };
//! assert_eq!(record.topic, "omninode.codegen.response.validate.v1");
//! ```
//!
//! With the feature `responder` the handlers also run as a service in this process, with the feature `service` as one
//! in a process of its own: a member of a consumer group, on librdkafka.

mod analyze;
mod dead_letter;
mod envelope;
#[cfg(any(feature = "responder", feature = "service"))]
mod event_id;
mod fields;
mod mixin;
mod node_type;
mod operation;
mod pattern;
mod request_error;
#[cfg(feature = "responder")]
mod responder;
#[cfg(feature = "service")]
pub mod service;
#[cfg(feature = "service")]
mod service_metrics;
mod text;
mod timestamp;
mod validate;

use serde_json::{Map, Value as Json};

use self::dead_letter::Refusal;
use self::envelope::Request;
use self::fields::Fields;
use self::request_error::RequestError;

pub use self::operation::{Operation, REQUEST_TOPICS};
#[cfg(feature = "responder")]
pub use self::responder::{start, start_some};

/// What a handler needs from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The time of the answer, in milliseconds since the Unix epoch.
    pub now_ms: i64,
    /// The id of the answer, a UUID as text. It is taken as it is.
    pub event_id: String,
    /// The consumer group that read the request; dead letters name it.
    pub consumer_group: String,
}

/// The record that a request came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source<'a> {
    /// Its topic.
    pub topic: &'a str,
    /// Its partition.
    pub partition: i32,
    /// Its offset there.
    pub offset: i64,
    /// Its key. It stands in for a correlation id that the body does not have.
    pub key: Option<&'a [u8]>,
    /// Its value: a JSON object. Without one the record is a tombstone and is ignored.
    pub value: Option<&'a [u8]>,
}

/// What is to be done about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Produce this answer. An error of the request is an answer too, with priority `HIGH`.
    Answer(Record),
    /// Produce this to the dead-letter topic: nobody could be told otherwise.
    DeadLetter(Record),
    /// Nothing; the text says why.
    Ignored(String),
}

/// A record to produce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its topic.
    pub topic: String,
    /// Its key: the correlation id of an answer, the request's own key for a dead letter.
    pub key: Option<Vec<u8>>,
    /// Its value: a JSON object.
    pub value: Vec<u8>,
}

/// Handles one request. It takes any bytes, never panics, and gives the same outcome for the same input.
///
/// An analysis is answered without `metadata.processing_time_ms`, for there is no clock in here; see
/// [`handle_measured`].
pub fn handle(source: &Source<'_>, context: &Context) -> Outcome {
    outcome(source, context, None)
}

/// As [`handle`], with the `metadata.processing_time_ms` of an analysis: what `elapsed_ms` gives when the handler is
/// done. The caller starts its clock before it calls.
pub fn handle_measured(source: &Source<'_>, context: &Context, elapsed_ms: &dyn Fn() -> f64) -> Outcome {
    outcome(source, context, Some(elapsed_ms))
}

fn outcome(source: &Source<'_>, context: &Context, elapsed_ms: Option<&dyn Fn() -> f64>) -> Outcome {
    let Some(value) = source.value else {
        return Outcome::Ignored("the record is a tombstone: it has no value".to_owned());
    };
    match answer(source, value, context, elapsed_ms) {
        Ok(record) => Outcome::Answer(record),
        Err(refusal) => Outcome::DeadLetter(dead_letter::record(source, value, &refusal, context)),
    }
}

fn answer(
    source: &Source<'_>,
    value: &[u8],
    context: &Context,
    elapsed_ms: Option<&dyn Fn() -> f64>,
) -> Result<Record, Refusal> {
    let request = Request::read(source, value)?;
    let handled = dead_letter::guard(|| request.operation.clone().and_then(|operation| respond(operation, &request)))?;
    let (operation, payload) = match handled {
        Ok((operation, mut payload)) => {
            if let (Some(elapsed_ms), Some(Json::Object(metadata))) = (elapsed_ms, payload.get_mut("metadata")) {
                metadata.insert("processing_time_ms".to_owned(), text::rounded(elapsed_ms()));
            }
            (operation, Ok(payload))
        }
        Err((operation, error)) => (operation, Err(error)),
    };
    Ok(envelope::answer(operation, &request, payload, context))
}

fn respond(
    operation: Operation,
    request: &Request,
) -> Result<(Operation, Map<String, Json>), (Operation, RequestError)> {
    let handler: fn(&Fields<'_>) -> Result<Map<String, Json>, RequestError> = match operation {
        Operation::Validate => validate::answer,
        Operation::Analyze => analyze::answer,
        Operation::Pattern => pattern::answer,
        Operation::Mixin => mixin::answer,
    };
    let payload = Fields::payload_of(&request.body).and_then(|fields| handler(&fields));
    payload.map(|payload| (operation, payload)).map_err(|error| (operation, error))
}
