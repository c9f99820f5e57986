//! A request as a test's function sees it, and the answer that it makes.

use std::borrow::Cow;
use std::ops::Index;

use bytes::Bytes;
use serde_json::Value as Json;

use super::Echo;
use crate::Record;
use crate::client::ReceivedRecord;

/// A request: its value as JSON, with key, headers and place. `request["pieces"]` looks into the value.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    record: ReceivedRecord,
    value: Json,
}

impl Request {
    /// The request in a record, if its value is a JSON object.
    pub fn of(record: &ReceivedRecord) -> Option<Self> {
        let value = record.json().ok().filter(Json::is_object)?;
        Some(Self { record: record.clone(), value })
    }

    /// The value.
    pub fn json(&self) -> &Json {
        &self.value
    }

    /// The record that carries it.
    pub fn record(&self) -> &ReceivedRecord {
        &self.record
    }

    /// The key as text; `None` without a key.
    pub fn key(&self) -> Option<Cow<'_, str>> {
        self.record.key_text()
    }

    /// The last header of this name as text.
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.record.header(name)
    }

    /// The record that answers it on a topic. The answer has the request's ids where the request has them: in headers,
    /// in the value if that is an object, and its key, unless it brings its own. A request without a key is answered by
    /// the id in its value as the key.
    pub fn answer(&self, topic: &str, answer: Answer) -> Record {
        let Answer { mut value, key, mut headers } = answer;
        let echo = Echo::of(&self.record);
        echo.put_fields(&self.value, &mut value);
        let id = || echo.pointers.iter().find_map(|pointer| text(self.value.pointer(pointer)?));
        let key = key.or_else(|| self.record.key.clone()).or_else(|| id().map(Bytes::from));
        echo.clone().put_headers(&mut headers);
        Record { key, headers, ..Record::new(topic, value.to_string()) }
    }
}

/// A text or a number as a key has it.
fn text(id: &Json) -> Option<String> {
    match id {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

impl Index<&str> for Request {
    type Output = Json;

    fn index(&self, field: &str) -> &Json {
        // What is missing is null, as with any JSON value.
        self.value.get(field).unwrap_or(&Json::Null)
    }
}

/// An answer with a key or headers of its own; a JSON value alone is one too.
///
/// ```
/// use kafka_trial::responder::Answer;
/// use serde_json::json;
///
/// let answer = Answer::new(json!({"price": 7})).key("customer-1").header("content-type", "application/json");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    value: Json,
    key: Option<Bytes>,
    headers: Vec<(String, Option<Bytes>)>,
}

impl Answer {
    /// An answer with a value.
    pub fn new(value: Json) -> Self {
        Self { value, key: None, headers: Vec::new() }
    }

    /// With a key instead of the request's.
    pub fn key(mut self, key: impl AsRef<[u8]>) -> Self {
        self.key = Some(Bytes::copy_from_slice(key.as_ref()));
        self
    }

    /// With another header.
    pub fn header(mut self, name: impl Into<String>, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.into(), Some(Bytes::copy_from_slice(value.as_ref()))));
        self
    }
}

impl From<Json> for Answer {
    fn from(value: Json) -> Self {
        Self::new(value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(key: Option<&'static str>, headers: &[(&'static str, &'static str)], value: Json) -> Request {
        let header = |(name, value): &(&'static str, &'static str)| (Bytes::from(*name), Some(Bytes::from(*value)));
        let record = ReceivedRecord {
            key: key.map(Bytes::from),
            value: Some(value.to_string().into()),
            headers: headers.iter().map(header).collect(),
            ..ReceivedRecord::at("orders", 0, 0)
        };
        Request::of(&record).unwrap()
    }

    /// The key, the headers and the value of an answer, as text.
    fn shown(record: &Record) -> String {
        let text = |bytes: &Option<Bytes>| {
            bytes.as_deref().map_or("-".to_owned(), |bytes| String::from_utf8_lossy(bytes).into_owned())
        };
        let headers: Vec<String> =
            record.headers.iter().map(|(name, value)| format!("{name}={}", text(value))).collect();
        format!("{} | {} | {}", text(&record.key), headers.join(" "), text(&record.value))
    }

    #[test]
    fn an_answer_has_the_ids_of_its_request_where_the_request_has_them() {
        let reply = || Answer::from(json!({"price": 7}));
        for (request, answer, wanted) in [
            (request(None, &[], json!({"correlation_id": "7"})), reply(), r#"7 |  | {"price":7,"correlation_id":"7"}"#),
            (request(None, &[], json!({"correlation_id": 7})), reply(), r#"7 |  | {"price":7,"correlation_id":7}"#),
            (
                request(None, &[], json!({"metadata": {"correlation_id": "7"}})),
                reply(),
                r#"7 |  | {"price":7,"metadata":{"correlation_id":"7"}}"#,
            ),
            (
                request(Some("ada"), &[("x-other", "1"), ("Correlation-Id", "7")], json!({})),
                reply(),
                r#"ada | Correlation-Id=7 | {"price":7}"#,
            ),
            (request(Some("7"), &[], json!({})), reply(), r#"7 |  | {"price":7}"#),
            (
                request(
                    Some("ada"),
                    &[("ce_correlationid", "7"), ("traceparent", TRACE)],
                    json!({"correlation_id": "8"}),
                ),
                reply(),
                &format!(r#"ada | ce_correlationid=7 traceparent={TRACE} | {{"price":7,"correlation_id":"8"}}"#),
            ),
            (
                request(Some("ada"), &[("correlation_id", "7")], json!({"correlation_id": "7"})),
                Answer::new(json!({"correlation_id": "mine"})).key("bob").header("correlation_id", "9"),
                r#"bob | correlation_id=9 | {"correlation_id":"mine"}"#,
            ),
            (request(None, &[], json!({"correlation_id": "7"})), json!([1]).into(), "7 |  | [1]"),
        ] {
            assert_eq!(shown(&request.answer("prices", answer)), wanted);
        }
    }

    const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_request_shows_its_key_headers_and_value() {
        let request = request(Some("ada"), &[("source", "web")], json!({"pieces": 3}));
        assert_eq!((request.key().as_deref(), request.header("source").as_deref()), (Some("ada"), Some("web")));
        assert_eq!((&request["pieces"], &request["none"]), (&json!(3), &Json::Null));
    }
}
