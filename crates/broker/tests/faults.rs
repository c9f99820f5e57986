//! Fault rules, met by clients over sockets.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it cannot go on")]

mod raw;

use std::sync::Arc;
use std::time::Duration;

use kafka_trial_broker::journal::{ApiKey, CloseReason, Ending, ErrorCode};
use kafka_trial_broker::{
    Cluster, ClusterConfig, FaultAction, FaultError, FaultRule, FaultStatus, Misses, Parts, TopicSpec, When,
};
use kafka_trial_wire::messages::ProduceRequest;

use self::raw::{FETCH, LIMIT, PRODUCE, Raw, eventually, fetch, frame, now, produce};

fn cluster() -> Cluster {
    let topics = vec![TopicSpec::new("topic", 1), TopicSpec::new("other", 1)];
    Cluster::start(ClusterConfig { topics, ..ClusterConfig::default() }).unwrap()
}

fn rule(action: FaultAction) -> FaultRule {
    FaultRule::new("rule", Some(ApiKey::Produce), action)
}

fn client(cluster: &Cluster) -> Raw {
    Raw::connect(cluster.addresses()[0])
}

fn error_of(client: &mut Raw, topic: &str) -> ErrorCode {
    client.ask(&produce(topic, b"v"), PRODUCE).responses[0].partition_responses[0].error_code
}

fn count(cluster: &Cluster, topic: &str) -> usize {
    cluster.records(topic, None, 0).unwrap().len()
}

fn status(cluster: &Cluster) -> FaultStatus {
    cluster.faults().unwrap().remove(0)
}

fn of_topic(topic: &'static str) -> Misses {
    Arc::new(
        move |entry| {
            if entry.topics().contains(&topic) { Vec::new() } else { vec![format!("its topic is not {topic}")] }
        },
    )
}

#[test]
fn a_rejected_request_has_no_effect_and_others_have() {
    let cluster = cluster();
    let mut client = client(&cluster);
    let code = ErrorCode::NOT_LEADER_OR_FOLLOWER;
    let first = FaultRule { when: When::Nth(1..=2), misses: of_topic("topic"), ..rule(FaultAction::Reject(code)) };
    cluster.arm(first).unwrap();
    assert_eq!(error_of(&mut client, "other"), ErrorCode::NONE);
    assert_eq!([(); 3].map(|()| error_of(&mut client, "topic")), [code, code, ErrorCode::NONE]);
    assert_eq!((count(&cluster, "topic"), count(&cluster, "other")), (1, 1));
    let status = cluster.disarm("rule").unwrap().unwrap();
    assert_eq!((status.matched, status.fired, status.is_due()), (3, 2, false));
    let fired = cluster.fired_faults().unwrap();
    assert_eq!(
        fired.iter().map(|one| (one.rule.as_str(), one.correlation_id)).collect::<Vec<_>>(),
        [("rule", 2), ("rule", 3)]
    );
}

#[test]
fn a_request_can_have_its_effect_and_fail_all_the_same() {
    let cluster = cluster();
    let mut client = client(&cluster);
    let parts = Parts { topic: Some("topic".to_owned()), ..Parts::default() };
    let failing = FaultRule { parts, ..rule(FaultAction::ApplyThenFail(ErrorCode::REQUEST_TIMED_OUT)) };
    cluster.arm(failing).unwrap();
    let mut both = produce("topic", b"v");
    both.topic_data.extend(produce("other", b"v").topic_data);
    let answer = client.ask(&both, PRODUCE);
    let rows: Vec<_> = answer.responses.iter().map(|topic| &topic.partition_responses[0]).collect();
    assert_eq!((rows[0].error_code, rows[0].base_offset), (ErrorCode::REQUEST_TIMED_OUT, -1));
    assert_eq!((rows[1].error_code, rows[1].base_offset), (ErrorCode::NONE, 0));
    assert_eq!((count(&cluster, "topic"), count(&cluster, "other")), (1, 1), "both were appended");
    let entry = &cluster.journal(0).unwrap().entries[0];
    assert_eq!(entry.error, ErrorCode::REQUEST_TIMED_OUT, "the journal has what the client was answered");
}

