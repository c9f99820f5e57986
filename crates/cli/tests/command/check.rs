//! `kafka-trial check`: each case on real sockets.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use kafka_trial::config::KafkaTestConfig;
use kafka_trial::{Cluster, ClusterConfig, TopicSpec};
use serde_json::Value as Json;

use crate::support::{Member, output, real_kafka, unique};

/// A listener that hands each connection and its first bytes to a function, until the test ends.
fn listener(answer: impl Fn(&mut TcpStream, &[u8]) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut greeting = [0; 512];
            let read = stream.read(&mut greeting).unwrap_or(0);
            if read > 0 {
                answer(&mut stream, &greeting[..read]);
            }
        }
    });
    address
}

fn cluster(config: ClusterConfig) -> Cluster {
    Cluster::start(ClusterConfig { topics: KafkaTestConfig::default_topics(), ..config }).unwrap()
}

/// The problems that the doctor finds, each as its word, its sentence and its remedy.
fn problems(arguments: &[&str]) -> Vec<(String, String, String)> {
    let (status, stdout, stderr) = output(&[&["check", "--json", "--timeout", "2s"], arguments].concat());
    let report: Json = serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{stdout}{stderr}"));
    let text = |finding: &Json, key: &str| finding[key].as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    let found: Vec<_> = findings
        .filter(|finding| finding["status"] == "problem")
        .map(|finding| (text(finding, "problem"), text(finding, "message"), text(finding, "remedy")))
        .collect();
    assert_eq!(status, Some(i32::from(!found.is_empty())), "{stdout}");
    assert_eq!(report["healthy"], found.is_empty());
    found
}

/// The one problem that the doctor finds.
#[track_caller]
fn problem(arguments: &[&str], kind: &str, sentence: &str, remedy: &str) {
    let found = problems(arguments);
    let [(found_kind, found_sentence, found_remedy)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(found_kind, kind);
    assert!(found_sentence.contains(sentence), "{found_sentence}");
    assert!(found_remedy.contains(remedy), "{found_remedy}");
}

#[test]
fn a_healthy_cluster_is_told_step_by_step_and_without_colours_in_a_pipe() {
    let cluster = cluster(ClusterConfig { brokers: 3, ..ClusterConfig::default() });
    let servers = cluster.bootstrap_servers();
    // The address comes as in every other command; without --bootstrap it is the same.
    let (status, stdout, _) = output(&["check", "-b", &servers, "--default-topics"]);
    assert_eq!((status, &stdout), (Some(0), &output(&["check", &servers, "--default-topics"]).1), "{stdout}");
    let (status, _, stderr) = output(&["check", "-b", &servers, &servers]);
    assert!(status == Some(2) && stderr.contains("cannot be used with"), "{stderr}");
    for (step, seen) in [
        ("name", "is 127.0.0.1"),
        ("connection", "accepts connections"),
        ("protocol", "speaks Kafka's protocol"),
        ("listeners", "broker 2 advertises 127.0.0.1:"),
        ("topics", "all 8 topics exist"),
        ("groups", "no group archon-intelligence-test... has members"),
    ] {
        assert!(stdout.lines().any(|line| line.contains(step) && line.contains(seen)), "{step}: {stdout}");
    }
    assert!(stdout.contains("Nothing is wrong") && !stdout.contains('\u{1b}'), "{stdout}");
}

#[test]
fn an_address_without_a_port_and_a_name_that_does_not_resolve() {
    problem(&["localhost"], "no-address", "invalid address \"localhost\"", "localhost:19092");
    problem(&["PLAINTEXT://localhost:9092"], "no-address", "without the scheme", "localhost:19092");
    problem(&["no-such-host.invalid:9092"], "name-unresolved", "no-such-host.invalid does not resolve", "spelling");
}

#[test]
fn nothing_listens() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let serve = format!("kafka-trial serve --port {}", free.port());
    problem(&[&free.to_string()], "nothing-listens", &format!("nothing listens on {free}"), &serve);
}

