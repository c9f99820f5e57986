//! What a test expects of a flow.

use std::time::Duration;

use kafka_trial::flow::Expect;
use serde_json::{Value as Json, json};

use crate::scene::{REQUESTS, RESPONSES, Scene, follow};

#[test]
fn expectations_that_do_not_hold_say_what_was_there() {
    let mut scene = Scene::usual();
    let keyed = |scene: &Scene, after, key: &'static str, value: Json| scene.record(after, &value.to_string()).key(key);
    scene.send(REQUESTS, 0, keyed(&scene, 0, "a", json!({"correlation_id": "a"})));
    scene.send(RESPONSES, 1, keyed(&scene, 70, "b", json!({"correlation_id": "a", "payload": {"score": 0.2}})));
    let expected = follow("a")
        .expect(Expect::topic(RESPONSES).within(Duration::from_millis(50)))
        .expect(Expect::topic(RESPONSES).field("/payload/score", json!(0.9)))
        .expect(Expect::topic(RESPONSES).that("a good score", |o| o.json().is_ok_and(|j| j["payload"]["score"] == 1)))
        .expect(Expect::topic("audit").at_least(2))
        .expect(Expect::never(RESPONSES))
        .expect(Expect::one_of([RESPONSES, REQUESTS]))
        .expect(Expect::in_order([RESPONSES, REQUESTS]))
        .expect(Expect::same_partition([REQUESTS, RESPONSES]))
        .expect(Expect::key_preserved())
        .expect(Expect::topic(REQUESTS).after(RESPONSES));
    let flow = scene.tracker().follow(&expected, Duration::ZERO);
    let unmet: Vec<String> = flow.unmet.iter().map(|unmet| format!("{}: {}", unmet.expected, unmet.seen)).collect();
    insta::assert_snapshot!(unmet.join("\n"), @r#"
    a record in responses within 50ms: responses-1@0 came after 70.0 ms
    a record in responses with /payload/score == 0.9: none is there; responses-1@0 does not fit: /payload/score is 0.2, not 0.9
    a record in responses with a good score: none is there; responses-1@0 does not fit: not a good score
    at least 2 records in audit: none is there
    nothing in responses: 1 are there: responses-1@0
    a record in one of responses, requests: responses and requests have one
    the order responses, requests: requests-0@0 came before responses-1@0
    one partition in requests, responses: requests-0@0 and responses-1@0 are not
    one key throughout: the key of responses-1@0 is not that of requests-0@0
    a record in requests after responses: requests-0@0 came before responses-1@0
    "#);
    assert!(flow.unmet[0].location.contains("expectations.rs:"), "{:?}", flow.unmet[0]);
    let error = flow.check().unwrap_err();
    assert!(error.to_string().starts_with("flow a: expected a record in responses within 50ms ("), "{error}");
}
