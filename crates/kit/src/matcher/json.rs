//! Matchers as JSON, for other languages and for files.

use std::time::Duration;

use serde_json::{Map, Value as Json};

use super::Matcher;

/// What is left of an object that is read; what was read is taken out.
pub(crate) struct Fields<'a> {
    pub(crate) object: &'a mut Map<String, Json>,
}

/// Conditions that are read from JSON.
pub(crate) trait MatcherFields {
    /// Reads the conditions of a record: `correlation_id`, `key`, `headers`, `value`, `tombstone`, `json`, `fields`,
    /// `schema`, `any_of` and `not`.
    fn conditions(&mut self, matcher: Matcher) -> Result<Matcher, String>;
}

impl MatcherFields for Fields<'_> {
    fn conditions(&mut self, mut matcher: Matcher) -> Result<Matcher, String> {
        if let Some(id) = self.text("correlation_id")? {
            matcher = matcher.correlation_id(id);
        }
        matcher = match self.object.remove("key") {
            None => matcher,
            Some(Json::Null) => matcher.no_key(),
            Some(Json::String(key)) => matcher.key(key),
            Some(other) => return Err(format!("key is {other}: expected text or null")),
        };
        for (name, value) in self.object_at("headers", "names and texts")?.unwrap_or_default() {
            let text = value.as_str().ok_or_else(|| format!("header {name} is {value}: expected text"))?;
            matcher = matcher.header(&name, text);
        }
        if let Some(value) = self.text("value")? {
            matcher = matcher.value(value);
        }
        if self.object.remove("tombstone") == Some(Json::Bool(true)) {
            matcher = matcher.tombstone();
        }
        if let Some(json) = self.object.remove("json") {
            matcher = matcher.json(json);
        }
        let fields = self.object_at("fields", "JSON Pointers and values")?.unwrap_or_default();
        matcher = fields.into_iter().fold(matcher, |matcher, (at, value)| matcher.field(at, value));
        if let Some(schema) = self.object.remove("schema").filter(|schema| !schema.is_null()) {
            matcher = with_schema(matcher, &schema)?;
        }
        if let Some(branches) = self.take("any_of", "a list of objects", |json| json.as_array().cloned())? {
            let read = branches.iter().map(|branch| nested(branch, "any_of")).collect::<Result<Vec<_>, _>>()?;
            matcher = read.into_iter().reduce(Matcher::or).map_or(matcher.clone(), |any| matcher.and(any));
        }
        match self.object.remove("not") {
            None => Ok(matcher),
            Some(other) => Ok(matcher.and(nested(&other, "not")?.negated())),
        }
    }
}

impl Matcher {
    /// Reads an object with `topic` and conditions: `correlation_id`, `key`, `headers`, `value`, `tombstone`, `json`,
    /// `fields` (JSON Pointers and values), `schema`, `any_of` (a list of such objects) and `not`. The error says which
    /// key is wrong.
    pub fn from_json(json: &Json) -> Result<Self, String> {
        nested(json, "a matcher")
    }
}

fn nested(json: &Json, what: &str) -> Result<Matcher, String> {
    let Json::Object(object) = json else { return Err(format!("{what} is {json}: expected an object")) };
    let mut object = object.clone();
    let mut fields = Fields { object: &mut object };
    let topic = fields.text("topic")?;
    let matcher = fields.conditions(topic.map_or_else(Matcher::any, Matcher::on))?;
    match object.keys().next() {
        Some(key) => Err(format!("{key} is not a condition on records")),
        None => Ok(matcher),
    }
}

impl Fields<'_> {
    pub(crate) fn take<T>(
        &mut self,
        key: &str,
        what: &str,
        read: impl Fn(&Json) -> Option<T>,
    ) -> Result<Option<T>, String> {
        match self.object.remove(key) {
            None | Some(Json::Null) => Ok(None),
            Some(found) => match read(&found) {
                Some(value) => Ok(Some(value)),
                None => Err(format!("{key} is {found}: expected {what}")),
            },
        }
    }

    fn object_at(&mut self, key: &str, of: &str) -> Result<Option<Map<String, Json>>, String> {
        self.take(key, &format!("an object of {of}"), |json| json.as_object().cloned())
    }

    pub(crate) fn text(&mut self, key: &str) -> Result<Option<String>, String> {
        self.take(key, "text", |json| json.as_str().map(str::to_owned))
    }

    pub(crate) fn texts(&mut self, key: &str) -> Result<Option<Vec<String>>, String> {
        self.take(key, "a list of texts", |json| {
            json.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
        })
    }

    pub(crate) fn count(&mut self, key: &str) -> Result<Option<usize>, String> {
        self.take(key, "a number from 0 on", |json| json.as_u64().and_then(|count| count.try_into().ok()))
    }

    pub(crate) fn millis(&mut self, key: &str) -> Result<Option<Duration>, String> {
        self.take(key, "a number of milliseconds from 0 on", |json| {
            Duration::try_from_secs_f64(json.as_f64()? / 1000.0).ok()
        })
    }
}

#[cfg(feature = "json-schema")]
fn with_schema(matcher: Matcher, schema: &Json) -> Result<Matcher, String> {
    let schema = super::JsonSchema::new(schema).map_err(|error| error.to_string())?;
    Ok(matcher.schema(&schema))
}

#[cfg(not(feature = "json-schema"))]
fn with_schema(_: Matcher, _: &Json) -> Result<Matcher, String> {
    Err("schema needs the feature json-schema of kafka-trial".to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_matcher_from_json_says_the_same_as_one_in_rust() {
        for (json, text) in [
            (json!({}), "event"),
            (
                json!({"topic": "a", "key": "k", "correlation_id": "7"}),
                r#"event on a with correlation id "7" and key "k""#,
            ),
            (json!({"key": null, "headers": {"h": "1"}}), r#"event with no key and header h == "1""#),
            (json!({"tombstone": true}), "event with no value"),
            (json!({"json": [1, 2]}), "event with value == [1,2]"),
            (json!({"value": "hello"}), r#"event with value "hello""#),
            (
                json!({"any_of": [{"key": "a"}, {"key": "b"}], "not": {"fields": {"x": 1}}}),
                r#"event with (key "a" or key "b") and not (/x == 1)"#,
            ),
        ] {
            assert_eq!(Matcher::from_json(&json).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_not_a_matcher_is_refused_with_its_reason() {
        let refused = |json: Json| Matcher::from_json(&json).unwrap_err();
        assert_eq!(refused(json!([])), "a matcher is []: expected an object");
        assert_eq!(refused(json!({"api": "Fetch"})), "api is not a condition on records");
        assert_eq!(refused(json!({"any_of": [{"headers": {"h": 1}}]})), "header h is 1: expected text");
        assert_eq!(refused(json!({"key": 7})), "key is 7: expected text or null");
    }
}
