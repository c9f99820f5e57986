//! Expectations as JSON, for other languages and for files.

use std::time::Duration;

use serde_json::{Map, Value as Json};
use thiserror::Error;

use super::Expect;

/// The keys that say what kind of expectation it is.
const KINDS: &str = "topic, never, one_of, in_order, same_partition, key_preserved, header_preserved, exactly_once, \
                     golden or no_more_for_ms";

/// JSON that is no expectation.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{json} is no expectation: {reason}")]
pub struct ExpectError {
    /// The JSON.
    pub json: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Expect {
    /// Reads an object with one of the keys `topic`, `never`, `one_of`, `in_order`, `same_partition`, `key_preserved`,
    /// `header_preserved`, `exactly_once`, `golden` and `no_more_for_ms`. Beside `golden`, a path, may stand `redact`. Beside `topic` may stand `exactly`, `at_least`,
    /// `within_ms`, `after`, `fields`, an object of JSON Pointers and values, and `schema`, a JSON Schema; beside any of
    /// them `location`.
    pub fn from_json(json: &Json) -> Result<Self, ExpectError> {
        let wrong = |reason: String| ExpectError { json: json.to_string(), reason };
        let Json::Object(object) = json else { return Err(wrong("an object is expected".to_owned())) };
        let mut object = object.clone();
        let mut fields = Fields { object: &mut object };
        let expect = fields.read().map_err(wrong)?;
        match object.keys().next() {
            Some(key) => Err(wrong(format!("{key} is not known here"))),
            None => Ok(expect),
        }
    }
}

/// What is left of an object; what was read is taken out.
struct Fields<'a> {
    object: &'a mut Map<String, Json>,
}

impl Fields<'_> {
    fn read(&mut self) -> Result<Expect, String> {
        let location = self.text("location")?;
        let expect = if let Some(topic) = self.text("topic")? {
            self.in_topic(topic)?
        } else if let Some(topic) = self.text("never")? {
            Expect::never(topic)
        } else if let Some(topics) = self.texts("one_of")? {
            Expect::one_of(topics)
        } else if let Some(topics) = self.texts("in_order")? {
            Expect::in_order(topics)
        } else if let Some(topics) = self.texts("same_partition")? {
            Expect::same_partition(topics)
        } else if self.object.remove("key_preserved") == Some(Json::Bool(true)) {
            Expect::key_preserved()
        } else if let Some(name) = self.text("header_preserved")? {
            Expect::header_preserved(name)
        } else if self.object.remove("exactly_once") == Some(Json::Bool(true)) {
            Expect::exactly_once()
        } else if let Some(path) = self.text("golden")? {
            let places = self.texts("redact")?.unwrap_or_default();
            places.iter().fold(Expect::golden(path), |expect, place| expect.redact(place))
        } else if let Some(quiet) = self.millis("no_more_for_ms")? {
            Expect::no_more_for(quiet)
        } else {
            return Err(format!("{KINDS} is expected"));
        };
        Ok(match location {
            Some(location) => expect.at(location),
            None => expect,
        })
    }

    fn in_topic(&mut self, topic: String) -> Result<Expect, String> {
        let mut expect = Expect::topic(topic);
        if let Some(count) = self.count("at_least")? {
            expect = expect.at_least(count);
        }
        if let Some(count) = self.count("exactly")? {
            expect = expect.exactly(count);
        }
        if let Some(limit) = self.millis("within_ms")? {
            expect = expect.within(limit);
        }
        if let Some(other) = self.text("after")? {
            expect = expect.after(other);
        }
        expect = match self.object.remove("fields") {
            None | Some(Json::Null) => expect,
            Some(Json::Object(fields)) => {
                fields.into_iter().fold(expect, |expect, (at, value)| expect.field(at, value))
            }
            Some(other) => return Err(format!("fields is {other}, an object of JSON Pointers and values is expected")),
        };
        match self.object.remove("schema") {
            None | Some(Json::Null) => Ok(expect),
            Some(schema) => with_schema(expect, &schema),
        }
    }

    fn take<T>(&mut self, key: &str, what: &str, read: impl Fn(&Json) -> Option<T>) -> Result<Option<T>, String> {
        match self.object.remove(key) {
            None | Some(Json::Null) => Ok(None),
            Some(found) => match read(&found) {
                Some(value) => Ok(Some(value)),
                None => Err(format!("{key} is {found}, {what} is expected")),
            },
        }
    }

    fn text(&mut self, key: &str) -> Result<Option<String>, String> {
        self.take(key, "text", |json| json.as_str().map(str::to_owned))
    }

    fn texts(&mut self, key: &str) -> Result<Option<Vec<String>>, String> {
        self.take(key, "a list of texts", |json| {
            json.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
        })
    }

    fn count(&mut self, key: &str) -> Result<Option<usize>, String> {
        self.take(key, "a number from 0 on", |json| json.as_u64().and_then(|count| count.try_into().ok()))
    }

    fn millis(&mut self, key: &str) -> Result<Option<Duration>, String> {
        self.take(key, "a number of milliseconds from 0 on", |json| {
            Duration::try_from_secs_f64(json.as_f64()? / 1000.0).ok()
        })
    }
}

#[cfg(feature = "json-schema")]
fn with_schema(expect: Expect, schema: &Json) -> Result<Expect, String> {
    let schema = crate::payload::JsonSchema::new(schema).map_err(|error| error.to_string())?;
    Ok(expect.schema(&schema))
}

#[cfg(not(feature = "json-schema"))]
fn with_schema(_: Expect, _: &Json) -> Result<Expect, String> {
    Err("schema needs the feature json-schema of kafka-trial".to_owned())
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
        assert_eq!(refused(json!([])), "an object is expected");
        assert_eq!(refused(json!({"topic": 7})), "topic is 7, text is expected");
        assert_eq!(refused(json!({"topic": "a", "exactly": -1})), "exactly is -1, a number from 0 on is expected");
        assert_eq!(refused(json!({"topic": "a", "exact": 1})), "exact is not known here");
        assert_eq!(refused(json!({"never": "a", "exactly": 1})), "exactly is not known here");
        assert_eq!(
            refused(json!({"topic": "a", "within_ms": 1e300})),
            "within_ms is 1e+300, a number of milliseconds from 0 on is expected"
        );
        assert!(refused(json!({})).starts_with("topic, never"));
        #[cfg(feature = "json-schema")]
        assert!(refused(json!({"topic": "a", "schema": {"type": 7}})).starts_with("no JSON Schema: "));
    }
}
