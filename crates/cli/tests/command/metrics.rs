//! `kafka-trial serve --metrics`, scraped over a socket as Prometheus does, and `kafka-trial top`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use kafka_trial::Record;
use kafka_trial::client::{Client, Deadline};
use serde_json::json;

use crate::support::{LIMIT, Member, Serve, json, output, until};

fn produce(servers: &str, topic: &str, count: usize) {
    let deadline = Deadline::after(LIMIT);
    let records = vec![Record::new(topic, "v"); count];
    Client::connect(servers, deadline).unwrap().produce_all(&records, deadline).unwrap();
}

/// The answer to one request of a scraper.
fn get(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// A `serve` with metrics, where they are, and its standard error, which has to stay open.
fn serve_with_metrics(more: &[&str]) -> (Serve, String, impl Sized + use<>) {
    let given = ["--topic", "orders:2", "--metrics", "0"];
    let mut serve = Serve::start(&[&given, more].concat());
    let mut line = String::new();
    let mut stderr = BufReader::new(serve.child.stderr.take().unwrap());
    stderr.read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("kafka-trial: metrics on http://").unwrap();
    (serve, address.strip_suffix("/metrics").unwrap().to_owned(), stderr)
}

#[test]
fn a_scrape_has_topics_groups_requests_errors_and_connections() {
    let (serve, address, _stderr) = serve_with_metrics(&[]);
    produce(&serve.bootstrap, "orders", 3);
    let member = Member::join(&serve.bootstrap, "billing", "orders");
    let deadline = Deadline::after(LIMIT);
    Client::connect(&serve.bootstrap, deadline).unwrap().delete_topics(&["never-was"], deadline).unwrap();
    let (status, _, stderr) =
        output(&["groups", "reset", "other", "--topic", "orders:0", "--to-offset", "1", "-b", &serve.bootstrap]);
    assert_eq!(status, Some(0), "{stderr}");

    let text = get(&address, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(text.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4"), "{text}");
    for line in [
        "# TYPE kafka_trial_topic_records_total counter",
        "kafka_trial_topic_records_total{topic=\"orders\"} 3",
        "kafka_trial_partition_log_end_offset{topic=\"orders\",partition=\"0\"} 3",
        "kafka_trial_partition_log_end_offset{topic=\"orders\",partition=\"1\"} 0",
        "kafka_trial_group_members{group=\"billing\",state=\"Stable\"} 1",
        "kafka_trial_group_rebalances_total{group=\"billing\"} 1",
        "kafka_trial_group_lag{group=\"other\",topic=\"orders\",partition=\"0\"} 2",
        "kafka_trial_requests_total{api=\"Produce\",error=\"NONE\"} 1",
        "kafka_trial_request_errors_total{api=\"DeleteTopics\",error=\"UNKNOWN_TOPIC_OR_PARTITION\"} 1",
    ] {
        assert!(text.lines().any(|seen| seen == line), "{line} is not in {text}");
    }
    // The member's two are open, and whatever the commands had is closed or about to be.
    let open = text.lines().find_map(|line| line.strip_prefix("kafka_trial_connections ")).unwrap();
    assert!(open.parse::<u32>().unwrap() >= 1, "{text}");
    member.leave();
    until(|| {
        get(&address, "GET /metrics HTTP/1.0\r\n\r\n").contains("{group=\"billing\",state=\"Empty\"} 0").then_some(())
    });
}

#[test]
fn without_a_journal_a_scrape_says_that_requests_are_not_counted() {
    let (serve, address, _stderr) = serve_with_metrics(&["--journal-capacity", "0"]);
    produce(&serve.bootstrap, "orders", 3);
    let text = get(&address, "GET /metrics HTTP/1.1\r\n\r\n");
    assert!(text.contains("kafka_trial_topic_records_total{topic=\"orders\"} 3\n"), "{text}");
    assert!(text.contains("\nkafka_trial_connections_total "), "{text}");
    assert!(text.ends_with("\n# Requests are not counted: --journal-capacity is 0.\n"), "{text}");
    assert!(!text.contains("kafka_trial_request"), "what is not counted is no zero: {text}");
}

#[test]
fn a_scraper_that_misbehaves_is_refused_and_the_next_is_answered() {
    let (serve, address, _stderr) = serve_with_metrics(&[]);
    assert!(get(&address, "GET /secrets HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404 "));
    assert!(get(&address, "POST /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405 "));
    assert!(get(&address, "\x01\x02\r\n\r\n").starts_with("HTTP/1.1 405 "));
    drop(TcpStream::connect(&address).unwrap());
    assert!(get(&address, "GET /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 "));
    serve.signal("TERM");
    assert_eq!(serve.wait_for_end().0, Some(0));
    assert!(TcpStream::connect(&address).is_err());
}

#[test]
fn top_shows_topics_and_groups_once_where_there_is_no_terminal() {
    let serve = Serve::start(&["--topic", "orders:2", "--topic", "audit"]);
    produce(&serve.bootstrap, "orders", 3);
    let _member = Member::join(&serve.bootstrap, "billing", "orders");
    let (status, stdout, stderr) = output(&["top", "-b", &serve.bootstrap]);
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    let lines: Vec<Vec<&str>> = stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    for row in [
        vec!["TOPIC", "PARTITIONS", "RECORDS", "IN/S"],
        vec!["orders", "2", "3", "-"],
        vec!["audit", "1", "0", "-"],
        vec!["GROUP", "STATE", "MEMBERS", "LAG", "READ/S", "REBALANCES"],
        vec!["billing", "Stable", "1", "-", "-", "-"],
    ] {
        assert!(lines.contains(&row), "{row:?} is not in\n{stdout}");
    }
    let looked = json(&["top", "--json", "-b", &serve.bootstrap]);
    assert_eq!(looked["topics"][1], json!({"topic": "orders", "partitions": 2, "records": 3}));
    assert_eq!(looked["groups"][0]["members"], 1);
}

#[test]
fn top_shows_errors_and_rebalances_where_metrics_tell_them() {
    let (serve, address, _stderr) = serve_with_metrics(&[]);
    Member::join(&serve.bootstrap, "billing", "orders").leave();
    let _member = Member::join(&serve.bootstrap, "billing", "orders");
    let deadline = Deadline::after(LIMIT);
    Client::connect(&serve.bootstrap, deadline).unwrap().delete_topics(&["never-was"], deadline).unwrap();
    for metrics in
        [address.clone(), format!("http://{address}/metrics"), address.rsplit(':').next().unwrap().to_owned()]
    {
        let (status, stdout, stderr) = output(&["top", "-b", &serve.bootstrap, "--metrics", &metrics]);
        assert_eq!((status, stderr.as_str()), (Some(0), ""));
        let lines: Vec<Vec<&str>> = stdout.lines().map(|line| line.split_whitespace().collect()).collect();
        for row in [
            vec!["API", "ERROR", "COUNT", "NEW/S"],
            vec!["DeleteTopics", "UNKNOWN_TOPIC_OR_PARTITION", "1", "-"],
            vec!["billing", "Stable", "1", "-", "-", "3"],
        ] {
            assert!(lines.contains(&row), "{row:?} is not in\n{stdout}");
        }
    }
    let looked = json(&["top", "--json", "-b", &serve.bootstrap, "--metrics", &address]);
    let error = json!({"api": "DeleteTopics", "error": "UNKNOWN_TOPIC_OR_PARTITION", "count": 1});
    assert!(looked["errors"].as_array().unwrap().contains(&error), "{looked}");
    assert_eq!(looked["groups"][0]["rebalances"], 3);
    let (status, _, stderr) = output(&["top", "-b", &serve.bootstrap, "--metrics", "1"]);
    assert_eq!(status, Some(1));
    assert!(stderr.starts_with("kafka-trial: metrics of 127.0.0.1:1: "), "{stderr}");
}

#[test]
fn top_says_why_it_cannot_look() {
    let (status, _, stderr) = output(&["top", "--once", "-b", "127.0.0.1:1", "--timeout", "2s"]);
    assert!(status == Some(1) && stderr.contains("127.0.0.1:1"), "{stderr}");
}
