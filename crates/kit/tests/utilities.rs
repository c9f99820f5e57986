//! The six utilities and the responder, against an embedded cluster over real sockets.
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use kafka_trial::client::{Client, ClientError, Deadline};
use kafka_trial::config::KafkaTestConfig;
use kafka_trial::responder::Responder;
use kafka_trial::utilities::{
    MatchedBy, Retries, consume_response, create_test_topics, delete_test_topics, publish_test_event, read_topics,
    track_event_flow, verify_kafka_connectivity, wait_for_kafka,
};
use kafka_trial::{Cluster, ClusterConfig, TopicSpec};
use serde_json::json;

const REQUEST: &str = "omninode.codegen.request.validate.v1";
const RESPONSE: &str = "omninode.codegen.response.validate.v1";
const LIMIT: Duration = Duration::from_secs(10);

fn cluster() -> Cluster {
    Cluster::start(ClusterConfig { topics: KafkaTestConfig::default_topics(), ..ClusterConfig::default() }).unwrap()
}

fn echo(cluster: &Cluster) -> Responder {
    Responder::start(cluster.bootstrap_servers(), &[REQUEST], |record| vec![record.forward_to(RESPONSE)]).unwrap()
}

#[test]
fn a_published_event_is_answered_consumed_and_tracked() {
    let cluster = cluster();
    let servers = cluster.bootstrap_servers();
    let responder = echo(&cluster);
    let mut client = Client::connect(&servers, Deadline::after(LIMIT)).unwrap();
    let event = json!({"payload": {"code": "class Test: pass"}});
    publish_test_event(&mut client, REQUEST, &event, "test-123", Deadline::after(LIMIT)).unwrap();

    let mut reader = read_topics(&servers, &[RESPONSE], Deadline::after(LIMIT)).unwrap();
    let response = consume_response(&mut reader, "test-123", LIMIT).unwrap().expect("an answer");
    assert_eq!(response["correlation_id"], "test-123");

    let tracking = track_event_flow(&servers, "test-123", REQUEST, RESPONSE, LIMIT).unwrap();
    assert!(tracking.request_found && tracking.response_found, "{tracking:?}");
    assert!(tracking.duration_ms.is_some_and(|ms| (0.0..5000.0).contains(&ms)), "{tracking:?}");
    let hops: Vec<_> = tracking.hops.iter().map(|hop| (hop.topic.as_str(), hop.matched_by)).collect();
    assert_eq!(hops, [(REQUEST, MatchedBy::Value), (RESPONSE, MatchedBy::Value)]);
    assert_eq!((responder.failed(), responder.last_error()), (0, None));
}

#[test]
fn a_flow_without_an_answer_is_a_result_and_no_error() {
    let cluster = cluster();
    let servers = cluster.bootstrap_servers();
    let mut client = Client::connect(&servers, Deadline::after(LIMIT)).unwrap();
    publish_test_event(&mut client, REQUEST, &json!({}), "lonely", Deadline::after(LIMIT)).unwrap();
    let short = Duration::from_millis(50);
    let tracking = track_event_flow(&servers, "lonely", REQUEST, RESPONSE, short).unwrap();
    assert!(tracking.request_found && !tracking.response_found);
    assert_eq!(tracking.duration_ms, None);
    let nowhere = track_event_flow(&servers, "lonely", "not.there", RESPONSE, short).unwrap();
    assert!(!nowhere.request_found && !nowhere.response_found);
}

#[test]
fn topics_can_be_used_when_creating_them_returns_and_exist_only_once() {
    let cluster = cluster();
    let servers = cluster.bootstrap_servers();
    let topics = [TopicSpec::new("test.custom.v1", 1), TopicSpec::new(REQUEST, 3)];
    create_test_topics(&servers, &topics, 1).unwrap();
    create_test_topics(&servers, &topics, 1).unwrap();
    assert_eq!(cluster.records("test.custom.v1", None, 0).unwrap(), []);
    delete_test_topics(&servers, &["test.custom.v1", "never.was"]).unwrap();
    assert!(cluster.records("test.custom.v1", None, 0).is_err());
}

#[test]
fn a_name_that_kafka_refuses_is_refused_in_its_words() {
    let cluster = cluster();
    let error = create_test_topics(cluster.bootstrap_servers(), &[TopicSpec::new("a b", 1)], 1).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("INVALID_TOPIC_EXCEPTION") && text.contains("'a b'"), "{text}");
}

#[test]
fn an_unreachable_cluster_is_told_from_one_that_is_not_kafka() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = verify_kafka_connectivity(free.to_string(), LIMIT).unwrap_err();
    assert_eq!(error.reason(), "connection refused");
    assert_eq!(error.to_string(), format!("{free}: connection refused"));
    assert!(matches!(verify_kafka_connectivity("nonsense", LIMIT), Err(ClientError::Address(_))));

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let error = verify_kafka_connectivity(&address, Duration::from_millis(50)).unwrap_err();
    assert!(matches!(error, ClientError::TimedOut { .. }), "{error}");
}

#[test]
fn waiting_rests_longer_after_each_failure() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut rests = Vec::new();
    let retries = Retries { max_retries: 4, ..Retries::default() };
    assert!(!wait_for_kafka(free.to_string(), retries, |rest| rests.push(rest.as_secs_f64())));
    assert_eq!(rests, [2.0, 3.0, 4.5]);
    let cluster = cluster();
    assert!(wait_for_kafka(cluster.bootstrap_servers(), retries, |_| panic!("there is nothing to wait for")));
}

#[test]
fn a_dropped_cluster_refuses_connections_and_a_dropped_responder_is_gone() {
    let cluster = cluster();
    let responder = echo(&cluster);
    let address = cluster.addresses()[0];
    assert!(TcpStream::connect(address).is_ok());
    drop(responder);
    drop(cluster);
    assert!(TcpStream::connect(address).is_err());
}
