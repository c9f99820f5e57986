//! `kafka-trial faults`, and the faults of `run` and `serve`.

use crate::support::{Serve, output, scratch};

const RULES: &str = "\
faults:
  - id: slow-lists
    match: { api: Metadata }
    when: first
    do: { delay: 1ms }
  - id: gap
    match: { api: EndTxn, client: \"shop-*\" }
    when: { nth: 2..3 }
    do: { cut: after_apply }
";

fn file(name: &str, text: &str) -> String {
    scratch(&format!("{name}.yaml"), text).to_str().unwrap().to_owned()
}

#[test]
fn a_file_of_rules_is_checked_and_explained() {
    let path = file("faults-check", RULES);
    assert_eq!(output(&["faults", "check", &path]), (Some(0), format!("{path}: 2 faults\n"), String::new()));
    let (status, stdout, _) = output(&["faults", "explain", &path]);
    assert_eq!(status, Some(0));
    let gap = "gap (line 6)\n  requests   EndTxn by client shop-*\n  acts on    numbers 2 to 3\n  does       apply, then cut\n";
    assert!(stdout.contains(gap), "{stdout}");
    let wrong = file("faults-wrong", &RULES.replace("EndTxn", "EndTx"));
    let (status, _, stderr) = output(&["faults", "check", &wrong]);
    let reason = format!("kafka-trial: {wrong}:7: fault \"gap\": Kafka has no API \"EndTx\"; EndTxn is near\n");
    assert_eq!((status, stderr), (Some(2), reason));
}

#[test]
fn a_trace_shows_what_the_rules_would_have_hit() {
    let path = file("faults-trace", RULES);
    let trace = scratch("faults-trace-journal", "");
    let trace = trace.to_str().unwrap();
    let serve = Serve::start(&["--journal", trace]);
    serve.topics();
    serve.signal("TERM");
    serve.wait_for_end();
    let (status, stdout, stderr) = output(&["faults", "explain", &path, "--trace", trace]);
    assert_eq!(status, Some(0), "{stderr}");
    let (slow, gap) = stdout.split_once("gap (line").unwrap();
    assert!(slow.contains("  would hit  1\n"), "{stdout}");
    assert!(gap.contains("would hit  nothing: the fault \"gap\""), "{stdout}");
    assert!(gap.contains("its API is ApiVersions, not EndTxn"), "{stdout}");
}

#[test]
fn run_fails_if_a_fault_never_fired_although_the_command_passed() {
    let list = [env!("CARGO_BIN_EXE_kafka-trial"), "topics", "list"];
    let run = |path: &str, command: &[&str]| output(&[&["run", "--faults", path, "--"], command].concat());
    let path = file("faults-run", RULES);
    let (status, _, stderr) = run(&path, &list);
    assert_eq!(status, Some(1), "{stderr}");
    assert!(
        stderr.contains("kafka-trial: gap never fired: the fault \"gap\" (apply, then cut) has never acted"),
        "{stderr}"
    );
    assert!(stderr.contains("its API is Metadata, not EndTxn"), "{stderr}");
    assert!(stderr.ends_with("kafka-trial: the command passed, but a fault that must fire has not\n"), "{stderr}");
    assert!(!stderr.contains("slow-lists"), "{stderr}");
    let optional = file("faults-run-optional", &format!("{RULES}    must_fire: false\n"));
    assert_eq!(run(&optional, &list).0, Some(0));
    assert_eq!(run(&path, &["sh", "-c", "exit 7"]).0, Some(7), "the command's own failure counts");
    let (status, _, stderr) = run("nowhere.yaml", &list);
    assert!(status == Some(1) && stderr.contains("nowhere.yaml: "), "{stderr}");
}

#[test]
fn serve_arms_and_ends_faults_by_lines() {
    let path = file("faults-serve", RULES);
    let mut serve = Serve::start(&["--faults", &path, "--control"]);
    let idle = serve.control("verify-faults");
    assert!(idle.starts_with("error slow-lists never fired: "), "{idle}");
    serve.topics();
    let gap = "error gap never fired: the fault \"gap\" (apply, then cut) has never acted; ";
    assert!(serve.control("verify-faults").starts_with(gap));
    assert!(serve.control("end-fault gap").starts_with(gap));
    assert_eq!(serve.control("verify-faults"), "ok");
    assert_eq!(serve.control("end-fault gap"), "error no fault gap is armed");
    assert_eq!(serve.control(r#"fault {"id": "gap", "do": "swallow", "must_fire": false}"#), "ok");
    assert_eq!(
        serve.control(r#"fault {"id": "b", "do": "swalow"}"#).split(": expected").next(),
        Some(r#"error fault "b": do is "swalow"; swallow is near"#)
    );
    let again = serve.control(&format!("arm {path}"));
    assert!(again.contains("faults-serve.yaml:2: a rule \"slow-lists\" is armed already"), "{again}");
    assert_eq!(serve.control("expire-member billing m"), "error group billing does not exist");
    assert_eq!(serve.control("time-out shop"), "error transactional id shop does not exist");
}
