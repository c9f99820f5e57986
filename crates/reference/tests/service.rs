//! The service as a process, on the embedded cluster and on the one that `KAFKA_TRIAL_REAL_KAFKA` names.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test ends where it cannot go on"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::time::Duration;

use kafka_trial::client::{Client, Deadline, ReceivedRecord, Stopwatch, now_millis, pause};
use kafka_trial::config::KafkaTestConfig;
use kafka_trial::utilities::{consume_response, create_test_topics, publish_test_event, read_topics};
use kafka_trial::{Cluster, ClusterConfig, Record};
use kafka_trial_reference::Operation;
use serde_json::{Value as Json, json};

const LIMIT: Duration = Duration::from_secs(30);
const REQUEST: &str = Operation::Mixin.request_topic();
const RESPONSE: &str = Operation::Mixin.response_topic();
const DEAD_LETTERS: &str = "omninode.codegen.request.mixin.v1.dlq";

/// A running service; it is killed where a test ends early.
struct Service {
    child: Child,
    log: BufReader<ChildStderr>,
}

impl Service {
    fn start(servers: &str, group: &str) -> Self {
        Self::start_with(servers, group, &[])
    }

    fn start_with(servers: &str, group: &str, options: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_codegen-service"))
            .args(["--bootstrap-servers", servers, "--group", group, "--json"])
            .args(options)
            .env_remove("RUST_LOG")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        Self { child, log }
    }

    /// Reads the log until a line says this.
    fn says(&mut self, message: &str) -> Json {
        let mut seen = String::new();
        loop {
            let start = seen.len();
            assert!(self.log.read_line(&mut seen).unwrap() > 0, "the log ended without {message:?}: {seen}");
            let line: Json = serde_json::from_str(&seen[start..]).unwrap();
            if line["fields"]["message"] == message {
                return line;
            }
        }
    }

