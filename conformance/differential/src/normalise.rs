//! Answers as JSON that two brokers have in common: what differs from run to run becomes a placeholder, what Kafka
//! gives as a set becomes a map, and fields that say nothing but their default are left out.

use std::net::SocketAddr;

use bytes::Bytes;
use kafka_trial_wire::schema::{Field, Kind, Message, Struct, Type};
use kafka_trial_wire::view::{Schema, Value};
use serde_json::{Map, Value as Json, json};

use crate::batch::{self, Reading};
use crate::sets::{self, Set};

/// How far a time may be from the section's start and still be "about now".
const ABOUT_MS: i64 = 600_000;
/// What marks an id until all answers around it are in order and it gets its number.
const MARK: char = '\u{1}';

/// The placeholders of one round on one broker.
#[derive(Clone, Debug)]
pub(crate) struct Normaliser {
    prefix: String,
    addresses: Vec<String>,
    now: i64,
    /// Times that the scenario itself wrote, with what it calls them.
    sent: Vec<(i64, String)>,
    /// Ids in the order of their first appearance, each with its kind.
    seen: Vec<(String, String)>,
}

impl Normaliser {
    pub(crate) fn new(prefix: String, addresses: Vec<SocketAddr>, now: i64, offsets: &[i64]) -> Self {
        let sent = offsets.iter().map(|offset| (now + offset, times_name(*offset))).collect();
        let addresses = addresses.iter().map(SocketAddr::to_string).collect();
        Self { prefix, addresses, now, sent, seen: Vec::new() }
    }

    /// An answer in its common form.
    pub(crate) fn answer(&mut self, schema: &Schema, message: &Message, value: &Value, listing: bool) -> Json {
        let json = match message.structs.first() {
            Some(top) => Walk { rules: self, schema, message, listing }.fields(top, value, &message.name),
            None => Json::Null,
        };
        self.number(json)
    }

    /// Text with names, ids and UUIDs in their common form.
    fn text(&self, text: &str) -> String {
        let mut text = text.replace(&self.prefix, "@");
        self.addresses.iter().for_each(|address| text = text.replace(address, "<host>:<port>"));
        mark_uuids(&text)
    }

