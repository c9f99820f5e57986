//! What requests carry.

mod template;

use std::ops::RangeInclusive;

use bytes::Bytes;
use kafka_trial::client::now_millis;
use kafka_trial_wire::records::Header;
use serde_json::{Map, Value as Json};
use thiserror::Error;

use self::template::{PLACEHOLDERS, Part, Template};
use super::tag::{ID, Tag};

/// A payload that requests cannot carry.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// It is no object.
    #[error("a payload is a JSON object, found {0}")]
    Kind(String),
    /// What stands between double braces is nothing that can be filled in.
    #[error("{0}: expected {PLACEHOLDERS}")]
    Placeholder(String),
    /// There is no event at all.
    #[error("expected at least one event")]
    Empty,
}

/// What each request carries: a key, a JSON object, and headers. Where several objects are given, they take turns.
///
/// Text in them may have placeholders, which are filled in for each request, by the seed of the run:
/// `{{correlation_id}}`, `{{number}}` (counting from 0), `{{now}}` (milliseconds since 1970), `{{uuid}}`,
/// `{{random 1 100}}`, `{{padding 10 2000}}` (so many bytes, at random between the two) and `{{pick red green}}`. A
/// string that is nothing but a number's becomes a number. `{{{{` stands for two braces.
///
/// The request's id is the key, unless another is given, and stands where `{{correlation_id}}` does in the object, else
/// in its `correlation_id`.
///
/// ```
/// use kafka_trial_load::live::Payload;
///
/// let event = serde_json::json!({"event_type": "order", "payload": {"amount": "{{random 1 100}}"}});
/// let payload = Payload::event(&event)?.key("customer-{{random 1 50}}")?.header("content-type", "application/json")?;
/// # let _ = payload;
/// # Ok::<(), kafka_trial_load::live::PayloadError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    bodies: Vec<Template>,
    key: Key,
    headers: Vec<(Bytes, Template)>,
}

impl Default for Payload {
    /// Events of 256 bytes.
    fn default() -> Self {
        Self::sized(256)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    /// The request's id.
    Id,
    None,
    Template(Template),
}

/// A request as it is sent.
#[derive(Clone, Debug)]
pub(super) struct Built {
    pub(super) key: Option<Bytes>,
    pub(super) body: Bytes,
    pub(super) headers: Vec<Header>,
}

/// What placeholders are filled in with.
struct Filling<'a> {
    id: &'a str,
    number: u64,
    now: i64,
    random: fastrand::Rng,
}

impl Payload {
    /// An event to which each request adds its own `correlation_id`.
    pub fn event(event: &Json) -> Result<Self, PayloadError> {
        Self::object(event.as_object().ok_or_else(|| PayloadError::Kind(event.to_string()))?)
    }

    /// Likewise, of its fields.
    pub fn object(fields: &Map<String, Json>) -> Result<Self, PayloadError> {
        let mut template = Template::json(&Json::Object(fields.clone()))?;
        if !template.has_id() {
            let mut fields = fields.clone();
            fields.insert("correlation_id".to_owned(), Json::from("{{correlation_id}}"));
            template = Template::json(&Json::Object(fields))?;
        }
        Ok(Self::of(vec![template]))
    }

    /// An event of about so many bytes.
    pub fn sized(bytes: usize) -> Self {
        Self::sized_between(bytes..=bytes)
    }

    /// Events of sizes in bytes that are random within a range.
    pub fn sized_between(bytes: RangeInclusive<usize>) -> Self {
        let frame = "{\"correlation_id\":\"\",\"padding\":\"\"}".len() + ID;
        let padding = bytes.start().saturating_sub(frame)..=bytes.end().saturating_sub(frame);
        let literal = |text: &str| Part::Literal(text.to_owned());
        let (before, between, after) = ("{\"correlation_id\":\"", "\",\"padding\":\"", "\"}");
        let parts = vec![literal(before), Part::Id, literal(between), Part::Padding(padding), literal(after)];
        Self::of(vec![Template::new(parts)])
    }

