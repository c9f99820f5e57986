//! `when` of a rule: which of the requests that it means it acts on.

use std::ops::RangeInclusive;
use std::time::Duration;

use kafka_trial_broker::{OncePer, When};
use serde_json::Value as Json;

use crate::matcher::suggestion;

const KEYS: [&str; 9] = ["first", "times", "nth", "every", "p", "probability", "after", "between", "once_per"];

pub(super) fn read_when(json: &Json) -> Result<When, String> {
    match json.as_str() {
        Some("first") => return Ok(When::Nth(1..=1)),
        Some("always") => return Ok(When::Always),
        _ => {}
    }
    let (key, value) = only("when", json, &KEYS)?;
    let number = || value.as_u64().ok_or_else(|| format!("{key} is {value}: expected a number from 1 on"));
    match key {
        "first" if *value == Json::Bool(true) => Ok(When::Nth(1..=1)),
        "first" | "times" => Ok(When::Nth(1..=number()?)),
        "every" => number().map(When::Every),
        "nth" => range(value).map(When::Nth).ok_or_else(|| format!("nth is {value}: expected 3 or \"2..4\"")),
        "after" => time("after", value).map(When::After),
        "between" => match value.as_array().map(Vec::as_slice) {
            Some([from, to]) => Ok(When::Between(time("between", from)?, time("between", to)?)),
            _ => Err(format!("between is {value}: expected two times, as [5s, 7s]")),
        },
        "once_per" => match value.as_str() {
            Some("correlation") => Ok(When::OncePer(OncePer::Correlation)),
            Some("client") => Ok(When::OncePer(OncePer::Client)),
            Some("connection") => Ok(When::OncePer(OncePer::Connection)),
            Some("partition") => Ok(When::OncePer(OncePer::Partition)),
            _ => Err(format!("once_per is {value}: expected correlation, client, connection or partition")),
        },
        _ => {
            let probability = value.as_f64().ok_or_else(|| format!("probability is {value}: expected 0 to 1"))?;
            Ok(When::Probability(probability))
        }
    }
}

pub(super) fn read_limit(json: &Json) -> Result<u64, String> {
    json.as_u64().filter(|limit| *limit > 0).ok_or_else(|| format!("limit is {json}: expected a number from 1 on"))
}

/// The only key of an object, and its value.
pub(super) fn only<'a>(what: &str, json: &'a Json, keys: &[&str]) -> Result<(&'a str, &'a Json), String> {
    let expected = |hint: String| format!("{what} is {json}{hint}: expected an object with one of {}", keys.join(", "));
    let object = match json {
        Json::Object(object) => object,
        Json::String(name) => return Err(expected(suggestion(name, keys))),
        _ => return Err(expected(String::new())),
    };
    match object.iter().next() {
        Some((key, value)) if object.len() == 1 && keys.contains(&key.as_str()) => Ok((key, value)),
        Some((key, _)) if object.len() == 1 => Err(expected(suggestion(key, keys))),
        _ => Err(expected(String::new())),
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

/// A time: a number of milliseconds, or text such as `500ms`, `2s`, `5m`, `1h`, `8d`.
pub(super) fn time(key: &str, json: &Json) -> Result<Duration, String> {
    let wrong =
        || format!("{key} is {json}: expected a number of milliseconds from 0 on, or a time such as 500ms or 2s");
    let seconds = match json {
        Json::Number(millis) => millis.as_f64().map(|millis| millis / 1000.0),
        Json::String(text) => {
            let units = [("ms", 0.001), ("us", 0.000_001), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86_400.0)];
            units.iter().find_map(|(unit, seconds)| {
                let number: f64 = text.trim().strip_suffix(unit)?.trim().parse().ok()?;
                Some(number * seconds)
            })
        }
        _ => None,
    };
    seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).ok_or_else(wrong)
}
