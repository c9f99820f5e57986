//! A flow as spans of OpenTelemetry, named by its semantic conventions for messaging (status: development).
//!
//! ```text
//! flow ID                  from the first record to the last
//!   send TOPIC             each record, at its append; linked to the span that its `traceparent` names
//!     process TOPIC        each reading by a client, from its fetch to the append of what it answered
//!       send TOPIC         ...
//! ```
//!
//! The trace is one of its own: what services have recorded themselves is linked, not mixed with what the broker saw.
//! Readings are known from a journal alone; without one, what answers a record is the child of its `send`.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{
    Event, Link, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::trace::v1::TracesData;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use super::model::Flow;
use super::observation::Observation;
use crate::evidence::Handling;
use crate::fnv_1a;

const NAME: &str = "kafka-trial";

impl Flow {
    /// The flow as spans, for any exporter of the SDK. Ids are made of what the spans are about: those of one flow are
    /// the same each time.
    pub fn to_spans(&self) -> Vec<SpanData> {
        let trace = Trace { flow: self, id: TraceId::from_bytes(id(&format!("flow {}", self.id))) };
        let mut spans = vec![trace.root()];
        for (number, observation) in self.observations.iter().enumerate() {
            spans.push(trace.sent(number, observation));
            let handled = observation.handled.iter().flatten().enumerate();
            spans.extend(handled.map(|(reading, handling)| trace.processed(number, observation, reading, handling)));
        }
        spans
    }

    /// The spans on one line of OTLP/JSON, as the file receivers of collectors read it.
    pub fn to_otlp(&self) -> String {
        let resource = Resource::builder_empty().with_service_name(NAME).build();
        let resource = ResourceAttributesWithSchema::from(&resource);
        let resource_spans = group_spans_by_resource_and_scope(self.to_spans(), &resource);
        // Nothing in it is what JSON cannot hold.
        serde_json::to_string(&TracesData { resource_spans }).unwrap_or_default()
    }
}

struct Trace<'a> {
    flow: &'a Flow,
    id: TraceId,
}

