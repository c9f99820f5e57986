//! What stands in a rule, and what is refused.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it cannot go on")]

use std::path::Path;
use std::time::Duration;

use kafka_trial_broker::journal::ErrorCode;
use serde_json::{Value as Json, json};

use super::*;

#[test]
fn a_rule_from_json_says_the_same_as_one_in_rust() {
    let rule = |when: Json, action: Json| {
        rule_from_json(&json!({"id": "a", "match": {"api": "Produce"}, "when": when, "do": action})).unwrap()
    };
    for (json, when) in [
        (json!("first"), When::Nth(1..=1)),
        (json!({"times": 3}), When::Nth(1..=3)),
        (json!({"nth": 3}), When::Nth(3..=3)),
        (json!({"nth": "2..4"}), When::Nth(2..=4)),
        (json!({"every": 5}), When::Every(5)),
        (json!({"probability": 0.5}), When::Probability(0.5)),
        (json!({"p": 0.5}), When::Probability(0.5)),
        (json!({"after": "2s"}), When::After(Duration::from_secs(2))),
        (json!({"between": ["5s", 7000]}), When::Between(Duration::from_secs(5), Duration::from_secs(7))),
        (json!({"once_per": "correlation"}), When::OncePer(OncePer::Correlation)),
    ] {
        assert_eq!(rule(json, json!("swallow")).when, when);
    }
    for (json, action) in [
        (json!("swallow"), FaultAction::Swallow),
        (json!({"reject": "REQUEST_TIMED_OUT"}), FaultAction::Reject(ErrorCode::REQUEST_TIMED_OUT)),
        (json!({"apply_then_fail": "REQUEST_TIMED_OUT"}), FaultAction::ApplyThenFail(ErrorCode::REQUEST_TIMED_OUT)),
        (json!({"cut": "before"}), FaultAction::CutBefore),
        (json!({"cut": "after_apply"}), FaultAction::CutAfter),
        (json!({"cut": {"in_reply": 7}}), FaultAction::CutInReply(7)),
        (json!({"delay": 2.5}), FaultAction::DelayBefore(Duration::from_micros(2500))),
        (json!({"delay_answer": 2}), FaultAction::DelayAfter(Duration::from_millis(2))),
        (json!({"hold": "gate"}), FaultAction::HoldBefore("gate".to_owned())),
        (json!({"hold_answer": "gate"}), FaultAction::HoldAfter("gate".to_owned())),
        (json!({"error": "REQUEST_TIMED_OUT"}), FaultAction::Reject(ErrorCode::REQUEST_TIMED_OUT)),
        (
            json!({"error": ["REQUEST_TIMED_OUT", "NOT_LEADER_OR_FOLLOWER"]}),
            FaultAction::RejectInTurn(vec![ErrorCode::REQUEST_TIMED_OUT, ErrorCode::NOT_LEADER_OR_FOLLOWER]),
        ),
        (
            json!({"error": "REQUEST_TIMED_OUT", "effect": "apply_then"}),
            FaultAction::ApplyThenFail(ErrorCode::REQUEST_TIMED_OUT),
        ),
        (json!({"cut": {"mid_reply": 7}}), FaultAction::CutInReply(7)),
        (json!("reset"), FaultAction::ResetAfter),
        (json!({"reset": "before"}), FaultAction::ResetBefore),
        (json!("blackhole"), FaultAction::Blackhole),
        (json!("lose"), FaultAction::Lose),
        (
            json!({"delay": {"fixed": "2s", "jitter": "50ms"}}),
            FaultAction::Jitter { fixed: Duration::from_secs(2), jitter: Duration::from_millis(50), answer: false },
        ),
        (json!({"slow": {"bytes_per_s": 100}}), FaultAction::Slow { bytes_per_s: 100, chunk: 1024 }),
        (json!({"throttle": 500}), FaultAction::Throttle(Duration::from_millis(500))),
        (json!({"duplicate": "append"}), FaultAction::AppendTwice),
    ] {
        assert_eq!(rule(json!("first"), json).action, action);
    }
    let named = json!({"id": "a", "match": {"topic": "orders", "partition": 2}, "do": "swallow", "must_fire": false});
    let named = rule_from_json(&named).unwrap();
    assert_eq!((named.parts.topic.as_deref(), named.parts.partition), (Some("orders"), Some(2)));
    assert_eq!((named.apis.len(), named.when, named.must_fire), (0, When::Always, false));
}

