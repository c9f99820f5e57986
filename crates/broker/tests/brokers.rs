//! Brokers stop and start while clients are connected through sockets.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it cannot go on")]

mod raw;

use kafka_trial_wire::ErrorCode;
use std::net::{SocketAddr, TcpStream};

use kafka_trial_broker::{Cluster, ClusterConfig, ControlError};
use kafka_trial_wire::messages::create_topics_request::CreatableTopic;
use kafka_trial_wire::messages::{CreateTopicsRequest, MetadataRequest, MetadataResponse};

use self::raw::{FETCH, PRODUCE, Raw, fetch, produce};

/// Returns a broker's Metadata of all brokers and topics.
fn metadata(broker: SocketAddr) -> MetadataResponse {
    Raw::connect(broker).ask(&MetadataRequest { topics: None, ..MetadataRequest::default() }, 9)
}

/// Returns a cluster of three brokers, and `orders` with a replica on each.
fn cluster() -> Cluster {
    let cluster = Cluster::start(ClusterConfig { brokers: 3, ..ClusterConfig::default() }).unwrap();
    let topic =
        CreatableTopic { name: "orders".into(), num_partitions: 1, replication_factor: 3, ..CreatableTopic::default() };
    let request = CreateTopicsRequest { topics: vec![topic], timeout_ms: 1000, ..CreateTopicsRequest::default() };
    let created = Raw::connect(cluster.addresses()[0]).ask(&request, 5);
    assert_eq!(created.topics[0].error_code, ErrorCode::NONE, "{created:?}");
    cluster
}

#[test]
fn a_stopped_broker_closes_its_connections_and_refuses_new_ones() {
    let cluster = cluster();
    let mut idle = Raw::connect(cluster.addresses()[0]);
    let mut waiting = Raw::connect(cluster.addresses()[0]);
    waiting.send(&fetch("orders", 0, 1000, 20_000), FETCH);
    cluster.stop_broker(0).unwrap();
    assert_eq!((idle.rest(), waiting.rest()), (vec![], vec![]), "closed without an answer");
    assert!(TcpStream::connect(cluster.addresses()[0]).is_err());
    assert!(matches!(cluster.stop_broker(0), Err(ControlError::AlreadyStopped(0))));
    let shown = metadata(cluster.addresses()[1]);
    assert_eq!(shown.brokers.len(), 2);
    cluster.start_broker(0).unwrap();
    let shown = metadata(cluster.addresses()[0]);
    assert_eq!(shown.brokers.len(), 3);
    assert!(matches!(cluster.start_broker(0), Err(ControlError::AlreadyRunning(0))));
}

#[test]
fn a_waiting_fetch_is_answered_when_the_leader_moves() {
    let cluster = cluster();
    let mut old = Raw::connect(cluster.addresses()[0]);
    assert_eq!(
        old.ask(&produce("orders", b"one"), PRODUCE).responses[0].partition_responses[0].error_code,
        ErrorCode::NONE
    );
    let mut waiting = fetch("orders", 1, 1000, 20_000);
    waiting.topics[0].partitions[0].current_leader_epoch = 0;
    let correlation_id = old.send(&waiting, FETCH);
    cluster.move_leader("orders", 0, 2).unwrap();
    let answer = old.receive::<kafka_trial_wire::messages::FetchRequest>(FETCH, correlation_id);
    assert_eq!(answer.responses[0].partitions[0].error_code, ErrorCode::FENCED_LEADER_EPOCH);
    let mut new = Raw::connect(cluster.addresses()[2]);
    let produced = new.ask(&produce("orders", b"two"), PRODUCE);
    assert_eq!(produced.responses[0].partition_responses[0].base_offset, 1, "{produced:?}");
    let values: Vec<_> = cluster.records("orders", None, 0).unwrap().into_iter().map(|record| record.value).collect();
    assert_eq!(values, [Some("one".into()), Some("two".into())]);
}

#[test]
fn brokers_that_stop_and_start_a_hundred_times_lose_no_record() {
    let cluster = cluster();
    for sent in 0..100 {
        let down = i32::try_from(sent % 3).unwrap();
        cluster.stop_broker(down).unwrap();
        let shown = metadata(cluster.addresses()[usize::try_from((down + 1) % 3).unwrap()]);
        let leader = shown.topics[0].partitions[0].leader_id;
        let mut leader = Raw::connect(cluster.addresses()[usize::try_from(leader).unwrap()]);
        let produced = leader.ask(&produce("orders", format!("{sent}").as_bytes()), PRODUCE);
        assert_eq!(produced.responses[0].partition_responses[0].base_offset, sent, "{produced:?}");
        cluster.start_broker(down).unwrap();
    }
    assert_eq!(cluster.records("orders", Some(0), 0).unwrap().len(), 100);
}
