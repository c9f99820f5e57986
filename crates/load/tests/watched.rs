//! What is watched beside the answers, on an embedded broker.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kafka_trial::client::{Connection, Deadline, Stopwatch, pause};
use kafka_trial::responder::Responder;
use kafka_trial::{Cluster, ClusterConfig, Record, TopicSpec};
use kafka_trial_load::live::{LiveError, Payload, Target, Watched, drive};
use kafka_trial_load::{Count, Load, Need, Plan, Preset, SeriesKind, Threshold};
use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_trial_wire::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_trial_wire::messages::{JoinGroupRequest, JoinGroupResponse, SyncGroupRequest};

const LIMIT: Duration = Duration::from_secs(30);

fn cluster() -> Cluster {
    let topics = ["requests", "responses", "dead"].map(|name| TopicSpec::new(name, 2)).to_vec();
    Cluster::start(ClusterConfig { topics, ..ClusterConfig::default() }).unwrap()
}

fn target(cluster: &Cluster) -> Target {
    Target::new(cluster.bootstrap_servers(), "requests", "responses").unwrap()
}

fn plan(rate: f64, length: Duration) -> Plan {
    // The machine that runs this may be busy.
    Plan { max_lag: LIMIT, drain: Duration::from_millis(500), ..Plan::new(Load::sustained(rate, length)) }
}

/// A member of a classic group, over a connection of its own.
struct Member {
    connection: Connection,
    id: String,
}

impl Member {
    fn new(cluster: &Cluster) -> Self {
        let connection = Connection::open(cluster.bootstrap_servers(), Deadline::after(LIMIT)).unwrap();
        Self { connection, id: String::new() }
    }

    fn ask_to_join(&mut self) -> JoinGroupResponse {
        let protocols = vec![JoinGroupRequestProtocol { name: "range".into(), ..JoinGroupRequestProtocol::default() }];
        let request = JoinGroupRequest {
            group_id: "service".into(),
            session_timeout_ms: 30_000,
            // Whoever does not come back within this time is left out.
            rebalance_timeout_ms: 700,
            member_id: self.id.as_str().into(),
            protocol_type: "consumer".into(),
            protocols,
            ..JoinGroupRequest::default()
        };
        self.connection.ask(&request, 5, Deadline::after(LIMIT)).unwrap()
    }

    /// Joins and takes its assignment: the group is stable.
    fn join(&mut self) {
        let given = self.ask_to_join();
        self.id = given.member_id.as_str().to_owned();
        let joined = self.ask_to_join();
        assert_eq!(joined.error_code, ErrorCode::NONE, "{joined:?}");
        let assignments = vec![SyncGroupRequestAssignment {
            member_id: self.id.as_str().into(),
            ..SyncGroupRequestAssignment::default()
        }];
        let request = SyncGroupRequest {
            group_id: "service".into(),
            generation_id: joined.generation_id,
            member_id: self.id.as_str().into(),
            assignments,
            ..SyncGroupRequest::default()
        };
        let synced = self.connection.ask(&request, 3, Deadline::after(LIMIT)).unwrap();
        assert_eq!(synced.error_code, ErrorCode::NONE, "{synced:?}");
    }
}

#[test]
fn the_preset_service_holds_where_the_service_keeps_its_promises_and_fails_where_it_does_not() {
    let cluster = cluster();
    let mut number = 0;
    let _service = Responder::start(cluster.bootstrap_servers(), &["requests"], move |record| {
        number += 1;
        let (key, value) = (record.key.clone(), record.value.clone());
        let to = |topic: &str, value| Record { key: key.clone(), value, ..Record::tombstone(topic) };
        match number % 100 {
            // Twice: it is one request all the same.
            10 => vec![to("dead", value.clone()), to("dead", value)],
            20 => {
                let id = String::from_utf8(key.clone().unwrap().to_vec()).unwrap();
                vec![to("responses", Some(format!("{{\"correlation_id\": \"{id}\", \"padding\": 5}}").into()))]
            }
            _ => vec![to("responses", value)],
        }
    })
    .unwrap();
    let schema = r#"{"properties": {"padding": {"type": "string"}}, "required": ["padding"]}"#.parse().unwrap();
    Member::new(&cluster).join();
    let watched = Watched {
        dead_letters: Some("dead".to_owned()),
        schema: Some(schema),
        group: Some("service".to_owned()),
        ..Watched::default()
    };
    let target = Target { watched, ..target(&cluster) };
    let thresholds = Preset::with(Some(Preset::Service), vec!["dead_letters == 3".parse().unwrap()]);
    let plan = Plan { timeout: Duration::from_millis(500), ..plan(150.0, Duration::from_secs(2)) };
    let report = drive(&target, plan, &thresholds, &AtomicBool::new(false), |_| ()).unwrap();
    let counts = &report.counts;
    let seen = report.to_text();
    assert_eq!((counts[Count::Sent], counts[Count::Lost], counts[Count::Ok]), (300, 3, 297), "{seen}");
    assert_eq!((counts[Count::DeadLetters], counts[Count::OffSchema]), (3, 3), "{seen}");
    assert!(report.complaint.as_deref().unwrap().starts_with("/padding: "), "{seen}");
    let holds: Vec<_> = report.thresholds.iter().map(|one| (one.holds, one.measured.as_str())).collect();
    assert_eq!(holds, [(false, "1.00 %"), (false, "98.99 %"), (true, "0.00 ms"), (true, "3")], "{seen}");
}

