//! Values without what differs from run to run.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::super::model::Flow;
use super::super::observation::Observation;
use super::super::route::Route;
use super::ANY;

/// How near to its record a number has to be to be a time: one day, in microseconds.
const NEAR: i128 = 86_400_000_000;
/// The shortest id that is looked for inside of other text.
const TELLING: usize = 8;

/// Writes ids, times and the random parts of names as what they are: `<id>` is the flow's own, `<event 1>`, `<trace 1>` and
/// `<uuid 1>` are the same wherever they have the same number.
pub(super) struct Redactor<'a> {
    id: &'a str,
    route: &'a Route,
    /// What stands for a text that is known to be an id.
    known: BTreeMap<&'a str, &'static str>,
    /// The numbers that were given, by kind and text; none where nothing is numbered.
    numbers: Option<BTreeMap<(&'static str, String), usize>>,
    topics: Vec<&'a str>,
}

impl<'a> Redactor<'a> {
    /// Without numbers, so that the result does not depend on what came before.
    pub(super) fn plain(flow: &'a Flow) -> Self {
        let mut known = BTreeMap::new();
        for observation in &flow.observations {
            let events = [&observation.event_id, &observation.causation_id];
            known.extend(events.into_iter().flatten().map(|id| (id.as_str(), "event")));
            known.extend(observation.trace_id.as_deref().map(|id| (id, "trace")));
        }
        let topics = flow.route.topics().iter().chain(flow.observations.iter().map(|o| &o.place.topic));
        let topics = topics.map(String::as_str).collect();
        Self { id: &flow.id, route: &flow.route, known, numbers: None, topics }
    }

    pub(super) fn numbering(flow: &'a Flow) -> Self {
        Self { numbers: Some(BTreeMap::new()), ..Self::plain(flow) }
    }

    /// A topic without its random parts; a dead-letter topic goes by the topic that it belongs to.
    pub(super) fn topic(&self, topic: &str) -> String {
        let of_route = self.route.topics().iter().find_map(|known| Some((known, topic.strip_prefix(known.as_str())?)));
        match of_route {
            Some((known, rest)) => format!("{}{rest}", stable(known)),
            None => stable(topic).to_owned(),
        }
    }

    pub(super) fn bytes(&mut self, bytes: &[u8], of: &Observation) -> Json {
        match std::str::from_utf8(bytes) {
            Ok(text) => Json::from(self.text(text, of)),
            Err(_) => Json::from(format!("<{} bytes>", bytes.len())),
        }
    }

    pub(super) fn json(&mut self, json: Json, of: &Observation) -> Json {
        match json {
            Json::String(text) => Json::from(self.text(&text, of)),
            Json::Number(number) if is_time(&number, of.timestamp) => Json::from("<time>"),
            Json::Array(items) => items.into_iter().map(|item| self.json(item, of)).collect(),
            Json::Object(fields) => fields.into_iter().map(|(name, value)| (name, self.json(value, of))).collect(),
            other => other,
        }
    }

    fn text(&mut self, text: &str, of: &Observation) -> String {
        if text == self.id {
            return "<id>".to_owned();
        }
        if self.topics.contains(&text) {
            return self.topic(text);
        }
        if let Some(kind) = self.known.get(text).copied() {
            return self.numbered(kind, text);
        }
        if is_uuid(text) {
            return self.numbered("uuid", text);
        }
        if is_date_time(text) {
            return "<time>".to_owned();
        }
        if is_shaped(text, "xx-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx-xx") {
            return "<traceparent>".to_owned();
        }
        // JSON in text, as dead letters have it.
        let nested = text.starts_with('{').then(|| serde_json::from_str::<Json>(text).ok()).flatten();
        match nested {
            Some(json) => self.json(json, of).to_string(),
            None if self.id.len() >= TELLING => text.replace(self.id, "<id>"),
            None => text.to_owned(),
        }
    }

    /// What stands for a value that a test has redacted. The same text is the same word in every record, so that an id that
    /// is handed on, and one that is not, can be told apart.
    pub(super) fn redacted(&mut self, value: &Json) -> String {
        match value {
            Json::String(text) => self.numbered("redacted", text),
            _ => ANY.to_owned(),
        }
    }

