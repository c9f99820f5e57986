//! Each action of a fault rule, met by a client over a socket.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it cannot go on")]

mod raw;

use std::io::{ErrorKind, Read as _};
use std::sync::Arc;
use std::time::Duration;

use kafka_trial_broker::journal::{ApiKey, ErrorCode};
use kafka_trial_broker::{
    Cluster, ClusterConfig, Corruption, FaultAction, FaultRule, Hint, Level, Misses, OncePer, Parts, TopicSpec, When,
};
use kafka_trial_wire::messages::metadata_request::MetadataRequestTopic;
use kafka_trial_wire::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use kafka_trial_wire::messages::offset_fetch_request::OffsetFetchRequestTopic;
use kafka_trial_wire::messages::{
    AddPartitionsToTxnRequest, ApiVersionsRequest, EndTxnRequest, FetchRequest, FindCoordinatorRequest,
    InitProducerIdRequest, MetadataRequest, OffsetCommitRequest, OffsetFetchRequest, ProduceRequest,
};
use kafka_trial_wire::records::{Batch, BatchBuilder, Header};

use self::raw::{FETCH, PRODUCE, Raw, eventually, fetch, now, produce};

fn cluster_of(brokers: u16) -> Cluster {
    let topics = vec![TopicSpec::new("topic", 1), TopicSpec::new("other", 1)];
    let properties = [("default.replication.factor", "2"), ("offsets.topic.replication.factor", "2")];
    let properties = properties.into_iter().filter(|_| brokers > 1);
    let properties = properties.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    Cluster::start(ClusterConfig { brokers, topics, properties, ..ClusterConfig::default() }).unwrap()
}

fn cluster() -> Cluster {
    cluster_of(1)
}

fn client(cluster: &Cluster) -> Raw {
    Raw::connect(cluster.addresses()[0])
}

fn arm(cluster: &Cluster, api: ApiKey, action: FaultAction) {
    cluster.arm(FaultRule::new("rule", Some(api), action)).unwrap();
}

fn error_of(client: &mut Raw, topic: &str) -> ErrorCode {
    client.ask(&produce(topic, b"v"), PRODUCE).responses[0].partition_responses[0].error_code
}

fn count(cluster: &Cluster, topic: &str) -> usize {
    cluster.records(topic, None, 0).unwrap().len()
}

fn fired(cluster: &Cluster) -> u64 {
    cluster.faults().unwrap()[0].fired
}

#[test]
fn a_part_of_a_request_is_rejected_and_the_others_are_served() {
    let cluster = cluster();
    let code = ErrorCode::NOT_ENOUGH_REPLICAS;
    let parts = Parts { topic: Some("to*".to_owned()), ..Parts::default() };
    let rule = FaultRule::new("rule", Some(ApiKey::Produce), FaultAction::Reject(code));
    cluster.arm(FaultRule { parts, ..rule }).unwrap();
    let mut both = produce("topic", b"v");
    both.topic_data.extend(produce("other", b"v").topic_data);
    let answer = client(&cluster).ask(&both, PRODUCE);
    let rows: Vec<_> = answer.responses.iter().map(|topic| &topic.partition_responses[0]).collect();
    assert_eq!((rows[0].error_code, rows[0].base_offset), (code, -1));
    assert_eq!((rows[1].error_code, rows[1].base_offset), (ErrorCode::NONE, 0));
    assert_eq!((count(&cluster, "topic"), count(&cluster, "other")), (0, 1));
    let entry = &cluster.journal(0).unwrap().entries[0];
    assert_eq!(entry.error, code, "the journal has what the client was answered");
}

