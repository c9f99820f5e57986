//! A fork goes on from the state of its original, at addresses of its own.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it cannot go on")]

mod raw;

use std::net::{SocketAddr, TcpStream};

use bytes::Bytes;
use kafka_trial_broker::{Cluster, ClusterConfig, ForkError, ForkOptions, TopicSpec};
use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_trial_wire::messages::{
    AddPartitionsToTxnRequest, DescribeGroupsRequest, DescribeTransactionsRequest, FindCoordinatorRequest,
    InitProducerIdRequest, JoinGroupRequest, MetadataRequest, MetadataResponse,
};

use self::raw::{PRODUCE, Raw, produce};

fn metadata(broker: SocketAddr) -> MetadataResponse {
    Raw::connect(broker).ask(&MetadataRequest { topics: None, ..MetadataRequest::default() }, 9)
}

fn cluster(brokers: u16) -> Cluster {
    let topics = vec![TopicSpec::new("orders", 1)];
    Cluster::start(ClusterConfig { brokers, topics, ..ClusterConfig::default() }).unwrap()
}

fn write(cluster: &Cluster, value: &[u8]) -> i64 {
    let answer = Raw::connect(cluster.addresses()[0]).ask(&produce("orders", value), PRODUCE);
    let partition = &answer.responses[0].partition_responses[0];
    assert_eq!(partition.error_code, ErrorCode::NONE);
    partition.base_offset
}

fn values(cluster: &Cluster) -> Vec<Bytes> {
    let records = cluster.records("orders", None, 0).unwrap();
    records.into_iter().map(|record| record.value.unwrap_or_default()).collect()
}

fn coordinator(connection: &mut Raw, key: &str, key_type: i8) {
    let request = FindCoordinatorRequest { key: key.into(), key_type, ..FindCoordinatorRequest::default() };
    assert_eq!(connection.ask(&request, 3).error_code, ErrorCode::NONE);
}

fn join(member: &str) -> JoinGroupRequest {
    JoinGroupRequest {
        group_id: "billing".into(),
        session_timeout_ms: 30_000,
        rebalance_timeout_ms: 30_000,
        member_id: member.into(),
        protocol_type: "consumer".into(),
        protocols: vec![JoinGroupRequestProtocol {
            name: "range".into(),
            metadata: Bytes::from_static(b"\0\0\0\0\0\0\xff\xff\xff\xff"),
            ..JoinGroupRequestProtocol::default()
        }],
        ..JoinGroupRequest::default()
    }
}

#[test]
fn a_fork_and_its_original_go_on_apart() {
    let original = cluster(1);
    write(&original, b"both");
    let fork = original.fork(ForkOptions::default()).unwrap().cluster;
    assert_eq!(write(&original, b"original"), 1);
    assert_eq!(write(&fork, b"fork"), 1, "the offsets go on in each");
    assert_eq!(values(&original), ["both", "original"]);
    assert_eq!(values(&fork), ["both", "fork"]);
    let second = fork.fork(ForkOptions::default()).unwrap().cluster;
    original.stop();
    fork.stop();
    assert_eq!(write(&second, b"second"), 2, "a fork needs neither its original");
    assert!(matches!(original.fork(ForkOptions::default()), Err(ForkError::Original(_))));
}

#[test]
fn a_fork_names_its_own_addresses_and_has_the_stopped_brokers_of_its_original() {
    let original = cluster(3);
    original.stop_broker(1).unwrap();
    let fork = original.fork(ForkOptions::default()).unwrap().cluster;
    let ports = |cluster: &Cluster| cluster.addresses().iter().map(SocketAddr::port).collect::<Vec<_>>();
    assert!(ports(&fork).iter().all(|port| !ports(&original).contains(port)));
    let shown = metadata(fork.addresses()[0]);
    let known: Vec<_> = shown.brokers.iter().map(|broker| (broker.node_id, broker.port)).collect();
    let port = |index: usize| i32::from(ports(&fork)[index]);
    assert_eq!(known, [(0, port(0)), (2, port(2))]);
    assert_eq!(shown.cluster_id, metadata(original.addresses()[0]).cluster_id);
    assert!(TcpStream::connect(fork.addresses()[1]).is_err(), "it is stopped here, too");
    fork.start_broker(1).unwrap();
    assert_eq!(metadata(fork.addresses()[1]).brokers.len(), 3);
}

#[test]
fn an_advertised_host_stays_and_its_port_is_the_forks() {
    let properties = [("advertised.listeners".to_owned(), "PLAINTEXT://localhost:9".to_owned())];
    let config = ClusterConfig { properties: properties.into(), ..ClusterConfig::default() };
    let fork = Cluster::start(config).unwrap().fork(ForkOptions::default()).unwrap().cluster;
    assert_eq!(fork.bootstrap_servers(), format!("localhost:{}", fork.addresses()[0].port()));
}

#[test]
fn members_and_open_transactions_stay_behind_unless_they_are_kept() {
    let original = cluster(1);
    let mut client = Raw::connect(original.addresses()[0]);
    coordinator(&mut client, "billing", 0);
    let member = client.ask(&join(""), 3).member_id.to_string();
    coordinator(&mut client, "shop", 1);
    let id = InitProducerIdRequest {
        transactional_id: Some("shop".into()),
        transaction_timeout_ms: 60_000,
        ..InitProducerIdRequest::default()
    };
    let producer = client.ask(&id, 1);
    let mut add = AddPartitionsToTxnRequest {
        v3_and_below_transactional_id: "shop".into(),
        v3_and_below_producer_id: producer.producer_id,
        v3_and_below_producer_epoch: producer.producer_epoch,
        ..AddPartitionsToTxnRequest::default()
    };
    add.v3_and_below_topics =
        vec![kafka_trial_wire::messages::add_partitions_to_txn_request::AddPartitionsToTxnTopic {
            name: "orders".into(),
            partitions: vec![0],
            ..Default::default()
        }];
    assert_eq!(
        client.ask(&add, 3).results_by_topic_v3_and_below[0].results_by_partition[0].partition_error_code,
        ErrorCode::NONE
    );

    let fork = original.fork(ForkOptions::default()).unwrap();
    assert_eq!(fork.left_behind.members, [("billing".to_owned(), member.clone())]);
    assert_eq!(fork.left_behind.transactions, ["shop"]);
    assert_eq!(seen(&fork.cluster), (vec![], "CompleteAbort".to_owned()));
    let mut newcomer = Raw::connect(fork.cluster.addresses()[0]);
    assert_eq!(newcomer.ask(&join(""), 3).error_code, ErrorCode::NONE, "nobody is waited for");

    let options = ForkOptions { keep_members: true, keep_transactions: true };
    let kept = original.fork(options).unwrap();
    assert_eq!(kept.left_behind, Default::default());
    let as_it_was = (vec![member], "Ongoing".to_owned());
    assert_eq!(seen(&kept.cluster), as_it_was);
    assert_eq!(seen(&original), as_it_was, "the original has not changed");
}

/// The members of the group, and the state of the transactional id.
fn seen(cluster: &Cluster) -> (Vec<String>, String) {
    let mut client = Raw::connect(cluster.addresses()[0]);
    let groups = DescribeGroupsRequest { groups: vec!["billing".into()], ..DescribeGroupsRequest::default() };
    let members = client.ask(&groups, 4).groups[0].members.iter().map(|member| member.member_id.to_string()).collect();
    let ids = DescribeTransactionsRequest {
        transactional_ids: vec!["shop".into()],
        ..DescribeTransactionsRequest::default()
    };
    (members, client.ask(&ids, 0).transaction_states[0].transaction_state.to_string())
}
