#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it cannot go on")]

//! Confluent's own answers, put to this registry: every scenario of the file that `KAFKA_TRIAL_REGISTRY_ANSWERS` names.
//!
//! The scenarios share one registry, as they did when they were recorded, and have subjects of their own.

mod compare;
mod http;

use std::collections::HashMap;
use std::fs;

use kafka_trial_registry::SchemaRegistry;
use serde_json::Value;

use crate::compare::Seen;
use crate::http::ask;

const VARIABLE: &str = "KAFKA_TRIAL_REGISTRY_ANSWERS";

#[test]
fn every_recorded_answer_is_given() {
    let Some(path) = std::env::var_os(VARIABLE) else {
        println!("skipped: {VARIABLE} names no file of recorded answers");
        return;
    };
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let only = std::env::var("KAFKA_TRIAL_REGISTRY_SCENARIO").unwrap_or_default();
    let registry = SchemaRegistry::start().unwrap();
    let (mut passed, mut failed) = (0, Vec::new());
    for (line, number) in text.lines().zip(1..) {
        let scenario: Value = serde_json::from_str(line).unwrap();
        let name = scenario["name"].as_str().unwrap().to_owned();
        if !name.starts_with(&only) {
            continue;
        }
        match replay(&registry, &scenario, number) {
            Ok(()) => passed += 1,
            Err(why) => failed.push(format!("{name}: {why}")),
        }
    }
    println!("{passed} scenarios passed, {} failed", failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    assert!(passed > 0, "no scenario was replayed");
}

fn replay(registry: &SchemaRegistry, scenario: &Value, number: i32) -> Result<(), String> {
    let prefix = format!("s{number}x");
    let mut names: HashMap<String, String> = HashMap::new();
    for letter in ["a", "b", "c", "d", "e", "f"] {
        names.insert(letter.to_owned(), format!("{prefix}{letter}"));
    }
    names.insert("p".to_owned(), prefix.clone());
    names.insert("u".to_owned(), prefix.clone());
    names.insert("n".to_owned(), (1_000_000 + 1_000 * number).to_string());
    let mut answers = scenario["answers"].as_array().unwrap().iter();
    let mut seen = Seen::new(&prefix);
    let after = scenario["after"].as_array().cloned().unwrap_or_default();
    let mut result = Ok(());
    for (step, is_after) in scenario["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step, false))
        .chain(after.iter().map(|step| (step, true)))
    {
        let fill = |text: &str| {
            names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("<{name}>"), value))
        };
        let body = match &step["body"] {
            Value::Null => String::new(),
            Value::String(text) => fill(text),
            body => fill(&body.to_string()),
        };
        let (method, path) = (step["method"].as_str().unwrap(), fill(step["path"].as_str().unwrap()));
        let (status, answer) = ask(registry.address(), method, &path, &body, &step["headers"]);
        if let Some(save) = step["save"].as_object() {
            for (name, key) in save {
                names.insert(name.clone(), answer[key.as_str().unwrap()].to_string());
            }
        }
        if is_after || step["quiet"].as_bool() == Some(true) || result.is_err() {
            continue;
        }
        let expected = answers.next().ok_or("there are more steps than answers")?;
        result = seen.compare(expected, status, &answer).map_err(|why| {
            format!("{method} {path} {body}\n  {why}\n  expected {expected}\n  answered {status} {answer}")
        });
    }
    result
}