    /// Text with what may be times in it in their common form: numbers of thirteen digits or more, less the
    /// largest, which stands for none.
    fn times_in(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
            let (before, from) = rest.split_at(start);
            let end = from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len());
            let (digits, after) = from.split_at(end);
            out.push_str(before);
            match digits.parse::<i64>() {
                Ok(time) if digits.len() >= 13 && time != i64::MAX => {
                    match self.sent.iter().find(|(sent, _)| *sent == time) {
                        Some((_, name)) => out.push_str(name),
                        None => out.push_str("<number>"),
                    }
                }
                _ => out.push_str(digits),
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// Bytes with their names as scenarios have them.
    fn named(&self, bytes: &Bytes) -> Bytes {
        let prefix = self.prefix.as_bytes();
        let mut out = Vec::with_capacity(bytes.len());
        let mut rest: &[u8] = bytes;
        while let Some((first, after)) = rest.split_first() {
            match rest.strip_prefix(prefix) {
                Some(after) => {
                    out.push(b'@');
                    rest = after;
                }
                None => {
                    out.push(*first);
                    rest = after;
                }
            }
        }
        out.into()
    }

    fn time(&self, value: i64) -> Json {
        match self.sent.iter().find(|(time, _)| *time == value) {
            Some((_, name)) => json!(name),
            None => self.time_of_the_broker(value),
        }
    }

    /// A time that the scenario had no part in: it may be the section's start by chance.
    fn time_of_the_broker(&self, value: i64) -> Json {
        if value > 0 && value.abs_diff(self.now) < ABOUT_MS.unsigned_abs() {
            return json!("<about now>");
        }
        json!(value)
    }

    /// What a text is sorted by: known ids count with their number, others not at all.
    fn order(&self, text: &str) -> String {
        // In JSON the mark is written as an escape.
        let text = text.replace("\\u0001", "\u{1}");
        let mut out = String::new();
        for (part, marked) in text.split(MARK).zip([false, true].into_iter().cycle()) {
            match part.split_once(' ') {
                Some((kind, id)) if marked => {
                    let known = (kind.to_owned(), id.to_owned());
                    if let Some(place) = self.seen.iter().position(|seen| *seen == known) {
                        out.push_str(&format!("{place:04}"));
                    }
                }
                _ => out.push_str(part),
            }
        }
        out
    }

    /// Gives marked ids their numbers, in the order of the answer.
    fn number(&mut self, json: Json) -> Json {
        match json {
            Json::String(text) => Json::String(self.number_text(&text)),
            Json::Array(elements) => Json::Array(elements.into_iter().map(|element| self.number(element)).collect()),
            Json::Object(fields) => Json::Object(
                fields.into_iter().map(|(name, value)| (self.number_text(&name), self.number(value))).collect(),
            ),
            other => other,
        }
    }

    fn number_text(&mut self, text: &str) -> String {
        let mut out = String::new();
        for (part, marked) in text.split(MARK).zip([false, true].into_iter().cycle()) {
            match part.split_once(' ') {
                Some((kind, id)) if marked => out.push_str(&self.placeholder(kind, id)),
                _ => out.push_str(part),
            }
        }
        out
    }

    fn placeholder(&mut self, kind: &str, id: &str) -> String {
        let known = (kind.to_owned(), id.to_owned());
        if !self.seen.contains(&known) {
            self.seen.push(known.clone());
        }
        let of_kind = self.seen.iter().filter(|(other, _)| other == kind);
        let number = of_kind.take_while(|other| **other != known).count() + 1;
        format!("<{kind} {number}>")
    }
}

/// What a scenario calls a time.
fn times_name(offset: i64) -> String {
    match offset {
        0 => "<now>".to_owned(),
        offset => format!("<now{offset:+}>"),
    }
}

fn versioned(bytes: &Bytes) -> Option<(i16, Bytes)> {
    Some((i16::from_be_bytes(*bytes.first_chunk()?), bytes.slice(2..)))
}

#[derive(Clone, Copy)]
struct Walk<'a> {
    rules: &'a Normaliser,
    schema: &'a Schema,
    message: &'a Message,
    /// Whether everything was asked for, so that other sections' names are in the answer.
    listing: bool,
}

