//! What is said of a flow that does not end as it should.

use std::time::Duration;

use kafka_trial::client::Deadline;
use kafka_trial::flow::{Follow, Route, Verdict};
use serde_json::json;

use crate::scene::{LIMIT, REQUESTS, RESPONSES, Scene, anomalies};

#[test]
fn a_flow_without_an_answer_says_what_is_known_of_its_readers() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    let flow = scene.flow("a");
    assert_eq!(flow.verdict, Verdict::ProducedNotFetched);
    assert_eq!(
        flow.explanation,
        "requests-0@0 is there, and no group reads requests; a reader without a group cannot be seen from outside"
    );
    let place = kafka_trial::client::TopicPartition { topic: REQUESTS.to_owned(), partition: 0 };
    scene.client.commit("billing", &[(place.clone(), 0)].into(), Deadline::after(LIMIT)).unwrap();
    let flow = scene.flow("a");
    assert_eq!(
        (flow.verdict, flow.explanation.as_str()),
        (Verdict::ProducedNotFetched, "group billing has no members, lag 1 on requests")
    );
    scene.client.commit("billing", &[(place, 1)].into(), Deadline::after(LIMIT)).unwrap();
    let flow = scene.flow("a");
    assert_eq!(flow.verdict, Verdict::FetchedNotAnswered);
    assert_eq!(
        flow.explanation,
        "group billing has committed requests-0 up to 1, past requests-0@0, and has not answered it, \
         and has no members now; nothing has come in responses within 0.0 ms"
    );
    let other = Follow::new("a", Route::through([REQUESTS, RESPONSES]).handled_by("shipping"));
    let flow = scene.tracker().follow(&other, Duration::ZERO);
    assert_eq!(
        flow.explanation,
        "requests-0@0 is there, and group shipping has never read requests; \
         a reader without a group cannot be seen from outside"
    );
}

#[test]
fn what_was_never_produced_says_where_was_looked_and_what_is_nearly_it() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "Order-7"}));
    scene.event(RESPONSES, 0, json!({"correlation_id": "order-7"}));
    let flow = scene.flow("order-7");
    assert_eq!(flow.verdict, Verdict::NeverProduced);
    assert_eq!(
        flow.explanation,
        "no record of requests carries order-7 (1 record was looked through), although responses-0@0 does; \
         requests-0@0 carries \"Order-7\", which is nearly the same"
    );
    let nowhere = Follow::new("a", Route::through(["not.there", RESPONSES]));
    assert_eq!(scene.tracker().follow(&nowhere, Duration::ZERO).explanation, "topic not.there does not exist");
}

#[test]
fn an_answer_in_the_wrong_topic_or_with_a_wrong_id_is_pointed_at() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a", "event_id": "e1"}));
    scene.event("audit", 0, json!({"correlation_id": "a"}));
    let flow = scene.flow("a");
    assert!(flow.explanation.ends_with("; audit-0@0 carries its id, but an answer is expected in responses"), "{flow}");
    scene.event(REQUESTS, 0, json!({"correlation_id": "b", "event_id": "e2"}));
    scene.event(RESPONSES, 0, json!({"correlation_id": "unknown", "causation_id": "e2"}));
    let flow = scene.flow("b");
    assert_eq!(flow.verdict, Verdict::ProducedNotFetched);
    assert!(flow.explanation.ends_with("; responses-0@0 answers it, but does not carry its id"), "{flow}");
    assert_eq!(anomalies(&flow), ["responses-0@0 belongs to the flow, but carries the id unknown"]);
    scene.event(REQUESTS, 0, json!({"correlation_id": "c"}));
    let flow = scene.flow("c");
    assert!(flow.explanation.ends_with("; responses-0@0 answers \"unknown\", an id that no request has"), "{flow}");
}

#[test]
fn a_late_answer_and_an_answer_with_an_error_are_told_from_a_good_one() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "late"}));
    scene.send(RESPONSES, 0, scene.record(120, r#"{"correlation_id": "late"}"#));
    let route = Route::through([REQUESTS, RESPONSES]).within(Duration::from_millis(100));
    let flow = scene.tracker().follow(&Follow::new("late", route), Duration::ZERO);
    assert_eq!(
        (flow.verdict, flow.explanation.as_str()),
        (Verdict::AnsweredLate, "requests-0@0 was answered by responses-0@0 after 120 ms; the limit is 100 ms")
    );
    scene.event(REQUESTS, 0, json!({"correlation_id": "bad"}));
    let details = json!({"error": "Missing code_content", "error_code": "VALIDATION_ERROR"});
    scene.event(RESPONSES, 0, json!({"correlation_id": "bad", "payload": {"details": details}}));
    let flow = scene.flow("bad");
    assert_eq!(
        (flow.verdict, flow.explanation.as_str()),
        (
            Verdict::AnsweredError,
            "requests-0@1 was answered by responses-0@1 after 0.0 ms with an error: VALIDATION_ERROR: Missing code_content"
        )
    );
}
