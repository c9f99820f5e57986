//! Flows against an embedded cluster over real sockets: what is found, how it hangs together, and what is said about it.
#![expect(clippy::unwrap_used, reason = "a test ends where it cannot go on")]

use std::time::Duration;

use bytes::Bytes;
use kafka_trial::client::{Client, Deadline, NewRecord, Stopwatch, now_millis};
use kafka_trial::flow::{
    Anomaly, DuplicateClass, Expect, Flow, FlowTracker, Follow, HopKind, Locator, Locators, Route, Source, Verdict,
};
use kafka_trial::responder::{OutgoingRecord, Responder};
use kafka_trial::{Cluster, ClusterConfig, TopicSpec};
use serde_json::{Value as Json, json};

const LIMIT: Duration = Duration::from_secs(10);
const REQUESTS: &str = "requests";
const RESPONSES: &str = "responses";

/// A cluster and a client of it.
struct Scene {
    cluster: Cluster,
    client: Client,
    now: i64,
}

impl Scene {
    fn new(topics: &[(&str, i32)]) -> Self {
        let topics = topics.iter().map(|(name, partitions)| TopicSpec::new(*name, *partitions)).collect();
        let cluster = Cluster::start(ClusterConfig { topics, ..ClusterConfig::default() }).unwrap();
        let client = Client::connect(&cluster.bootstrap_servers(), Deadline::after(LIMIT)).unwrap();
        Self { cluster, client, now: now_millis() }
    }

    fn usual() -> Self {
        Self::new(&[(REQUESTS, 3), (RESPONSES, 3), ("requests.dlq", 1), ("audit", 1)])
    }

    fn send(&mut self, topic: &str, partition: i32, record: NewRecord) -> i64 {
        self.client.produce(topic, partition, &[record], Deadline::after(LIMIT)).unwrap()
    }

    fn event(&mut self, topic: &str, partition: i32, event: Json) -> i64 {
        self.send(topic, partition, self.record(0, &event.to_string()))
    }

    fn record(&self, after: i64, value: &str) -> NewRecord {
        NewRecord {
            value: Some(Bytes::copy_from_slice(value.as_bytes())),
            timestamp: self.now + after,
            ..NewRecord::default()
        }
    }

    fn tracker(&self) -> FlowTracker {
        FlowTracker::connect(&self.cluster.bootstrap_servers(), Deadline::after(LIMIT)).unwrap()
    }

    /// What there is of an id, without waiting.
    fn flow(&self, id: &str) -> Flow {
        self.tracker().follow(&follow(id), Duration::ZERO)
    }
}

fn follow(id: &str) -> Follow {
    Follow::new(id, Route::through([REQUESTS, RESPONSES]))
}

fn anomalies(flow: &Flow) -> Vec<String> {
    flow.anomalies.iter().map(ToString::to_string).collect()
}

#[test]
fn ten_thousand_interleaved_flows_are_told_apart_in_less_than_two_seconds() {
    const FLOWS: usize = 10_000;
    let mut scene = Scene::usual();
    let id = |number: usize| format!("flow-{number}");
    // Every fifth is not answered, every seventh goes to the dead letters, every eleventh fails.
    let expected = |number: usize| match number {
        n if n % 5 == 0 => Verdict::ProducedNotFetched,
        n if n % 7 == 0 => Verdict::AnsweredDlq,
        n if n % 11 == 0 => Verdict::AnsweredError,
        _ => Verdict::Complete,
    };
    let (mut requests, mut responses, mut letters) = ([vec![], vec![], vec![]], [vec![], vec![], vec![]], vec![]);
    // Answers come in another order than requests.
    for number in 0..FLOWS {
        requests[number % 3].push(scene.record(0, &json!({"correlation_id": id(number)}).to_string()));
        let answered = (number * 7919) % FLOWS;
        let answer = match expected(answered) {
            Verdict::Complete => json!({"correlation_id": id(answered)}),
            Verdict::AnsweredError => json!({"correlation_id": id(answered), "payload": {"error": "no"}}),
            Verdict::AnsweredDlq => {
                letters.push(scene.record(1, &json!({"correlation_id": id(answered)}).to_string()));
                continue;
            }
            _ => continue,
        };
        responses[answered % 3].push(scene.record(2, &answer.to_string()));
    }
    for (topic, partitions) in [(REQUESTS, &requests), (RESPONSES, &responses)] {
        for (records, partition) in partitions.iter().zip(0..) {
            scene.client.produce(topic, partition, records, Deadline::after(LIMIT)).unwrap();
        }
    }
    scene.client.produce("requests.dlq", 0, &letters, Deadline::after(LIMIT)).unwrap();

    let follows: Vec<Follow> = (0..FLOWS).map(|number| follow(&id(number))).collect();
    let told = || {
        let watch = Stopwatch::start();
        (scene.tracker().follow_all(&follows, Duration::ZERO), watch.elapsed())
    };
    let (flows, spent) = told();
    for (flow, number) in flows.iter().zip(0..) {
        assert_eq!((flow.id.as_str(), flow.verdict), (id(number).as_str(), expected(number)), "{flow}");
        let records = if expected(number) == Verdict::ProducedNotFetched { 1 } else { 2 };
        assert_eq!(flow.observations.len(), records, "{flow}");
    }
    // Other work on the machine is not what is measured: a slow try is followed by others.
    let spent: Vec<Duration> = std::iter::once(spent)
        .chain(std::iter::repeat_with(|| told().1).take(9))
        .take_while(|spent| *spent >= Duration::from_secs(2))
        .collect();
    assert!(spent.len() < 10, "{FLOWS} flows took {spent:?}");
}