impl Walk<'_> {
    fn fields(&self, part: &Struct, value: &Value, path: &str) -> Json {
        let Value::Struct(values) = value else { return Json::Null };
        let mut fields = Map::new();
        for (name, value) in values {
            let Some(field) = part.fields.iter().find(|field| field.name == *name) else {
                fields.insert(format!("tag {name}"), self.plain(value));
                continue;
            };
            let is_default = *value == self.message.default_value(field) && !sets::is_kept(name);
            if is_default || name == "ThrottleTimeMs" {
                continue;
            }
            let json = self.field(field, value, &format!("{path}.{name}"));
            // What lists only what other sections made lists nothing.
            if !json.as_object().is_some_and(|set| field.is_array && set.is_empty()) {
                fields.insert(name.clone(), json);
            }
        }
        Json::Object(fields)
    }

    fn field(&self, field: &Field, value: &Value, path: &str) -> Json {
        let Value::Array(elements) = value else { return self.value(field, value, path) };
        let elements: Vec<Json> = elements.iter().map(|element| self.value(field, element, path)).collect();
        match sets::find(path) {
            Some(set) => self.set(set, elements),
            None => Json::Array(elements),
        }
    }

    /// A set becomes a map by key, in the order of the keys without their ids.
    fn set(&self, set: &Set, elements: Vec<Json>) -> Json {
        let mut keyed: Vec<(String, Json)> = elements.into_iter().map(|element| (set.key(&element), element)).collect();
        if self.listing && set.listed {
            // An id may begin or go on like such a name by chance.
            let is_id = |key: &str| key.starts_with(MARK);
            let is_foreign = |part: &str| part.contains("kt-") || part.starts_with("__");
            let foreign = |key: &str| key.is_empty() || (!is_id(key) && key.split(' ').any(is_foreign));
            keyed.retain(|(key, _)| !foreign(key));
        }
        keyed.sort_by_cached_key(|(key, element)| (self.rules.order(key), self.rules.order(&element.to_string())));
        if set.key.is_empty() {
            return Json::Array(keyed.into_iter().map(|(_, element)| element).collect());
        }
        let mut fields = Map::new();
        for (key, element) in keyed {
            let mut name = key.clone();
            let mut again = 2;
            while fields.contains_key(&name) {
                name = format!("{key} #{again}");
                again += 1;
            }
            fields.insert(name, element);
        }
        Json::Object(fields)
    }

    fn value(&self, field: &Field, value: &Value, path: &str) -> Json {
        match (&field.r#type, value) {
            (Type::Struct(name), Value::Struct(_)) => match self.message.find(name) {
                Some(part) => self.fields(part, value, path),
                None => Json::Null,
            },
            (Type::Records, Value::Bytes(bytes)) => {
                let reading = Reading {
                    time: &|time| self.rules.time(time),
                    producer: &|id| json!(format!("{MARK}producer {id}{MARK}")),
                    of_coordinator: &|key, value| self.of_coordinator(key, value),
                };
                batch::describe(bytes, &reading)
            }
            (_, Value::Text(text)) if field.name.ends_with("ErrorMessage") => {
                json!(self.rules.times_in(&self.rules.text(text)))
            }
            (_, Value::Text(text)) if !text.is_empty() && field.name == "ClusterId" => json!("<cluster>"),
            (_, Value::Text(text)) if !text.is_empty() && field.name == "Host" => json!("<host>"),
            (_, Value::Text(text)) if !text.is_empty() && field.name == "LogDir" => json!("<path>"),
            (_, Value::Int(port)) if *port > 0 && field.name == "Port" => json!("<port>"),
            // Kafka names any broker that runs.
            (_, Value::Int(id)) if *id >= 0 && field.name == "ControllerId" && self.rules.addresses.len() > 1 => {
                json!("<a broker>")
            }
            // Members of groups of the consumer protocol, where the coordinator names them (KIP-848).
            (_, Value::Text(id)) if field.name == "MemberId" && id.parse::<kafka_trial_wire::Uuid>().is_ok() => {
                json!(format!("{MARK}member {id}{MARK}"))
            }
            (_, Value::Int(id)) if *id >= 0 && field.name == "ProducerId" => {
                json!(format!("{MARK}producer {id}{MARK}"))
            }
            (_, Value::Int(id)) if *id > 0 && field.name == "SessionId" => json!(format!("{MARK}session {id}{MARK}")),
            (_, Value::Int(epoch)) if *epoch >= 0 && field.name == "FinalizedFeaturesEpoch" => json!("<epoch>"),
            (_, Value::Int(time)) if field.name == "TransactionStartTimeMs" => self.rules.time_of_the_broker(*time),
            (Type::Int64, Value::Int(number)) => self.rules.time(*number),
            _ => self.plain(value),
        }
    }

    /// A coordinator's record, whose key begins with its type and whose value with its version; `None` for any other.
    fn of_coordinator(&self, key: &Bytes, value: Option<&Bytes>) -> Option<(Json, Json)> {
        let (kind, key) = versioned(key)?;
        let of_kind = |part: &str| {
            let mut all = self.schema.messages().iter();
            all.find(|it| it.kind == Kind::Record && it.key == Some(kind) && it.name.ends_with(part))
        };
        let read = |message: &Message, bytes: Bytes, version: i16| {
            let value = message.decode(bytes.clone(), version).ok()?;
            let is_whole = message.encode(&value, version).ok()? == bytes;
            let fields = Walk { message, ..*self }.fields(message.structs.first()?, &value, &message.name);
            is_whole.then(|| json!({ format!("{} {version}", message.name): fields }))
        };
        let key = read(of_kind("Key")?, key, 0)?;
        let value = match value {
            None => Json::Null,
            Some(value) => {
                let (version, value) = versioned(value)?;
                read(of_kind("Value")?, value, version)?
            }
        };
        Some((key, value))
    }

    fn plain(&self, value: &Value) -> Json {
        match value {
            Value::Text(text) => json!(self.rules.text(text)),
            Value::Bytes(bytes) => json!(self.rules.text(&bytes_text(&self.rules.named(bytes)))),
            Value::Uuid(uuid) if *uuid == kafka_trial_wire::Uuid::ZERO => json!("<no id>"),
            Value::Uuid(uuid) => json!(format!("{MARK}id {uuid}{MARK}")),
            Value::Array(elements) => Json::Array(elements.iter().map(|element| self.plain(element)).collect()),
            other => other.to_json(),
        }
    }
}

