//! Requests and answers by the schemas of a registry.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use kafka_trial::responder::Responder;
use kafka_trial::value::Values;
use kafka_trial::{Cluster, ClusterConfig, Schema, SchemaRegistry, TopicSpec};
use kafka_trial_load::live::{Payload, Target, Watched, drive};
use kafka_trial_load::{Count, Load, Plan};
use serde_json::json;

const ORDER: &str = r#"{"type": "record", "name": "Order", "fields": [
    {"name": "correlation_id", "type": "string"},
    {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}}]}"#;

#[test]
fn requests_are_written_and_answers_are_read_by_their_schema() {
    let topics = vec![TopicSpec::new("requests", 1), TopicSpec::new("responses", 1)];
    let cluster = Cluster::start(ClusterConfig { topics, ..ClusterConfig::default() }).unwrap();
    let registry = SchemaRegistry::start().unwrap();
    registry.register("requests-value", &Schema::avro(ORDER)).unwrap();
    let servers = cluster.bootstrap_servers();
    let _service = Responder::start(&servers, &["requests"], |request| vec![request.forward_to("responses")]).unwrap();
    let run = |price: &str, values: Values| {
        let payload = Payload::event(&json!({ "price": price })).unwrap();
        let encoder = Some(registry.encoder("requests-value", None).unwrap());
        let watched = Watched { values, ..Watched::default() };
        let target = Target { payload, encoder, watched, ..Target::new(&servers, "requests", "responses").unwrap() };
        let plan = Plan::new(Load::sustained(50.0, Duration::from_millis(200)));
        drive(&target, plan, &[], &AtomicBool::new(false), |_| ())
    };
    let report = run("{{random 1 9}}.50", registry.values()).unwrap();
    assert_eq!(report.counts[Count::Ok], 10);
    let read = registry.values().read(cluster.records("requests", None, 0).unwrap()[0].value.as_deref()).unwrap();
    assert!(read["price"].as_str().unwrap().ends_with(".50"), "{read}");
    let report = run("1.50", Values::default()).unwrap();
    assert_eq!(report.counts[Count::Malformed], 10, "without a registry an answer in Avro is no JSON");
    let error = run("1.505", registry.values()).unwrap_err().to_string();
    assert!(error.contains("/price: 1.505 has 3 digits behind the point"), "{error}");
}