impl Trace<'_> {
    fn root(&self) -> SpanData {
        let flow = self.flow;
        let times = || flow.observations.iter().map(Observation::micros);
        let (begin, end) = (times().min().unwrap_or_default(), times().max().unwrap_or_default());
        let mut span =
            self.span(SpanId::INVALID, self.root_id(), format!("flow {}", flow.id), SpanKind::Internal, begin, end);
        span.attributes = vec![
            KeyValue::new("messaging.message.conversation_id", flow.id.clone()),
            KeyValue::new("kafka_trial.verdict", flow.verdict.name()),
            KeyValue::new("kafka_trial.explanation", flow.explanation.clone()),
            KeyValue::new("kafka_trial.source", flow.source.name()),
        ];
        let event =
            |name: &'static str, text: String| Event::new(name, time(end), vec![KeyValue::new("text", text)], 0);
        let odd = flow.anomalies.iter().map(|anomaly| event(anomaly.name(), anomaly.to_string()));
        let unmet = flow.unmet.iter().map(|unmet| event("unmet", unmet.to_string()));
        span.events.events = odd.chain(unmet).collect();
        span.status = if flow.is_complete() { Status::Ok } else { Status::error(flow.summary()) };
        span
    }

    fn sent(&self, number: usize, observation: &Observation) -> SpanData {
        let at = observation.micros();
        let name = format!("send {}", observation.place.topic);
        let mut span = self.span(self.cause_of(number), self.sent_id(observation), name, SpanKind::Producer, at, at);
        span.attributes = self.about("send", observation);
        span.attributes
            .extend(observation.produced_by.clone().map(|client| KeyValue::new("messaging.client.id", client)));
        span.links.links.extend(traced(observation).map(Link::with_context));
        if let Some(error) = &observation.error {
            span.status = Status::error(error.clone());
        }
        span
    }

    fn processed(&self, number: usize, observation: &Observation, reading: usize, handling: &Handling) -> SpanData {
        let of_reader = |answer: &&Observation| answer.produced_by.as_ref() == Some(&handling.client_id);
        let hops = self.flow.hops.iter().filter(|hop| hop.from == number);
        let mut answers = hops.filter_map(|hop| self.flow.observations.get(hop.to)).filter(of_reader);
        let end = answers.next().map(Observation::micros).or(handling.committed_at).unwrap_or(handling.fetched_at);
        let (id, name) = (self.reading_id(observation, reading), format!("process {}", observation.place.topic));
        let begin = handling.fetched_at;
        let mut span = self.span(self.sent_id(observation), id, name, SpanKind::Consumer, begin, end.max(begin));
        span.attributes = self.about("process", observation);
        span.attributes.push(KeyValue::new("messaging.client.id", handling.client_id.clone()));
        span.attributes
            .extend(handling.group.clone().map(|group| KeyValue::new("messaging.consumer.group.name", group)));
        span
    }

    /// The span that a record was sent in: its writer's reading of what caused it, else that itself, else the flow.
    fn cause_of(&self, number: usize) -> SpanId {
        let observations = &self.flow.observations;
        let Some(hop) = self.flow.hop_to(number) else { return self.root_id() };
        let (Some(cause), Some(sent)) = (observations.get(hop.from), observations.get(number)) else {
            return self.root_id();
        };
        let mut readings = cause.handled.iter().flatten();
        match readings.position(|handling| sent.produced_by.as_ref() == Some(&handling.client_id)) {
            Some(reading) => self.reading_id(cause, reading),
            None => self.sent_id(cause),
        }
    }

    fn root_id(&self) -> SpanId {
        SpanId::from_bytes(id("flow"))
    }

    fn sent_id(&self, observation: &Observation) -> SpanId {
        SpanId::from_bytes(id(&format!("send {}", observation.place)))
    }

    fn reading_id(&self, observation: &Observation, reading: usize) -> SpanId {
        SpanId::from_bytes(id(&format!("process {reading} {}", observation.place)))
    }

    /// What the conventions want to be said of a record.
    fn about(&self, operation: &'static str, observation: &Observation) -> Vec<KeyValue> {
        let place = &observation.place;
        let mut attributes = vec![
            KeyValue::new("messaging.system", "kafka"),
            KeyValue::new("messaging.operation.name", operation),
            KeyValue::new("messaging.operation.type", operation),
            KeyValue::new("messaging.destination.name", place.topic.clone()),
            KeyValue::new("messaging.destination.partition.id", place.partition.to_string()),
            KeyValue::new("messaging.kafka.offset", place.offset),
            KeyValue::new("messaging.message.conversation_id", self.flow.id.clone()),
        ];
        let key = observation.key.as_ref().map(|key| String::from_utf8_lossy(key).into_owned());
        attributes.extend(key.map(|key| KeyValue::new("messaging.kafka.message.key", key)));
        attributes.push(match &observation.value {
            Some(value) => KeyValue::new("messaging.message.body.size", i64::try_from(value.len()).unwrap_or(i64::MAX)),
            None => KeyValue::new("messaging.kafka.message.tombstone", true),
        });
        attributes.extend(observation.event_id.clone().map(|event| KeyValue::new("messaging.message.id", event)));
        attributes
    }

    fn span(&self, parent: SpanId, id: SpanId, name: String, kind: SpanKind, begin: i64, end: i64) -> SpanData {
        SpanData {
            span_context: SpanContext::new(self.id, id, TraceFlags::SAMPLED, false, TraceState::default()),
            parent_span_id: parent,
            parent_span_is_remote: false,
            span_kind: kind,
            name: name.into(),
            start_time: time(begin),
            end_time: time(end),
            attributes: Vec::new(),
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: InstrumentationScope::builder(NAME).with_version(env!("CARGO_PKG_VERSION")).build(),
        }
    }
}

/// The span that a service has written into a record.
fn traced(observation: &Observation) -> Option<SpanContext> {
    let headers = ["traceparent", "tracestate"].into_iter();
    let headers: HashMap<String, String> = headers
        .filter_map(|name| Some((name.to_owned(), String::from_utf8(observation.header(name)?.to_vec()).ok()?)))
        .collect();
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &headers);
    Some(context.span().span_context().clone()).filter(SpanContext::is_valid)
}

fn time(micros: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(micros.try_into().unwrap_or_default())
}

/// An id of as many bytes as are wanted, the same for the same text, and never of zeros alone.
fn id<const N: usize>(text: &str) -> [u8; N] {
    let mut id = [0; N];
    for (chunk, number) in id.chunks_mut(4).zip(1_u8..) {
        let hash = fnv_1a(format!("{number} {text}").as_bytes()).max(1).to_be_bytes();
        chunk.iter_mut().zip(hash).for_each(|(byte, hashed)| *byte = hashed);
    }
    id
}
