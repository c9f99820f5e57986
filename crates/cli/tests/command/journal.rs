//! `kafka-trial serve --journal` and `kafka-trial journal`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::Stdio;

use kafka_trial::Record;
use kafka_trial::client::{Client, Deadline};
use serde_json::Value as Json;

use crate::support::{LIMIT, Serve, kafka_trial, output, scratch, until};

fn produce(servers: &str, topic: &str) {
    let deadline = Deadline::after(LIMIT);
    Client::connect(servers, deadline).unwrap().produce(&Record::new(topic, "v"), deadline).unwrap();
}

/// The requests in a file, as JSON.
fn requests(path: &Path) -> Vec<Json> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_served_journal_is_written_filtered_and_shown() {
    let path = scratch("requests.jsonl", "");
    let file = path.to_str().unwrap();
    let serve = Serve::start(&["--topic", "orders", "--topic", "audit", "--journal", file]);
    produce(&serve.bootstrap, "orders");
    produce(&serve.bootstrap, "audit");
    produce(&serve.bootstrap, "orders");
    serve.signal("TERM");
    assert_eq!(serve.wait_for_end().0, Some(0));

    // All of it is there when it has ended.
    let produced: Vec<Json> = requests(&path).into_iter().filter(|entry| entry["api"] == "Produce").collect();
    let places = produced.iter().map(|entry| &entry["detail"]["produce"]["partitions"][0]);
    let places: Vec<(&str, i64)> =
        places.map(|of| (of["topic"].as_str().unwrap(), of["offsets"]["first"].as_i64().unwrap())).collect();
    assert_eq!(places, [("orders", 0), ("audit", 0), ("orders", 1)]);

    let shown = |arguments: &[&str]| {
        let (status, stdout, stderr) = output(&[&["journal", file], arguments].concat());
        assert_eq!((status, stderr.as_str()), (Some(0), ""));
        stdout
    };
    assert_eq!(shown(&["--api", "produce", "--topic", "orders"]).lines().count(), 2);
    assert!(shown(&["--api", "produce", "--last", "1"]).contains(" Produce orders-0: 1, "));
    assert_eq!(shown(&["--errors"]), "");
    assert_eq!(shown(&["--client", "nobody"]), "");
    let json = shown(&["--json", "--api", "Produce"]);
    assert_eq!(json.lines().map(|line| serde_json::from_str::<Json>(line).unwrap()).collect::<Vec<_>>(), produced);
}

#[test]
fn a_journal_is_followed_as_it_grows() {
    let path = scratch("growing.jsonl", "");
    let file = path.to_str().unwrap();
    let serve = Serve::start(&["--topic", "orders", "--journal", file]);
    let mut follow = kafka_trial(&["journal", file, "--follow", "--api", "Produce"]);
    let mut follow = follow.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(follow.stdout.take().unwrap()).lines();
    for offset in 0..2 {
        produce(&serve.bootstrap, "orders");
        assert!(lines.next().unwrap().unwrap().contains(&format!("orders-0: {offset}, ")));
    }
    follow.kill().unwrap();
    follow.wait().unwrap();
}

#[test]
fn on_standard_output_the_journal_comes_after_the_address() {
    let serve = Serve::start(&["--topic", "orders", "--journal", "-"]);
    produce(&serve.bootstrap, "orders");
    serve.signal("TERM");
    let (status, rest) = serve.wait_for_end();
    assert_eq!(status, Some(0));
    assert!(rest.lines().all(|line| line.starts_with('{')) && rest.contains("\"Produce\""), "{rest}");

    // The reader takes the address for what it is.
    let mut reader = kafka_trial(&["journal", "--api", "Produce"]);
    let mut reader = reader.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    write!(reader.stdin.take().unwrap(), "127.0.0.1:9092\n{rest}").unwrap();
    let shown = String::from_utf8(reader.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(shown.lines().count(), 1, "{shown}");
}

#[test]
fn what_is_no_journal_is_refused() {
    let path = scratch("notes.txt", "not a journal\n");
    let (status, _, stderr) = output(&["journal", path.to_str().unwrap()]);
    assert_eq!(status, Some(1));
    assert!(stderr.contains("none of its lines is a request"), "{stderr}");
    let (status, _, stderr) = output(&["journal", "/no/such/file"]);
    assert!(status == Some(1) && stderr.contains("/no/such/file: "), "{stderr}");
    let (status, _, stderr) = output(&["journal", "--api", "Prodcue"]);
    assert!(status == Some(2) && stderr.contains("invalid API \"Prodcue\""), "{stderr}");
    let (status, _, stderr) = output(&["serve", "--port", "0", "--journal", "-", "--control"]);
    assert!(status == Some(1) && stderr.contains("both write on standard output"), "{stderr}");
}

#[test]
fn a_journal_of_no_capacity_stays_empty() {
    let path = scratch("empty.jsonl", "");
    let serve = Serve::start(&["--topic", "orders", "--journal", path.to_str().unwrap(), "--journal-capacity", "0"]);
    produce(&serve.bootstrap, "orders");
    until(|| (!serve.topics().is_empty()).then_some(()));
    serve.signal("TERM");
    serve.wait_for_end();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
}