#[test]
fn what_is_not_a_rule_is_refused_with_its_reason() {
    for (json, reason) in [
        (json!([]), "a fault is []: expected an object"),
        (json!({"do": "swallow"}), "a fault has no id: expected a name"),
        (json!({"id": "a"}), r#"fault "a": do is missing: expected what happens"#),
        (
            json!({"id": "a", "do": "swallow", "on": 1}),
            r#"fault "a": on is not a part of a fault: expected id, match, when, do, limit, must_fire"#,
        ),
        (
            json!({"id": "a", "do": {"reject": "NOT_LEADER"}}),
            r#"fault "a": Kafka has no error "NOT_LEADER"; NOT_LEADER_OR_FOLLOWER is near"#,
        ),
        (
            json!({"id": "a", "match": {"api": "produce"}, "do": "swallow"}),
            r#"fault "a": Kafka has no API "produce"; Produce is near"#,
        ),
        (
            json!({"id": "a", "match": {"failed": true}, "do": "swallow"}),
            r#"fault "a": a fault cannot match the error of an answer: the request has none yet"#,
        ),
        (
            json!({"id": "a", "do": {"cut": "now"}}),
            r#"fault "a": cut is "now": expected "accept", "before", "after_apply" or {"mid_reply": bytes}"#,
        ),
        (
            json!({"id": "a", "do": {"delay": -1}}),
            r#"fault "a": delay is -1: expected a number of milliseconds from 0 on, or a time such as 500ms or 2s"#,
        ),
        (json!({"id": "a", "do": "swallow", "when": {"nth": "4"}}), r#"fault "a": nth is "4": expected 3 or "2..4""#),
        (
            json!({"id": "a", "do": "swallow", "mach": {}}),
            r#"fault "a": mach is not a part of a fault; match is near: expected id, match, when, do, limit, must_fire"#,
        ),
        (
            json!({"id": "a", "do": {"error": "REQUEST_TIMED_OUT", "levle": "top"}}),
            r#"fault "a": levle is not a setting of error; level is near: expected error, effect, level"#,
        ),
        (
            json!({"id": "a", "do": {"cut": "before", "hold": "gate"}}),
            r#"fault "a": do has cut and hold: a fault has one action, so write two faults"#,
        ),
        (
            json!({"id": "a", "match": {"api": "Heartbeat", "transactional_id": "t"}, "do": "swallow"}),
            r#"fault "a": a request of Heartbeat has no transactional_id to match: take transactional_id away, or set api to one of Produce, InitProducerId, AddPartitionsToTxn, AddOffsetsToTxn, EndTxn"#,
        ),
        (
            json!({"id": "a", "match": {"topic": "orders/[a-z]"}, "do": "swallow"}),
            r#"fault "a": no topic is named "orders/[a-z]": a name has letters, digits, '.', '_' and '-', and * for any text"#,
        ),
        (
            json!({"id": "a", "match": {"where": {"acks": 1}}, "do": "swallow"}),
            r#"fault "a": where has "acks": a JSON Pointer begins with /, as /detail/produce/acks does"#,
        ),
        (
            json!({"id": "a", "do": {"preset": "throtle"}}),
            r#"fault "a": there is no preset "throtle"; throttle is near"#,
        ),
        (
            json!({"id": "a", "do": {"preset": "registry_down"}}),
            r#"fault "a": preset "registry_down" is not there: the schema registry has no faults yet: stop it, or delete the schema"#,
        ),
    ] {
        assert_eq!(rule_from_json(&json).unwrap_err(), reason);
    }
}

#[test]
fn a_preset_is_a_rule_and_what_the_rule_sets_counts_more() {
    for preset in PRESETS {
        let rule = rule_from_json(&json!({"id": "a", "do": {"preset": preset.name}})).unwrap();
        assert!(!preset.shows.is_empty() && rule.must_fire, "{}", preset.name);
    }
    let storm = json!({"id": "a", "match": {"api": "Fetch"}, "do": {"preset": "not_leader_storm", "times": 7}});
    let storm = rule_from_json(&storm).unwrap();
    assert_eq!((storm.apis.len(), storm.when), (1, When::Nth(1..=7)));
    let slow = rule_from_json(&json!({"id": "a", "do": {"preset": "slow_fetch", "delay_answer": "5s"}})).unwrap();
    assert_eq!(slow.action, FaultAction::DelayAfter(Duration::from_secs(5)));
}

/// `first`, or `times 3`.
fn in_words(when: Option<&Json>) -> String {
    match when {
        Some(Json::Object(when)) => when.iter().map(|(key, value)| format!("{key} {value}")).collect(),
        Some(Json::String(text)) => text.clone(),
        _ => "all".to_owned(),
    }
}

#[test]
fn the_table_of_the_docs_has_the_presets_of_the_code() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/faults.md");
    let page = std::fs::read_to_string(page).unwrap();
    let section = page.split("## Presets").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows: Vec<Vec<&str>> = section
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    assert_eq!(rows.len(), PRESETS.len());
    for (row, preset) in rows.iter().zip(PRESETS) {
        let rule: Json = serde_json::from_str(preset.rule).unwrap();
        let name = format!("`{}`", preset.name);
        assert_eq!(
            [row[1], row[3], row[5]],
            [name.as_str(), &in_words(rule.get("when")), preset.shows],
            "docs/faults.md"
        );
        let done: Json = serde_json::from_str(row[4].trim_matches('`')).unwrap();
        assert_eq!(Some(&done), rule.get("do"), "docs/faults.md: {name}");
        for api in rule_from_json(&json!({"id": "a", "do": {"preset": preset.name}})).unwrap().apis {
            assert!(row[2].contains(&api.to_string()), "docs/faults.md: {name} is for {api}, too");
        }
    }
}

#[cfg(feature = "fault-files")]
const YAML: &str = "\
version: 1
faults:
  - id: gap
    match: { api: EndTxn, client: \"shop-*\" }
    when: { nth: 2..3 }
    do: { cut: after_apply }
  - id: slow
    match: { api: [Fetch, Produce] }
    do:
      delay: 2s
    limit: 1
    must_fire: false
";

#[cfg(feature = "fault-files")]
const TOML: &str = "\
version = 1
[[faults]]
id = \"gap\"
match = { api = \"EndTxn\", client = \"shop-*\" }
when = { nth = \"2..3\" }
do = { cut = \"after_apply\" }

[[faults]]
id = \"slow\"
match = { api = [\"Fetch\", \"Produce\"] }
do = { delay = \"2s\" }
limit = 1
must_fire = false
";

#[cfg(feature = "fault-files")]
#[test]
fn a_file_has_the_same_rules_in_yaml_and_in_toml() {
    let yaml = FaultFile::parse(Path::new("f.yaml"), YAML).unwrap();
    let toml = FaultFile::parse(Path::new("f.toml"), TOML).unwrap();
    assert_eq!(format!("{:?}", yaml.rules), format!("{:?}", toml.rules));
    assert_eq!((yaml.lines, toml.lines), (vec![3, 7], vec![2, 8]));
    let gap = &yaml.rules[0];
    assert_eq!((gap.id.as_str(), &gap.when, &gap.action), ("gap", &When::Nth(2..=3), &FaultAction::CutAfter));
    assert_eq!((yaml.rules[1].limit, yaml.rules[1].must_fire), (Some(1), false));
}

#[cfg(feature = "fault-files")]
#[test]
fn what_is_wrong_in_a_file_is_named_with_its_line() {
    let refused = |name: &str, text: &str| FaultFile::parse(Path::new(name), text).unwrap_err().to_string();
    let in_yaml = |from: &str, to: &str| refused("f.yaml", &YAML.replace(from, to));
    let in_toml = |from: &str, to: &str| refused("f.toml", &TOML.replace(from, to));
    assert_eq!(in_yaml("EndTxn", "EndTx"), r#"f.yaml:4: fault "gap": Kafka has no API "EndTx"; EndTxn is near"#);
    assert_eq!(in_toml("EndTxn", "EndTx"), r#"f.toml:4: fault "gap": Kafka has no API "EndTx"; EndTxn is near"#);
    assert_eq!(
        in_yaml("    limit: 1", "    limt: 1"),
        r#"f.yaml:11: fault "slow": limt is not a part of a fault; limit is near: expected id, match, when, do, limit, must_fire"#
    );
    assert_eq!(
        in_yaml("delay: 2s", "delay: soon"),
        r#"f.yaml:10: fault "slow": delay is "soon": expected a number of milliseconds from 0 on, or a time such as 500ms or 2s"#
    );
    assert_eq!(in_toml("\"slow\"", "\"gap\""), r#"f.toml:8: a second fault is named "gap": give it a different id"#);
    assert_eq!(in_yaml("version: 1", "version: 2"), "f.yaml:1: version is 2: this is version 1 of the form");
    assert_eq!(refused("f.txt", ""), "f.txt: the name of a file with faults ends with .yaml, .yml, .toml or .json");
    assert!(in_yaml("faults:", "fault:").starts_with("f.yaml:2: "), "{}", in_yaml("faults:", "fault:"));
    assert!(refused("f.yaml", "faults: [").starts_with("f.yaml:"));
    assert!(refused("f.toml", "faults = [").starts_with("f.toml:1: "));
}