    fn end(mut self, signal: &str) -> (ExitStatus, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        let mut log = String::new();
        self.log.read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap(), log)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn embedded() -> Cluster {
    Cluster::start(ClusterConfig { topics: KafkaTestConfig::default_topics(), ..ClusterConfig::default() }).unwrap()
}

fn unique(name: &str) -> String {
    format!("{name}-{:x}-{}", now_millis(), std::process::id())
}

fn ask(servers: &str, id: &str) {
    let mut client = Client::connect(servers, Deadline::after(LIMIT)).unwrap();
    let event = json!({"payload": {"requirements": ["retry with backoff"]}});
    publish_test_event(&mut client, REQUEST, &event, id, Deadline::after(LIMIT)).unwrap();
}

fn answer(servers: &str, topic: &str, id: &str) -> Json {
    let mut reader = read_topics(servers, &[topic], Deadline::after(LIMIT)).unwrap();
    consume_response(&mut reader, id, LIMIT).unwrap().expect("an answer")
}

/// What must hold on any cluster: answers, dead letters, and after a clean stop nothing is answered twice.
fn answers_and_stops_cleanly(servers: &str) {
    let (group, [first, second]) = (unique("codegen"), ["first", "second"].map(unique));
    create_test_topics(servers, &KafkaTestConfig::default_topics(), 1).unwrap();
    let mut service = Service::start(servers, &group);
    let registered = service.says("Handler registered");
    assert_eq!((&registered["fields"]["operation"], &registered["level"]), (&json!("validate"), &json!("INFO")));

    ask(servers, &first);
    assert_eq!(answer(servers, RESPONSE, &first)["payload"]["recommendations"][0]["mixin_name"], "Retry");
    let mut client = Client::connect(servers, Deadline::after(LIMIT)).unwrap();
    let broken = format!("{{broken {first}");
    client.produce(&Record::new(REQUEST, &broken), Deadline::after(LIMIT)).unwrap();
    let letter = loop {
        let letter = service.says("dead letter");
        if letter["fields"]["partition"] == 0 && letters(servers).iter().any(|l| l["original_value"] == broken) {
            break letter;
        }
    };
    assert_eq!(letter["fields"]["to"], DEAD_LETTERS);
    let (status, log) = service.end("TERM");
    assert!(status.success(), "{status}: {log}");
    assert!(log.contains(r#""message":"stopped""#), "{log}");

    ask(servers, &second);
    let mut service = Service::start(servers, &group);
    loop {
        let answered = service.says("answered");
        if answered["fields"]["to"] == RESPONSE {
            break;
        }
    }
    answer(servers, RESPONSE, &second);
    assert!(service.end("INT").0.success());

    let answers = all(servers, RESPONSE);
    let answers = answers.iter().filter(|record| record.key_text().as_deref() == Some(&*first)).count();
    assert_eq!(answers, 1, "the first request was answered again");
    let put_aside = letters(servers).iter().filter(|letter| letter["original_value"] == broken).count();
    assert_eq!(put_aside, 1, "the broken request was put aside again");
}

/// What a topic holds.
fn all(servers: &str, topic: &str) -> Vec<ReceivedRecord> {
    let mut reader = read_topics(servers, &[topic], Deadline::after(LIMIT)).unwrap();
    let mut records = Vec::new();
    loop {
        match reader.poll(Duration::from_millis(300)).unwrap() {
            more if more.is_empty() => return records,
            more => records.extend(more),
        }
    }
}

fn letters(servers: &str) -> Vec<Json> {
    all(servers, DEAD_LETTERS).iter().map(|letter| letter.json().unwrap()).collect()
}

#[test]
fn it_answers_stops_cleanly_and_goes_on_where_it_was() {
    let cluster = embedded();
    answers_and_stops_cleanly(&cluster.bootstrap_servers());
    let groups = cluster.groups().unwrap();
    let [group] = groups.as_slice() else { panic!("one group is expected: {groups:?}") };
    assert_eq!((group.state.as_str(), group.members.len()), ("Empty", 0));
    let mixin = || group.offsets.iter().filter(|offset| offset.topic == REQUEST);
    assert_eq!(mixin().map(|offset| offset.committed).sum::<i64>(), 3, "{group:?}");
    assert_eq!(mixin().filter_map(|offset| offset.lag).sum::<i64>(), 0, "{group:?}");
}

#[test]
fn it_does_the_same_on_a_real_kafka() {
    match std::env::var("KAFKA_TRIAL_REAL_KAFKA").ok().filter(|servers| !servers.is_empty()) {
        Some(servers) => answers_and_stops_cleanly(&servers),
        None => eprintln!("skipped: KAFKA_TRIAL_REAL_KAFKA names no real Kafka"),
    }
}

#[test]
fn what_cannot_be_answered_goes_to_the_dead_letters_of_its_group() {
    let cluster = embedded();
    let servers = cluster.bootstrap_servers();
    let mut service = Service::start(&servers, "codegen");
    let mut client = Client::connect(&servers, Deadline::after(LIMIT)).unwrap();
    client.produce(&Record::new(REQUEST, "{broken"), Deadline::after(LIMIT)).unwrap();
    assert_eq!(service.says("dead letter")["fields"]["to"], DEAD_LETTERS);
    let letters = cluster.records(DEAD_LETTERS, None, 0).unwrap();
    let letter: Json = serde_json::from_slice(letters[0].value.as_deref().unwrap()).unwrap();
    assert_eq!((&letter["original_value"], &letter["consumer_group"]), (&json!("{broken"), &json!("codegen")));
}

/// What a scraper gets.
fn scrape(address: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    write!(stream, "GET /metrics HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn its_metrics_count_what_it_handled_and_what_failed() {
    let cluster = embedded();
    let servers = cluster.bootstrap_servers();
    let mut service = Service::start_with(&servers, "codegen", &["--metrics", "0"]);
    let address = service.says("metrics")["fields"]["address"].as_str().unwrap().to_owned();
    let mut client = Client::connect(&servers, Deadline::after(LIMIT)).unwrap();
    ask(&servers, "right");
    publish_test_event(&mut client, REQUEST, &json!({"payload": {}}), "wrong", Deadline::after(LIMIT)).unwrap();
    client.produce(&Record::new(REQUEST, "{broken"), Deadline::after(LIMIT)).unwrap();
    let deadline = Deadline::after(LIMIT);
    let wanted = ["answered", "answered_error", "dead_letter"]
        .map(|outcome| format!("codegen_events_total{{operation=\"mixin\",outcome=\"{outcome}\"}} 1\n"));
    let text = loop {
        let text = scrape(&address);
        if wanted.iter().all(|line| text.contains(line)) {
            break text;
        }
        assert!(!deadline.is_past(), "{wanted:?} is not in {text}");
        pause(Duration::from_millis(10));
    };
    assert!(text.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4"), "{text}");
    assert!(text.contains("codegen_events_total{operation=\"validate\",outcome=\"answered\"} 0\n"), "{text}");
    let took = text
        .lines()
        .find_map(|line| line.strip_prefix("codegen_event_seconds_total{operation=\"mixin\",outcome=\"answered\"} "));
    assert!(took.unwrap().parse::<f64>().unwrap() > 0.0, "{text}");
    assert!(service.end("TERM").0.success());
}

#[test]
fn a_request_that_nobody_has_answered_is_answered_after_a_crash() {
    let cluster = embedded();
    let servers = cluster.bootstrap_servers();
    let mut service = Service::start(&servers, "codegen");
    service.says("Handler registered");
    service.child.kill().unwrap();
    service.child.wait().unwrap();
    ask(&servers, "after-the-crash");
    let _service = Service::start(&servers, "codegen");
    answer(&servers, RESPONSE, "after-the-crash");
}

/// All connections break in between: what was asked before and after is answered, and committed.
#[test]
fn it_goes_on_when_its_broker_comes_back() {
    let cluster = embedded();
    let servers = cluster.bootstrap_servers();
    let mut service = Service::start(&servers, "codegen");
    service.says("Handler registered");
    ask(&servers, "before");
    answer(&servers, RESPONSE, "before");
    cluster.stop_broker(0).unwrap();
    assert!(TcpStream::connect(&servers).is_err(), "the broker is away");
    cluster.start_broker(0).unwrap();
    ask(&servers, "after");
    answer(&servers, RESPONSE, "after");
    let (status, log) = service.end("TERM");
    assert!(status.success() && log.contains(r#""message":"stopped""#), "{status}: {log}");
    let groups = cluster.groups().unwrap();
    let committed = groups.iter().flat_map(|group| &group.offsets).filter(|offset| offset.topic == REQUEST);
    assert_eq!(committed.filter_map(|offset| offset.lag).sum::<i64>(), 0, "{groups:?}");
}

#[test]
fn without_a_cluster_it_says_so_and_ends() {
    let watch = Stopwatch::start();
    let mut service = Service::start("127.0.0.1:1", "codegen");
    let mut log = String::new();
    service.log.read_to_string(&mut log).unwrap();
    let status = loop {
        match service.child.try_wait().unwrap() {
            Some(status) => break status,
            None => pause(Duration::from_millis(10)),
        }
        assert!(watch.elapsed() < Duration::from_secs(60), "{log}");
    };
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("cannot create the topics on 127.0.0.1:1"), "{log}");
}
