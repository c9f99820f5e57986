//! A fault rule as JSON: the one form of all front ends.

use std::sync::Arc;

use kafka_trial_broker::journal::{ApiKey, Entry};
use kafka_trial_broker::{FaultRule, Parts};
use serde_json::{Map, Value as Json};

use super::action::read_action;
use super::fit::check_fit;
use super::preset::expanded;
use super::when::{read_limit, read_when};
use crate::matcher::{RequestMatcher, api_named, suggestion};

/// The parts of a rule.
const KEYS: [&str; 6] = ["id", "match", "when", "do", "limit", "must_fire"];
/// The conditions of `match`.
const CONDITIONS: [&str; 10] =
    ["api", "client", "client_id", "topic", "partition", "group", "transactional_id", "broker", "connection", "where"];

/// Reads a rule from an object with:
///
/// - `id`: its name;
/// - `match`: `api` (a name or a list of names), `client`, `topic`, `partition`, `group`, `transactional_id`, `broker`, `connection`,
///   and `where`, which has JSON Pointers into the [journal's entry](Entry) and the values there; any request if absent;
/// - `when`: `"first"`, or an object with one of `first` (a number), `times`, `nth` (a number, or a text such as `"2..4"`),
///   `every`, `p`, `after`, `between` and `once_per`; always if absent;
/// - `do`: the name of an action without settings, or an object with one action; `docs/faults.md` has the table;
/// - `limit`: on how many requests it acts at most;
/// - `must_fire`: whether a test fails in which it never acts; true if absent.
///
/// A preset is expanded first. The error names what is wrong and what to write, and the nearest name where there is no such
/// name.
pub fn rule_from_json(json: &Json) -> Result<FaultRule, String> {
    let Json::Object(object) = json else { return Err(format!("a fault is {json}: expected an object")) };
    let id = match object.get("id") {
        Some(Json::String(id)) if !id.is_empty() => id,
        Some(other) => return Err(format!("id is {other}: expected a name")),
        None => return Err("a fault has no id: expected a name".to_owned()),
    };
    read(id, object).map_err(|why| format!("fault {id:?}: {why}"))
}

fn read(id: &str, object: &Map<String, Json>) -> Result<FaultRule, String> {
    known(object, &KEYS, "a part of a fault")?;
    let object = expanded(object)?;
    let none = Json::Object(Map::new());
    let wanted = object.get("match").unwrap_or(&none);
    let wanted = wanted.as_object().ok_or_else(|| format!("match is {wanted}: expected an object"))?;
    if wanted.contains_key("error") || wanted.contains_key("failed") {
        return Err("a fault cannot match the error of an answer: the request has none yet".to_owned());
    }
    known(wanted, &CONDITIONS, "a condition on requests")?;
    let apis = read_apis(wanted.get("api"))?;
    let matcher = read_conditions(wanted)?;
    check_fit(&apis, wanted)?;
    let text = |key: &str| wanted.get(key).and_then(Json::as_str).map(str::to_owned);
    let parts = Parts {
        topic: text("topic"),
        partition: wanted.get("partition").and_then(Json::as_i64).and_then(|id| id.try_into().ok()),
        group: text("group"),
        member: None,
    };
    let when = object.get("when").map_or(Ok(kafka_trial_broker::When::Always), read_when)?;
    let action = object.get("do").ok_or_else(|| "do is missing: expected what happens".to_owned())?;
    let (action, level) = read_action(action)?;
    let must_fire = match object.get("must_fire") {
        None => true,
        Some(Json::Bool(must)) => *must,
        Some(other) => return Err(format!("must_fire is {other}: expected true or false")),
    };
    let limit = object.get("limit").map(read_limit).transpose()?;
    let about = about(&apis, &matcher);
    let misses = Arc::new(move |entry: &Entry| matcher.misses(entry).iter().map(ToString::to_string).collect());
    Ok(FaultRule { id: id.to_owned(), about, apis, misses, parts, level, when, limit, action, must_fire })
}

/// The requests that a rule means, in words.
pub(crate) fn about(apis: &[ApiKey], matcher: &RequestMatcher) -> String {
    let names = apis.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    let text = matcher.to_string();
    let conditions = text.strip_prefix("request").unwrap_or(&text);
    if names.is_empty() { format!("any request{conditions}") } else { format!("{names}{conditions}") }
}

/// Refuses a key that is not one of these, with the nearest that is.
pub(super) fn known(object: &Map<String, Json>, keys: &[&str], what: &str) -> Result<(), String> {
    match object.keys().find(|key| !keys.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => {
            let all = keys.iter().filter(|key| **key != "client_id").copied().collect::<Vec<_>>().join(", ");
            Err(format!("{key} is not {what}{}: expected {all}", suggestion(key, keys)))
        }
    }
}

fn read_apis(json: Option<&Json>) -> Result<Vec<ApiKey>, String> {
    let expected = |found: &Json| format!("api is {found}: expected Kafka's name of an API, or a list of names");
    match json {
        None => Ok(Vec::new()),
        Some(Json::String(name)) => api_named(name).map(|api| vec![api]),
        Some(list @ Json::Array(names)) if !names.is_empty() => {
            names.iter().map(|name| api_named(name.as_str().ok_or_else(|| expected(list))?)).collect()
        }
        Some(other) => Err(expected(other)),
    }
}

/// The conditions besides the API.
fn read_conditions(wanted: &Map<String, Json>) -> Result<RequestMatcher, String> {
    let mut plain = wanted.clone();
    plain.remove("api");
    if let Some(client) = plain.remove("client")
        && plain.insert("client_id".to_owned(), client).is_some()
    {
        return Err("client and client_id are the same: take one away".to_owned());
    }
    let connection = plain.remove("connection");
    let pointers = plain.remove("where");
    let mut matcher = RequestMatcher::from_json(&Json::Object(plain))?;
    if let Some(connection) = connection {
        let number = connection.as_u64();
        let number = number.ok_or_else(|| format!("connection is {connection}: expected a number from 0 on"))?;
        matcher = matcher.that(format!("its connection is {number}"), move |entry| entry.connection == number);
    }
    let expected =
        |found: &Json| format!("where is {found}: expected JSON Pointers into an entry of the journal, and values");
    if let Some(pointers) = pointers {
        for (pointer, value) in pointers.as_object().ok_or_else(|| expected(&pointers))? {
            if !pointer.starts_with('/') {
                return Err(format!(
                    "where has {pointer:?}: a JSON Pointer begins with /, as /detail/produce/acks does"
                ));
            }
            let (pointer, value) = (pointer.clone(), value.clone());
            matcher = matcher.that(format!("its {pointer} is {value}"), move |entry| {
                serde_json::to_value(entry).is_ok_and(|entry| entry.pointer(&pointer) == Some(&value))
            });
        }
    }
    Ok(matcher)
}
