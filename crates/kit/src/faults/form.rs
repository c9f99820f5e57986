//! A fault rule as JSON.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use kafka_trial_broker::journal::{ApiKey, Entry};
use kafka_trial_broker::{FaultAction, FaultRule, Parts, When};
use serde_json::{Map, Value as Json};

use crate::matcher::{RequestMatcher, error_named};

/// Reads a rule from an object with:
///
/// - `id`: its name;
/// - `match`: the conditions of [`RequestMatcher::from_json`]; any request if absent;
/// - `when`: `"first"`, or an object with one of `times`, `nth` (a number, or a text such as `"2..4"`), `every` and
///   `probability`; always if absent;
/// - `do`: `"swallow"`, or an object with one of `reject` and `apply_then_fail` (Kafka's name of an error), `cut` (`"before"`,
///   `"after_apply"`, or `{"in_reply": bytes}`), `delay` and `delay_answer` (milliseconds), `hold` and `hold_answer` (a name);
/// - `must_fire`: whether a test fails in which it never acts; true if absent.
///
/// The error names what is wrong, and the nearest name where Kafka has no such name.
pub fn rule_from_json(json: &Json) -> Result<FaultRule, String> {
    let Json::Object(object) = json else { return Err(format!("a fault is {json}: expected an object")) };
    let mut object = object.clone();
    let id = match object.remove("id") {
        Some(Json::String(id)) if !id.is_empty() => id,
        Some(other) => return Err(format!("id is {other}: expected a name")),
        None => return Err("a fault has no id: expected a name".to_owned()),
    };
    let read = |object: &mut Map<String, Json>| {
        let wanted = object.remove("match").unwrap_or_else(|| Json::Object(Map::new()));
        let (matcher, api) = (RequestMatcher::from_json(&wanted)?, api(&wanted));
        if wanted.get("error").is_some() || wanted.get("failed").is_some() {
            return Err("a fault cannot match the error of an answer: the request has none yet".to_owned());
        }
        let parts = Parts {
            topic: wanted.get("topic").and_then(Json::as_str).map(str::to_owned),
            partition: wanted.get("partition").and_then(Json::as_i64).and_then(|id| id.try_into().ok()),
        };
        let when = object.remove("when").map_or(Ok(When::Always), |when| read_when(&when))?;
        let action = object.remove("do").ok_or_else(|| "do is missing: expected what happens".to_owned())?;
        let action = read_action(&action)?;
        let must_fire = match object.remove("must_fire") {
            None => true,
            Some(Json::Bool(must)) => must,
            Some(other) => return Err(format!("must_fire is {other}: expected true or false")),
        };
        if let Some(key) = object.keys().next() {
            return Err(format!("{key} is not a part of a fault: expected id, match, when, do and must_fire"));
        }
        let misses = Arc::new(move |entry: &Entry| matcher.misses(entry).iter().map(ToString::to_string).collect());
        Ok(FaultRule { id: id.clone(), api, misses, parts, when, action, must_fire })
    };
    read(&mut object).map_err(|why| format!("fault {id:?}: {why}"))
}

/// The API of a matcher, by which the broker refuses a rule that could never act.
fn api(wanted: &Json) -> Option<ApiKey> {
    ApiKey::named(wanted.get("api")?.as_str()?)
}

/// The only key of an object, and its value.
fn only<'a>(what: &str, json: &'a Json, keys: &[&str]) -> Result<(&'a str, &'a Json), String> {
    let expected = || format!("{what} is {json}: expected an object with one of {}", keys.join(", "));
    let object = json.as_object().ok_or_else(expected)?;
    match object.iter().next() {
        Some((key, value)) if object.len() == 1 && keys.contains(&key.as_str()) => Ok((key, value)),
        _ => Err(expected()),
    }
}

fn read_when(json: &Json) -> Result<When, String> {
    if json == "first" {
        return Ok(When::Nth(1..=1));
    }
    let (key, value) = only("when", json, &["times", "nth", "every", "probability"])?;
    let number = || value.as_u64().ok_or_else(|| format!("{key} is {value}: expected a number from 1 on"));
    match key {
        "times" => Ok(When::Nth(1..=number()?)),
        "every" => number().map(When::Every),
        "nth" => range(value).map(When::Nth).ok_or_else(|| format!("nth is {value}: expected 3 or \"2..4\"")),
        _ => {
            let probability = value.as_f64().ok_or_else(|| format!("probability is {value}: expected 0 to 1"))?;
            Ok(When::Probability(probability))
        }
    }
}

