//! What differs between a file and a flow.

use serde_json::Value as Json;

use super::ANY;
use crate::matcher::{Difference, shown};

/// What stands there where one side has nothing.
const NOTHING: &str = "nothing";

/// All differences, record by record; `places` says where the flow's records lie.
pub(super) fn differences(file: &Json, flow: &Json, places: &[String]) -> Vec<Difference> {
    let records = |content: &Json| content.get("records").and_then(Json::as_array).cloned().unwrap_or_default();
    let (wanted, found) = (records(file), records(flow));
    let topic = |record: &Json| record.get("topic").and_then(Json::as_str).unwrap_or("?").to_owned();
    let mut all = Vec::new();
    for number in 0..wanted.len().max(found.len()) {
        let record = places.get(number).cloned().unwrap_or_else(|| format!("record {number} of the file"));
        let mut of_record = Vec::new();
        match (wanted.get(number), found.get(number)) {
            (Some(wanted), Some(found)) if topic(wanted) == topic(found) => each(wanted, found, "", &mut of_record),
            (wanted, found) => {
                let shown = |record: Option<&Json>| record.map(|record| format!("a record in {}", topic(record)));
                let expected = shown(wanted).unwrap_or_else(|| NOTHING.to_owned());
                let text = match shown(found) {
                    Some(found) => format!("it is {found}, not {expected}"),
                    None => format!("there is none: expected {expected}"),
                };
                of_record.push(Difference::new("", expected, shown(found), text));
            }
        }
        all.extend(of_record.into_iter().map(|difference| difference.of(&record)));
    }
    all
}

fn each(wanted: &Json, found: &Json, pointer: &str, all: &mut Vec<Difference>) {
    let below = |name: &str| format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
    match (wanted, found) {
        (wanted, found) if wanted == found || wanted == ANY => {}
        (Json::Object(wanted), Json::Object(found)) => {
            for (name, value) in wanted {
                match found.get(name) {
                    Some(other) => each(value, other, &below(name), all),
                    None => all.push(difference(&below(name), Some(value), None)),
                }
            }
            let surplus = found.iter().filter(|(name, _)| !wanted.contains_key(*name));
            all.extend(surplus.map(|(name, value)| difference(&below(name), None, Some(value))));
        }
        (Json::Array(wanted), Json::Array(found)) => {
            for index in 0..wanted.len().max(found.len()) {
                let at = below(&index.to_string());
                match (wanted.get(index), found.get(index)) {
                    (Some(wanted), Some(found)) => each(wanted, found, &at, all),
                    (wanted, found) => all.push(difference(&at, wanted, found)),
                }
            }
        }
        (wanted, found) => all.push(difference(pointer, Some(wanted), Some(found))),
    }
}

fn difference(pointer: &str, wanted: Option<&Json>, found: Option<&Json>) -> Difference {
    let expected = wanted.map_or_else(|| NOTHING.to_owned(), shown);
    let found = found.map(shown);
    let text = match &found {
        Some(found) => format!("{pointer} is {found}, not {expected}"),
        None => format!("there is no {pointer}"),
    };
    Difference::new(pointer, expected, found, text)
}

/// Takes over what does not matter in an older file.
pub(super) fn keep_any(old: &Json, new: &mut Json) {
    match (old, new) {
        (old, new) if old == ANY => *new = Json::from(ANY),
        (Json::Object(old), Json::Object(new)) => {
            let both = new.iter_mut().filter_map(|(name, value)| Some((old.get(name)?, value)));
            both.for_each(|(old, new)| keep_any(old, new));
        }
        (Json::Array(old), Json::Array(new)) => old.iter().zip(new).for_each(|(old, new)| keep_any(old, new)),
        _ => {}
    }
}