    /// The objects of several payloads, in turn. Keys and headers are those of the first.
    pub fn in_turn(payloads: Vec<Self>) -> Result<Self, PayloadError> {
        let first = payloads.first().ok_or(PayloadError::Empty)?;
        let (key, headers) = (first.key.clone(), first.headers.clone());
        Ok(Self { bodies: payloads.into_iter().flat_map(|payload| payload.bodies).collect(), key, headers })
    }

    /// A key other than the request's id. It decides the partition, as with Kafka's own producer.
    pub fn key(self, template: &str) -> Result<Self, PayloadError> {
        Ok(Self { key: Key::Template(Template::text(template)?), ..self })
    }

    /// No key.
    #[must_use]
    pub fn keyless(self) -> Self {
        Self { key: Key::None, ..self }
    }

    /// A header of each request, besides those that are there.
    pub fn header(mut self, name: &str, template: &str) -> Result<Self, PayloadError> {
        self.headers.push((Bytes::copy_from_slice(name.as_bytes()), Template::text(template)?));
        Ok(self)
    }

    fn of(bodies: Vec<Template>) -> Self {
        Self { bodies, key: Key::Id, headers: Vec::new() }
    }

    /// Whether requests have keys of their own, which decide their partitions.
    pub(super) fn is_keyed(&self) -> bool {
        matches!(self.key, Key::Template(_))
    }

