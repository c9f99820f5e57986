//! The service against an embedded cluster, over real sockets.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::time::Duration;

use kafka_trial::client::{Client, Deadline};
use kafka_trial::config::KafkaTestConfig;
use kafka_trial::utilities::{consume_response, publish_test_event, read_topics, track_event_flow};
use kafka_trial::{Cluster, ClusterConfig};
use kafka_trial_codegen::Operation;
use serde_json::{Value as Json, json};

const LIMIT: Duration = Duration::from_secs(10);

fn cluster() -> Cluster {
    Cluster::start(ClusterConfig { topics: KafkaTestConfig::default_topics(), ..ClusterConfig::default() }).unwrap()
}

fn publish(servers: &str, topic: &str, event: &Json, correlation_id: &str) {
    let mut client = Client::connect(servers, Deadline::after(LIMIT)).unwrap();
    publish_test_event(&mut client, topic, event, correlation_id, Deadline::after(LIMIT)).unwrap();
}

fn response(servers: &str, topic: &str, correlation_id: &str) -> Json {
    let mut reader = read_topics(servers, &[topic], Deadline::after(LIMIT)).unwrap();
    consume_response(&mut reader, correlation_id, LIMIT).unwrap().expect("an answer")
}

#[test]
fn each_operation_is_answered_and_its_flow_can_be_tracked() {
    let cluster = cluster();
    let servers = cluster.bootstrap_servers();
    let responder = kafka_trial_codegen::start(&servers).unwrap();
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
