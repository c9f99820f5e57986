//! `kafka-trial serve`.

use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use kafka_trial::client::{Client, Connection, Deadline, Start, Stopwatch, TopicReader};
use kafka_trial::utilities::verify_kafka_connectivity;
use kafka_trial_wire::messages::MetadataRequest;

use crate::support::{LIMIT, Member, Serve, output, scratch};

#[test]
fn serve_prints_its_address_alone_and_answers_there() {
    let serve = Serve::start(&[]);
    verify_kafka_connectivity(&serve.bootstrap, LIMIT).unwrap();
    assert_eq!(serve.topics(), [], "there are only the topics that are asked for");
    serve.signal("TERM");
    assert_eq!(serve.wait_for_end(), (Some(0), String::new()));
    assert_eq!(Serve::start(&["--default-topics"]).topics().len(), 8);
}

#[test]
fn serve_advertises_an_address_with_its_port_and_says_where_it_listens() {
    let mut serve = Serve::start(&["--advertise", "127.0.0.1:19999"]);
    assert_eq!(serve.bootstrap, "127.0.0.1:19999");
    serve.signal("TERM");
    let stderr = serve.stderr();
    assert!(
        stderr.contains("serving on 127.0.0.1:") && stderr.contains("clients are told 127.0.0.1:19999"),
        "{stderr}"
    );
}

#[test]
fn serve_ends_at_ctrl_c_and_its_port_refuses() {
    let serve = Serve::start(&[]);
    let bootstrap = serve.bootstrap.clone();
    serve.signal("INT");
    assert_eq!(serve.wait_for_end().0, Some(0));
    assert!(TcpStream::connect(&bootstrap).is_err());
}

#[test]
fn serve_ends_with_its_parent() {
    let mut serve = Serve::start(&["--exit-with-parent"]);
    verify_kafka_connectivity(&serve.bootstrap, LIMIT).unwrap();
    // A parent that ends takes the reader of standard error with it.
    drop(serve.child.stderr.take());
    drop(serve.child.stdin.take());
    assert_eq!(serve.wait_for_end().0, Some(0));
}

#[test]
fn serve_ends_at_once_whatever_its_clients_are_doing() {
    let serve = Serve::start(&["--topic", "orders"]);
    let topic = "orders";
    let client = Client::connect(&serve.bootstrap, Deadline::after(LIMIT)).unwrap();
    let mut reader = TopicReader::open(client, &[topic], Start::Latest, Deadline::after(LIMIT)).unwrap();
    let member = Member::join(&serve.bootstrap, "a-group", topic);
    let waiting = std::thread::spawn(move || reader.poll(Duration::from_secs(60)));
    let watch = Stopwatch::start();
    serve.signal("TERM");
    assert_eq!(serve.wait_for_end().0, Some(0));
    assert!(waiting.join().unwrap().is_err(), "the fetch that waited is cut");
    assert!(watch.elapsed() < Duration::from_secs(5), "{:?}", watch.elapsed());
    drop(member);
}

#[test]
fn serve_starts_a_broker_for_each_port_with_properties_of_its_own() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ports = format!("{},0", free.port());
    let arguments = ["--port", &ports, "--set", "node.id=5", "--set", "broker.rack=a", "--set", "6:broker.rack=b"];
    let more = ["--set", "6:num.partitions=3", "--registry", "off"];
    let mut serve = Serve::start_as_told(&[&arguments[..], &more].concat());
    assert!(serve.bootstrap.starts_with(&format!("{free},127.0.0.1:")), "{}", serve.bootstrap);
    let deadline = Deadline::after(LIMIT);
    let mut connection = Connection::open(free.to_string(), deadline).unwrap();
    let brokers = connection.ask(&MetadataRequest::default(), 9, deadline).unwrap().brokers;
    let racks: Vec<_> = brokers.iter().map(|broker| (broker.node_id, broker.rack.as_ref().unwrap().as_str())).collect();
    assert_eq!(racks, [(5, "a"), (6, "b")]);
    serve.signal("TERM");
    let stderr = serve.stderr();
    assert!(stderr.contains("nothing acts on num.partitions of broker 6"), "{stderr}");
}

#[test]
fn serve_tells_clients_the_host_that_is_advertised() {
    let serve = Serve::start(&["--host", "0.0.0.0", "--advertise", "localhost"]);
    assert!(serve.bootstrap.starts_with("localhost:"), "{}", serve.bootstrap);
    verify_kafka_connectivity(&serve.bootstrap, LIMIT).unwrap();
    assert_eq!(output(&["check", &serve.bootstrap]).0, Some(0));
}

#[test]
fn serve_creates_the_topics_it_is_told() {
    let given = ["--topic", "orders:6", "--topic", "audit,cleanup.policy=compact", "--set", "num.partitions=2"];
    let serve = Serve::start(&given);
    assert_eq!(serve.topics(), [("audit".to_owned(), 2), ("orders".to_owned(), 6)]);
    let described = output(&["topics", "describe", "-b", &serve.bootstrap, "audit"]).1;
    assert!(described.contains("cleanup.policy") && described.contains("compact"), "{described}");
}