#[test]
fn a_fetch_that_waits_is_rejected_at_once_and_its_records_come_later() {
    let cluster = cluster();
    let mut client = client(&cluster);
    let reject = FaultAction::ApplyThenFail(ErrorCode::NOT_LEADER_OR_FOLLOWER);
    let rule = FaultRule { when: When::Nth(1..=1), ..FaultRule::new("rule", Some(ApiKey::Fetch), reject) };
    cluster.arm(rule).unwrap();
    let start = now();
    let answer = client.ask(&fetch("topic", 0, 1000, 20_000), FETCH);
    assert_eq!(answer.responses[0].partitions[0].error_code, ErrorCode::NOT_LEADER_OR_FOLLOWER);
    assert!(start.elapsed() < LIMIT / 2, "it did not wait");
    error_of(&mut client, "topic");
    let answer = client.ask(&fetch("topic", 0, 1000, 20_000), FETCH);
    assert_eq!(answer.responses[0].partitions[0].error_code, ErrorCode::NONE);
    assert!(answer.responses[0].partitions[0].records.is_some());
}

#[test]
fn a_connection_is_cut_before_the_effect_after_it_or_in_the_reply() {
    let cluster = cluster();
    for (action, appended, sent) in
        [(FaultAction::CutBefore, 0, 0), (FaultAction::CutAfter, 1, 0), (FaultAction::CutInReply(7), 2, 7)]
    {
        cluster.arm(rule(action.clone())).unwrap();
        let mut client = client(&cluster);
        client.send(&produce("topic", b"v"), PRODUCE);
        assert_eq!(client.rest().len(), sent, "{action}");
        assert_eq!(count(&cluster, "topic"), appended, "{action}");
        eventually(|| match cluster.closed_connections().unwrap().pop().map(|closed| closed.reason) {
            Some(CloseReason::Fault { rule, .. }) if rule == "rule" => Ok(()),
            other => Err(format!("{other:?}")),
        });
        cluster.disarm("rule").unwrap().unwrap();
    }
    assert!(cluster.journal(0).unwrap().entries.iter().all(|entry| entry.ending == Ending::Closed));
}

#[test]
fn a_held_request_waits_for_its_release_and_those_behind_it_keep_their_order() {
    let cluster = cluster();
    let before = FaultAction::HoldBefore("gate".to_owned());
    cluster.arm(FaultRule { when: When::Nth(1..=1), ..rule(before) }).unwrap();
    let mut client = client(&cluster);
    assert!(!cluster.wait_held("gate", Duration::from_millis(1)).unwrap());
    let first = client.send(&produce("topic", b"first"), PRODUCE);
    let second = client.send(&produce("topic", b"second"), PRODUCE);
    assert!(cluster.wait_held("gate", LIMIT).unwrap());
    assert!(cluster.wait_held("gate", LIMIT).unwrap(), "who comes later learns it, too");
    assert_eq!(count(&cluster, "topic"), 0);
    assert_eq!(cluster.waiting_requests().unwrap().len(), 1);
    assert_eq!(error_of(&mut Raw::connect(cluster.addresses()[0]), "other"), ErrorCode::NONE, "others go on");
    assert_eq!((cluster.release("gate").unwrap(), cluster.release("gate").unwrap()), (1, 0));
    assert_eq!(client.receive::<ProduceRequest>(PRODUCE, first).responses[0].partition_responses[0].base_offset, 0);
    assert_eq!(client.receive::<ProduceRequest>(PRODUCE, second).responses[0].partition_responses[0].base_offset, 1);
}

#[test]
fn what_a_rule_holds_is_released_with_the_rule() {
    let cluster = cluster();
    cluster.arm(rule(FaultAction::HoldAfter("gate".to_owned()))).unwrap();
    let mut client = client(&cluster);
    let id = client.send(&produce("topic", b"v"), PRODUCE);
    assert!(cluster.wait_held("gate", LIMIT).unwrap());
    assert_eq!(count(&cluster, "topic"), 1, "the effect is there, the answer is not");
    cluster.disarm("rule").unwrap().unwrap();
    assert_eq!(client.receive::<ProduceRequest>(PRODUCE, id).responses[0].partition_responses[0].base_offset, 0);
}

#[test]
fn requests_and_answers_are_delayed() {
    const DELAY: Duration = Duration::from_millis(50);
    let cluster = cluster();
    for action in [FaultAction::DelayBefore(DELAY), FaultAction::DelayAfter(DELAY)] {
        cluster.arm(rule(action.clone())).unwrap();
        let mut client = client(&cluster);
        let start = now();
        assert_eq!(error_of(&mut client, "topic"), ErrorCode::NONE);
        assert!(start.elapsed() >= DELAY, "{action}: {:?}", start.elapsed());
        cluster.disarm("rule").unwrap().unwrap();
    }
    let entries = cluster.journal(0).unwrap().entries;
    assert!(entries.iter().all(|entry| entry.duration().unwrap() >= DELAY), "{entries:?}");
}

