//! The service against an embedded cluster, over real sockets.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use kafka_trial::client::{Client, Deadline};
use kafka_trial::config::KafkaTestConfig;
use kafka_trial::utilities::{consume_response, publish_test_event, read_topics, track_event_flow};
use kafka_trial::{Cluster, ClusterConfig, Record};
use kafka_trial_reference::Operation;
use serde_json::{Value as Json, json};

const LIMIT: Duration = Duration::from_secs(10);

fn cluster() -> Cluster {
    Cluster::start(ClusterConfig { topics: KafkaTestConfig::default_topics(), ..ClusterConfig::default() }).unwrap()
}

fn publish(servers: &str, topic: &str, event: &Json, correlation_id: &str) {
    let mut client = Client::connect(servers, Deadline::after(LIMIT)).unwrap();
    publish_test_event(&mut client, topic, event, correlation_id, Deadline::after(LIMIT)).unwrap();
}

/// Publishes bytes that need not be an event.
fn publish_bytes(servers: &str, topic: &str, key: Option<&'static str>, value: Option<Vec<u8>>) {
    let mut client = Client::connect(servers, Deadline::after(LIMIT)).unwrap();
    let (key, value) = (key.map(Bytes::from), value.map(Bytes::from));
    let record = Record { key, value, ..Record::tombstone(topic).partition(0) };
    client.produce(&record, Deadline::after(LIMIT)).unwrap();
}

fn response(servers: &str, topic: &str, correlation_id: &str) -> Json {
    let mut reader = read_topics(servers, &[topic], Deadline::after(LIMIT)).unwrap();
    consume_response(&mut reader, correlation_id, LIMIT).unwrap().expect("an answer")
}

#[test]
fn each_operation_is_answered_and_its_flow_can_be_tracked() {
    let cluster = cluster();
    let servers = cluster.bootstrap_servers();
    let responder = kafka_trial_reference::start(&servers).unwrap();
    let requests = [
        (Operation::Validate, json!({"code_content": "class NodeTestEffect(NodeEffect): pass"}), "quality_score"),
        (Operation::Analyze, json!({"prd_content": "The service publishes events to Kafka."}), "confidence"),
        (Operation::Pattern, json!({"node_description": "publish events to Kafka"}), "avg_similarity"),
        (Operation::Mixin, json!({"requirements": ["publish events", "retry"]}), "avg_confidence"),
    ];
    for (operation, payload, score) in requests {
        let id = format!("flow-{}", operation.name());
        let event = json!({"event_type": format!("codegen.request.{}", operation.name()), "payload": payload});
        publish(&servers, operation.request_topic(), &event, &id);
        let tracking =
            track_event_flow(&servers, &id, operation.request_topic(), operation.response_topic(), LIMIT).unwrap();
        assert!(tracking.request_found && tracking.response_found, "{tracking:?}");
        assert!(tracking.duration_ms.is_some_and(|ms| (0.0..5000.0).contains(&ms)), "{tracking:?}");
        let answer = response(&servers, operation.response_topic(), &id);
        assert!(answer[score].as_f64().is_some_and(|score| score > 0.0), "{answer}");
        assert_eq!(answer["priority"], "NORMAL");
    }
    assert_eq!((responder.handled(), responder.failed(), responder.last_error()), (4, 0, None));
}

#[test]
fn the_examples_of_the_specification_are_answered() {
    let cluster = cluster();
    let servers = cluster.bootstrap_servers();
    let _responder = kafka_trial_reference::start(&servers).unwrap();
    let [request, answer] = [Operation::Validate.request_topic(), Operation::Validate.response_topic()];

    let event = json!({"event_type": "codegen.request.validate", "payload": {"code": "class Test: pass"}});
    publish(&servers, request, &event, "example-2");
    let event = response(&servers, answer, "example-2");
    assert_eq!((&event["correlation_id"], &event["quality_score"]), (&json!("example-2"), &json!(0.5)));

    publish(&servers, request, &json!({"payload": {}}), "example-3");
    let event = response(&servers, answer, "example-3");
    assert_eq!((&event["priority"], &event["quality_score"]), (&json!("HIGH"), &json!(0.0)));
    assert_eq!(event["payload"]["details"]["error"], "Missing code_content in request");
}

#[test]
fn an_analysis_says_how_long_it_took_and_every_answer_has_an_id() {
    let cluster = cluster();
    let servers = cluster.bootstrap_servers();
    let _responder = kafka_trial_reference::start(&servers).unwrap();
    let event = json!({"payload": {"prd_content": "The service publishes events to Kafka."}});
    let mut ids = BTreeSet::new();
    for id in ["first", "second"] {
        publish(&servers, Operation::Analyze.request_topic(), &event, id);
        let answer = response(&servers, Operation::Analyze.response_topic(), id);
        let time = answer["payload"]["metadata"]["processing_time_ms"].as_f64();
        assert!(time.is_some_and(|ms| ms > 0.0 && ms < 5000.0), "{answer}");
        ids.insert(answer["event_id"].to_string());
    }
    assert_eq!(ids.len(), 2);
}

#[test]
fn what_cannot_be_answered_is_in_the_dead_letters_and_the_next_request_is_answered() {
    let cluster = cluster();
    let servers = cluster.bootstrap_servers();
    let responder = kafka_trial_reference::start(&servers).unwrap();
    let topic = Operation::Pattern.request_topic();
    publish_bytes(&servers, topic, Some("broken"), Some(b"{\"correlation_id\": ".to_vec()));
    publish_bytes(&servers, topic, Some("tombstone"), None);
    publish(&servers, topic, &json!({"payload": {"node_description": "publish events to Kafka"}}), "after");
    let answer = response(&servers, Operation::Pattern.response_topic(), "after");
    assert_eq!(answer["count"], 1, "{answer}");

    let letters = cluster.records(&format!("{topic}.dlq"), None, 0).unwrap();
    let [letter] = letters.as_slice() else { panic!("expected one dead letter: {letters:?}") };
    assert_eq!(letter.key.as_deref(), Some(b"broken".as_slice()));
    let letter: Json = serde_json::from_slice(letter.value.as_deref().unwrap()).unwrap();
    assert_eq!((&letter["original_topic"], &letter["error_type"]), (&json!(topic), &json!("JSONDecodeError")));
    assert_eq!((&letter["original_partition"], &letter["original_offset"]), (&json!(0), &json!(0)));
    assert_eq!(letter["original_value"], "{\"correlation_id\": ");
    assert_eq!(letter["consumer_group"], "kafka-trial-reference");
    assert_eq!((responder.failed(), responder.last_error()), (0, None));
}

#[test]
fn the_largest_requests_that_fit_are_answered_or_kept() {
    let cluster = cluster();
    let servers = cluster.bootstrap_servers();
    let responder = kafka_trial_reference::start(&servers).unwrap();
    let topic = Operation::Mixin.request_topic();
    publish_bytes(&servers, topic, None, Some(vec![0; 1_000_000]));
    let id = "i".repeat(64 << 10);
    publish(&servers, topic, &json!({"payload": {"requirements": "retry ".repeat(130_000)}}), &id);
    let answer = response(&servers, Operation::Mixin.response_topic(), &id);
    assert_eq!(answer["count"], 1);
    assert_eq!(cluster.records(&format!("{topic}.dlq"), None, 0).unwrap().len(), 1);
    assert_eq!((responder.failed(), responder.last_error()), (0, None));
}

#[test]
fn a_service_without_a_cluster_says_which_address_it_tried() {
    let error = kafka_trial_reference::start("127.0.0.1:1").unwrap_err();
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
}
