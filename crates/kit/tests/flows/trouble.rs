//! What happens to topics and brokers while a flow goes through them.

use kafka_trial_wire::ErrorCode;
use std::time::Duration;

use kafka_trial::client::Deadline;
use kafka_trial::flow::Verdict;
use kafka_trial::{ClusterConfig, Record, TopicSpec};
use kafka_trial_wire::messages::DeleteRecordsRequest;
use kafka_trial_wire::messages::delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
use serde_json::json;

use crate::scene::{LIMIT, REQUESTS, RESPONSES, Scene, follow};

/// Deletes the records of partition 0 of a topic before an offset.
fn truncate(scene: &Scene, topic: &str, before: i64) {
    let partition = DeleteRecordsPartition { offset: before, ..Default::default() };
    let topic = DeleteRecordsTopic { name: topic.into(), partitions: vec![partition], ..Default::default() };
    let request = DeleteRecordsRequest { topics: vec![topic], timeout_ms: 10_000, ..Default::default() };
    let answer = scene.connection().ask(&request, 2, Deadline::after(LIMIT)).unwrap();
    assert_eq!(answer.topics[0].partitions[0].error_code, ErrorCode::NONE);
}

/// Compacted topics of one partition each.
fn compacted() -> Scene {
    let topics = [REQUESTS, RESPONSES].map(|name| TopicSpec {
        configs: [("cleanup.policy".to_owned(), "compact".to_owned())].into(),
        ..TopicSpec::new(name, 1)
    });
    Scene::of(ClusterConfig { topics: topics.into(), ..ClusterConfig::default() })
}

fn keyed(scene: &Scene, value: &str) -> Record {
    scene.record(0, value).key("order")
}

#[test]
fn a_topic_that_is_deleted_in_mid_flow_is_a_remark() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    let mut tracker = scene.tracker();
    assert_eq!(tracker.follow(&follow("a"), Duration::ZERO).verdict, Verdict::ProducedNotFetched);
    scene.client.delete_topics(&[RESPONSES], Deadline::after(LIMIT)).unwrap();
    let flow = tracker.follow(&follow("a"), Duration::from_millis(300));
    assert_eq!(flow.remarks, ["topic responses was deleted while it was read"], "{flow}");
    assert!(flow.explanation.ends_with("; topic responses does not exist"), "{flow}");
}

#[test]
fn a_topic_that_is_deleted_and_created_again_in_mid_flow_is_read_anew() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    scene.event(RESPONSES, 0, json!({"correlation_id": "of the first topic"}));
    let mut tracker = scene.tracker();
    assert_eq!(tracker.follow(&follow("a"), Duration::ZERO).verdict, Verdict::ProducedNotFetched);
    scene.client.delete_topics(&[RESPONSES], Deadline::after(LIMIT)).unwrap();
    scene.cluster.create_topic(TopicSpec::new(RESPONSES, 3)).unwrap();
    // It takes the very place of the record that is gone.
    assert_eq!(scene.event(RESPONSES, 0, json!({"correlation_id": "a"})), 0);
    let flow = tracker.follow(&follow("a"), LIMIT);
    assert!(flow.is_complete(), "{flow}");
    assert_eq!(flow.remarks, ["topic responses was deleted and created again while it was read"], "{flow}");
}

#[test]
fn what_was_read_before_a_truncation_stays_evidence() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    let mut tracker = scene.tracker();
    assert_eq!(tracker.follow(&follow("a"), Duration::ZERO).verdict, Verdict::ProducedNotFetched);
    for number in 0..5 {
        scene.event(REQUESTS, 0, json!({"correlation_id": format!("other-{number}")}));
    }
    truncate(&scene, REQUESTS, 4);
    scene.event(RESPONSES, 0, json!({"correlation_id": "a"}));
    let flow = tracker.follow(&follow("a"), LIMIT);
    assert!(flow.is_complete(), "{flow}");
    assert_eq!(flow.remarks, ["requests-0 was truncated while it was read: offsets 1 to 3 are gone"], "{flow}");
}

#[test]
fn a_request_that_was_deleted_before_it_was_read_may_have_been_there() {
    let mut scene = Scene::usual();
    for id in ["a", "b"] {
        scene.event(REQUESTS, 0, json!({"correlation_id": id}));
    }
    scene.event(RESPONSES, 0, json!({"correlation_id": "a"}));
    truncate(&scene, REQUESTS, 1);
    let flow = scene.flow("a");
    assert_eq!(
        (flow.verdict, flow.explanation.as_str()),
        (
            Verdict::NeverProduced,
            "no record of requests carries a (1 record was looked through), although responses-0@0 does; \
             requests-0 begins at offset 1: what was before it has been deleted"
        )
    );
}