#[test]
fn a_rebalance_of_the_service_is_timed() {
    let cluster = cluster();
    Member::new(&cluster).join();
    let watched = Watched { group: Some("service".to_owned()), ..Watched::default() };
    let target = Target { watched, ..target(&cluster) };
    let plan = Plan { timeout: Duration::from_millis(1), ..plan(5.0, Duration::from_secs(3)) };
    let threshold: Threshold = "max(rebalance) < 10s".parse().unwrap();
    let is_driven = AtomicBool::new(false);
    let (report, took) = std::thread::scope(|scope| {
        // The first member does not come back, so the second waits until it is left out.
        let second = scope.spawn(|| {
            let deadline = Deadline::after(LIMIT);
            while !is_driven.load(Ordering::Relaxed) && !deadline.is_past() {
                pause(Duration::from_millis(5));
            }
            let watch = Stopwatch::start();
            Member::new(&cluster).join();
            watch.elapsed()
        });
        let report = drive(&target, plan, &[threshold], &AtomicBool::new(false), |_| {
            is_driven.store(true, Ordering::Relaxed);
        });
        // Whatever became of it, the other is not to wait.
        is_driven.store(true, Ordering::Relaxed);
        let report = report.unwrap();
        (report, second.join().unwrap())
    });
    let rebalance = report.series(SeriesKind::Rebalance).unwrap();
    let longest = rebalance.ms.max.unwrap() / 1e3;
    assert_eq!(rebalance.count, 1, "{}", report.to_text());
    assert!((0.3..took.as_secs_f64() + 1.0).contains(&longest), "{longest} s of {took:?}");
    assert!(report.thresholds.iter().all(|one| one.holds), "{}", report.to_text());
}

#[test]
fn what_is_to_be_watched_has_to_be_there() {
    let cluster = cluster();
    let run = |watched| {
        let target = Target { watched, ..target(&cluster) };
        drive(&target, plan(10.0, Duration::from_secs(1)), &[], &AtomicBool::new(false), |_| ()).unwrap_err()
    };
    let error = run(Watched { dead_letters: Some("nothing".to_owned()), ..Watched::default() });
    assert!(matches!(&error, LiveError::NoTopic(name) if name == "nothing"), "{error}");
    let error = run(Watched { group: Some("nobody".to_owned()), ..Watched::default() });
    assert!(matches!(&error, LiveError::NoGroup(name) if name == "nobody"), "{error}");
    let thresholds = Preset::with(Some(Preset::Service), Vec::new());
    let missing =
        |watched: Watched| watched.missing(&thresholds, false).map(|(threshold, need)| (threshold.to_string(), need));
    assert_eq!(missing(Watched::default()), Some(("dead_letter_rate < 0.1%".to_owned(), Need::DeadLetters)));
    let dead_letters = Some("dead".to_owned());
    let some = Watched { dead_letters, schema: Some("{}".parse().unwrap()), group: None, ..Watched::default() };
    assert_eq!(missing(some), Some(("max(rebalance) < 10s".to_owned(), Need::Group)));
}

#[test]
fn keys_of_their_own_decide_the_partition_and_headers_are_carried() {
    let cluster = cluster();
    let places = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = std::sync::Arc::clone(&places);
    let _service = Responder::start(cluster.bootstrap_servers(), &["requests"], move |record| {
        let header = record.headers.iter().find(|(name, _)| name == "x-id").and_then(|(_, value)| value.clone());
        let key = record.key.as_ref().map(|key| String::from_utf8(key.to_vec()).unwrap());
        seen.lock().unwrap().push((record.partition, key));
        // The answer has nothing of the request but what its header said.
        vec![Record { key: header, ..Record::new("responses", "{}") }]
    })
    .unwrap();
    let payload = Payload::sized_between(100..=300).key("customer-{{random 1 4}}").unwrap();
    let keyed = payload.header("x-id", "{{correlation_id}}").unwrap();
    for (payload, is_keyed) in [(keyed.clone(), true), (keyed.keyless(), false)] {
        let target = Target { payload, ..target(&cluster) };
        let report = drive(&target, plan(100.0, Duration::from_secs(1)), &[], &AtomicBool::new(false), |_| ()).unwrap();
        assert_eq!(report.counts[Count::Ok], 100, "{}", report.to_text());
        let places = std::mem::take(&mut *places.lock().unwrap());
        let partitions: std::collections::BTreeSet<_> = places.iter().cloned().collect();
        let keys: std::collections::BTreeSet<_> = places.into_iter().map(|(_, key)| key).collect();
        if is_keyed {
            assert_eq!((keys.len(), partitions.len()), (4, 4), "each key has one partition: {partitions:?}");
        } else {
            assert_eq!((keys.len(), partitions.len()), (1, 2), "they take turns: {partitions:?}");
        }
    }
}