#[test]
fn a_swallowed_answer_never_comes_and_its_client_may_go() {
    let cluster = cluster();
    cluster.arm(rule(FaultAction::Swallow)).unwrap();
    let mut client = client(&cluster);
    client.send(&produce("topic", b"v"), PRODUCE);
    eventually(|| if count(&cluster, "topic") == 1 { Ok(()) } else { Err("nothing was appended".to_owned()) });
    assert_eq!(cluster.waiting_requests().unwrap().len(), 1);
    client.finish_sending();
    assert!(client.rest().is_empty());
    eventually(|| match cluster.waiting_requests().unwrap().len() {
        0 => Ok(()),
        waiting => Err(format!("{waiting} requests wait")),
    });
}

#[test]
fn a_rule_that_did_not_act_names_the_nearest_requests_and_what_they_missed() {
    let cluster = cluster();
    let reject = FaultAction::Reject(ErrorCode::NOT_LEADER_OR_FOLLOWER);
    cluster.arm(FaultRule { when: When::Nth(2..=2), misses: of_topic("topic"), ..rule(reject) }).unwrap();
    let mut client = client(&cluster);
    client.ask(&fetch("other", 0, 1000, 0), FETCH);
    error_of(&mut client, "other");
    error_of(&mut client, "topic");
    let status = status(&cluster);
    assert!(status.is_due());
    let misses: Vec<_> = status.near.iter().map(|near| near.misses.join("; ")).collect();
    assert_eq!(misses, ["", "its topic is not topic", "its API is Fetch, not Produce; its topic is not topic"]);
}

#[test]
fn draws_depend_on_the_client_and_not_on_the_order_in_which_clients_come() {
    let acted = |alternate: bool| {
        let config =
            ClusterConfig { seed: Some(7), topics: vec![TopicSpec::new("topic", 1)], ..ClusterConfig::default() };
        let cluster = Cluster::start(config).unwrap();
        let reject = FaultAction::Reject(ErrorCode::REQUEST_TIMED_OUT);
        cluster.arm(FaultRule { when: When::Probability(0.5), ..rule(reject) }).unwrap();
        let mut client = client(&cluster);
        let mut send = |id: i32| {
            client.send_bytes(&frame(&produce("topic", b"v"), PRODUCE, id));
            client.receive::<ProduceRequest>(PRODUCE, id).responses[0].partition_responses[0].error_code
        };
        (0..40)
            .map(|number| {
                if alternate {
                    Raw::connect(cluster.addresses()[0]).ask(&fetch("topic", 0, 1000, 0), FETCH);
                }
                send(number) != ErrorCode::NONE
            })
            .collect::<Vec<_>>()
    };
    let alone = acted(false);
    assert_eq!(acted(true), alone);
    let hits = alone.iter().filter(|hit| **hit).count();
    assert!((10..=30).contains(&hits), "{hits} of 40");
}

#[test]
fn a_rule_that_could_never_act_is_refused() {
    let cluster = cluster();
    let refused = |rule| cluster.arm(rule).unwrap_err().to_string();
    let reject = || rule(FaultAction::Reject(ErrorCode::REQUEST_TIMED_OUT));
    assert_eq!(
        refused(FaultRule { when: When::Nth(0..=3), ..reject() }),
        r#"rule "rule": requests are counted from 1, not from 0"#
    );
    #[expect(clippy::reversed_empty_ranges, reason = "that is what is refused")]
    let empty = When::Nth(3..=2);
    assert_eq!(refused(FaultRule { when: empty, ..reject() }), r#"rule "rule": 3 to 2 holds no number"#);
    assert_eq!(
        refused(FaultRule { when: When::Every(0), ..reject() }),
        r#"rule "rule": every 0th request is none: 1 is each"#
    );
    for p in [0.0, -1.0, 1.5, f64::NAN] {
        let text = format!(r#"rule "rule": the probability {p} is not above 0 and at most 1"#);
        assert_eq!(refused(FaultRule { when: When::Probability(p), ..reject() }), text);
    }
    assert_eq!(refused(rule(FaultAction::Reject(ErrorCode::NONE))), r#"rule "rule": NONE is not an error"#);
    let absent = FaultRule { apis: vec![ApiKey::ShareFetch], ..reject() };
    assert_eq!(refused(absent), r#"rule "rule": the broker does not serve ShareFetch, so the rule would never act"#);
    cluster.arm(reject()).unwrap();
    assert_eq!(cluster.arm(reject()), Err(FaultError::Known("rule".to_owned())));
    let silent = Cluster::start(ClusterConfig { journal_capacity: 0, ..ClusterConfig::default() }).unwrap();
    assert_eq!(silent.arm(reject()), Err(FaultError::NoJournal));
}
