//! Records that are there twice, and why.

use kafka_trial_wire::ErrorCode;
use std::time::Duration;

use kafka_trial::client::{Connection, Deadline, Stopwatch};
use kafka_trial::flow::{DuplicateClass, Expect};
use kafka_trial::responder::Responder;
use kafka_trial::{ClusterConfig, Record, TopicSpec};
use kafka_trial_wire::messages::ProduceRequest;
use kafka_trial_wire::records::BatchBuilder;
use serde_json::json;

use crate::scene::{LIMIT, REQUESTS, RESPONSES, Scene, duplicates, follow, produce};

/// A batch of an idempotent producer with one answer to "a".
fn batch(scene: &Scene, producer: i64, epoch: i16) -> BatchBuilder {
    let mut batch = BatchBuilder::new().producer(producer, epoch, 0);
    batch.push(scene.now, None, Some(br#"{"correlation_id": "a"}"#), &[]);
    batch
}

/// Sends a batch and gives its offset.
fn send(connection: &mut Connection, batch: &BatchBuilder) -> i64 {
    let sent = connection.ask(&produce(RESPONSES, batch), 12, Deadline::after(LIMIT)).unwrap();
    let answer = &sent.responses[0].partition_responses[0];
    assert_eq!(answer.error_code, ErrorCode::NONE, "{answer:?}");
    answer.base_offset
}

/// Whatever an idempotent producer has sent is forgotten at once.
fn forgetful() -> Scene {
    let properties = [("producer.id.expiration.ms", "1"), ("producer.id.expiration.check.interval.ms", "10")];
    Scene::of(ClusterConfig {
        topics: [REQUESTS, RESPONSES].map(|name| TopicSpec::new(name, 1)).into(),
        properties: properties.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        ..ClusterConfig::default()
    })
}

/// Sends a batch again and again until the broker takes it for a new one.
fn send_until_appended(connection: &mut Connection, batch: &BatchBuilder) {
    let deadline = Deadline::after(LIMIT);
    while send(connection, batch) == 0 {
        assert!(!deadline.is_past(), "the broker still knows the producer after {LIMIT:?}");
    }
}

#[test]
fn a_batch_that_is_sent_twice_is_no_duplicate_where_the_broker_drops_the_second() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    let (mut connection, batch) = (scene.connection(), batch(&scene, 7, 0));
    assert_eq!((send(&mut connection, &batch), send(&mut connection, &batch)), (0, 0));
    let flow = scene.witness().follow(&follow("a").expect(Expect::exactly_once()), Duration::ZERO);
    assert!(flow.is_complete() && flow.anomalies.is_empty(), "{flow}");
}

#[test]
fn wire_one_batch_is_appended_twice_where_the_broker_no_longer_knows_its_producer() {
    let mut scene = forgetful();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    let (mut connection, batch) = (scene.connection(), batch(&scene, 7, 0));
    send(&mut connection, &batch);
    send_until_appended(&mut connection, &batch);
    let flow = scene.tracker().follow(&follow("a").expect(Expect::exactly_once()), Duration::ZERO);
    assert_eq!(duplicates(&flow), [(DuplicateClass::Wire, "responses-0@1".to_owned())], "{flow}");
    assert_eq!(
        flow.unmet[0].seen,
        "responses-0@1 repeats responses-0@0: one batch was appended twice (same producer id, epoch and sequence)"
    );
}

#[test]
fn retry_a_producer_that_lost_the_answer_sends_its_record_again() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    let mut batch = BatchBuilder::new();
    batch.push(scene.now, Some(b"k"), Some(br#"{"correlation_id": "a"}"#), &[]);
    let (mut requests, answers) = scene.connection().pipeline::<ProduceRequest>(12).unwrap();
    requests.send(&produce(RESPONSES, &batch), Deadline::after(LIMIT)).unwrap();
    let deadline = Deadline::after(LIMIT);
    while scene.cluster.records(RESPONSES, None, 0).unwrap().is_empty() {
        assert!(!deadline.is_past(), "nothing was appended within {LIMIT:?}");
    }
    drop((requests, answers));
    assert_eq!(send(&mut scene.connection(), &batch), 1);
    let flow = scene.flow("a");
    assert_eq!(duplicates(&flow), [(DuplicateClass::Retry, "responses-0@1".to_owned())], "{flow}");
}

#[test]
fn application_a_service_sends_one_event_twice() {
    let mut scene = Scene::usual();
    let event = json!({"correlation_id": "a", "event_id": "e"}).to_string();
    let _responder = Responder::start(scene.cluster.bootstrap_servers(), &[REQUESTS], move |_| {
        let record = |key: &str| Record::new(RESPONSES, &event).key(key);
        vec![record("1"), record("2")]
    })
    .unwrap();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    let expected = follow("a").expect(Expect::topic(RESPONSES).at_least(2));
    let flow = scene.tracker().follow(&expected, LIMIT);
    let classes: Vec<DuplicateClass> = duplicates(&flow).into_iter().map(|(class, _)| class).collect();
    assert_eq!(classes, [DuplicateClass::Application], "{flow}");
}

#[test]
fn zombie_a_producer_writes_on_after_a_later_epoch_of_it() {
    let mut scene = forgetful();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    let mut connection = scene.connection();
    send(&mut connection, &batch(&scene, 7, 1));
    // As long as the broker knows the later epoch it refuses the earlier one.
    let (old, deadline) = (produce(RESPONSES, &batch(&scene, 7, 0)), Deadline::after(LIMIT));
    while connection.ask(&old, 12, deadline).unwrap().responses[0].partition_responses[0].error_code != ErrorCode::NONE
    {
        assert!(!deadline.is_past(), "the broker still knows the producer after {LIMIT:?}");
    }
    let flow = scene.flow("a");
    assert_eq!(duplicates(&flow), [(DuplicateClass::Zombie, "responses-0@1".to_owned())], "{flow}");
}

#[cfg(feature = "rdkafka")]
mod members {
    use kafka_trial::flow::{Follow, Route};
    use kafka_trial::{Consumer, Flows, Producer, Topic, Trial};

    use super::*;

    /// A consumer of one instance of a service, which commits nothing, and its producer.
    async fn instance(trial: &Trial, requests: &Topic, name: &str) -> kafka_trial::Result<(Consumer, Producer)> {
        let consumer = trial.consumer(requests).config("client.id", name).config("group.instance.id", "billing");
        let consumer = consumer.config("enable.auto.commit", "false").create().await?;
        Ok((consumer, trial.producer().config("client.id", name).create().await?))
    }

    async fn answer(producer: &Producer, responses: &Topic, by: &str) -> kafka_trial::Result {
        let event = json!({"correlation_id": "a", "event_id": "answer", "by": by});
        producer.send(responses.record(event.to_string())).await?;
        Ok(())
    }

    #[kafka_trial::test]
    async fn redelivery_a_service_dies_after_its_answer_and_before_its_commit(
        trial: Trial,
        requests: Topic,
        responses: Topic,
        producer: Producer,
        flows: Flows,
    ) -> kafka_trial::Result {
        producer.send(requests.record(r#"{"correlation_id": "a"}"#)).await?;
        for name in ["billing-1", "billing-2"] {
            let (mut consumer, producer) = instance(&trial, &requests, name).await?;
            consumer.next().await?;
            answer(&producer, &responses, name).await?;
            consumer.close().await;
        }
        let follow = follow_two(&requests, &responses);
        let flow = flows.follow(follow, LIMIT).await?;
        assert_eq!(duplicates(&flow), [(DuplicateClass::Redelivery, "responses-0@1".to_owned())], "{flow}");
        assert_eq!(flow.unmet.len(), 1, "{flow}");
        Ok(())
    }

    #[kafka_trial::test]
    async fn zombie_a_member_answers_after_another_has_taken_its_place(
        trial: Trial,
        requests: Topic,
        responses: Topic,
        producer: Producer,
        flows: Flows,
    ) -> kafka_trial::Result {
        producer.send(requests.record(r#"{"correlation_id": "a"}"#)).await?;
        let (mut slow, slow_producer) = instance(&trial, &requests, "billing-1").await?;
        slow.next().await?;
        // The same instance starts again, elsewhere: it has the partition from now on, and the first is fenced.
        let (mut quick, quick_producer) = instance(&trial, &requests, "billing-2").await?;
        quick.next().await?;
        answer(&quick_producer, &responses, "billing-2").await?;
        answer(&slow_producer, &responses, "billing-1").await?;
        let flow = flows.follow(follow_two(&requests, &responses), LIMIT).await?;
        assert_eq!(duplicates(&flow), [(DuplicateClass::Zombie, "responses-0@1".to_owned())], "{flow}");
        assert!(
            flow.unmet[0].seen.ends_with("its producer wrote on after another had taken its place"),
            "{:?}",
            flow.unmet[0]
        );
        Ok(())
    }

    fn follow_two(requests: &Topic, responses: &Topic) -> Follow {
        let follow = Follow::new("a", Route::through([requests.name(), responses.name()]));
        follow.expect(Expect::topic(responses.name()).at_least(2)).expect(Expect::exactly_once())
    }
}

#[test]
fn nothing_more_for_a_time_waits_for_a_second_answer() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    scene.event(RESPONSES, 0, json!({"correlation_id": "a", "event_id": "e"}));
    let mut tracker = scene.tracker();
    let quiet = Duration::from_millis(400);
    let watch = Stopwatch::start();
    let follow = follow("a").expect(Expect::exactly_once()).expect(Expect::no_more_for(quiet));
    let second = std::thread::spawn(move || {
        scene.event(RESPONSES, 0, json!({"correlation_id": "a", "event_id": "e"}));
        scene
    });
    let flow = tracker.follow(&follow, LIMIT);
    assert!(watch.elapsed() >= quiet);
    assert_eq!(flow.unmet.len(), 1, "{flow}");
    drop(second.join().unwrap());
}