/// `3`, or `"2..4"` with both ends.
fn range(json: &Json) -> Option<RangeInclusive<u64>> {
    if let Some(number) = json.as_u64() {
        return Some(number..=number);
    }
    let (from, to) = json.as_str()?.split_once("..")?;
    Some(from.trim().parse().ok()?..=to.trim_start_matches('=').trim().parse().ok()?)
}

fn read_action(json: &Json) -> Result<FaultAction, String> {
    if json == "swallow" {
        return Ok(FaultAction::Swallow);
    }
    let keys = ["reject", "apply_then_fail", "cut", "delay", "delay_answer", "hold", "hold_answer"];
    let (key, value) = only("do", json, &keys)?;
    let text = || value.as_str().ok_or_else(|| format!("{key} is {value}: expected text")).map(str::to_owned);
    let code = || text().and_then(|name| error_named(&name));
    let time = || {
        let millis = value.as_f64().and_then(|ms| Duration::try_from_secs_f64(ms / 1000.0).ok());
        millis.ok_or_else(|| format!("{key} is {value}: expected a number of milliseconds from 0 on"))
    };
    match key {
        "reject" => code().map(FaultAction::Reject),
        "apply_then_fail" => code().map(FaultAction::ApplyThenFail),
        "delay" => time().map(FaultAction::DelayBefore),
        "delay_answer" => time().map(FaultAction::DelayAfter),
        "hold" => text().map(FaultAction::HoldBefore),
        "hold_answer" => text().map(FaultAction::HoldAfter),
        _ => read_cut(value),
    }
}

fn read_cut(json: &Json) -> Result<FaultAction, String> {
    let in_reply = json.get("in_reply").and_then(Json::as_u64).and_then(|bytes| bytes.try_into().ok());
    match (json.as_str(), in_reply) {
        (Some("before"), _) => Ok(FaultAction::CutBefore),
        (Some("after_apply"), _) => Ok(FaultAction::CutAfter),
        (_, Some(bytes)) => Ok(FaultAction::CutInReply(bytes)),
        _ => Err(format!("cut is {json}: expected \"before\", \"after_apply\" or {{\"in_reply\": bytes}}")),
    }
}

#[cfg(test)]
mod tests {
    use kafka_trial_broker::journal::ErrorCode;
    use serde_json::json;

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
        ] {
            assert_eq!(rule(json!("first"), json).action, action);
        }
        let named =
            json!({"id": "a", "match": {"topic": "orders", "partition": 2}, "do": "swallow", "must_fire": false});
        let named = rule_from_json(&named).unwrap();
        assert_eq!((named.parts.topic.as_deref(), named.parts.partition), (Some("orders"), Some(2)));
        assert_eq!((named.api, named.when, named.must_fire), (None, When::Always, false));
    }

    #[test]
    fn what_is_not_a_rule_is_refused_with_its_reason() {
        for (json, reason) in [
            (json!([]), "a fault is []: expected an object"),
            (json!({"do": "swallow"}), "a fault has no id: expected a name"),
            (json!({"id": "a"}), r#"fault "a": do is missing: expected what happens"#),
            (
                json!({"id": "a", "do": "swallow", "on": 1}),
                r#"fault "a": on is not a part of a fault: expected id, match, when, do and must_fire"#,
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
                r#"fault "a": cut is "now": expected "before", "after_apply" or {"in_reply": bytes}"#,
            ),
            (
                json!({"id": "a", "do": {"delay": -1}}),
                r#"fault "a": delay is -1: expected a number of milliseconds from 0 on"#,
            ),
            (
                json!({"id": "a", "do": "swallow", "when": {"nth": "4"}}),
                r#"fault "a": nth is "4": expected 3 or "2..4""#,
            ),
            (
                json!({"id": "a", "do": {}}),
                r#"fault "a": do is {}: expected an object with one of reject, apply_then_fail, cut, delay, delay_answer, hold, hold_answer"#,
            ),
        ] {
            assert_eq!(rule_from_json(&json).unwrap_err(), reason);
        }
    }
}