#[test]
fn an_error_stands_at_the_level_that_a_rule_names() {
    let cluster = cluster();
    let code = ErrorCode::FETCH_SESSION_ID_NOT_FOUND;
    let rule = FaultRule::new("rule", Some(ApiKey::Fetch), FaultAction::Reject(code));
    cluster.arm(FaultRule { level: Some(Level::Top), limit: Some(1), ..rule }).unwrap();
    let mut client = client(&cluster);
    let answer = client.ask(&fetch("topic", 0, 1000, 0), FETCH);
    assert_eq!((answer.error_code, answer.responses.len()), (code, 0));
    let answer = client.ask(&fetch("topic", 0, 1000, 0), FETCH);
    assert_eq!((answer.error_code, answer.responses.len()), (ErrorCode::NONE, 1), "the limit is reached");
    let wrong = FaultRule::new("wrong", Some(ApiKey::Produce), FaultAction::Reject(code));
    assert_eq!(
        cluster.arm(FaultRule { level: Some(Level::Member), ..wrong }).unwrap_err().to_string(),
        r#"rule "wrong": an answer of Produce has no error at level member; it has partition"#
    );
}

#[test]
fn a_rule_does_not_act_on_an_answer_without_a_place_for_its_error() {
    let cluster = cluster();
    let code = ErrorCode::LEADER_NOT_AVAILABLE;
    let rule = FaultRule::new("rule", Some(ApiKey::Metadata), FaultAction::Reject(code));
    cluster.arm(FaultRule { when: When::Nth(1..=1), ..rule }).unwrap();
    let mut client = client(&cluster);
    let brokers = MetadataRequest { topics: Some(Vec::new()), ..Default::default() };
    assert_eq!(client.ask(&brokers, 8).brokers.len(), 1);
    assert!(cluster.fired_faults().unwrap().is_empty() && cluster.faults().unwrap()[0].is_due());
    let row = &client.ask(&metadata("topic"), 8).topics[0].partitions[0];
    assert_eq!((row.error_code, row.leader_id, fired(&cluster)), (code, -1, 1));
}

#[test]
fn errors_take_turns() {
    let cluster = cluster();
    let codes = [ErrorCode::NOT_LEADER_OR_FOLLOWER, ErrorCode::REQUEST_TIMED_OUT];
    arm(&cluster, ApiKey::Produce, FaultAction::RejectInTurn(codes.to_vec()));
    let mut client = client(&cluster);
    assert_eq!([(); 3].map(|()| error_of(&mut client, "topic")), [codes[0], codes[1], codes[0]]);
}