#[test]
fn what_was_read_before_a_compaction_stays_evidence_and_what_was_not_may_have_been_there() {
    let mut scene = compacted();
    scene.send(REQUESTS, 0, keyed(&scene, r#"{"correlation_id": "a"}"#));
    let mut tracker = scene.tracker();
    assert_eq!(tracker.follow(&follow("a"), Duration::ZERO).verdict, Verdict::ProducedNotFetched);
    scene.send(REQUESTS, 0, keyed(&scene, r#"{"correlation_id": "b"}"#));
    scene.cluster.compact(REQUESTS).unwrap();
    scene.send(RESPONSES, 0, keyed(&scene, r#"{"correlation_id": "a"}"#));
    let flow = tracker.follow(&follow("a"), LIMIT);
    assert!(flow.is_complete() && flow.remarks.is_empty(), "{flow}");
    let flow = scene.flow("a");
    assert_eq!(
        (flow.verdict, flow.explanation.as_str()),
        (
            Verdict::NeverProduced,
            "no record of requests carries a (1 record was looked through), although responses-0@0 does; requests is \
             compacted: a later record with its key may have taken its place"
        )
    );
}

#[test]
fn a_cluster_that_goes_away_is_a_remark_and_no_error() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    let mut tracker = scene.tracker();
    tracker.follow(&follow("a"), Duration::ZERO);
    scene.cluster.stop();
    let flow = tracker.follow(&follow("a"), Duration::from_millis(300));
    assert_eq!(flow.verdict, Verdict::CannotBeKnown, "what cannot be read was not never there: {flow}");
    assert!(
        flow.remarks.iter().any(|remark| remark.starts_with("the cluster could not be read: 127.0.0.1:")),
        "{flow}"
    );
    assert!(flow.explanation.starts_with("requests-0@0 is there"), "{flow}");
}

#[test]
fn of_a_broker_that_stops_in_mid_flow_the_others_tell_the_rest_and_it_when_it_is_back() {
    let topics = [REQUESTS, RESPONSES].map(|name| TopicSpec::new(name, 2));
    let mut scene = Scene::of(ClusterConfig { brokers: 2, topics: topics.into(), ..ClusterConfig::default() });
    let views = scene.client.topics(Some(&[REQUESTS, RESPONSES]), Deadline::after(LIMIT)).unwrap();
    let led_by = |topic: &str, broker| {
        let view = views.iter().find(|view| view.name == topic).unwrap();
        view.partitions.iter().find(|partition| partition.leader == Some(broker)).unwrap().index
    };
    let (asked_in, answered_in) = (led_by(REQUESTS, 0), led_by(RESPONSES, 1));
    let mut tracker = scene.tracker();
    tracker.follow(&follow("a"), Duration::ZERO);
    scene.event(REQUESTS, asked_in, json!({"correlation_id": "a"}));
    scene.event(RESPONSES, answered_in, json!({"correlation_id": "a"}));
    scene.cluster.stop_broker(1).unwrap();
    for timeout in [Duration::ZERO, Duration::from_millis(300)] {
        for tracker in [&mut tracker, &mut scene.tracker()] {
            let flow = tracker.follow(&follow("a"), timeout);
            assert_eq!(flow.verdict, Verdict::CannotBeKnown, "{flow}");
            let text = format!(
                "requests-{asked_in}@0 is there; whether responses answers it cannot be known: no broker leads \
                 responses-{answered_in}"
            );
            assert_eq!(flow.explanation, text);
            let remark = format!("responses-{answered_in} could not be read: no broker leads it");
            assert!(flow.remarks.contains(&remark), "{flow}");
        }
    }
    scene.cluster.start_broker(1).unwrap();
    let flow = tracker.follow(&follow("a"), LIMIT);
    assert!(flow.is_complete(), "{flow}");
}

#[test]
fn a_record_on_a_partition_that_has_lost_its_leader_was_not_never_produced() {
    let topics = [REQUESTS, RESPONSES].map(|name| TopicSpec::new(name, 2));
    let mut scene = Scene::of(ClusterConfig { brokers: 2, topics: topics.into(), ..ClusterConfig::default() });
    let views = scene.client.topics(Some(&[REQUESTS]), Deadline::after(LIMIT)).unwrap();
    let lost = views[0].partitions.iter().find(|partition| partition.leader == Some(1)).unwrap().index;
    scene.event(REQUESTS, lost, json!({"correlation_id": "a"}));
    scene.cluster.stop_broker(1).unwrap();
    for mut tracker in [scene.tracker(), scene.witness()] {
        let flow = tracker.follow(&follow("a"), Duration::ZERO);
        assert_eq!(flow.verdict, Verdict::CannotBeKnown, "{flow}");
        let text = format!(
            "no record of requests carries a (0 records were looked through), which proves nothing: no broker leads \
             requests-{lost}"
        );
        assert_eq!(flow.explanation, text);
    }
    scene.cluster.start_broker(1).unwrap();
    let flow = scene.tracker().follow(&follow("a"), Duration::ZERO);
    assert_eq!(flow.verdict, Verdict::ProducedNotFetched, "{flow}");
}
