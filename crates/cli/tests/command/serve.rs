//! `kafka-trial serve`.

use std::net::TcpStream;

use kafka_trial::utilities::verify_kafka_connectivity;

use crate::support::{LIMIT, Serve, output, scratch};

#[test]
fn serve_prints_its_address_alone_and_answers_there() {
    let serve = Serve::start(&[]);
    verify_kafka_connectivity(&serve.bootstrap, LIMIT).unwrap();
    assert_eq!(serve.topics().len(), 8);
    serve.signal("TERM");
    assert_eq!(serve.wait_for_end(), (Some(0), String::new()));
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
    drop(serve.child.stdin.take());
    assert_eq!(serve.wait_for_end().0, Some(0));
}

#[test]
fn serve_creates_the_topics_it_is_told() {
    let serve = Serve::start(&["--no-default-topics", "--topic", "orders:6", "--topic", "audit"]);
    assert_eq!(serve.topics(), [("audit".to_owned(), 1), ("orders".to_owned(), 6)]);
}

#[test]
fn serve_reads_broker_properties_and_warns_of_those_without_effect() {
    let file = scratch("broker.properties", "# comment\nnum.partitions = 2\nno.such.key=1\n");
    let mut serve = Serve::start(&["--config", file.to_str().unwrap(), "--set", "node.id=7"]);
    verify_kafka_connectivity(&serve.bootstrap, LIMIT).unwrap();
    serve.signal("TERM");
    let stderr = serve.stderr();
    assert!(stderr.contains("nothing acts on the broker property no.such.key"), "{stderr}");
    assert!(!stderr.contains("num.partitions"), "{stderr}");
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
        (&["serve", "--topic", "orders:none"], "NAME or NAME:PARTITIONS expected"),
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
