//! Groups whose members come and go while a flow goes through them.

use kafka_trial_wire::ErrorCode;
use std::time::Duration;

use kafka_trial::client::{Connection, Deadline};
use kafka_trial::flow::Verdict;
use kafka_trial_wire::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_trial_wire::messages::{
    FindCoordinatorRequest, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, SyncGroupRequest,
};
use serde_json::json;

use crate::scene::{LIMIT, REQUESTS, Scene, follow};

const GROUP: &str = "billing";

/// Joins the group and waits until the coordinator lets it.
fn join(connection: &mut Connection) -> JoinGroupResponse {
    let deadline = Deadline::after(LIMIT);
    let find = FindCoordinatorRequest { key: GROUP.into(), ..Default::default() };
    while connection.ask(&find, 3, deadline).unwrap().error_code != ErrorCode::NONE {
        assert!(!deadline.is_past(), "no coordinator within {LIMIT:?}");
    }
    // Version 3 is the last without a round trip for the member id.
    let request = JoinGroupRequest {
        group_id: GROUP.into(),
        session_timeout_ms: 30_000,
        rebalance_timeout_ms: 30_000,
        protocol_type: "consumer".into(),
        protocols: vec![JoinGroupRequestProtocol { name: "range".into(), ..Default::default() }],
        ..JoinGroupRequest::default()
    };
    let joined = connection.ask(&request, 3, deadline).unwrap();
    assert_eq!(joined.error_code, ErrorCode::NONE);
    joined
}

#[test]
fn a_group_that_rebalances_is_named_with_its_state_and_the_flow_ends_when_it_has_settled() {
    let mut scene = Scene::usual();
    let place = kafka_trial::client::TopicPartition { topic: REQUESTS.to_owned(), partition: 0 };
    scene.client.commit(GROUP, &[(place, 0)].into(), Deadline::after(LIMIT)).unwrap();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    let mut first = scene.connection();
    let joined = join(&mut first);
    let sync = SyncGroupRequest {
        group_id: GROUP.into(),
        generation_id: joined.generation_id,
        member_id: joined.member_id.clone(),
        ..Default::default()
    };
    assert_eq!(first.ask(&sync, 3, Deadline::after(LIMIT)).unwrap().error_code, ErrorCode::NONE);

    // The second is let in when the first has joined again, or has left.
    let mut second = scene.connection();
    let second = std::thread::spawn(move || join(&mut second));
    let deadline = Deadline::after(LIMIT);
    while scene.cluster.groups().unwrap()[0].state != "PreparingRebalance" {
        assert!(!deadline.is_past(), "no rebalance within {LIMIT:?}");
    }
    for flow in [scene.flow("a"), scene.witness().follow(&follow("a"), Duration::ZERO)] {
        assert_eq!(
            (flow.verdict, flow.explanation.as_str()),
            (
                Verdict::ProducedNotFetched,
                "group billing has 2 members, and none of them is assigned requests-0 (state PreparingRebalance)"
            )
        );
    }
    let leave = LeaveGroupRequest { group_id: GROUP.into(), member_id: joined.member_id, ..Default::default() };
    assert_eq!(first.ask(&leave, 2, Deadline::after(LIMIT)).unwrap().error_code, ErrorCode::NONE);
    second.join().unwrap();
    let flow = scene.flow("a");
    assert!(
        flow.explanation.starts_with("group billing has 1 member, and none of them is assigned requests-0"),
        "{flow}"
    );
}

#[cfg(feature = "rdkafka")]
#[kafka_trial::test]
async fn a_request_that_moves_to_another_member_in_mid_flow_is_answered_once(
    trial: kafka_trial::Trial,
    requests: kafka_trial::Topic,
    responses: kafka_trial::Topic,
    producer: kafka_trial::Producer,
    flows: kafka_trial::Flows,
) -> kafka_trial::Result {
    use kafka_trial::flow::{Expect, Follow, Route};

    producer.send(requests.record(r#"{"correlation_id": "a"}"#)).await?;
    for is_slow in [true, false] {
        let consumer = trial.consumer(&requests).config("enable.auto.commit", "false");
        let mut consumer = consumer.config("client.id", if is_slow { "slow" } else { "quick" }).create().await?;
        consumer.next().await?;
        if !is_slow {
            let producer = trial.producer().config("client.id", "quick").create().await?;
            producer.send(responses.record(r#"{"correlation_id": "a"}"#)).await?;
        }
        consumer.close().await;
    }
    let follow = Follow::new("a", Route::through([requests.name(), responses.name()]));
    let flow = flows.follow(follow.expect(Expect::exactly_once()), LIMIT).await?.check()?;
    assert!(flow.anomalies.is_empty(), "{flow}");
    let readers: Vec<&str> = flow.observations[0].handled.iter().flatten().map(|by| by.client_id.as_str()).collect();
    assert_eq!(readers, ["slow", "quick"]);
    assert!(flow.hops[0].to_fetch.is_some_and(|wait| wait < flow.hops[0].micros), "{flow}");
    Ok(())
}