#[test]
fn serve_reads_broker_properties_and_warns_of_those_without_effect() {
    let file = scratch(
        "broker.properties",
        "# comment\n! another\nnum.partitions = 2\nlog.cleanup.policy: compact,\\\n  delete\nno.such.key=1\n",
    );
    let mut serve = Serve::start(&["--config", file.to_str().unwrap(), "--set", "node.id=7"]);
    assert_eq!(output(&["topics", "create", "-b", &serve.bootstrap, "counted"]).0, Some(0));
    assert!(serve.topics().contains(&("counted".to_owned(), 2)), "{:?}", serve.topics());
    serve.signal("TERM");
    let stderr = serve.stderr();
    assert!(stderr.contains("Kafka has no broker property no.such.key"), "{stderr}");
    assert!(!stderr.contains("num.partitions") && !stderr.contains("log.cleanup.policy"), "{stderr}");
}

#[test]
fn what_serve_cannot_do_is_told_with_the_way_out() {
    let serve = Serve::start(&[]);
    let port = serve.bootstrap.rsplit(':').next().unwrap();
    let missing = scratch("missing", "").with_file_name("no-such-file");
    for (arguments, expected) in [
        (vec!["--port", port], "choose another port with --port, or --port 0"),
        (vec!["--port", "0", "--topic", "a b"], "a b"),
        (vec!["--port", "0", "--set", "num.partitions=none"], "num.partitions=none"),
        (vec!["--port", "0", "--config", missing.to_str().unwrap()], "no-such-file"),
        (vec!["--port", "0", "--host", "no-such-host.invalid"], "no-such-host.invalid"),
        (vec!["--port", "0", "--host", "0.0.0.0"], "with --advertise HOST"),
        (vec!["--port", "0,0", "--brokers", "1"], "--port names 2 ports, --brokers 1 brokers"),
        (vec!["--port", "0", "--set", "3:broker.rack=a"], "there is no broker 3: their ids are 0 to 0"),
    ] {
        let (status, stdout, stderr) = output(&[vec!["serve"], arguments.clone()].concat());
        assert_eq!((status, stdout.as_str()), (Some(1), ""), "{arguments:?}: {stderr}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_wrong_command_line_is_told_from_what_cannot_be_done() {
    for (arguments, expected) in [
        (&["serve", "--no-such-option"][..], "--no-such-option"),
        (&["serve", "--topic", "orders:none"], "expected NAME or NAME:PARTITIONS"),
        (&["serve", "--topic", "orders:0"], "at least one partition"),
        (&["serve", "--set", "num.partitions"], "KEY=VALUE expected"),
        (&["run"], "CMD"),
        (&[], "Usage"),
    ] {
        let (status, stdout, stderr) = output(arguments);
        assert_eq!((status, stdout.as_str()), (Some(2), ""), "{arguments:?}: {stderr}");
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
    }
}

#[test]
fn serve_obeys_the_lines_that_stop_and_start_brokers() {
    let factor = ["--set", "default.replication.factor=2", "--control"];
    let mut serve = Serve::start(&[&["--brokers", "2", "--topic", "orders"][..], &factor].concat());
    let first = serve.bootstrap.split(',').next().unwrap().to_owned();
    assert_eq!(serve.control("stop 0"), "ok");
    assert!(TcpStream::connect(&first).is_err(), "its port refuses");
    assert_eq!(serve.control("stop 0"), "error broker 0 is stopped already");
    assert_eq!(serve.control("start 0"), "ok");
    assert!(TcpStream::connect(&first).is_ok());
    assert_eq!(serve.control("move-leader orders 0 1"), "error broker 1 has no in-sync replica of orders-0");
    assert_eq!(serve.control("stop 7"), "error there is no broker 7: their ids are 0 to 1");
    assert_eq!(serve.control("apply-retention orders"), "ok");
    assert_eq!(serve.control("apply-retention none"), "error topic none does not exist");
    let refusal = "error topic orders is not compacted: its cleanup.policy does not say compact";
    assert_eq!(serve.control("compact orders"), refusal);
    let dance = serve.control("dance");
    assert!(dance.starts_with("error expected stop ID, ") && dance.ends_with("verify-faults, not: dance"), "{dance}");
    serve.signal("TERM");
    assert_eq!(serve.wait_for_end().0, Some(0));
}

#[test]
fn serve_has_a_schema_registry_where_it_is_told() {
    let mut serve = Serve::start(&["--registry", "0"]);
    let topics = serve.topics();
    serve.signal("TERM");
    let (stderr, status) = (serve.stderr(), serve.child.wait().unwrap().code());
    assert_eq!((topics.len(), status), (0, Some(0)), "{stderr}");
    assert!(stderr.contains("kafka-trial: schema registry on http://127.0.0.1:"), "{stderr}");
    let mut without = Serve::start(&[]);
    without.signal("TERM");
    let stderr = without.stderr();
    assert!(!stderr.contains("registry"), "{stderr}");
}

#[test]
fn a_registry_whose_port_is_taken_says_so() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (status, stdout, stderr) = output(&["serve", "--port", "0", "--registry", &port]);
    assert_eq!((status, stdout.as_str()), (Some(1), ""), "{stderr}");
    let expected = format!("--registry {port}: the schema registry cannot listen on 127.0.0.1:{port}: ");
    assert!(stderr.contains(&expected) && stderr.contains("--registry off goes without"), "{stderr}");
    let (status, _, stderr) = output(&["serve", "--port", "0", "--registry", "on"]);
    assert!(status == Some(2) && stderr.contains("expected a port, or off"), "{stderr}");
}
