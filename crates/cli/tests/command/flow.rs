//! `kafka-trial flow` and `report`, on the embedded broker and on a real one where it is named.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use kafka_trial::Record;
use kafka_trial::client::{Client, Deadline, Start, TopicPartition, TopicReader};
use serde_json::{Value as Json, json};

use crate::support::{LIMIT, Member, Serve, clusters, kafka_trial, output, scratch, send, unique, until};

/// Two topics on a cluster, and a client that writes to them.
struct Pair {
    servers: String,
    client: Client,
    request: String,
    response: String,
    /// Of this test alone: other topics of the cluster are looked through too.
    id: String,
}

impl Pair {
    fn new(servers: &str) -> Self {
        let [request, response] = ["request", "response"].map(unique);
        let created = output(&["topics", "create", "-b", servers, &request, &response, &format!("{request}.dlq")]);
        assert_eq!(created.0, Some(0), "{}", created.2);
        let client = Client::connect(servers, Deadline::after(LIMIT)).unwrap();
        Self { servers: servers.to_owned(), client, request, response, id: unique("id") }
    }

    fn send(&mut self, topic: &str, event: Json) {
        self.client.produce(&Record::new(topic, event.to_string()), Deadline::after(LIMIT)).unwrap();
    }

    fn flow(&self, more: &[&str]) -> (Option<i32>, String) {
        let given = ["flow", &self.id, "-b", &self.servers, "--request", &self.request, "--response", &self.response];
        let (status, stdout, stderr) = output(&[&given[..], more].concat());
        assert_eq!(stderr, "");
        // Names are of one run; the rest of the text is not.
        (status, stdout.replace(&self.request, "request").replace(&self.response, "response").replace(&self.id, "a"))
    }

    fn json(&self, more: &[&str]) -> (Option<i32>, Json) {
        let (status, text) = self.flow(&[&["--json", "--timeout", "0s"], more].concat());
        (status, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")))
    }
}

#[test]
fn a_complete_flow_is_shown_and_given_as_json() {
    for (_cluster, servers) in clusters() {
        let mut pair = Pair::new(&servers);
        let (request, response) = (pair.request.clone(), pair.response.clone());
        pair.send(&request, json!({"correlation_id": pair.id, "event_id": "e1"}));
        pair.send(&response, json!({"correlation_id": pair.id, "causation_id": "e1", "is_valid": true}));
        let (status, text) = pair.flow(&[]);
        assert_eq!(status, Some(0), "{text}");
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.starts_with("flow a: complete request-0@0 was answered by response-0@0 after "), "{text}");
        assert!(text.contains("`- response-0@0  causation\n"), "{text}");
        let (status, flow) = pair.json(&[]);
        assert_eq!(status, Some(0));
        for key in ["request_found", "response_found", "complete"] {
            assert_eq!(flow[key], true, "{key} of {flow}");
        }
        assert_eq!((&flow["correlation_id"], &flow["verdict"]), (&json!("a"), &json!("complete")));
        assert_eq!(flow["response_event"]["is_valid"], true);
        assert!(flow["duration_ms"].is_number() && flow["explanation"].is_string(), "{flow}");
        assert_eq!(flow["hops"][1]["kind"], "causation");
        assert_eq!(flow["hops"][1]["handled"], Json::Null, "what cannot be known is null");
    }
}

