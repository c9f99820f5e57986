//! What happens to topics and brokers while a flow goes through them.

use std::time::Duration;

use kafka_trial::client::Deadline;
use kafka_trial::flow::Verdict;
use serde_json::json;

use crate::scene::{LIMIT, REQUESTS, RESPONSES, Scene, follow};

#[test]
fn a_topic_that_is_deleted_or_truncated_meanwhile_is_a_remark() {
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
fn a_cluster_that_goes_away_is_a_remark_and_no_error() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    let mut tracker = scene.tracker();
    tracker.follow(&follow("a"), Duration::ZERO);
    scene.cluster.stop();
    let flow = tracker.follow(&follow("a"), Duration::from_millis(300));
    assert_eq!(flow.verdict, Verdict::ProducedNotFetched, "{flow}");
    assert!(
        flow.remarks.iter().any(|remark| remark.starts_with("the cluster could not be read: 127.0.0.1:")),
        "{flow}"
    );
    assert!(flow.explanation.starts_with("requests-0@0 is there"), "{flow}");
}