    fn numbered(&mut self, kind: &'static str, text: &str) -> String {
        let Some(numbers) = &mut self.numbers else { return format!("<{kind}>") };
        let next = numbers.keys().filter(|(known, _)| *known == kind).count() + 1;
        let number = numbers.entry((kind, text.to_owned())).or_insert(next);
        format!("<{kind} {number}>")
    }
}

/// A name without what tests add to it: the end that `kafka_topics` gives a topic, and what names begin with on a real
/// cluster.
fn stable(name: &str) -> &str {
    let is_hex = |text: &str| text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let without = |name: &str, is_part: &dyn Fn(&str) -> bool| {
        let (start, end) = name.rsplit_once('-')?;
        is_part(end).then_some(start.len())
    };
    if let Some(rest) = name.strip_prefix("kt-") {
        let mut parts = rest.splitn(3, '-');
        if let (Some(test), Some(_), Some(name)) = (parts.next(), parts.next(), parts.next())
            && is_hex(test)
        {
            return name;
        }
    }
    let is_worker = |text: &str| text.strip_prefix("gw").is_some_and(|number| number.parse::<u32>().is_ok());
    let parts: [&dyn Fn(&str) -> bool; 3] = [&is_hex, &is_worker, &is_hex];
    parts.iter().fold(name, |name, is_part| without(name, is_part).and_then(|end| name.get(..end)).unwrap_or(name))
}

/// Whether a number is a time near to this one, in seconds, milliseconds, microseconds or nanoseconds.
fn is_time(number: &serde_json::Number, millis: i64) -> bool {
    let Some(number) = number.as_f64() else { return false };
    let micros = i128::from(millis) * 1000;
    // A float that is too large becomes the largest number, which is no time.
    [1e6, 1e3, 1.0, 1e-3].iter().any(|unit| ((number * unit) as i128).abs_diff(micros) < NEAR.unsigned_abs())
}

fn is_uuid(text: &str) -> bool {
    is_shaped(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") || is_shaped(text, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")
}

/// A date with a time as RFC 3339 writes it, with or without a zone.
fn is_date_time(text: &str) -> bool {
    let Some((start, rest)) = text.split_at_checked(19) else { return false };
    let is_date = is_shaped(&start.replacen(' ', "T", 1), "0000-00-00T00:00:00");
    is_date && rest.chars().all(|c| c.is_ascii_digit() || ".:+-Zz".contains(c))
}

/// Whether a text has a shape: `x` is a hexadecimal digit and `0` a decimal one, all else is itself.
fn is_shaped(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
            b'x' => byte.is_ascii_hexdigit(),
            b'0' => byte.is_ascii_digit(),
            wanted => byte == wanted,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_tests_add_to_them() {
        for (name, expected) in [
            ("orders", "orders"),
            ("orders-3fa81c20", "orders"),
            ("orders-0badcafe-gw3-3fa81c20", "orders"),
            ("orders-0badcafe-3fa81c20", "orders"),
            ("kt-0eda4089-00000000-orders", "orders"),
            ("kt-orders", "kt-orders"),
            ("omninode.codegen.request.validate.v1", "omninode.codegen.request.validate.v1"),
        ] {
            assert_eq!(stable(name), expected);
        }
    }

    #[test]
    fn times_and_ids_are_told_from_other_values() {
        let now = 1_764_000_000_123;
        for time in ["1764000000", "1764000000.5", "1764000000123", "1764000000123456", "1764000000123456789"] {
            assert!(is_time(&time.parse().unwrap(), now), "{time}");
        }
        for other in ["7", "0.93", "1500000000", "-1764000000", "1e300"] {
            assert!(!is_time(&other.parse().unwrap(), now), "{other}");
        }
        assert!(is_date_time("2026-11-25T22:50:43Z") && is_date_time("2026-11-25 22:50:43.123456+00:00"));
        assert!(!is_date_time("2026-11-25") && !is_date_time("2026-11-25T22:50:43 was late"));
        assert!(is_uuid("0eda4089-0eda-4eda-8eda-0eda40890eda") && !is_uuid("0eda4089-0eda-4eda-8eda-0eda40890edx"));
    }
}
