//! Records that are there twice, and why.

use std::time::Duration;

use kafka_trial::client::Stopwatch;
use kafka_trial::flow::{Anomaly, DuplicateClass, Expect};
use serde_json::json;

use crate::scene::{LIMIT, REQUESTS, RESPONSES, Scene, follow};

#[test]
fn duplicates_are_classed() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    scene.event(RESPONSES, 0, json!({"correlation_id": "a", "event_id": "e", "sent": 1}));
    scene.event(RESPONSES, 1, json!({"correlation_id": "a", "event_id": "e", "sent": 2}));
    let classes: Vec<_> = scene
        .flow("a")
        .anomalies
        .into_iter()
        .filter_map(|anomaly| match anomaly {
            Anomaly::Duplicate { class, second, .. } => Some((class, second.to_string())),
            _ => None,
        })
        .collect();
    assert_eq!(
        classes,
        [(DuplicateClass::Retry, "requests-0@1".to_owned()), (DuplicateClass::Application, "responses-1@0".to_owned())]
    );
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
