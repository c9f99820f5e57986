//! A test moves the cluster's clock; members of groups are carried along.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it cannot go on")]

mod raw;

use std::time::Duration;

use bytes::Bytes;
use kafka_trial_broker::{Cluster, ClusterConfig, DueKind, TopicSpec};
use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_trial_wire::messages::{
    ConsumerGroupHeartbeatRequest, FindCoordinatorRequest, HeartbeatRequest, InitProducerIdRequest, JoinGroupRequest,
};

use self::raw::{PRODUCE, Raw, produce};

const HOUR: Duration = Duration::from_secs(3600);

fn cluster(topics: Vec<TopicSpec>) -> (Cluster, Raw) {
    let cluster = Cluster::start(ClusterConfig { topics, ..ClusterConfig::default() }).unwrap();
    let client = Raw::connect(cluster.addresses()[0]);
    (cluster, client)
}

fn coordinator(client: &mut Raw, key: &str, key_type: i8) {
    let request = FindCoordinatorRequest { key: key.into(), key_type, ..FindCoordinatorRequest::default() };
    assert_eq!(client.ask(&request, 3).error_code, ErrorCode::NONE);
}

/// Joins a classic group, and returns the heartbeat of the member.
fn join(client: &mut Raw, group: &str) -> HeartbeatRequest {
    coordinator(client, group, 0);
    let request = JoinGroupRequest {
        group_id: group.into(),
        session_timeout_ms: 30_000,
        rebalance_timeout_ms: 30_000,
        protocol_type: "consumer".into(),
        protocols: vec![JoinGroupRequestProtocol {
            name: "range".into(),
            metadata: Bytes::from_static(b"\0\0\0\0\0\0\xff\xff\xff\xff"),
            ..JoinGroupRequestProtocol::default()
        }],
        ..JoinGroupRequest::default()
    };
    let joined = client.ask(&request, 3);
    HeartbeatRequest {
        group_id: group.into(),
        generation_id: joined.generation_id,
        member_id: joined.member_id,
        ..HeartbeatRequest::default()
    }
}

fn texts(happened: &[kafka_trial_broker::Happened]) -> Vec<String> {
    happened.iter().map(|happened| happened.event.to_string()).collect()
}

#[test]
fn members_are_carried_along_unless_their_group_is_named() {
    let (cluster, mut client) = cluster(vec![TopicSpec::new("orders", 1)]);
    let (billing, audit) = (join(&mut client, "billing"), join(&mut client, "audit"));
    let heartbeat = ConsumerGroupHeartbeatRequest {
        group_id: "modern".into(),
        member_id: "a".into(),
        rebalance_timeout_ms: 60_000,
        subscribed_topic_names: Some(vec!["orders".into()]),
        topic_partitions: Some(Vec::new()),
        ..ConsumerGroupHeartbeatRequest::default()
    };
    let epoch = client.ask(&heartbeat, 1).member_epoch;
    let again = ConsumerGroupHeartbeatRequest {
        group_id: "modern".into(),
        member_id: "a".into(),
        member_epoch: epoch,
        ..ConsumerGroupHeartbeatRequest::default()
    };
    for _ in 0..3 {
        let happened = cluster.advance_clock(HOUR).unwrap();
        assert!(!texts(&happened).iter().any(|text| text.contains("expired")), "{happened:?}");
        // In the group's first phase a heartbeat is answered by REBALANCE_IN_PROGRESS; the member is known.
        for member in [&billing, &audit] {
            assert_ne!(client.ask(member, 3).error_code, ErrorCode::UNKNOWN_MEMBER_ID);
        }
        assert_eq!(client.ask(&again, 1).error_code, ErrorCode::NONE);
    }
    let happened = texts(&cluster.advance_clock_expiring(Duration::from_secs(120), &["bill*", "modern"]).unwrap());
    let expired: Vec<&String> = happened.iter().filter(|text| text.contains("expired")).collect();
    assert_eq!(expired.len(), 2, "{happened:?}");
    assert_eq!(client.ask(&billing, 3).error_code, ErrorCode::UNKNOWN_MEMBER_ID);
    assert_ne!(client.ask(&audit, 3).error_code, ErrorCode::UNKNOWN_MEMBER_ID);
    assert_eq!(client.ask(&again, 1).error_code, ErrorCode::UNKNOWN_MEMBER_ID);
}

#[test]
fn a_member_that_falls_silent_after_a_jump_still_expires() {
    let (cluster, mut client) = cluster(Vec::new());
    let member = join(&mut client, "billing");
    cluster.advance_clock(HOUR).unwrap();
    let (due, happened) = cluster.advance_clock_to_next(DueKind::Session).unwrap().unwrap();
    assert_eq!((due.kind, due.subject.as_str()), (DueKind::Session, "billing"));
    assert!(texts(&happened).iter().any(|text| text.ends_with("of group billing expired")), "{happened:?}");
    assert_eq!(client.ask(&member, 3).error_code, ErrorCode::UNKNOWN_MEMBER_ID);
    assert_eq!(cluster.advance_clock_to_next(DueKind::Session).unwrap(), None);
}

#[test]
fn retention_and_transactions_end_in_a_jump_and_say_so() {
    let mut orders = TopicSpec::new("orders", 1);
    orders.configs = [("retention.ms", "60000"), ("segment.ms", "1000"), ("message.timestamp.type", "LogAppendTime")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    let (cluster, mut client) = cluster(vec![orders]);
    let answer = client.ask(&produce("orders", b"old"), PRODUCE);
    assert_eq!(answer.responses[0].partition_responses[0].error_code, ErrorCode::NONE);
    coordinator(&mut client, "shop", 1);
    let id = InitProducerIdRequest {
        transactional_id: Some("shop".into()),
        transaction_timeout_ms: 60_000,
        ..InitProducerIdRequest::default()
    };
    assert_eq!(client.ask(&id, 1).error_code, ErrorCode::NONE);
    assert!(!cluster.due().unwrap().iter().any(|due| due.kind == DueKind::Transaction), "none is open");
    let (_, happened) = cluster.advance_clock_to_next(DueKind::Retention).unwrap().unwrap();
    assert_eq!(texts(&happened), ["orders-0 begins at offset 1 now"]);
    let before = cluster.now().unwrap();
    cluster.freeze_clock().unwrap();
    cluster.advance_clock(HOUR).unwrap();
    let after = cluster.now().unwrap();
    assert!(before.micros_until(after) >= 3_600_000_000, "{before:?} {after:?}");
    assert_eq!(cluster.now().unwrap(), after, "it stands still");
}

#[test]
fn after_a_jump_of_years_the_checks_go_on() {
    let (cluster, mut client) = cluster(Vec::new());
    cluster.advance_clock(Duration::from_secs(3650 * 86_400)).unwrap();
    let now = cluster.now().unwrap();
    for due in cluster.due().unwrap() {
        assert!(due.at > now && now.micros_until(due.at) <= 600_000_000, "{due:?} at {now:?}");
    }
    let mut orders = TopicSpec::new("orders", 1);
    orders.configs = [("retention.ms", "60000"), ("message.timestamp.type", "LogAppendTime")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
    cluster.create_topic(orders).unwrap();
    assert_eq!(
        client.ask(&produce("orders", b"old"), PRODUCE).responses[0].partition_responses[0].error_code,
        ErrorCode::NONE
    );
    assert_eq!(texts(&cluster.advance_clock(HOUR).unwrap()), ["orders-0 begins at offset 1 now"]);
}
