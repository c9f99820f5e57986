//! A dropped cluster leaves no socket and no thread behind, whatever its clients were doing.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it cannot go on")]

mod raw;

use kafka_trial_wire::ErrorCode;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use kafka_trial_broker::{Cluster, ClusterConfig, TopicSpec};
use kafka_trial_wire::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_trial_wire::messages::{ApiVersionsRequest, JoinGroupRequest};

use self::raw::{FETCH, PRODUCE, Raw, fetch, frame, now, produce};

/// How long a drop may take; it waits only for the cluster's thread.
const PROMPT: Duration = Duration::from_secs(5);

fn cluster(brokers: u16) -> Cluster {
    let topics = vec![TopicSpec::new("topic", 1)];
    Cluster::start(ClusterConfig { brokers, topics, ..ClusterConfig::default() }).unwrap()
}

fn refuses(address: SocketAddr) {
    let error = TcpStream::connect(address).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

/// Drops the cluster, and checks that its ports refuse connections, that they can be bound again, and that these
/// connections are closed.
fn is_gone_at_once(cluster: Cluster, connections: Vec<Raw>) {
    let addresses = cluster.addresses();
    let start = now();
    drop(cluster);
    let took = start.elapsed();
    addresses.iter().for_each(|address| refuses(*address));
    assert!(took < PROMPT, "dropping took {took:?}");
    for mut connection in connections {
        connection.stream.set_read_timeout(Some(PROMPT)).unwrap();
        assert_eq!(connection.rest(), b"", "a dropped cluster closes its connections");
    }
    for address in addresses {
        TcpListener::bind(address).unwrap();
    }
}

fn join(group: &str, member: &str) -> JoinGroupRequest {
    let protocol = JoinGroupRequestProtocol { name: "range".into(), ..JoinGroupRequestProtocol::default() };
    JoinGroupRequest {
        group_id: group.into(),
        session_timeout_ms: 30_000,
        rebalance_timeout_ms: 60_000,
        member_id: member.into(),
        protocol_type: "consumer".into(),
        protocols: vec![protocol],
        ..JoinGroupRequest::default()
    }
}

#[test]
fn an_idle_cluster_of_three_brokers_is_gone_at_once() {
    let cluster = cluster(3);
    let connections = cluster.addresses().into_iter().map(Raw::connect).collect();
    is_gone_at_once(cluster, connections);
}

#[test]
fn parked_fetches_do_not_delay_a_drop() {
    let cluster = cluster(1);
    let mut connections: Vec<Raw> = (0..20).map(|_| Raw::connect(cluster.addresses()[0])).collect();
    for connection in &mut connections {
        connection.ask(&ApiVersionsRequest::default(), 0);
        connection.send(&fetch("topic", 0, 1 << 20, 600_000), FETCH);
    }
    // This answer comes after the fetches were read.
    Raw::connect(cluster.addresses()[0]).ask(&ApiVersionsRequest::default(), 0);
    is_gone_at_once(cluster, connections);
}

#[test]
fn open_joins_do_not_delay_a_drop() {
    let cluster = cluster(1);
    let mut connections: Vec<Raw> = (0..5).map(|_| Raw::connect(cluster.addresses()[0])).collect();
    let first = connections[0].ask(&join("group", ""), 3);
    assert_eq!(first.error_code, ErrorCode::NONE, "the first member of a group is answered at once");
    // The other members wait for the first one to join again.
    for connection in &mut connections[1..] {
        connection.send(&join("group", ""), 3);
    }
    Raw::connect(cluster.addresses()[0]).ask(&ApiVersionsRequest::default(), 0);
    is_gone_at_once(cluster, connections);
}

#[test]
fn a_hundred_connections_do_not_delay_a_drop() {
    let cluster = cluster(1);
    let mut connections: Vec<Raw> = (0..100).map(|_| Raw::connect(cluster.addresses()[0])).collect();
    for connection in &mut connections {
        connection.ask(&produce("topic", b"value"), PRODUCE);
    }
    is_gone_at_once(cluster, connections);
}

#[test]
fn connections_that_were_never_accepted_do_not_delay_a_drop() {
    let cluster = cluster(1);
    let connections = (0..100).map(|_| Raw::connect(cluster.addresses()[0])).collect();
    is_gone_at_once(cluster, connections);
}

#[test]
fn unread_replies_do_not_delay_a_drop() {
    let cluster = cluster(1);
    let mut producer = Raw::connect(cluster.addresses()[0]);
    for _ in 0..20 {
        producer.ask(&produce("topic", &[7; 1_000_000]), PRODUCE);
    }
    let requests: Vec<u8> = (0..10).flat_map(|id| frame(&fetch("topic", 0, i32::MAX, 0), FETCH, id)).collect();
    let mut deaf: Vec<Raw> = (0..10).map(|_| Raw::connect(cluster.addresses()[0])).collect();
    deaf.iter_mut().for_each(|connection| connection.send_bytes(&requests));
    producer.ask(&ApiVersionsRequest::default(), 0);
    is_gone_at_once(cluster, vec![producer]);
}

#[test]
fn half_a_request_does_not_delay_a_drop() {
    let cluster = cluster(1);
    let mut slow = Raw::connect(cluster.addresses()[0]);
    slow.ask(&ApiVersionsRequest::default(), 0);
    let whole = frame(&produce("topic", b"value"), PRODUCE, 1);
    slow.send_bytes(&whole[..whole.len() / 2]);
    is_gone_at_once(cluster, vec![slow]);
}

#[test]
fn a_cluster_that_cannot_start_frees_its_ports() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ports = vec![free.port(), taken.local_addr().unwrap().port()];
    let result = Cluster::start(ClusterConfig { brokers: 2, ports, ..ClusterConfig::default() });
    assert!(result.is_err());
    refuses(free);
}

#[test]
fn the_next_cluster_can_bind_the_same_port() {
    let first = cluster(1);
    let address = first.addresses()[0];
    let mut client = Raw::connect(address);
    client.ask(&produce("topic", b"value"), PRODUCE);
    drop(first);
    let second = Cluster::start(ClusterConfig { ports: vec![address.port()], ..ClusterConfig::default() }).unwrap();
    assert_eq!(second.addresses(), [address]);
    assert_eq!(Raw::connect(address).ask(&ApiVersionsRequest::default(), 0).error_code, ErrorCode::NONE);
}