#[test]
fn an_answer_is_found_in_another_partition_and_before_its_request() {
    let mut scene = Scene::usual();
    scene.send(RESPONSES, 2, scene.record(-40, r#"{"correlation_id": "a"}"#));
    scene.send(REQUESTS, 0, scene.record(0, r#"{"correlation_id": "a"}"#));
    let flow = scene.flow("a");
    assert_eq!(flow.verdict, Verdict::Complete, "{flow}");
    assert_eq!(flow.micros(), Some(-40_000));
    assert_eq!(
        anomalies(&flow),
        ["by its producer's clock responses-2@0 is 40 ms older than its request requests-0@0: the clocks disagree"]
    );
}

#[test]
fn three_hops_with_a_fan_out_of_five_and_a_dead_letter_hang_together() {
    let mut scene = Scene::usual();
    let begin = json!({"correlation_id": "a", "event_id": "e1"});
    scene.send(REQUESTS, 0, scene.record(0, &begin.to_string()));
    let answer = json!({"correlation_id": "a", "event_id": "e2", "causation_id": "e1"});
    scene.send(RESPONSES, 1, scene.record(3, &answer.to_string()));
    for number in 0..5 {
        scene.send("audit", 0, scene.record(5 + number, &json!({"correlation_id": "a", "line": number}).to_string()));
    }
    // The letter has no id of its own: its origin is what it is known by.
    let letter =
        json!({"original_topic": "audit", "original_partition": 0, "original_offset": 4, "error": "disk full"});
    scene.send("requests.dlq", 0, scene.record(12, &letter.to_string()));

    let follow =
        Follow::new("a", Route::through([REQUESTS, RESPONSES, "audit"])).expect(Expect::topic("audit").exactly(5));
    let flow = scene.tracker().follow(&follow, Duration::ZERO);
    assert!(flow.is_complete(), "{flow}");
    let hops: Vec<_> = flow.hops.iter().map(|hop| (hop.from, hop.to, hop.kind, hop.micros)).collect();
    let fan_out = (2..7).map(|to| (1, to, HopKind::Topology, 2_000 + (to as i64 - 2) * 1_000));
    let expected: Vec<_> =
        [(0, 1, HopKind::Causation, 3_000)].into_iter().chain(fan_out).chain([(6, 7, HopKind::Link, 3_000)]).collect();
    assert_eq!(hops, expected, "{flow}");
    assert_eq!(flow.observations[7].locator, "link(audit, 0, 4)");
    insta::assert_snapshot!(flow.report(80), @r#"
    flow a: complete
      responses-1@0 was answered by audit-0@0 after 2.0 ms

      timeline (times by the records' timestamps; who fetched is n/a)
        +0.0 ms  requests-0@0  $message.payload#/correlation_id
        +3.0 ms  `- responses-1@0  causation
        +5.0 ms     `- audit-0@0  topology
        +6.0 ms     `- audit-0@1  topology
        +7.0 ms     `- audit-0@2  topology
        +8.0 ms     `- audit-0@3  topology
        +9.0 ms     `- audit-0@4  topology
       +12.0 ms        `- requests.dlq-0@0  link, error: disk full
    "#);
}

#[test]
fn a_dead_letter_of_spring_is_linked_by_its_headers() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 1, json!({"correlation_id": "a"}));
    let mut letter = scene.record(4, "broken");
    letter.headers = vec![
        ("kafka_dlt-original-topic".to_owned(), Bytes::from_static(b"requests")),
        ("kafka_dlt-original-partition".to_owned(), Bytes::copy_from_slice(&1_i32.to_be_bytes())),
        ("kafka_dlt-original-offset".to_owned(), Bytes::copy_from_slice(&0_i64.to_be_bytes())),
        ("kafka_dlt-exception-message".to_owned(), Bytes::from_static(b"it is broken")),
    ];
    scene.send("requests.dlq", 0, letter);
    let flow = scene.flow("a");
    assert_eq!(flow.verdict, Verdict::AnsweredDlq);
    assert_eq!(flow.explanation, "requests-1@0 went to the dead letters, requests.dlq-0@0, after 4.0 ms: it is broken");
}

#[test]
fn a_flow_without_an_answer_says_what_is_known_of_its_readers() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    let flow = scene.flow("a");
    assert_eq!(flow.verdict, Verdict::ProducedNotFetched);
    assert_eq!(
        flow.explanation,
        "requests-0@0 is there, and no group reads requests; a reader without a group cannot be seen from outside"
    );
    let place = kafka_trial::client::TopicPartition { topic: REQUESTS.to_owned(), partition: 0 };
    scene.client.commit("billing", &[(place.clone(), 0)].into(), Deadline::after(LIMIT)).unwrap();
    let flow = scene.flow("a");
    assert_eq!(
        (flow.verdict, flow.explanation.as_str()),
        (Verdict::ProducedNotFetched, "group billing has no members, lag 1 on requests")
    );
    scene.client.commit("billing", &[(place, 1)].into(), Deadline::after(LIMIT)).unwrap();
    let flow = scene.flow("a");
    assert_eq!(flow.verdict, Verdict::FetchedNotAnswered);
    assert_eq!(
        flow.explanation,
        "group billing has committed requests-0 up to 1, past requests-0@0, and has not answered it, \
         and has no members now; nothing has come in responses within 0.0 ms"
    );
    let other = Follow::new("a", Route::through([REQUESTS, RESPONSES]).handled_by("shipping"));
    let flow = scene.tracker().follow(&other, Duration::ZERO);
    assert_eq!(
        flow.explanation,
        "requests-0@0 is there, and group shipping has never read requests; \
         a reader without a group cannot be seen from outside"
    );
}

#[test]
fn what_was_never_produced_says_where_was_looked_and_what_is_nearly_it() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "Order-7"}));
    scene.event(RESPONSES, 0, json!({"correlation_id": "order-7"}));
    let flow = scene.flow("order-7");
    assert_eq!(flow.verdict, Verdict::NeverProduced);
    assert_eq!(
        flow.explanation,
        "no record of requests carries order-7 (1 record was looked through), although responses-0@0 does; \
         requests-0@0 carries \"Order-7\", which is nearly the same"
    );
    let nowhere = Follow::new("a", Route::through(["not.there", RESPONSES]));
    assert_eq!(scene.tracker().follow(&nowhere, Duration::ZERO).explanation, "topic not.there does not exist");
}

#[test]
fn an_answer_in_the_wrong_topic_or_with_a_wrong_id_is_pointed_at() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a", "event_id": "e1"}));
    scene.event("audit", 0, json!({"correlation_id": "a"}));
    let flow = scene.flow("a");
    assert!(flow.explanation.ends_with("; audit-0@0 carries its id, but an answer is expected in responses"), "{flow}");
    scene.event(REQUESTS, 0, json!({"correlation_id": "b", "event_id": "e2"}));
    scene.event(RESPONSES, 0, json!({"correlation_id": "unknown", "causation_id": "e2"}));
    let flow = scene.flow("b");
    assert_eq!(flow.verdict, Verdict::ProducedNotFetched);
    assert!(flow.explanation.ends_with("; responses-0@0 answers it, but does not carry its id"), "{flow}");
    assert_eq!(anomalies(&flow), ["responses-0@0 belongs to the flow, but carries the id unknown"]);
    scene.event(REQUESTS, 0, json!({"correlation_id": "c"}));
    let flow = scene.flow("c");
    assert!(flow.explanation.ends_with("; responses-0@0 answers \"unknown\", an id that no request has"), "{flow}");
}

#[test]
fn duplicates_are_classed() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    scene.event(RESPONSES, 0, json!({"correlation_id": "a", "event_id": "e", "sent": 1}));
    scene.event(RESPONSES, 1, json!({"correlation_id": "a", "event_id": "e", "sent": 2}));
    let classes: Vec<_> = scene
        .flow("a")
        .anomalies
        .into_iter()
        .filter_map(|anomaly| match anomaly {
            Anomaly::Duplicate { class, second, .. } => Some((class, second.to_string())),
            _ => None,
        })
        .collect();
    assert_eq!(
        classes,
        [(DuplicateClass::Retry, "requests-0@1".to_owned()), (DuplicateClass::Application, "responses-1@0".to_owned())]
    );
}

#[test]
fn several_answers_of_one_request_are_odd_unless_they_are_expected() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    for event in ["e1", "e2"] {
        scene.event(RESPONSES, 0, json!({"correlation_id": "a", "event_id": event}));
    }
    assert_eq!(anomalies(&scene.flow("a")), ["the request has 2 answers: responses-0@0, responses-0@1"]);
    let two = follow("a").expect(Expect::topic(RESPONSES).exactly(2));
    let flow = scene.tracker().follow(&two, Duration::ZERO);
    assert!(flow.is_complete() && flow.anomalies.is_empty(), "{flow}");
    let once = scene.tracker().follow(&follow("a").expect(Expect::exactly_once()), Duration::ZERO);
    assert_eq!((once.verdict, once.unmet.len()), (Verdict::Complete, 1), "{once}");
}

#[test]
fn expectations_that_do_not_hold_say_what_was_there() {
    let mut scene = Scene::usual();
    let keyed = |scene: &Scene, after, key: &'static str, value: Json| NewRecord {
        key: Some(Bytes::from_static(key.as_bytes())),
        ..scene.record(after, &value.to_string())
    };
    scene.send(REQUESTS, 0, keyed(&scene, 0, "a", json!({"correlation_id": "a"})));
    scene.send(RESPONSES, 1, keyed(&scene, 70, "b", json!({"correlation_id": "a", "payload": {"score": 0.2}})));
    let expected = follow("a")
        .expect(Expect::topic(RESPONSES).within(Duration::from_millis(50)))
        .expect(Expect::topic(RESPONSES).field("/payload/score", json!(0.9)))
        .expect(Expect::topic(RESPONSES).that("a good score", |o| o.json().is_some_and(|j| j["payload"]["score"] == 1)))
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
    assert!(flow.unmet[0].location.contains("flows.rs:"), "{:?}", flow.unmet[0]);
    let error = flow.check().unwrap_err();
    assert!(error.to_string().starts_with("flow a: expected a record in responses within 50ms ("), "{error}");
}

#[test]
fn a_late_answer_and_an_answer_with_an_error_are_told_from_a_good_one() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "late"}));
    scene.send(RESPONSES, 0, scene.record(120, r#"{"correlation_id": "late"}"#));
    let route = Route::through([REQUESTS, RESPONSES]).within(Duration::from_millis(100));
    let flow = scene.tracker().follow(&Follow::new("late", route), Duration::ZERO);
    assert_eq!(
        (flow.verdict, flow.explanation.as_str()),
        (Verdict::AnsweredLate, "requests-0@0 was answered by responses-0@0 after 120 ms; the limit is 100 ms")
    );
    scene.event(REQUESTS, 0, json!({"correlation_id": "bad"}));
    let details = json!({"error": "Missing code_content", "error_code": "VALIDATION_ERROR"});
    scene.event(RESPONSES, 0, json!({"correlation_id": "bad", "payload": {"details": details}}));
    let flow = scene.flow("bad");
    assert_eq!(
        (flow.verdict, flow.explanation.as_str()),
        (
            Verdict::AnsweredError,
            "requests-0@1 was answered by responses-0@1 after 0.0 ms with an error: VALIDATION_ERROR: Missing code_content"
        )
    );
}

#[test]
fn bodies_of_any_kind_are_taken_as_they_are() {
    let mut scene = Scene::usual();
    let keyed = |value: Option<Bytes>, headers| NewRecord {
        key: Some(Bytes::from_static(b"a")),
        value,
        headers,
        timestamp: scene.now,
    };
    let records = [
        keyed(Some(Bytes::from_static(b"\xff\xfe\x00")), vec![("x\u{0}".to_owned(), Bytes::from_static(b"\xff\xfe"))]),
        keyed(Some(vec![b'x'; 900_000].into()), Vec::new()),
        keyed(None, Vec::new()),
        keyed(Some(Bytes::from_static(b"[1, 2")), Vec::new()),
    ];
    for record in records {
        scene.send(REQUESTS, 0, record.clone());
        scene.send(RESPONSES, 0, record);
    }
    let flow = scene.flow("a");
    assert_eq!((flow.verdict, flow.observations.len()), (Verdict::Complete, 8), "{flow}");
    assert!(flow.report(80).lines().all(|line| line.chars().count() <= 80), "{flow}");
    assert_eq!(flow.to_json()["hops"].as_array().unwrap().len(), 8);
    // An id that stands in other text is no id.
    scene.event(REQUESTS, 1, json!({"text": "about b"}));
    assert_eq!(scene.flow("b").verdict, Verdict::NeverProduced);
}

#[test]
fn a_tombstone_and_a_text_that_answer_json_are_odd() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    let keyed =
        |value| NewRecord { key: Some(Bytes::from_static(b"a")), value, timestamp: scene.now, headers: Vec::new() };
    let records = [keyed(None), keyed(Some(Bytes::from_static(b"done")))];
    for record in records {
        scene.send(RESPONSES, 0, record);
    }
    assert_eq!(
        anomalies(&scene.flow("a")),
        [
            "the request has 2 answers: responses-0@0, responses-0@1",
            "responses-0@0 is a tombstone: it has no value",
            "responses-0@1 is no JSON: expected value at line 1 column 1",
        ]
    );
}

#[test]
fn a_topic_that_is_deleted_or_truncated_meanwhile_is_a_remark() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    let mut tracker = scene.tracker();
    assert_eq!(tracker.follow(&follow("a"), Duration::ZERO).verdict, Verdict::ProducedNotFetched);
    scene.client.delete_topics(&[RESPONSES], Deadline::after(LIMIT)).unwrap();
    let flow = tracker.follow(&follow("a"), Duration::from_millis(300));
    assert_eq!(flow.remarks, ["topic responses was deleted while it was read"], "{flow}");
    assert!(flow.explanation.ends_with("; topic responses does not exist"), "{flow}");
}

#[test]
fn a_cluster_that_goes_away_is_a_remark_and_no_error() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    let mut tracker = scene.tracker();
    tracker.follow(&follow("a"), Duration::ZERO);
    scene.cluster.stop();
    let flow = tracker.follow(&follow("a"), Duration::from_millis(300));
    assert_eq!(flow.verdict, Verdict::ProducedNotFetched, "{flow}");
    assert!(
        flow.remarks.iter().any(|remark| remark.starts_with("the cluster could not be read: 127.0.0.1:")),
        "{flow}"
    );
    assert!(flow.explanation.starts_with("requests-0@0 is there"), "{flow}");
}

#[test]
fn a_locator_of_ones_own_comes_before_the_usual_ones() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "x", "order": {"id": 7}}));
    scene.event(RESPONSES, 0, json!({"order": {"id": 7}}));
    let locator: Locator = "$message.payload#/order/id".parse().unwrap();
    let flow = scene.tracker().locators(Locators::first([locator])).follow(&follow("7"), Duration::ZERO);
    assert!(flow.is_complete(), "{flow}");
    assert_eq!(flow.observations[0].locator, "$message.payload#/order/id");
}

#[test]
fn nothing_more_for_a_time_waits_for_a_second_answer() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    scene.event(RESPONSES, 0, json!({"correlation_id": "a", "event_id": "e"}));
    let mut tracker = scene.tracker();
    let quiet = Duration::from_millis(400);
    let watch = Stopwatch::start();
    let follow = follow("a").expect(Expect::exactly_once()).expect(Expect::no_more_for(quiet));
    let second = std::thread::spawn(move || {
        scene.event(RESPONSES, 0, json!({"correlation_id": "a", "event_id": "e"}));
        scene
    });
    let flow = tracker.follow(&follow, LIMIT);
    assert!(watch.elapsed() >= quiet);
    assert_eq!(flow.unmet.len(), 1, "{flow}");
    drop(second.join().unwrap());
}

#[test]
fn a_completed_flow_is_tracked_in_less_than_five_milliseconds() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    scene.event(RESPONSES, 0, json!({"correlation_id": "a"}));
    let servers = scene.cluster.bootstrap_servers();
    let track = || {
        let watch = Stopwatch::start();
        let tracked = kafka_trial::utilities::track_event_flow(&servers, "a", REQUESTS, RESPONSES, LIMIT).unwrap();
        assert!(tracked.response_found);
        watch.elapsed()
    };
    // The quickest of some: other work on the machine is not what is measured.
    let best = (0..20).map(|_| track()).min().unwrap();
    println!("{best:?}");
    assert!(best < Duration::from_millis(5), "{best:?}");
}

#[test]
fn the_journal_and_the_log_tell_the_same_flow_and_the_journal_tells_who_fetched() {
    let mut scene = Scene::usual();
    let servers = scene.cluster.bootstrap_servers();
    let answer = json!({"correlation_id": "a", "causation_id": "e1"}).to_string();
    let _responder = Responder::start(&servers, &[REQUESTS], move |_| {
        vec![OutgoingRecord { topic: RESPONSES.to_owned(), key: None, value: Some(answer.clone().into()) }]
    })
    .unwrap();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a", "event_id": "e1"}));
    let by_journal = FlowTracker::on(&scene.cluster, Deadline::after(LIMIT)).unwrap().follow(&follow("a"), LIMIT);
    let by_log = scene.tracker().follow(&follow("a"), LIMIT);
    assert_eq!((by_journal.verdict, by_log.verdict), (Verdict::Complete, Verdict::Complete), "{by_journal}{by_log}");
    assert_eq!((by_journal.source, by_log.source), (Source::Journal, Source::Log));
    let edges = |flow: &Flow| flow.hops.iter().map(|hop| (hop.from, hop.to, hop.kind)).collect::<Vec<_>>();
    assert_eq!(edges(&by_journal), edges(&by_log));
    let handled = by_journal.observations[0].handled.as_ref().unwrap();
    assert_eq!(handled.len(), 1, "the tracker's own reading is no evidence: {handled:?}");
    assert_eq!((handled[0].client_id.as_str(), &handled[0].group), ("kafka-trial", &None));
    let hop = &by_journal.hops[0];
    let to_fetch = hop.to_fetch.unwrap();
    assert!((0..=hop.micros).contains(&to_fetch), "{by_journal}");
    assert_eq!(
        (&by_log.observations[0].handled, by_log.hops[0].to_fetch),
        (&None, None),
        "what is not known is no zero"
    );
    assert!(by_journal.report(80).contains("fetched by client kafka-trial"), "{by_journal}");
}

#[test]
fn by_the_journal_a_request_that_nobody_fetched_is_told_from_one_that_was() {
    let mut scene = Scene::usual();
    scene.event(REQUESTS, 0, json!({"correlation_id": "a"}));
    let mut tracker = FlowTracker::on(&scene.cluster, Deadline::after(LIMIT)).unwrap();
    let flow = tracker.follow(&follow("a"), Duration::ZERO);
    assert_eq!(
        (flow.verdict, flow.explanation.as_str()),
        (Verdict::ProducedNotFetched, "nobody has fetched requests-0@0, and no group reads requests")
    );
    let _silent = Responder::start(&scene.cluster.bootstrap_servers(), &[REQUESTS], |_| Vec::new()).unwrap();
    scene.event(REQUESTS, 0, json!({"correlation_id": "b"}));
    let flow = tracker.follow(&follow("b"), Duration::from_millis(500));
    assert_eq!(flow.verdict, Verdict::FetchedNotAnswered, "{flow}");
    assert!(
        flow.explanation.starts_with("client kafka-trial, which is in no group, fetched requests-0@1 at +"),
        "{flow}"
    );
}

#[cfg(feature = "rdkafka")]
#[kafka_trial::test]
async fn the_member_that_fetched_is_named_with_its_group(
    requests: kafka_trial::Topic,
    responses: kafka_trial::Topic,
    producer: kafka_trial::Producer,
    #[consumer(topic = requests, from = "earliest")] mut consumer: kafka_trial::Consumer,
    flows: kafka_trial::Flows,
) -> kafka_trial::Result {
    producer.send(requests.record(r#"{"correlation_id": "a"}"#)).await?;
    consumer.next().await?;
    let route = Route::through([requests.name(), responses.name()]);
    let flow = flows.follow(Follow::new("a", route), Duration::from_secs(1)).await?;
    assert_eq!(flow.verdict, Verdict::FetchedNotAnswered, "{flow}");
    let group = consumer.group();
    let expected = format!(" of group {group} (client rdkafka) fetched requests-0@0 at +");
    assert!(flow.explanation.starts_with("member rdkafka-") && flow.explanation.contains(&expected), "{flow}");
    assert!(flow.explanation.contains(", committed it at +"), "{flow}");
    assert_eq!(flow.observations[0].produced_by.as_deref(), Some("rdkafka"));
    Ok(())
}