/// Bytes that are text as such, others in hexadecimal.
pub(crate) fn bytes_text(bytes: &Bytes) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(|c| c.is_control() && c != '\n') => match text.char_indices().nth(64) {
            Some((at, _)) if text.chars().all(|c| text.starts_with(c)) => {
                format!("{}… ({} characters)", text.get(..at.min(8)).unwrap_or_default(), text.chars().count())
            }
            _ => text.to_owned(),
        },
        _ => bytes.iter().map(|byte| format!("{byte:02x}")).fold("hex ".to_owned(), |all, byte| all + &byte),
    }
}

/// Puts marks around UUIDs in the form of Java's `UUID.toString`.
fn mark_uuids(text: &str) -> String {
    const LENGTH: usize = 36;
    let mut out = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let candidate = rest.get(..LENGTH).filter(|part| is_uuid(part));
        let taken = match candidate {
            Some(uuid) => {
                out.push_str(&format!("{MARK}uuid {uuid}{MARK}"));
                LENGTH
            }
            None => {
                out.push(next);
                next.len_utf8()
            }
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    out
}

fn is_uuid(text: &str) -> bool {
    text.chars().zip(0..).all(|(c, position)| match position {
        8 | 13 | 18 | 23 => c == '-',
        _ => c.is_ascii_hexdigit(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_numbered_in_the_order_in_which_they_appear() {
        let mut normaliser = Normaliser::new("kt-1-".to_owned(), Vec::new(), 1_000_000_000_000, &[0, -5]);
        let one = "c-0a0a0a0a-1111-2222-3333-444444444444";
        let other = "c-0b0b0b0b-1111-2222-3333-444444444444";
        let mut seen = |text: &str| {
            let marked = normaliser.text(text);
            normaliser.number(json!(marked))
        };
        assert_eq!(seen(other), json!("c-<uuid 1>"));
        assert_eq!(seen(&format!("{one} of kt-1-orders")), json!("c-<uuid 2> of @orders"));
        assert_eq!(seen(other), json!("c-<uuid 1>"));
    }

    #[test]
    fn times_are_exact_where_the_scenario_sent_them() {
        let normaliser = Normaliser::new("kt-1-".to_owned(), Vec::new(), 1_000_000_000_000, &[0, -5]);
        assert_eq!(normaliser.time(999_999_999_995), json!("<now-5>"));
        assert_eq!(normaliser.time(999_999_999_996), json!("<about now>"));
        assert_eq!(normaliser.time(5), json!(5));
    }

    #[test]
    fn what_other_sections_made_is_not_in_a_listing() {
        let schema = Schema::load();
        let response = schema.named("ListTransactionsResponse").unwrap();
        let listed = |ids: &[&str]| {
            let states = ids.iter().map(|id| json!({"TransactionalId": id})).collect::<Vec<_>>();
            let value = response.value_from_json(&json!({"TransactionStates": states})).unwrap();
            let value = response.decode(response.encode(&value, 0).unwrap(), 0).unwrap();
            let mut normaliser = Normaliser::new("kt-1-".to_owned(), Vec::new(), 1_000_000_000_000, &[]);
            normaliser.answer(&schema, response, &value, true)
        };
        let nothing = listed(&[]);
        assert_eq!(listed(&["kt-2-t"]), nothing);
        assert_ne!(listed(&["kt-2-t", "kt-1-t"]), nothing);
    }
}
