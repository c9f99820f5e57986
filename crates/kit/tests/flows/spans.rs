//! Flows as spans of OpenTelemetry.

use kafka_trial::Record;
use kafka_trial::responder::Responder;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{Span, TracesData, span::SpanKind};
use serde_json::json;

use crate::scene::{LIMIT, REQUESTS, RESPONSES, Scene, follow};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

fn attribute(span: &Span, name: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key == name)?;
    Some(match found.value.clone()?.value? {
        Value::StringValue(text) => text,
        Value::IntValue(number) => number.to_string(),
        Value::BoolValue(is) => is.to_string(),
        other => format!("{other:?}"),
    })
}

#[test]
fn a_flow_is_a_trace_by_the_conventions_for_messaging() {
    let mut scene = Scene::usual();
    let _responder = Responder::start(scene.cluster.bootstrap_servers(), &[REQUESTS], |_| {
        vec![Record::new(RESPONSES, json!({"correlation_id": "a", "error": "disk full"}).to_string())]
    })
    .unwrap();
    let traced = format!("00-{TRACE}-b7ad6b7169203331-01");
    let request = scene.record(0, r#"{"correlation_id": "a", "event_id": "e1"}"#);
    let request = request.key("order").header("traceparent", traced);
    scene.send(REQUESTS, 1, request);
    let flow = scene.witness().follow(&follow("a"), LIMIT);

    let text = flow.to_otlp();
    assert!(!text.contains('\n'), "a line is a message: {text}");
    let read: TracesData = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
    let spans = &read.resource_spans[0].scope_spans[0].spans;
    let named: Vec<(&str, i32)> = spans.iter().map(|span| (span.name.as_str(), span.kind)).collect();
    assert_eq!(
        named,
        [
            ("flow a", SpanKind::Internal as i32),
            ("send requests", SpanKind::Producer as i32),
            ("process requests", SpanKind::Consumer as i32),
            ("send responses", SpanKind::Producer as i32)
        ]
    );
    let [whole, sent, processed, answered] = <&[Span; 4]>::try_from(spans.as_slice()).unwrap();
    assert_eq!(
        [&sent.parent_span_id, &processed.parent_span_id, &answered.parent_span_id],
        [&whole.span_id, &sent.span_id, &processed.span_id]
    );
    assert!(spans.iter().all(|span| span.trace_id == whole.trace_id && span.trace_id.len() == 16), "{text}");
    for (name, value) in [
        ("messaging.system", "kafka"),
        ("messaging.operation.name", "send"),
        ("messaging.operation.type", "send"),
        ("messaging.destination.name", REQUESTS),
        ("messaging.destination.partition.id", "1"),
        ("messaging.kafka.offset", "0"),
        ("messaging.kafka.message.key", "order"),
        ("messaging.message.conversation_id", "a"),
        ("messaging.message.id", "e1"),
        ("messaging.message.body.size", "41"),
        ("messaging.client.id", "kafka-trial"),
    ] {
        assert_eq!(attribute(sent, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(attribute(processed, "messaging.operation.type").as_deref(), Some("process"));
    assert_eq!(attribute(processed, "messaging.consumer.group.name"), None, "the responder is in no group");
    assert_eq!(attribute(whole, "kafka_trial.verdict").as_deref(), Some("answered_error"));
    assert_eq!(whole.status.as_ref().unwrap().code, StatusCode::Error as i32);
    assert_eq!(answered.status.as_ref().unwrap().message, "disk full");
    // What the service has recorded itself is linked.
    let links: Vec<String> =
        sent.links.iter().map(|link| link.trace_id.iter().map(|b| format!("{b:02x}")).collect()).collect();
    assert_eq!(links, [TRACE]);
    assert!(
        whole.start_time_unix_nano == sent.start_time_unix_nano
            && sent.start_time_unix_nano <= processed.start_time_unix_nano
            && processed.end_time_unix_nano == answered.start_time_unix_nano,
        "{text}"
    );

    // By the log alone nobody is known to have read it.
    let by_log = scene.flow("a").to_spans();
    let names: Vec<&str> = by_log.iter().map(|span| span.name.as_ref()).collect();
    assert_eq!(names, ["flow a", "send requests", "send responses"]);
    assert_eq!(by_log[2].parent_span_id, by_log[1].span_context.span_id());
}
