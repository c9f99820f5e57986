//! One tracker for all that follow flows in a run: nothing is read twice, and nobody waits for another's wait.

use std::collections::BTreeSet;
use std::time::Duration;

use kafka_trial::client::{Deadline, pause};
use kafka_trial::flow::{FlowTracker, Follow, Route, SharedTracker, Verdict};
use kafka_trial::journal::{ApiKey, Detail};
use kafka_trial::{Record, TopicSpec};
use serde_json::json;

use crate::scene::{LIMIT, REQUESTS, RESPONSES, Scene, follow};

/// The offsets that trackers have read of each topic, in the order of their fetches, and over how many connections.
fn read(scene: &Scene) -> (Vec<(String, i64)>, usize) {
    let entries = scene.cluster.journal(0).unwrap().entries;
    let own = entries.iter().filter(|entry| *entry.client_id == *"kafka-trial-flow");
    let connections: BTreeSet<u64> = own.clone().map(|entry| entry.connection).collect();
    let fetched = own.filter(|entry| entry.api == ApiKey::Fetch).flat_map(|entry| match &entry.detail {
        Detail::Fetch(fetch) => fetch.partitions.to_vec(),
        _ => Vec::new(),
    });
    let offsets = fetched.filter_map(|of| Some((of.topic.to_string(), of.offsets?.first)));
    (offsets.collect(), connections.len())
}

#[test]
fn a_hundred_questions_take_one_tracker_that_reads_each_record_once() {
    let mut scene = Scene::usual();
    let tracker = SharedTracker::new(FlowTracker::on(&scene.cluster, Deadline::after(LIMIT)).unwrap());
    let mut connections = 0;
    for number in 0..100 {
        let id = format!("id-{number}");
        scene.event(REQUESTS, 0, json!({"correlation_id": id}));
        scene.event(RESPONSES, 0, json!({"correlation_id": id}));
        let flow = tracker.follow(&follow(&id), LIMIT);
        assert!(flow.is_complete(), "{flow}");
        connections = if number == 0 { read(&scene).1 } else { connections };
    }
    let (offsets, after) = read(&scene);
    assert_eq!(after, connections, "no new connection for a question");
    let once: BTreeSet<&(String, i64)> = offsets.iter().collect();
    assert_eq!(offsets.len(), once.len(), "a record was read twice: {offsets:?}");
}

/// Topics of earlier tests are neither looked for nor fetched any more, and their records are no hops of a later flow with
/// the same id.
#[test]
fn a_question_reads_its_own_topics_alone() {
    let mut scene = Scene::usual();
    let tracker = SharedTracker::new(scene.tracker());
    for number in 0..20 {
        let topics = [format!("asked-{number}"), format!("answered-{number}")];
        for topic in &topics {
            scene.cluster.create_topic(TopicSpec::new(topic, 1)).unwrap();
            scene.client.produce(&Record::new(topic, r#"{"correlation_id": "a"}"#), Deadline::after(LIMIT)).unwrap();
        }
        let flow = tracker.follow(&Follow::new("a", Route::through(topics)), LIMIT);
        assert_eq!((flow.is_complete(), flow.observations.len()), (true, 2), "{flow}");
    }
    let entries = scene.cluster.journal(0).unwrap().entries;
    let own = entries.iter().filter(|entry| *entry.client_id == *"kafka-trial-flow");
    let most = own.map(|entry| entry.topics().into_iter().collect::<BTreeSet<_>>().len()).max();
    // The two topics, and five names that the dead letters of each may have.
    assert_eq!(most, Some(12));
}

#[test]
fn a_long_wait_holds_up_no_other() {
    let mut scene = Scene::usual();
    let tracker = SharedTracker::new(scene.tracker());
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| tracker.follow(&follow("late"), LIMIT));
        for number in 0..20 {
            let id = format!("id-{number}");
            scene.event(REQUESTS, 0, json!({"correlation_id": id}));
            scene.event(RESPONSES, 1, json!({"correlation_id": id}));
            assert!(tracker.follow(&follow(&id), LIMIT).is_complete());
        }
        assert!(!waiting.is_finished(), "nothing has come for the other");
        scene.event(REQUESTS, 0, json!({"correlation_id": "late"}));
        scene.event(RESPONSES, 0, json!({"correlation_id": "late"}));
        assert!(waiting.join().unwrap().is_complete());
    });
}

/// What a test of before has left is no evidence for the next one.
#[test]
fn a_topic_that_is_deleted_and_made_again_begins_anew() {
    let mut scene = Scene::usual();
    let tracker = SharedTracker::new(scene.tracker());
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    scene.event(RESPONSES, 0, json!({"correlation_id": "a"}));
    assert!(tracker.follow(&follow("a"), LIMIT).is_complete());
    scene.client.delete_topics(&[RESPONSES], Deadline::after(LIMIT)).unwrap();
    let flow = tracker.follow(&follow("a"), Duration::ZERO);
    assert_eq!((flow.verdict, flow.observations.len()), (Verdict::ProducedNotFetched, 1), "{flow}");
    scene.cluster.create_topic(TopicSpec::new(RESPONSES, 1)).unwrap();
    let flow = tracker.follow(&follow("a"), Duration::ZERO);
    assert_eq!((flow.verdict, flow.remarks.len()), (Verdict::ProducedNotFetched, 0), "{flow}");
    scene.event(RESPONSES, 0, json!({"correlation_id": "a"}));
    assert!(tracker.follow(&follow("a"), LIMIT).is_complete());
}

#[test]
fn an_answer_that_came_after_the_wait_is_late_when_it_is_looked_at_again() {
    let mut scene = Scene::usual();
    let tracker = SharedTracker::new(scene.witness());
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    let wait = Duration::from_millis(20);
    assert_eq!(tracker.seen(&follow("a"), wait).verdict, Verdict::ProducedNotFetched);
    pause(wait * 2);
    scene.event(RESPONSES, 0, json!({"correlation_id": "a"}));
    let flow = tracker.again(&follow("a"), wait);
    assert_eq!(flow.verdict, Verdict::AnsweredLate, "{flow}");
    assert!(flow.explanation.ends_with("; the limit is 20.0 ms"), "{flow}");
}