#[test]
fn what_listens_is_an_http_server() {
    // As most do, it waits for a whole line and answers only then.
    let address = listener(|stream, greeting| {
        if greeting.ends_with(b"\r\n\r\n") {
            stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").unwrap();
        } else {
            // Ends when the other side gives up.
            let _ = stream.read(&mut [0; 16]);
        }
    });
    problem(
        &[&address],
        "not-kafka",
        "is not Kafka: it is an HTTP server",
        "console, a REST proxy or a schema registry",
    );
}

#[test]
fn what_listens_says_nothing_closes_or_babbles() {
    let silent = listener(|stream, _| drop(stream.read(&mut [0; 16])));
    problem(&[&silent], "not-kafka", "accepts connections but does not answer", "a broker's listener for clients");
    let closes = listener(|_, _| ());
    problem(&[&closes], "not-kafka", "closes the connection without an answer", "a broker's listener for clients");
    let babbles = listener(|stream, _| stream.write_all(b"220 mail.invalid ESMTP\r\n").unwrap());
    problem(&[&babbles], "not-kafka", "answers with bytes of a different protocol", "a broker's listener for clients");
}

/// As Kafka's TLS listener does: its hello to a ClientHello, an alert (fatal, internal error) to anything else.
fn tls_listener() -> String {
    listener(|stream, greeting| match greeting {
        [22, 3, ..] => stream.write_all(&[22, 3, 3, 0, 4, 2, 0, 0, 0]).unwrap(),
        _ => stream.write_all(&[21, 3, 3, 0, 2, 2, 80]).unwrap(),
    })
}

#[test]
fn tls_is_expected_by_the_listener_or_by_the_clients() {
    let tls = tls_listener();
    problem(&[&tls], "tls-expected", "expects TLS, and the clients speak plaintext", "security.protocol=SSL");
    let quiet = listener(|stream, greeting| {
        if let [22, 3, ..] = greeting {
            stream.write_all(&[21, 3, 3, 0, 2, 2, 70]).unwrap();
        }
    });
    problem(&[&quiet], "tls-expected", "expects TLS", "security.protocol=SSL");
    let cluster = cluster(ClusterConfig::default());
    let plain = cluster.bootstrap_servers();
    problem(&[&plain, "--tls"], "tls-not-expected", "speaks plaintext, and the clients expect TLS", "PLAINTEXT");

    let (status, stdout, _) = output(&["check", "--tls", &tls]);
    assert_eq!(status, Some(0), "{stdout}");
    assert!(stdout.contains("speaks TLS, as expected"), "{stdout}");
    assert!(stdout.contains("skipped  topics") && stdout.contains("in the steps that could be taken"), "{stdout}");
}

#[test]
fn a_listener_that_closes_after_apiversions_expects_authentication() {
    let cluster = cluster(ClusterConfig::default());
    let broker = cluster.bootstrap_servers();
    // Passes ApiVersions (key 18) on, as a SASL listener answers it, and closes at anything else.
    let address = listener(move |stream, request| {
        let mut request = request.to_vec();
        while request.get(4..6) == Some(&[0, 18]) {
            let mut behind = TcpStream::connect(&broker).unwrap();
            behind.write_all(&request).unwrap();
            let mut size = [0; 4];
            behind.read_exact(&mut size).unwrap();
            let mut answer = vec![0; u32::from_be_bytes(size) as usize];
            behind.read_exact(&mut answer).unwrap();
            stream.write_all(&[size.as_slice(), &answer].concat()).unwrap();
            request.resize(512, 0);
            let read = stream.read(&mut request).unwrap_or(0);
            request.truncate(read);
        }
    });
    problem(&[&address], "authentication-expected", "it expects SASL authentication", "sasl.mechanism");
}