#[test]
fn a_connection_is_reset_or_cut_at_accept() {
    let cluster = cluster();
    for (action, appended) in [(FaultAction::ResetBefore, 0), (FaultAction::ResetAfter, 1)] {
        arm(&cluster, ApiKey::Produce, action.clone());
        let mut client = client(&cluster);
        client.send(&produce("topic", b"v"), PRODUCE);
        let error = client.stream.read(&mut [0; 1]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{action}");
        assert_eq!(count(&cluster, "topic"), appended, "{action}");
        cluster.disarm("rule").unwrap();
    }
    let accept = FaultRule::new("rule", None, FaultAction::CutAtAccept);
    cluster.arm(FaultRule { limit: Some(1), ..accept }).unwrap();
    assert!(client(&cluster).rest().is_empty());
    assert_eq!(error_of(&mut client(&cluster), "topic"), ErrorCode::NONE, "the next connection is served");
}

#[test]
fn a_request_in_a_black_hole_has_neither_effect_nor_answer() {
    let cluster = cluster();
    arm(&cluster, ApiKey::Produce, FaultAction::Blackhole);
    let mut client = client(&cluster);
    client.send(&produce("topic", b"v"), PRODUCE);
    assert!(cluster.wait_fired("rule", 1, raw::LIMIT).unwrap());
    assert_eq!((count(&cluster, "topic"), cluster.waiting_requests().unwrap().len()), (0, 1));
}

#[test]
fn a_lost_effect_is_answered_as_if_it_were_there() {
    let cluster = cluster();
    arm(&cluster, ApiKey::Produce, FaultAction::Lose);
    assert_eq!(error_of(&mut client(&cluster), "topic"), ErrorCode::NONE);
    assert_eq!(count(&cluster, "topic"), 0);
}

#[test]
fn an_answer_is_slow_and_a_client_is_throttled() {
    let cluster = cluster();
    arm(&cluster, ApiKey::Produce, FaultAction::Slow { bytes_per_s: 1000, chunk: 10 });
    let mut client = client(&cluster);
    let start = now();
    assert_eq!(error_of(&mut client, "topic"), ErrorCode::NONE);
    // The answer has more than 50 bytes; the pause after its last piece is not seen.
    assert!(start.elapsed() >= Duration::from_millis(40), "{:?}", start.elapsed());
    cluster.disarm("rule").unwrap();
    let mute = Duration::from_millis(100);
    arm(&cluster, ApiKey::Produce, FaultAction::Throttle(mute));
    let start = now();
    let answer = client.ask(&produce("topic", b"v"), PRODUCE);
    assert_eq!((answer.throttle_time_ms, answer.responses[0].partition_responses[0].base_offset), (100, 1));
    cluster.disarm("rule").unwrap();
    assert_eq!(error_of(&mut client, "topic"), ErrorCode::NONE);
    assert!(start.elapsed() >= mute, "the connection is muted: {:?}", start.elapsed());
}

#[test]
fn fetched_records_are_damaged_and_the_log_is_not() {
    let cluster = cluster();
    let mut client = client(&cluster);
    let mut framed = BatchBuilder::new();
    framed.push(1_700_000_000_000, None, Some(b"\0\0\0\0\x07{}"), &[]);
    let mut request = produce("topic", b"v");
    request.topic_data[0].partition_data[0].records = Some(framed.build().unwrap().into());
    client.ask(&request, PRODUCE);
    let stored = cluster.records("topic", None, 0).unwrap();
    let mut fetched = || {
        let answer = client.ask(&fetch("topic", 0, 100_000, 0), FETCH);
        let records = answer.responses[0].partitions[0].records.clone().unwrap();
        Batch::split(&mut records.into_bytes()).unwrap()
    };
    let plain = fetched();
    let value = |batch: &Batch| batch.records(1000).unwrap().next().unwrap().unwrap().value.unwrap();
    for corruption in [Corruption::Crc, Corruption::Bit, Corruption::Codec, Corruption::Payload, Corruption::SchemaId] {
        arm(&cluster, ApiKey::Fetch, FaultAction::Corrupt(corruption));
        let batch = fetched();
        let is_valid = !matches!(corruption, Corruption::Crc | Corruption::Bit);
        assert_eq!(batch.crc_ok(), is_valid, "{corruption:?}");
        match corruption {
            Corruption::Codec => assert!(batch.records(1000).is_err()),
            Corruption::Payload => assert_eq!(&value(&batch)[..], b"\0\0\0\0\x07{"),
            Corruption::SchemaId => assert_eq!(&value(&batch)[..], b"\0\x7f\xff\xff\xff{}"),
            _ => {}
        }
        assert_eq!(fired(&cluster), 1, "{corruption:?}");
        cluster.disarm("rule").unwrap();
    }
    arm(&cluster, ApiKey::Fetch, FaultAction::SkewTime(3_600_000));
    let skewed = fetched();
    assert!(skewed.crc_ok());
    assert_eq!(skewed.base_timestamp() - plain.base_timestamp(), 3_600_000);
    assert_eq!(cluster.records("topic", None, 0).unwrap(), stored);
}

#[test]
fn a_fetch_is_known_by_its_topic_also_where_only_its_session_names_it() {
    let cluster = cluster();
    let mut client = client(&cluster);
    let begin = FetchRequest { session_epoch: 0, ..fetch("topic", 0, 1000, 0) };
    let session_id = client.ask(&begin, FETCH).session_id;
    assert_ne!(session_id, 0);
    let meant: Misses =
        Arc::new(
            |entry| {
                if entry.topics().contains(&"topic") { Vec::new() } else { vec![format!("{:?}", entry.topics())] }
            },
        );
    let code = ErrorCode::NOT_LEADER_OR_FOLLOWER;
    let rule = FaultRule::new("rule", Some(ApiKey::Fetch), FaultAction::Reject(code));
    cluster.arm(FaultRule { misses: meant, ..rule }).unwrap();
    assert_eq!(client.ask(&fetch("other", 0, 1000, 0), FETCH).responses[0].partitions[0].error_code, ErrorCode::NONE);
    let rest = FetchRequest { session_id, session_epoch: 1, topics: Vec::new(), ..begin };
    client.ask(&rest, FETCH);
    assert_eq!(fired(&cluster), 1);
    assert_eq!(client.ask(&fetch("topic", 0, 1000, 0), FETCH).responses[0].partitions[0].error_code, code);
}

#[test]
fn a_fetch_without_records_is_not_meant_by_a_rule_that_damages_them() {
    let cluster = cluster();
    let rule = FaultRule::new("rule", Some(ApiKey::Fetch), FaultAction::Corrupt(Corruption::Crc));
    cluster.arm(FaultRule { when: When::Nth(1..=1), ..rule }).unwrap();
    let mut client = client(&cluster);
    client.ask(&fetch("topic", 0, 1000, 0), FETCH);
    let status = cluster.faults().unwrap().remove(0);
    assert_eq!((status.matched, status.fired), (0, 0));
    assert_eq!(status.near[0].misses, ["its answer holds nothing that the fault changes"]);
    error_of(&mut client, "topic");
    client.ask(&fetch("topic", 0, 1000, 0), FETCH);
    assert_eq!(fired(&cluster), 1);
}

#[test]
fn records_are_appended_twice_and_acknowledged_once() {
    let cluster = cluster();
    let rule = FaultRule::new("rule", Some(ApiKey::Produce), FaultAction::AppendTwice);
    cluster.arm(FaultRule { when: When::Nth(1..=1), ..rule }).unwrap();
    let mut client = client(&cluster);
    assert_eq!(error_of(&mut client, "topic"), ErrorCode::NONE);
    assert_eq!(count(&cluster, "topic"), 2);
    assert_eq!(error_of(&mut client, "topic"), ErrorCode::NONE);
    assert_eq!(count(&cluster, "topic"), 3);
}

fn commit(offset: i64) -> OffsetCommitRequest {
    let partition = OffsetCommitRequestPartition { committed_offset: offset, ..Default::default() };
    let topic = OffsetCommitRequestTopic { name: "topic".into(), partitions: vec![partition], ..Default::default() };
    OffsetCommitRequest {
        group_id: "group".into(),
        generation_id_or_member_epoch: -1,
        topics: vec![topic],
        ..Default::default()
    }
}

fn committed(client: &mut Raw) -> i64 {
    let topic = OffsetFetchRequestTopic { name: "topic".into(), partition_indexes: vec![0], ..Default::default() };
    let request = OffsetFetchRequest { group_id: "group".into(), topics: Some(vec![topic]), ..Default::default() };
    client.ask(&request, 5).topics[0].partitions[0].committed_offset
}

#[test]
fn committed_offsets_lie_back_and_their_records_come_again() {
    let cluster = cluster();
    let mut client = client(&cluster);
    (0..5).for_each(|_| assert_eq!(error_of(&mut client, "topic"), ErrorCode::NONE));
    client.ask(&commit(5), 5);
    arm(&cluster, ApiKey::OffsetFetch, FaultAction::Rewind(2));
    assert_eq!(committed(&mut client), 3);
    cluster.disarm("rule").unwrap();
    assert_eq!(committed(&mut client), 5);
}

fn transactional(client: &mut Raw) -> (i64, i16) {
    let find = FindCoordinatorRequest { key: "id".into(), key_type: 1, ..Default::default() };
    client.ask(&find, 2);
    let begin = InitProducerIdRequest {
        transactional_id: Some("id".into()),
        transaction_timeout_ms: 60_000,
        producer_id: -1,
        producer_epoch: -1,
        ..Default::default()
    };
    let begun = client.ask(&begin, 4);
    assert_eq!(begun.error_code, ErrorCode::NONE);
    (begun.producer_id, begun.producer_epoch)
}

fn add(client: &mut Raw, (producer_id, producer_epoch): (i64, i16)) -> ErrorCode {
    let topic = kafka_trial_wire::messages::add_partitions_to_txn_request::AddPartitionsToTxnTopic {
        name: "topic".into(),
        partitions: vec![0],
        ..Default::default()
    };
    let add = AddPartitionsToTxnRequest {
        v3_and_below_transactional_id: "id".into(),
        v3_and_below_producer_id: producer_id,
        v3_and_below_producer_epoch: producer_epoch,
        v3_and_below_topics: vec![topic],
        ..Default::default()
    };
    client.ask(&add, 3).results_by_topic_v3_and_below[0].results_by_partition[0].partition_error_code
}

fn end(client: &mut Raw, (producer_id, producer_epoch): (i64, i16)) -> ErrorCode {
    let end = EndTxnRequest {
        transactional_id: "id".into(),
        producer_id,
        producer_epoch,
        committed: true,
        ..Default::default()
    };
    client.ask(&end, 3).error_code
}

#[test]
fn a_producer_is_fenced_and_its_transaction_times_out() {
    for action in [FaultAction::Fence, FaultAction::TimeOutTransaction] {
        let cluster = cluster();
        let mut client = client(&cluster);
        let producer = transactional(&mut client);
        assert_eq!(add(&mut client, producer), ErrorCode::NONE);
        arm(&cluster, ApiKey::EndTxn, action.clone());
        let refused = end(&mut client, producer);
        assert!(
            [ErrorCode::PRODUCER_FENCED, ErrorCode::INVALID_PRODUCER_EPOCH].contains(&refused),
            "{action}: {refused}"
        );
        assert_eq!(fired(&cluster), 1);
    }
}

#[test]
fn a_targeted_verb_ends_a_transaction_without_a_clock() {
    let cluster = cluster();
    let mut client = client(&cluster);
    let producer = transactional(&mut client);
    assert_eq!(
        cluster.time_out_transaction("id").unwrap_err().to_string(),
        "transactional id id has no ongoing transaction: its state is Empty"
    );
    add(&mut client, producer);
    cluster.time_out_transaction("id").unwrap();
    assert_ne!(end(&mut client, producer), ErrorCode::NONE);
}

#[test]
fn a_leader_moves_with_a_hint_that_is_right_wrong_or_absent() {
    for hint in [Hint::Right, Hint::Wrong, Hint::Absent] {
        let cluster = cluster_of(2);
        let leader = cluster.topics().unwrap().iter().find(|topic| topic.name == "topic").unwrap().partitions[0].leader;
        let mut client = Raw::connect(cluster.addresses()[usize::try_from(leader).unwrap()]);
        arm(&cluster, ApiKey::Produce, FaultAction::MoveLeader { to: None, hint });
        let answer = client.ask(&produce("topic", b"v"), 10);
        let row = &answer.responses[0].partition_responses[0];
        assert_eq!(row.error_code, ErrorCode::NOT_LEADER_OR_FOLLOWER, "{hint:?}");
        let hinted = match hint {
            Hint::Right => 1 - leader,
            Hint::Wrong => 1 - leader + 1_000_000,
            _ => -1,
        };
        assert_eq!(row.current_leader.leader_id, hinted, "{hint:?}");
        cluster.disarm("rule").unwrap();
        let mut client = Raw::connect(cluster.addresses()[usize::try_from(1 - leader).unwrap()]);
        assert_eq!(error_of(&mut client, "topic"), ErrorCode::NONE, "the new leader appends");
    }
    let alone = cluster().arm(FaultRule::new("rule", None, FaultAction::MoveCoordinator { to: None })).unwrap_err();
    let reason = "there is only one broker, so nothing can move: start the cluster with two at least";
    assert_eq!(alone.to_string(), format!(r#"rule "rule": {reason}"#));
}

#[test]
fn a_coordinator_moves() {
    let cluster = cluster_of(2);
    let find = FindCoordinatorRequest { key: "group".into(), ..Default::default() };
    let first = client(&cluster).ask(&find, 2);
    arm(&cluster, ApiKey::OffsetCommit, FaultAction::MoveCoordinator { to: None });
    let mut client = Raw::connect(cluster.addresses()[usize::try_from(first.node_id).unwrap()]);
    let refused = client.ask(&commit(1), 5).topics[0].partitions[0].error_code;
    assert_eq!(refused, ErrorCode::NOT_COORDINATOR);
    assert_eq!(client.ask(&find, 2).node_id, 1 - first.node_id);
}

fn metadata(topic: &str) -> MetadataRequest {
    let topic = MetadataRequestTopic { name: Some(topic.into()), ..Default::default() };
    MetadataRequest { topics: Some(vec![topic]), ..Default::default() }
}

#[test]
fn metadata_is_stale_or_advertises_a_different_address_and_versions_are_narrower() {
    let cluster = cluster();
    let mut client = client(&cluster);
    arm(&cluster, ApiKey::Metadata, FaultAction::Stale);
    cluster.create_topic(TopicSpec::new("new", 1)).unwrap();
    assert_eq!(client.ask(&metadata("new"), 8).topics[0].error_code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    cluster.disarm("rule").unwrap();
    arm(&cluster, ApiKey::Metadata, FaultAction::Advertise { host: "nowhere".to_owned(), port: 7 });
    let answer = client.ask(&metadata("new"), 8);
    assert_eq!(answer.topics[0].error_code, ErrorCode::NONE);
    assert_eq!((answer.brokers[0].host.as_str(), answer.brokers[0].port), ("nowhere", 7));
    cluster.disarm("rule").unwrap();
    arm(&cluster, ApiKey::ApiVersions, FaultAction::Downgrade { api: Some(ApiKey::Produce), to: 7 });
    let versions = client.ask(&ApiVersionsRequest::default(), 0).api_keys;
    let highest = |api: ApiKey| versions.iter().find(|row| row.api_key == api.0).unwrap().max_version;
    assert_eq!(highest(ApiKey::Produce), 7);
    assert!(highest(ApiKey::Fetch) > 11);
}

#[test]
fn records_are_deleted_before_they_are_read() {
    let cluster = cluster();
    let mut client = client(&cluster);
    error_of(&mut client, "topic");
    arm(&cluster, ApiKey::Fetch, FaultAction::Truncate);
    let answer = client.ask(&fetch("topic", 0, 1000, 0), FETCH);
    let row = &answer.responses[0].partitions[0];
    assert_eq!((row.error_code, row.log_start_offset), (ErrorCode::OFFSET_OUT_OF_RANGE, -1));
    assert_eq!(count(&cluster, "topic"), 0);
}

#[test]
fn a_broker_goes_away_and_comes_back() {
    let cluster = cluster();
    let gone = FaultAction::Restart { down: None, rolling: false };
    arm(&cluster, ApiKey::Produce, gone);
    let mut first = client(&cluster);
    let mut bystander = client(&cluster);
    bystander.ask(&metadata("topic"), 8);
    first.send(&produce("topic", b"v"), PRODUCE);
    assert!(first.rest().is_empty() && bystander.rest().is_empty(), "its connections are closed");
    assert!(client(&cluster).rest().is_empty(), "and so are new ones");
    cluster.disarm("rule").unwrap();
    assert_eq!((error_of(&mut client(&cluster), "topic"), count(&cluster, "topic")), (ErrorCode::NONE, 1));
    let down = Some(Duration::from_millis(50));
    let restart = FaultRule::new("rule", Some(ApiKey::Produce), FaultAction::Restart { down, rolling: false });
    cluster.arm(FaultRule { limit: Some(1), ..restart }).unwrap();
    let mut first = client(&cluster);
    first.send(&produce("topic", b"v"), PRODUCE);
    assert!(first.rest().is_empty());
    eventually(|| {
        let mut client = client(&cluster);
        client.send(&produce("topic", b"v"), PRODUCE);
        client.receive_frame().map(drop).map_err(|error| error.to_string())
    });
}

#[test]
fn a_rule_acts_in_its_time_on_the_clock_of_the_cluster() {
    let cluster = cluster();
    let reject = FaultAction::Reject(ErrorCode::REQUEST_TIMED_OUT);
    let between = When::Between(Duration::from_secs(500), Duration::from_secs(700));
    cluster.arm(FaultRule { when: between, ..FaultRule::new("rule", Some(ApiKey::Produce), reject) }).unwrap();
    let mut client = client(&cluster);
    let mut errors = Vec::new();
    for _ in 0..3 {
        errors.push(error_of(&mut client, "topic"));
        cluster.advance_clock(Duration::from_secs(600)).unwrap();
    }
    assert_eq!(errors, [ErrorCode::NONE, ErrorCode::REQUEST_TIMED_OUT, ErrorCode::NONE]);
}

#[test]
fn a_rule_acts_once_for_each_correlation_id() {
    let cluster = cluster();
    let reject = FaultAction::Reject(ErrorCode::REQUEST_TIMED_OUT);
    let once = When::OncePer(OncePer::Correlation);
    cluster.arm(FaultRule { when: once, ..FaultRule::new("rule", Some(ApiKey::Produce), reject) }).unwrap();
    let mut client = client(&cluster);
    let mut send = |id: &'static str| {
        let mut batch = BatchBuilder::new();
        let header = Header { key: "correlation_id".into(), value: Some(id.into()) };
        batch.push(1_700_000_000_000, None, Some(b"v"), &[header]);
        let mut request: ProduceRequest = produce("topic", b"v");
        request.topic_data[0].partition_data[0].records = Some(batch.build().unwrap().into());
        client.ask(&request, PRODUCE).responses[0].partition_responses[0].error_code != ErrorCode::NONE
    };
    assert_eq!(["a", "a", "b", "a", "b"].map(&mut send), [true, false, true, false, false]);
    assert_eq!(count(&cluster, "topic"), 3);
}

#[test]
fn the_same_rules_hit_the_same_requests_in_every_run() {
    let hits = |_: usize| {
        let topics = vec![TopicSpec::new("topic", 1), TopicSpec::new("other", 1)];
        let cluster = Cluster::start(ClusterConfig { seed: Some(7), topics, ..ClusterConfig::default() }).unwrap();
        let reject = FaultAction::Reject(ErrorCode::REQUEST_TIMED_OUT);
        let often = FaultRule::new("often", Some(ApiKey::Produce), reject);
        cluster.arm(FaultRule { when: When::Probability(0.3), ..often }).unwrap();
        let delay = FaultAction::Jitter { fixed: Duration::ZERO, jitter: Duration::from_micros(50), answer: true };
        cluster.arm(FaultRule { when: When::Every(3), ..FaultRule::new("delay", Some(ApiKey::Fetch), delay) }).unwrap();
        // A second connection of the same client asks for something else at the same time.
        std::thread::scope(|scope| {
            let fetches = scope.spawn(|| {
                let mut client = client(&cluster);
                (0..20).for_each(|_| drop(client.ask(&fetch("other", 0, 1000, 0), FETCH)));
            });
            let mut client = client(&cluster);
            for number in 0..20 {
                error_of(&mut client, if number % 3 == 0 { "other" } else { "topic" });
            }
            fetches.join().unwrap();
        });
        let fired = cluster.fired_faults().unwrap();
        let mut fired: Vec<_> = fired.into_iter().map(|one| (one.rule, one.correlation_id)).collect();
        fired.sort();
        fired
    };
    let first = hits(0);
    assert!(first.iter().any(|(rule, _)| rule == "often") && first.len() < 40, "{first:?}");
    (1..50).for_each(|run| assert_eq!(hits(run), first, "run {run}"));
}
