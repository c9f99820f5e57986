//! `kafka-trial load`.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use kafka_trial::responder::{OutgoingRecord, Responder};
use serde_json::Value as Json;

use crate::support::{Serve, kafka_trial, output, send};

const TOPICS: [&str; 4] = ["--topic", "requests:2", "--topic", "responses:2"];

fn responder(serve: &Serve) -> Responder {
    Responder::start(&serve.bootstrap, &["requests"], |record| {
        vec![OutgoingRecord { topic: "responses".to_owned(), key: record.key.clone(), value: record.value.clone() }]
    })
    .unwrap()
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
    let [json, markdown] = ["load.json", "load.md"].map(|name| folder.join(name).to_str().unwrap().to_owned());
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
    let (_, stdout, stderr) = load(&serve, &["--threshold", "p99 <= baseline*1000", "--baseline", &json]);
    assert!(stdout.contains("holds  p99 <= baseline*1000"), "{stdout}\n{stderr}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_is_wrong_is_said_plainly_with_a_status_of_its_own() {
    let serve = Serve::start(&TOPICS);
    let (status, _, stderr) = load(&serve, &["--threshold", "p99 < 5"]);
    assert_eq!(status, Some(2), "{stderr}");
    assert!(stderr.contains("p99 < 5: column 8: us, ms or s expected"), "{stderr}");
    let (status, _, stderr) = load(&serve, &["--threshold", "p99 < baseline*2"]);
    assert_eq!(status, Some(2), "{stderr}");
    assert!(stderr.contains("needs --baseline FILE"), "{stderr}");
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