#[test]
fn an_advertised_listener_cannot_be_reached() {
    let cluster =
        cluster(ClusterConfig { advertised: vec!["kafka.invalid".parse().unwrap()], ..ClusterConfig::default() });
    let address = cluster.addresses()[0].to_string();
    let sentence = format!("broker 0 advertises kafka.invalid:{}", cluster.addresses()[0].port());
    problem(&[&address], "listener-unreachable", &sentence, "advertised.listeners");
    assert!(problems(&[&address])[0].1.contains("kafka.invalid does not resolve"));
}

#[test]
fn topics_are_missing() {
    let cluster = Cluster::start(ClusterConfig::default()).unwrap();
    let servers = cluster.bootstrap_servers();
    let all = format!("kafka-trial topics create --bootstrap {servers} --default-topics");
    problem(
        &[&servers, "--default-topics"],
        "topics-missing",
        "8 of 8 topics are missing: omninode.codegen.request",
        &all,
    );
    let one = format!("kafka-trial topics create --bootstrap {servers} orders:6");
    let arguments = [&servers, "--topic", "orders:6"];
    problem(&arguments, "topics-missing", "1 of 1 topics is missing: orders", &one);
    let remedy: Vec<&str> = one.split(' ').skip(1).collect();
    assert_eq!(output(&remedy).0, Some(0), "the remedy is a command that helps");
    assert_eq!(problems(&arguments), []);
}

#[test]
fn a_group_still_has_members() {
    let cluster = cluster(ClusterConfig::default());
    let servers = cluster.bootstrap_servers();
    let member = Member::join(&servers, "archon-intelligence-test-orders", "omninode.codegen.request.validate.v1");
    let group = "archon-intelligence-test-orders";
    let sentence = format!("group {group} still has 1 member: kafka-trial/127.0.0.1");
    let remedy = format!("kafka-trial groups describe --bootstrap {servers} {group}");
    problem(&[&servers, "--default-topics"], "group-has-members", &sentence, &remedy);
    problem(&[&servers, "--group-prefix", "archon"], "group-has-members", &sentence, &remedy);
    problem(&[&servers, "--group", group], "group-has-members", &sentence, &remedy);
    assert_eq!(problems(&[&servers, "--group", "another"]), []);
    assert_eq!(problems(&[&servers]), [], "nobody has asked for groups");
    member.leave();
    assert_eq!(problems(&[&servers, "--default-topics"]), []);
}

#[test]
fn a_healthy_cluster_of_somebody_else_has_no_problem() {
    let topics = vec![TopicSpec::new("shop.orders", 6)];
    let cluster = Cluster::start(ClusterConfig { topics, ..ClusterConfig::default() }).unwrap();
    let servers = cluster.bootstrap_servers();
    let _member = Member::join(&servers, "billing", "shop.orders");
    let (status, stdout, _) = output(&["check", &servers]);
    assert_eq!(status, Some(0), "{stdout}");
    assert!(stdout.contains("no topic was given") && stdout.contains("no group was given"), "{stdout}");
}

#[test]
fn every_bootstrap_server_is_looked_at() {
    let cluster = cluster(ClusterConfig::default());
    let both = format!("127.0.0.1:1, {}", cluster.bootstrap_servers());
    problem(&[&both], "nothing-listens", "nothing listens on 127.0.0.1:1", "kafka-trial serve");
    problem(&[","], "no-address", "invalid address \",\"", "TEST_KAFKA_BOOTSTRAP_SERVERS");
}

#[test]
fn a_real_kafka_is_healthy_too() {
    let Some(servers) = real_kafka() else { return };
    let topic = unique("check");
    assert_eq!(output(&["topics", "create", "-b", &servers, &topic]).0, Some(0));
    let group = unique("check");
    assert_eq!(problems(&[&servers, "--topic", &topic, "--group", &group]), []);
    assert_eq!(output(&["topics", "delete", "-b", &servers, &topic]).0, Some(0));
}
