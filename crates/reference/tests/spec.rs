//! The document's own tests, in Rust: the same names, the same steps, the same assertions.
//!
//! They run on the embedded broker, and unchanged on the cluster that `TEST_KAFKA_BOOTSTRAP_SERVERS` names.
use std::time::Duration;

use kafka_trial::client::now_millis;
use kafka_trial::config::KafkaTestConfig;
use kafka_trial::utilities::Retries;
use kafka_trial::{Admin, Connectivity, Producer, Record, Seed, TopicSpec, Topics, Trial};
use kafka_trial_reference::Operation;
use serde_json::json;

/// A correlation id that no other test, and no other run on the same cluster, uses.
fn correlation_id(Seed(seed): Seed) -> String {
    format!("{seed:016x}-{:x}", now_millis())
}

#[test]
fn clients_are_set_as_the_configuration_says() {
    let config = KafkaTestConfig::from_variables(|_| None);
    assert_eq!(config.bootstrap_servers, "localhost:19092");
    let consumer = config.get_consumer_config("my-group");
    assert_eq!(consumer.group_id, "archon-intelligence-test-my-group");
    assert_eq!((consumer.auto_offset_reset, consumer.max_poll_records), ("earliest", 100));
    assert_eq!((config.get_producer_config().acks, config.get_producer_config().retries), ("all", 3));
}

#[kafka_trial::test]
async fn list_topics(admin: Admin, _topics: Topics) -> kafka_trial::Result {
    assert!(!admin.list_topics().await?.is_empty());
    Ok(())
}

#[kafka_trial::test]
async fn topics_exist(topics: Topics) {
    let validation_topic = &topics["validation_request"];
    assert_eq!(validation_topic, "omninode.codegen.request.validate.v1");
}

#[kafka_trial::test]
async fn publish_event(producer: Producer, topics: Topics) -> kafka_trial::Result {
    let event = json!({"data": "test", "correlation_id": "abc-123"});
    producer.send(Record::new(&topics["validation_request"], event.to_string())).await?;
    producer.flush().await?;
    Ok(())
}

#[kafka_trial::test]
async fn create_test_topics(trial: Trial, admin: Admin, connectivity: Connectivity) -> kafka_trial::Result {
    assert!(connectivity.wait(Retries { max_retries: 10, delay: Duration::from_secs(2), ..Retries::default() }).await);
    let name = trial.scoped("test.custom.v1");
    admin.create_topics(&[TopicSpec::new(&name, 1)]).await?;
    assert!(admin.list_topics().await?.contains(&name));
    admin.delete_topics(&[&name]).await?;
    Ok(())
}

/// Example 1: basic event publishing.
#[kafka_trial::test]
async fn publish_validation_request(
    producer: Producer,
    topics: Topics,
    connectivity: Connectivity,
    seed: Seed,
) -> kafka_trial::Result {
    connectivity.verify().await?;

    let event = json!({
        "correlation_id": correlation_id(seed),
        "event_type": "codegen.request.validate",
        "payload": {
            "code_content": "class NodeTestEffect(NodeEffect): pass",
            "node_type": "effect",
        },
    });

    producer.send(Record::new(&topics["validation_request"], event.to_string())).await?;
    producer.flush().await?;
    Ok(())
}

/// Example 2: request → response.
#[kafka_trial::test]
async fn validation_request_response_flow(
    trial: Trial,
    producer: Producer,
    topics: Topics,
    connectivity: Connectivity,
    seed: Seed,
) -> kafka_trial::Result {
    connectivity.verify().await?;
    let _service = kafka_trial_reference::start(trial.bootstrap_servers())?;

    let correlation_id = correlation_id(seed);
    let group = format!("test-{correlation_id}");
    let mut consumer = trial.consumer(&topics["validation_response"]).group(group).create().await?;

    let request_event = json!({
        "event_type": "codegen.request.validate",
        "payload": {"code": "class Test: pass"},
    });
    producer.publish_test_event(&topics["validation_request"], &request_event, &correlation_id).await?;

    let response = consumer.consume_response(&correlation_id, Duration::from_secs(10)).await?;

    let response = response.expect("a response");
    assert_eq!(response["correlation_id"], correlation_id);
    assert!(response.get("quality_score").is_some(), "{response}");
    consumer.close().await;
    Ok(())
}

/// Example 3: correlation id tracking.
#[kafka_trial::test]
async fn correlation_id_tracking(
    trial: Trial,
    producer: Producer,
    topics: Topics,
    connectivity: Connectivity,
    seed: Seed,
) -> kafka_trial::Result {
    connectivity.verify().await?;
    let _service = kafka_trial_reference::start(trial.bootstrap_servers())?;

    let correlation_id = correlation_id(seed);
    let event = json!({"correlation_id": correlation_id, "payload": {}});
    producer.send(Record::new(&topics["validation_request"], event.to_string())).await?;
    producer.flush().await?;

    let tracking = trial
        .track_event_flow(
            &correlation_id,
            &topics["validation_request"],
            &topics["validation_response"],
            Duration::from_secs(30),
        )
        .await?;

    assert!(tracking.request_found, "request event not found");
    assert!(tracking.response_found, "response event not found");
    assert!(tracking.duration_ms.is_some_and(|ms| ms < 5000.0), "{tracking:?}");
    Ok(())
}

/// The marker `slow`: left out by the default filter of nextest.
mod slow {
    use super::*;

    #[kafka_trial::test]
    async fn every_handler_answers_a_hundred_requests(
        trial: Trial,
        producer: Producer,
        topics: Topics,
        seed: Seed,
    ) -> kafka_trial::Result {
        let _service = kafka_trial_reference::start(trial.bootstrap_servers())?;
        let run = correlation_id(seed);
        for operation in Operation::ALL {
            let mut consumer = trial.consumer(operation.response_topic()).create().await?;
            for number in 0..25 {
                let id = format!("{run}-{}-{number}", operation.name());
                producer.publish_test_event(operation.request_topic(), &json!({"payload": {}}), &id).await?;
                let response = consumer.consume_response(&id, Duration::from_secs(10)).await?;
                assert_eq!(response.expect("a response")["priority"], "HIGH");
            }
        }
        assert_eq!(topics.iter().count(), 8);
        Ok(())
    }
}

/// The marker `integration`: needs a real cluster, so it is ignored unless asked for.
mod external {
    use super::*;

    #[kafka_trial::test(external)]
    async fn the_cluster_is_a_real_one(trial: Trial, connectivity: Connectivity) -> kafka_trial::Result {
        connectivity.verify().await?;
        assert!(!trial.is_embedded());
        Ok(())
    }
}
