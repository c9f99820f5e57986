//! `kafka-trial load`.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::Duration;

use kafka_trial::responder::Responder;
use serde_json::Value as Json;

use kafka_trial::TopicSpec;
use kafka_trial::client::{Client, Deadline, OffsetAt, TopicPartition, pause};

use crate::support::{LIMIT, Serve, clusters, kafka_trial, output, real_kafka, scratch, send, unique};

const TOPICS: [&str; 4] = ["--topic", "requests:2", "--topic", "responses:2"];

fn responder(serve: &Serve) -> Responder {
    echo(&serve.bootstrap, "requests", "responses")
}

/// A service that answers each request with itself.
fn echo(bootstrap: &str, requests: &str, responses: &str) -> Responder {
    let topic = responses.to_owned();
    Responder::start(bootstrap, &[requests], move |record| vec![record.forward_to(&topic)]).unwrap()
}

fn load(serve: &Serve, rest: &[&str]) -> (Option<i32>, String, String) {
    let fixed = ["load", "sustained", "--request", "requests", "--response", "responses", "--bootstrap"];
    output(&[&fixed[..], &[serve.bootstrap.as_str(), "--rate", "50/s", "--duration", "1s"], rest].concat())
}

#[test]
fn a_run_reports_and_its_thresholds_are_its_exit_status() {
    let serve = Serve::start(&TOPICS);
    let _responder = responder(&serve);
    let folder = std::env::temp_dir().join(format!("kafka-trial-load-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let names = ["load.json", "load.md", "load.html", "load.xml", "load.csv", "load.hlog"];
    let [json, markdown, html, junit, csv, hlog] = names.map(|name| folder.join(name).to_str().unwrap().to_owned());
    // The machine that runs this may be busy: only what does not depend on it is held to.
    let (status, stdout, stderr) =
        load(&serve, &["--threshold", "lost == 0", "--seed", "7", "--json", &json, "--markdown", &markdown]);
    assert!(matches!(status, Some(0 | 4)), "{status:?}\n{stdout}\n{stderr}");
    assert!(stdout.contains("requests  50 sent: 50 ok"), "{stdout}");
    assert!(stdout.contains("holds  lost == 0"), "{stdout}");
    let report: Json = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    assert_eq!((&report["schema"], &report["seed"], &report["counts"]["ok"]), (&1.into(), &7.into(), &50.into()));
    assert!(std::fs::read_to_string(&markdown).unwrap().contains("| `lost == 0` | 0 | holds |"));
    let (status, stdout, _) = load(&serve, &["--threshold", "p50 < 1us"]);
    assert!(matches!(status, Some(1 | 4)), "{status:?}\n{stdout}");
    assert!(stdout.contains("FAILS  p50 < 1us"), "{stdout}");
    let files = ["--html", &html, "--junit", &junit, "--csv", &csv, "--hlog", &hlog];
    let against = ["--threshold", "p99 <= baseline*1000", "--baseline", &json];
    let (_, stdout, stderr) = load(&serve, &[&against[..], &files].concat());
    for (file, part) in [
        (&html, "Beside the baseline"),
        (&junit, "<testcase name=\"p99 &lt;= baseline*1000\" classname=\"load\""),
        (&csv, "second,sent,answered,ok,p50_ms"),
        (&hlog, "Tag=response,"),
    ] {
        assert!(std::fs::read_to_string(file).unwrap().contains(part), "{file}");
    }
    assert!(stdout.contains("holds  p99 <= baseline*1000"), "{stdout}\n{stderr}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_is_wrong_is_said_plainly_with_a_status_of_its_own() {
    let serve = Serve::start(&TOPICS);
    let (status, _, stderr) = load(&serve, &["--threshold", "p99 < 5"]);
    assert_eq!(status, Some(2), "{stderr}");
    assert!(stderr.contains("p99 < 5: column 8: expected us, ms or s"), "{stderr}");
    let (status, _, stderr) = load(&serve, &["--threshold", "p99 < baseline*2"]);
    assert_eq!(status, Some(2), "{stderr}");
    assert!(stderr.contains("needs a baseline"), "{stderr}");
    let (status, _, stderr) = load(&serve, &["--threshold", "p99(handler) < 50ms"]);
    assert_eq!(status, Some(2), "{stderr}");
    assert!(stderr.contains("needs a broker in the same process, as drive_embedded has it in Rust"), "{stderr}");
    let (status, _, stderr) = output(&[
        "load",
        "concurrent",
        "--in-flight",
        "2",
        "--request",
        "nothing",
        "--response",
        "responses",
        "--bootstrap",
        &serve.bootstrap,
    ]);
    assert_eq!(status, Some(3), "{stderr}");
    assert!(stderr.contains("topic nothing does not exist; create it first"), "{stderr}");
}

#[test]
fn what_cannot_be_done_is_said_before_anything_is_sent() {
    let serve = Serve::start(&TOPICS);
    let report = scratch("load-report", "earlier");
    let (file, below) = (report.to_str().unwrap(), report.join("x.json"));
    let new = report.with_file_name("new.json");
    let new = new.to_str().unwrap();
    for (options, expected) in [
        (&["--json", below.to_str().unwrap()][..], "x.json: Not a directory"),
        (&["--warm-up", "600ms", "--cool-down", "400ms"], "no time is left to be counted"),
        (&["--preset", "service"], "dead_letter_rate < 0.1% needs dead_letters: the topic in which they end"),
        (&["--threshold", "p99(corrected) < 1s"], "needs a closed load"),
        (&["--key", "{{random 5 1}}"], "{{random 5 1}}: expected correlation_id, number, now"),
        (&["--header", "kind"], "expected NAME=TEXT"),
        (&["--payload", "missing.json"], "missing.json: No such file"),
        (&["--json", file, "--baseline", file], "no report of a run"),
        (&["--json", new, "--html", below.to_str().unwrap()], "x.json: Not a directory"),
    ] {
        let (status, stdout, stderr) = load(&serve, options);
        assert_eq!((status, stdout.as_str()), (Some(2), ""), "{options:?}: {stderr}");
        assert!(stderr.contains(expected), "{options:?}: {stderr}");
    }
    assert!(!std::path::Path::new(new).exists(), "nothing was measured");
    assert_eq!(std::fs::read_to_string(file).unwrap(), "earlier", "what is there stays until a run is over");
}

#[test]
fn requests_carry_what_they_are_told_to() {
    let serve = Serve::start(&TOPICS);
    let _responder = responder(&serve);
    let events = scratch("events.jsonl", "{\"n\": \"{{number}}\"}\n{\"color\": \"{{pick red}}\"}\n");
    let events = events.to_str().unwrap();
    let schema = scratch("schema.json", r#"{"anyOf": [{"required": ["n"]}, {"required": ["padding"]}]}"#);
    let watched = ["--schema", schema.to_str().unwrap(), "--threshold", "off_schema == 17"];
    let payload = ["--payload", events, "--payload", "100..200", "--key", "none", "--header", "kind=load"];
    // Seventeen of them have a color instead.
    let (status, stdout, stderr) = load(&serve, &[&payload[..], &watched].concat());
    assert!(matches!(status, Some(0 | 4)), "{status:?}\n{stdout}\n{stderr}");
    assert!(stdout.contains("50 sent: 50 ok; in addition 17 off their schema"), "{stdout}");
    assert!(stdout.contains("holds  off_schema == 17"), "{stdout}");
}

#[test]
fn who_stops_a_worker_that_waits_for_the_others_has_interrupted_it() {
    let serve = Serve::start(&TOPICS);
    let load = ["load", "sustained", "--rate", "50/s", "--request", "requests", "--response", "responses"];
    let team = ["--bootstrap", &serve.bootstrap, "--workers", "2", "--worker", "1", "--coordinate", "waiting"];
    let child = kafka_trial(&[&load[..], &team].concat()).stderr(Stdio::piped()).spawn().unwrap();
    // It says that it is here once it waits.
    let deadline = Deadline::after(LIMIT);
    let mut client = Client::connect(&serve.bootstrap, deadline).unwrap();
    let is_here = |client: &mut Client| {
        let place = TopicPartition { topic: "waiting".to_owned(), partition: 0 };
        client.offsets(&[place], OffsetAt::Latest, deadline).is_ok_and(|ends| ends.values().any(|end| *end > 0))
    };
    while !is_here(&mut client) {
        assert!(!deadline.is_past(), "the worker never said that it is here");
        pause(Duration::from_millis(20));
    }
    send("INT", child.id());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("interrupted before anything was sent"), "{stderr}");
}

#[test]
fn a_service_that_never_answers_fails_the_run() {
    let serve = Serve::start(&TOPICS);
    let (status, stdout, _) = load(&serve, &["--timeout", "200ms", "--drain", "200ms"]);
    assert!(matches!(status, Some(1 | 4)), "{status:?}\n{stdout}");
    assert!(stdout.contains("50 lost") && stdout.contains("FAILS  success_rate >= 95%  0.00 %"), "{stdout}");
}

#[test]
fn an_interrupted_run_reports_what_was_measured() {
    let serve = Serve::start(&TOPICS);
    let _responder = responder(&serve);
    let arguments = ["load", "sustained", "--rate", "50", "--duration", "1h", "--request", "requests"];
    let rest = ["--response", "responses", "--bootstrap", &serve.bootstrap];
    let mut child =
        kafka_trial(&[&arguments[..], &rest].concat()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut progress = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut progress).unwrap();
    assert!(progress.contains("sending 1/3600 s") && progress.contains(" sent, "), "{progress}");
    send("INT", child.id());
    let output = child.wait_with_output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(130), "{stdout}");
    assert!(stdout.contains("interrupted: this is what was measured until then"), "{stdout}");
    assert!(stdout.contains(" ok"), "{stdout}");
}

#[test]
fn a_scenario_has_the_same_verdict_on_every_cluster() {
    for (_cluster, bootstrap) in clusters() {
        let [requests, responses] = ["load-requests", "load-responses"].map(unique);
        let deadline = Deadline::after(LIMIT);
        let mut client = Client::connect(&bootstrap, deadline).unwrap();
        let topics = [TopicSpec::new(&requests, 2), TopicSpec::new(&responses, 2)];
        client.create_topics(&topics, 1, deadline).unwrap();
        let _responder = echo(&bootstrap, &requests, &responses);
        for (threshold, verdict) in [("success_rate == 100%", 0), ("p50 < 1us", 1)] {
            let text = format!(
                "request: {requests}\nresponse: {responses}\nseed: 7\nstages:\n\
                 \x20 - ramp: {{ from: 10/s, to: 50/s, for: 1s }}\n\
                 \x20 - poisson: {{ rate: 50/s, for: 1s }}\nthresholds: [lost == 0, {threshold}]\n"
            );
            let path = scratch("scenario.yaml", &text);
            let (status, stdout, stderr) = output(&["load", path.to_str().unwrap(), "--bootstrap", &bootstrap]);
            // A busy machine may make the measurement invalid; it never makes it another verdict.
            assert!(status == Some(verdict) || status == Some(4), "{bootstrap}: {status:?}\n{stdout}\n{stderr}");
            let mark = if verdict == 0 { "holds" } else { "FAILS" };
            assert!(stdout.contains(&format!("{mark}  {threshold}")), "{bootstrap}: {stdout}");
        }
        let _ = client.delete_topics(&[&requests, &responses], Deadline::after(LIMIT));
    }
}

#[test]
fn what_is_wrong_in_a_scenario_is_named_with_its_place() {
    let path = scratch("wrong.toml", "request = 'a'\nresponse = 'b'\nthresholds = ['p99 < 5']\n");
    let path = path.to_str().unwrap();
    let (status, _, stderr) = output(&["load", path]);
    assert_eq!(status, Some(2), "{stderr}");
    assert!(stderr.contains(&format!("{path}:3:15: p99 < 5: column 8: expected us, ms or s")), "{stderr}");
    let (status, _, stderr) = output(&["load", "sustaned"]);
    assert_eq!(status, Some(2), "{stderr}");
    assert!(stderr.contains("sustaned: No such file"), "{stderr}");
}

#[test]
fn a_search_says_what_it_found_and_what_stands_above_it() {
    let serve = Serve::start(&TOPICS);
    let _responder = responder(&serve);
    let path = scratch("search.json", "");
    let range =
        ["load", "search", "--from", "20", "--to", "40", "--duration", "500ms", "--json", path.to_str().unwrap()];
    let target = ["--request", "requests", "--response", "responses", "--bootstrap", &serve.bootstrap];
    let (status, stdout, stderr) = output(&[&range[..], &target].concat());
    let found: Json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    match status {
        Some(0) => {
            assert_eq!((&found["highest_rate"], &found["ceiling"]), (&40.0.into(), &"range".into()), "{stdout}");
            assert!(stdout.starts_with("highest passing rate: 40.0 requests/s; the search went no higher"), "{stdout}");
        }
        // A busy machine.
        Some(4) => assert_eq!(found["ceiling"], "driver", "{stdout}"),
        _ => panic!("{status:?}\n{stdout}\n{stderr}"),
    }
    let (status, stdout, _) = output(&[&range[..], &target, &["--threshold", "p50 < 1us"]].concat());
    assert!(matches!(status, Some(1 | 4)), "{stdout}");
    assert!(stdout.starts_with("no rate passed"), "{stdout}");
}

#[test]
fn several_processes_share_a_load_and_one_reports() {
    let serve = Serve::start(&TOPICS);
    let embedded = (serve.bootstrap.clone(), "requests".to_owned(), "responses".to_owned());
    let real = real_kafka().map(|servers| {
        let [requests, responses] = ["team-requests", "team-responses"].map(unique);
        let deadline = Deadline::after(LIMIT);
        let topics = [TopicSpec::new(&requests, 2), TopicSpec::new(&responses, 2)];
        Client::connect(&servers, deadline).unwrap().create_topics(&topics, 1, deadline).unwrap();
        (servers, requests, responses)
    });
    for (bootstrap, requests, responses) in std::iter::once(embedded).chain(real) {
        let _responder = echo(&bootstrap, &requests, &responses);
        let meeting = unique("team");
        let path = scratch("team.json", "");
        let start = |worker: &str| {
            let load = ["load", "sustained", "--rate", "150/s", "--duration", "2s", "--threshold", "lost == 0"];
            let target = ["--request", &requests, "--response", &responses, "--bootstrap", &bootstrap];
            let team = ["--workers", "3", "--worker", worker, "--coordinate", &meeting];
            let json = ["--json", path.to_str().unwrap()];
            kafka_trial(&[&load[..], &target, &team, &json].concat())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        };
        // The first comes last: the others wait for it.
        let children = ["2", "1", "0"].map(start);
        let [second, first, leader] = children.map(|child| child.wait_with_output().unwrap());
        let text = |output: &std::process::Output| String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(matches!(leader.status.code(), Some(0 | 4)), "{}", String::from_utf8_lossy(&leader.stderr));
        assert!(text(&leader).contains("requests  300 sent: 300 ok"), "{bootstrap}: {}", text(&leader));
        for part in [first, second] {
            assert_eq!(part.status.code(), Some(0));
            let text = text(&part);
            assert!(text.starts_with("100 sent: 100 ok") && text.contains("worker 0 has the report of all"), "{text}");
        }
        let report: Json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!((&report["setting"]["workers"], &report["counts"]["ok"]), (&3.into(), &300.into()));
        assert_eq!(report["counts"]["orphans"], 0, "the answers of the others are known");
    }
}

#[test]
fn who_interrupts_the_first_process_stops_all_and_has_what_they_measured() {
    let serve = Serve::start(&TOPICS);
    let _responder = echo(&serve.bootstrap, "requests", "responses");
    let path = scratch("stopped-team.json", "");
    let start = |worker: &str| {
        let load = ["load", "sustained", "--rate", "50/s", "--duration", "10m", "--json", path.to_str().unwrap()];
        let target = ["--request", "requests", "--response", "responses", "--bootstrap", &serve.bootstrap];
        let team = ["--workers", "2", "--worker", worker, "--coordinate", "team"];
        let mut command = kafka_trial(&[&load[..], &target, &team].concat());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let (mut leader, other) = (start("0"), start("1"));
    // It tells its progress once it sends.
    let mut progress = BufReader::new(leader.stderr.take().unwrap());
    progress.read_line(&mut String::new()).unwrap();
    send("INT", leader.id());
    let (leader, other) = (leader.wait_with_output().unwrap(), other.wait_with_output().unwrap());
    let text = |output: &std::process::Output| String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!((leader.status.code(), other.status.code()), (Some(130), Some(0)), "{}{}", text(&leader), text(&other));
    let report: Json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(report["setting"]["workers"], 2);
    let sent = |text: &str| text.split_once(" sent").and_then(|(count, _)| count.trim().parse::<u64>().ok());
    let part = sent(&text(&other)).unwrap();
    assert!(report["counts"]["ok"].as_u64().unwrap() > part && part > 0, "{report}: {part} of them by the other");
}

#[test]
fn workers_that_do_not_fit_together_are_told_apart() {
    let serve = Serve::start(&TOPICS);
    let target = ["--request", "requests", "--response", "responses", "--bootstrap", &serve.bootstrap];
    let run = |rate: &str, worker: &[&str]| {
        let load = ["load", "sustained", "--rate", rate, "--duration", "1s", "--workers", "2", "--coordinate", "team"];
        let wait = ["--coordinate-wait", "2s"];
        kafka_trial(&[&load[..], &target, &wait, worker].concat()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let stderr = |child: std::process::Child| {
        let output = child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (status, nobody) = stderr(run("10", &[]));
    assert_eq!(status, Some(2), "{nobody}");
    assert!(nobody.contains("--worker N is needed, from 0 to 1"), "{nobody}");
    let (status, alone) = stderr(run("10", &["--worker", "0"]));
    assert_eq!(status, Some(3), "{alone}");
    assert!(alone.contains("worker 1 did not join within 2s"), "{alone}");
    let other = run("20", &["--worker", "1"]);
    let (status, disagree) = stderr(run("10", &["--worker", "0"]));
    assert_eq!(status, Some(3), "{disagree}");
    assert!(disagree.contains("worker 1 has a different load: 2 workers: 20/s for 1s"), "{disagree}");
    assert_eq!(stderr(other).0, Some(3));
}