#[test]
fn follow_shows_each_record_as_it_comes_and_ends_with_the_report() {
    for (_cluster, servers) in clusters() {
        let mut pair = Pair::new(&servers);
        let (request, response, id) = (pair.request.clone(), pair.response.clone(), pair.id.clone());
        let given = ["flow", &id, "-b", &servers, "--request", &request, "--response", &response, "--follow"];
        let mut flow = kafka_trial(&given).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(flow.stdout.take().unwrap()).lines().map(Result::unwrap);
        for (topic, number) in [(&request, 0), (&response, 0), (&response, 1)] {
            pair.send(topic, json!({"correlation_id": id, "event_id": format!("{topic}-{number}")}));
            let line = lines.next().unwrap();
            let expected = format!(" ms  {topic}-0@{number}  $message.payload#/correlation_id");
            assert!(line.ends_with(&expected), "{line}");
        }
        // What comes after the answer is shown too; Ctrl-C ends it.
        send("INT", flow.id());
        let rest: Vec<String> = lines.collect();
        assert_eq!((rest[0].as_str(), rest[1].as_str()), ("", format!("flow {id}: complete").as_str()), "{rest:?}");
        assert!(rest.iter().any(|line| line.contains("the request has 2 answers")), "{rest:?}");
        assert_eq!(flow.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn follow_ends_with_its_time_and_tells_what_is_missing() {
    let clusters = clusters();
    let mut pair = Pair::new(&clusters[0].1);
    pair.send(&pair.request.clone(), json!({"correlation_id": pair.id}));
    let (status, text) = pair.flow(&["--follow", "--timeout", "300ms"]);
    assert_eq!(status, Some(1));
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].trim_start().starts_with("+0.0 ms  request-0@0  "), "{text}");
    assert_eq!((lines[1], lines[2]), ("", "flow a: produced_not_fetched"), "{text}");
}

#[test]
fn each_miss_names_the_part_that_blocks() {
    for (_cluster, servers) in clusters() {
        let mut pair = Pair::new(&servers);
        let (request, response) = (pair.request.clone(), pair.response.clone());
        let told = |pair: &Pair, more: &[&str]| {
            let (status, flow) = pair.json(more);
            assert_eq!(status, Some(1), "{flow}");
            let explanation = flow["explanation"].as_str().unwrap();
            format!("{}: {explanation}", flow["verdict"].as_str().unwrap())
        };
        assert_eq!(told(&pair, &[]), "never_produced: no record of request carries a (0 records were looked through)");
        pair.send(&request, json!({"correlation_id": pair.id}));
        assert_eq!(
            told(&pair, &[]),
            "produced_not_fetched: request-0@0 is there, and no group reads request; a reader without a group cannot \
             be seen from outside"
        );
        let place = TopicPartition { topic: request.clone(), partition: 0 };
        let group = unique("group");
        pair.client.commit(&group, &[(place.clone(), 0)].into(), Deadline::after(LIMIT)).unwrap();
        assert_eq!(told(&pair, &[]), format!("produced_not_fetched: group {group} has no members, lag 1 on request"));
        let member = Member::join(&servers, &group, &request);
        let stuck = told(&pair, &[]);
        assert!(stuck.starts_with("produced_not_fetched: member "), "{stuck}");
        assert!(
            stuck.ends_with(&format!(
                " of group {group} (client kafka-trial) stands at 0 of request-0, lag 1, and has not got past request-0@0"
            )),
            "{stuck}"
        );
        member.leave();
        pair.client.commit(&group, &[(place, 1)].into(), Deadline::after(LIMIT)).unwrap();
        assert_eq!(
            told(&pair, &[]),
            format!(
                "fetched_not_answered: group {group} has committed request-0 up to 1, past request-0@0, and has not \
                 answered it, and has no members now; nothing has come in response within 0.0 ms"
            )
        );
        pair.send(&format!("{request}.dlq"), json!({"correlation_id": pair.id, "error": "broken"}));
        let letter = told(&pair, &[]);
        assert!(
            letter.starts_with("answered_dlq: request-0@0 went to the dead letters, request.dlq-0@0, after "),
            "{letter}"
        );
        assert!(letter.ends_with(": broken"), "{letter}");
        pair.send(&response, json!({"correlation_id": pair.id, "payload": {"error": "no"}}));
        let failed = told(&pair, &[]);
        assert!(failed.starts_with("answered_error: ") && failed.ends_with(" with an error: no"), "{failed}");
    }
}

/// The journal of another process says what no log does.
#[test]
fn with_the_journal_of_serve_the_member_that_has_fetched_is_named() {
    let file = scratch("flow-requests.jsonl", "");
    let journal = file.to_str().unwrap();
    let serve = Serve::start(&["--journal", journal]);
    let mut pair = Pair::new(&serve.bootstrap);
    let (request, response) = (pair.request.clone(), pair.response.clone());
    pair.send(&request, json!({"correlation_id": pair.id, "event_id": "e1"}));
    let member = Member::join(&serve.bootstrap, "billing", &request);
    let reader = Client::connect(&serve.bootstrap, Deadline::after(LIMIT)).unwrap();
    let mut reader = TopicReader::open(reader, &[&request], Start::Earliest, Deadline::after(LIMIT)).unwrap();
    until(|| reader.poll(LIMIT).unwrap().pop());
    // `serve` writes its journal as it goes.
    let (status, flow) = until(|| {
        let told = pair.json(&["--journal", journal]);
        (told.1["verdict"] == "fetched_not_answered").then_some(told)
    });
    let explanation = flow["explanation"].as_str().unwrap();
    assert_eq!(status, Some(1), "{flow}");
    assert!(explanation.contains(" of group billing (client kafka-trial) fetched request-0@0 at +"), "{explanation}");
    pair.send(&response, json!({"correlation_id": pair.id, "causation_id": "e1"}));
    let flow = until(|| Some(pair.json(&["--journal", journal]).1).filter(|flow| flow["source"] == "journal"));
    assert_eq!((&flow["verdict"], &flow["hops"][0]["handled"][0]["group"]), (&json!("complete"), &json!("billing")));
    member.leave();
    let (status, _, stderr) = output(&[
        "flow",
        "a",
        "--request",
        &request,
        "--response",
        &response,
        "-b",
        &serve.bootstrap,
        "--journal",
        "absent",
    ]);
    assert_eq!(
        (status, stderr.as_str()),
        (Some(1), "kafka-trial: --journal absent: No such file or directory (os error 2)\n")
    );
}

#[test]
fn an_unreachable_cluster_and_a_wrong_locator_are_errors() {
    let given = ["flow", "a", "--request", "b", "--response", "c"];
    let (status, stdout, stderr) = output(&[&given[..], &["-b", "127.0.0.1:1"]].concat());
    assert_eq!((status, stdout.as_str()), (Some(1), ""));
    assert_eq!(
        stderr,
        "kafka-trial: 127.0.0.1:1: connection refused; `kafka-trial check -b 127.0.0.1:1` finds out why\n"
    );
    let (status, _, stderr) = output(&[&given[..], &["--locator", "$message.body#/x"]].concat());
    assert_eq!(status, Some(2));
    assert!(stderr.contains("at character 0: `$message.header#/NAME`"), "{stderr}");
}

#[test]
fn a_flow_leaves_its_files_and_report_puts_them_on_one_page() {
    let clusters = clusters();
    let mut pair = Pair::new(&clusters[0].1);
    pair.send(&pair.request.clone(), json!({"correlation_id": "</script>"}));
    let folder = scratch("flows", "").parent().unwrap().join("kept");
    let folder = folder.to_str().unwrap();
    let given = ["flow", "</script>", "-b", &pair.servers, "--request", &pair.request, "--response", &pair.response];
    let (status, _, stderr) = output(&[&given[..], &["--timeout", "0s", "--artifacts", folder]].concat());
    assert_eq!(status, Some(1));
    let page = stderr.trim_end().strip_prefix("kafka-trial: ").unwrap();
    let text = std::fs::read_to_string(page).unwrap();
    assert!(!text.contains("\"</script>\"") && text.contains("produced_not_fetched"));
    for name in ["flow.json", "flow.mmd", "trace.json", "otlp.json"] {
        assert!(std::path::Path::new(page).with_file_name(name).exists(), "{name}");
    }
    // Another flow has files of its own.
    let other = ["flow", "other", "-b", &pair.servers, "--request", &pair.request, "--response", &pair.response];
    output(&[&other[..], &["--timeout", "0s", "--artifacts", folder]].concat());
    assert!(std::path::Path::new(page).exists());
    let (status, stdout, stderr) = output(&["report", folder]);
    assert_eq!((status, stderr.as_str()), (Some(0), "2 flows, 2 not as expected\n"));
    assert_eq!(stdout, format!("{folder}/index.html\n"));
    let summary = std::fs::read_to_string(format!("{folder}/summary.md")).unwrap();
    assert!(summary.contains("| \\</script\\> | produced\\_not\\_fetched |"), "{summary}");
    let (status, _, stderr) = output(&["report", "/not/there"]);
    assert_eq!(status, Some(1));
    assert!(stderr.starts_with("kafka-trial: /not/there: "), "{stderr}");
}