    /// One request.
    pub(super) fn build(&self, tag: Tag, number: u64) -> Built {
        let (id, of_all) = (tag.id(number), tag.of_all(number));
        let mut filling = Filling { id: &id, number: of_all, now: now_millis(), random: tag.random(number) };
        let turn = usize::try_from(of_all).unwrap_or_default() % self.bodies.len().max(1);
        let body = self.bodies.get(turn).map(|body| body.fill(&mut filling)).unwrap_or_default();
        let headers = self.headers.iter().map(|(name, template)| {
            let value = Some(template.fill(&mut filling));
            Header { key: name.clone(), value }
        });
        let headers = headers.collect();
        let key = match &self.key {
            Key::Template(template) => Some(template.fill(&mut filling)),
            Key::None => None,
            Key::Id => Some(id.into()),
        };
        Built { key, body, headers }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tag::Match;
    use super::*;
    use crate::Share;

    fn event(payload: &Payload, number: u64) -> Json {
        serde_json::from_slice(&payload.build(Tag::new(7, Share::WHOLE), number).body).unwrap()
    }

    #[test]
    fn a_request_has_its_id_as_its_key_and_in_its_event() {
        let tag = Tag::new(7, Share::WHOLE);
        let payload = Payload::event(&serde_json::json!({"a": 1, "correlation_id": "other"})).unwrap();
        let built = payload.build(tag, 42);
        assert_eq!(event(&payload, 42), serde_json::json!({"correlation_id": tag.id(42), "a": 1}));
        assert_eq!(tag.find(&built.key.unwrap()), Some(Match::Own(42)));
        assert_eq!(Payload::event(&Json::from(3)), Err(PayloadError::Kind("3".to_owned())));
    }

    #[test]
    fn the_id_stands_where_the_event_wants_it() {
        let payload = Payload::event(&serde_json::json!({"meta": {"id": "re {{correlation_id}}"}})).unwrap();
        let id = Tag::new(7, Share::WHOLE).id(3);
        assert_eq!(event(&payload, 3), serde_json::json!({"meta": {"id": format!("re {id}")}}));
    }

    #[test]
    fn sized_payloads_are_events_of_these_sizes() {
        let tag = Tag::new(1, Share::WHOLE);
        assert_eq!(Payload::sized(256).build(tag, 1).body.len(), 256);
        let mixed = Payload::sized_between(100..=2000);
        let sizes: Vec<usize> = (0..500).map(|number| mixed.build(tag, number).body.len()).collect();
        assert!(sizes.iter().all(|size| (100..=2000).contains(size)), "{sizes:?}");
        let mean = sizes.iter().sum::<usize>() / sizes.len();
        assert!((900..1200).contains(&mean), "{mean}");
    }

    #[test]
    fn placeholders_are_filled_in_and_numbers_are_numbers() {
        let of = serde_json::json!({
            "n": "{{number}}", "text": "order {{number}}", "price": "{{ random 5 7 }}", "at": "{{now}}",
            "color": "{{pick red gr\"en}}", "id": "{{uuid}}", "fill": "{{padding 4}}", "code": "f\"{{{{x}}\"",
            "same": [true, null, {"deep": "{{random -3 -3}}"}], "empty": [{}, []],
        });
        let payload = Payload::event(&of).unwrap();
        let seen = event(&payload, 12);
        assert_eq!((&seen["n"], &seen["text"], &seen["fill"]), (&12.into(), &"order 12".into(), &"xxxx".into()));
        assert!((5..=7).contains(&seen["price"].as_i64().unwrap()), "{seen}");
        assert!(["red", "gr\"en"].contains(&seen["color"].as_str().unwrap()), "{seen}");
        assert_eq!(
            (&seen["code"], &seen["same"]),
            (&"f\"{{x}}\"".into(), &serde_json::json!([true, null, {"deep": -3}]))
        );
        assert_eq!((seen["id"].as_str().unwrap().len(), &seen["empty"]), (36, &serde_json::json!([{}, []])));
        assert_eq!(event(&payload, 12)["id"], seen["id"], "it is the same request whenever it is built");
        let prices: std::collections::BTreeSet<i64> =
            (0..50).map(|number| event(&payload, number)["price"].as_i64().unwrap()).collect();
        assert_eq!(prices.into_iter().collect::<Vec<_>>(), [5, 6, 7]);
    }

    #[test]
    fn what_cannot_be_filled_in_is_named() {
        for (text, named) in [
            ("{{numbr}}", "{{numbr}}"),
            ("a {{random 5 1}}", "{{random 5 1}}"),
            ("{{random 5}}", "{{random 5}}"),
            ("{{padding 99999999999}}", "{{padding 99999999999}}"),
            ("{{pick}}", "{{pick}}"),
            ("{{number", "{{number"),
        ] {
            let error = Payload::event(&serde_json::json!({"a": [text]})).unwrap_err();
            assert_eq!(error, PayloadError::Placeholder(named.to_owned()));
            assert!(error.to_string().contains("correlation_id, number, now"), "{error}");
        }
    }

    #[test]
    fn events_take_turns_and_workers_share_them() {
        let events = ["a", "b", "c"].map(|name| Payload::event(&serde_json::json!({"name": name})).unwrap());
        let payload = Payload::in_turn(events.to_vec()).unwrap();
        let names: Vec<Json> = (0..4).map(|number| event(&payload, number)["name"].clone()).collect();
        assert_eq!(names, ["a", "b", "c", "a"]);
        let second = payload.build(Tag::new(7, Share::new(1, 2).unwrap()), 1).body;
        assert_eq!(serde_json::from_slice::<Json>(&second).unwrap()["name"], "a", "the fourth of all");
        assert_eq!(Payload::in_turn(Vec::new()), Err(PayloadError::Empty));
    }

    #[test]
    fn keys_and_headers_are_what_was_asked_for() {
        let tag = Tag::new(7, Share::WHOLE);
        let payload = Payload::sized(100).key("customer-{{number}}").unwrap();
        let payload = payload.header("x-id", "{{correlation_id}}").unwrap().header("kind", "load").unwrap();
        let built = payload.build(tag, 5);
        assert_eq!(built.key.as_deref(), Some(b"customer-5".as_slice()));
        let headers: Vec<_> =
            built.headers.iter().map(|header| (&*header.key, header.value.as_deref().unwrap())).collect();
        assert_eq!(headers, [(b"x-id".as_slice(), tag.id(5).as_bytes()), (b"kind".as_slice(), b"load".as_slice())]);
        assert_eq!(payload.keyless().build(tag, 5).key, None);
    }
}
