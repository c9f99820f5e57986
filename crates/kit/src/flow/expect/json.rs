//! Expectations as JSON, for other languages and for files.

use serde_json::Value as Json;
use thiserror::Error;

use super::Expect;
use crate::matcher::{Fields, Matcher, MatcherFields as _};

/// The keys that say what kind of expectation it is.
const KINDS: &str = "topic, never, one_of, in_order, same_partition, key_preserved, header_preserved, exactly_once, \
                     golden or no_more_for_ms";

/// JSON that is no expectation.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("invalid expectation {json}: {reason}")]
#[non_exhaustive]
pub struct ExpectError {
    /// The JSON.
    pub json: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Expect {
    /// Reads an object with one of the keys `topic`, `never`, `one_of`, `in_order`, `same_partition`, `key_preserved`,
    /// `header_preserved`, `exactly_once`, `golden` and `no_more_for_ms`. With `golden`, a path, goes `redact`. With `topic`
    /// go `exactly`, `at_least`, `within_ms`, `after` and the conditions of [`Matcher::from_json`]; with any of them
    /// `location`.
    pub fn from_json(json: &Json) -> Result<Self, ExpectError> {
        let wrong = |reason: String| ExpectError { json: json.to_string(), reason };
        let Json::Object(object) = json else { return Err(wrong("expected an object".to_owned())) };
        let mut object = object.clone();
        let mut fields = Fields { object: &mut object };
        let expect = read(&mut fields).map_err(wrong)?;
        match object.keys().next() {
            Some(key) => Err(wrong(format!("{key} is not known here"))),
            None => Ok(expect),
        }
    }
}

fn read(fields: &mut Fields<'_>) -> Result<Expect, String> {
    let location = fields.text("location")?;
    let expect = if let Some(topic) = fields.text("topic")? {
        records(fields, topic)?
    } else if let Some(topic) = fields.text("never")? {
        Expect::never(topic)
    } else if let Some(topics) = fields.texts("one_of")? {
        Expect::one_of(topics)
    } else if let Some(topics) = fields.texts("in_order")? {
        Expect::in_order(topics)
    } else if let Some(topics) = fields.texts("same_partition")? {
        Expect::same_partition(topics)
    } else if fields.object.remove("key_preserved") == Some(Json::Bool(true)) {
        Expect::key_preserved()
    } else if let Some(name) = fields.text("header_preserved")? {
        Expect::header_preserved(name)
    } else if fields.object.remove("exactly_once") == Some(Json::Bool(true)) {
        Expect::exactly_once()
    } else if let Some(path) = fields.text("golden")? {
        let places = fields.texts("redact")?.unwrap_or_default();
        places.iter().fold(Expect::golden(path), |golden, place| golden.redact(place)).into()
    } else if let Some(quiet) = fields.millis("no_more_for_ms")? {
        Expect::no_more_for(quiet)
    } else {
        return Err(format!("expected {KINDS}"));
    };
    Ok(match location {
        Some(location) => expect.at(location),
        None => expect,
    })
}

fn records(fields: &mut Fields<'_>, topic: String) -> Result<Expect, String> {
    let mut records = Expect::topic(topic);
    if let Some(count) = fields.count("at_least")? {
        records = records.at_least(count);
    }
    if let Some(count) = fields.count("exactly")? {
        records = records.exactly(count);
    }
    if let Some(limit) = fields.millis("within_ms")? {
        records = records.within(limit);
    }
    if let Some(other) = fields.text("after")? {
        records = records.after(other);
    }
    Ok(records.matching(fields.conditions(Matcher::any())?).into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_kind_is_read_and_says_the_same_as_in_rust() {
        for (json, text) in [
            (json!({"topic": "a"}), "a record in a"),
            (
                json!({"topic": "a", "exactly": 5, "within_ms": 1500, "after": "b", "fields": {"/x": 1}}),
                "exactly 5 records in a within 1.5s after b with /x == 1",
            ),
            (json!({"topic": "a", "at_least": 2, "location": "t.py:3"}), "at least 2 records in a"),
            #[cfg(feature = "json-schema")]
            (json!({"topic": "a", "schema": {"title": "b"}}), "a record in a with the schema of b"),
            (json!({"never": "a"}), "nothing in a"),
            (json!({"one_of": ["a", "b"]}), "a record in one of a, b"),
            (json!({"in_order": ["a", "b"]}), "the order a, b"),
            (json!({"same_partition": ["a", "b"]}), "one partition in a, b"),
            (json!({"key_preserved": true}), "one key throughout"),
            (json!({"header_preserved": "h"}), "one h throughout"),
            (json!({"exactly_once": true}), "everything once"),
            (json!({"golden": "a.json", "redact": ["/b"]}), "the flow of a.json"),
            (json!({"no_more_for_ms": 200}), "nothing more for 200ms"),
        ] {
            assert_eq!(Expect::from_json(&json).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_expectation_is_refused_with_its_reason() {
        let refused = |json: Json| Expect::from_json(&json).unwrap_err().reason;
        assert_eq!(refused(json!([])), "expected an object");
        assert_eq!(refused(json!({"topic": 7})), "topic is 7: expected text");
        assert_eq!(refused(json!({"topic": "a", "exactly": -1})), "exactly is -1: expected a number from 0 on");
        assert_eq!(refused(json!({"topic": "a", "exact": 1})), "exact is not known here");
        assert_eq!(refused(json!({"never": "a", "exactly": 1})), "exactly is not known here");
        assert_eq!(
            refused(json!({"topic": "a", "within_ms": 1e300})),
            "within_ms is 1e+300: expected a number of milliseconds from 0 on"
        );
        assert!(refused(json!({})).starts_with("expected topic, never"));
        #[cfg(feature = "json-schema")]
        assert!(refused(json!({"topic": "a", "schema": {"type": 7}})).starts_with("invalid JSON Schema: "));
    }
}
