//! The envelopes of requests and answers.

use serde_json::{Map, Value as Json, json};

use crate::dead_letter::Refusal;
use crate::operation::Operation;
use crate::request_error::{RequestError, excerpt};
use crate::timestamp::iso_8601;
use crate::{Context, Record, Source};

/// The longest correlation id, in bytes: the answer carries it twice and has to fit into one record.
const MAX_CORRELATION_ID: usize = 64 << 10;
/// The longest other id of a request that is handed on, in bytes.
const MAX_HANDED_ON: usize = 256;
const SCHEMA_VERSION: &str = "1.0.0";

/// A request that can be answered.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The whole event.
    pub(crate) body: Map<String, Json>,
    /// As the requester wrote it: text or a number.
    correlation_id: Json,
    /// What it asks for; or whom to tell that it asks for something else.
    pub(crate) operation: Result<Operation, (Operation, RequestError)>,
}

impl Request {
    pub(crate) fn read(source: &Source<'_>, value: &[u8]) -> Result<Self, Refusal> {
        let body = match serde_json::from_slice(value).map_err(|error| Refusal::Undecodable(error.to_string()))? {
            Json::Object(body) => body,
            _ => return Err(Refusal::NotAnObject),
        };
        let correlation_id = correlation_id(source, &body)?;
        let operation = route(source.topic, &body)?;
        Ok(Self { body, correlation_id, operation })
    }

    /// The correlation id as text: the key of the answer.
    fn key(&self) -> String {
        match &self.correlation_id {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// The ids that the answer hands on: what caused it, and the trace, which may stand in `metadata`.
    fn handed_on(&self) -> impl Iterator<Item = (&'static str, &Json)> {
        let short = |id: &&Json| id.as_str().is_some_and(|id| id.len() <= MAX_HANDED_ON);
        let at_top = move |name: &str| self.body.get(name).filter(short);
        let in_metadata = move |name: &str| self.body.get("metadata")?.get(name).filter(short);
        let trace = ["trace_id", "span_id"].map(|name| (name, at_top(name).or_else(|| in_metadata(name))));
        let ids = [("causation_id", at_top("event_id"))].into_iter().chain(trace);
        ids.filter_map(|(name, id)| Some((name, id?)))
    }
}

/// Any text is a legal correlation id, and a number is one too. Without one the record's key takes its place, for
/// that is where the requester looks for the answer's.
fn correlation_id(source: &Source<'_>, body: &Map<String, Json>) -> Result<Json, Refusal> {
    let id = match body.get("correlation_id") {
        Some(id @ (Json::String(_) | Json::Number(_))) => id.clone(),
        _ => {
            let key = source.key.and_then(|key| std::str::from_utf8(key).ok()).filter(|key| !key.is_empty());
            Json::from(key.ok_or(Refusal::MissingCorrelationId)?)
        }
    };
    match id.as_str().map_or(0, str::len) {
        length if length > MAX_CORRELATION_ID => {
            Err(Refusal::CorrelationIdTooLong { length, limit: MAX_CORRELATION_ID })
        }
        _ => Ok(id),
    }
}

/// The event type decides; the topic does where there is none.
fn route(topic: &str, body: &Map<String, Json>) -> Result<Result<Operation, (Operation, RequestError)>, Refusal> {
    let of_topic = Operation::of_topic(topic);
    let unknown = match body.get("event_type") {
        None | Some(Json::Null) => return of_topic.map(Ok).ok_or(Refusal::UnknownOperation),
        Some(Json::String(event_type)) => match Operation::of_event_type(event_type) {
            Some(operation) => return Ok(Ok(operation)),
            None => RequestError::UnknownEventType(excerpt(event_type)),
        },
        Some(other) => crate::fields::wrong("event_type", "text", other),
    };
    Ok(Err((of_topic.ok_or(Refusal::UnknownOperation)?, unknown)))
}

/// The record that answers a request.
pub(crate) fn answer(
    operation: Operation,
    request: &Request,
    payload: Result<Map<String, Json>, RequestError>,
    context: &Context,
) -> Record {
    let timestamp = iso_8601(context.now_ms);
    let priority = if payload.is_ok() { "NORMAL" } else { "HIGH" };
    let payload = payload.unwrap_or_else(|error| failure(operation, &error, &timestamp));
    let mut envelope = Map::new();
    let mut put = |name: &str, value: Json| envelope.insert(name.to_owned(), value);
    put("event_id", json!(context.event_id));
    put("event_type", json!(format!("codegen.response.{}", operation.name())));
    put("topic", json!(operation.response_topic()));
    put("timestamp", json!(timestamp));
    put("correlation_id", request.correlation_id.clone());
    for (name, id) in request.handed_on() {
        put(name, id.clone());
    }
    put("source_service", json!(env!("CARGO_PKG_NAME")));
    put("source_version", json!(env!("CARGO_PKG_VERSION")));
    put("payload_type", json!(operation.payload_type()));
    let mirrored = operation.scores().iter().chain(&["is_valid", "count"]);
    let mirror: Vec<_> = mirrored.filter_map(|name| Some((*name, payload.get(*name)?.clone()))).collect();
    put("payload", Json::Object(payload));
    put("priority", json!(priority));
    put("retry_count", json!(0));
    put("schema_version", json!(SCHEMA_VERSION));
    // Readers of flat events look for the scores beside the correlation id.
    for (name, value) in mirror {
        put(name, value);
    }
    Record {
        topic: operation.response_topic().to_owned(),
        key: Some(request.key().into_bytes()),
        value: Json::Object(envelope).to_string().into_bytes(),
    }
}

/// The payload of a request that could not be handled.
fn failure(operation: Operation, error: &RequestError, timestamp: &str) -> Map<String, Json> {
    let mut payload = Map::new();
    for score in operation.scores() {
        payload.insert((*score).to_owned(), json!(0.0));
    }
    payload.insert("violations".to_owned(), json!([format!("Handler error: {error}")]));
    for list in operation.lists() {
        payload.insert((*list).to_owned(), json!([]));
    }
    payload.insert("is_valid".to_owned(), json!(false));
    if matches!(operation, Operation::Pattern | Operation::Mixin) {
        payload.insert("count".to_owned(), json!(0));
    }
    let details = json!({
        "error": error.to_string(),
        "error_code": operation.error_code(),
        "timestamp": timestamp,
    });
    payload.insert("details".to_owned(), details);
    payload
}
