//! Errors that are put into an answer, wherever the API has a place for them.
//!
//! Kafka's message definitions say which fields are error codes and what encloses them, so no API needs code of its own.

use kafka_trial_core::Topics;
use kafka_trial_wire::messages::{Message, decode, encode};
use kafka_trial_wire::schema::{Field, Message as Definition, Struct, Type};
use kafka_trial_wire::view::{Value, definition};
use kafka_trial_wire::{ApiKey, ErrorCode};

use super::place::{PARTITION, Place};
use super::rule::{Level, Parts};

/// The fields that Kafka's own error answers set to -1: nothing was appended, read or found.
const UNKNOWN: [&str; 9] = [
    "BaseOffset",
    "LogAppendTimeMs",
    "LogStartOffset",
    "HighWatermark",
    "LastStableOffset",
    "Offset",
    "CommittedOffset",
    "EndOffset",
    "Timestamp",
];

/// The levels at which answers of an API have a place for an error.
pub(super) fn levels(api: ApiKey) -> Vec<Level> {
    let Some(definition) = response_of(api) else { return Vec::new() };
    let mut levels: Vec<Level> = Vec::new();
    for (part, number) in definition.structs.iter().zip(0..) {
        if part.fields.iter().any(is_code) {
            levels.push(level_of(part, number == 0));
        }
    }
    levels.sort_unstable();
    levels.dedup();
    levels
}

/// An error to put into an answer.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    /// The rule, which error messages name.
    pub(crate) rule: String,
    pub(crate) code: ErrorCode,
    /// The rows that get it.
    pub(crate) parts: Parts,
    pub(crate) level: Option<Level>,
}

/// Puts an error into the deepest rows of an answer that have a place for one: partitions rather than topics, topics rather
/// than the whole; or into those of the wanted level. Only the rows of the stamp's parts get it. Returns `None` if there
/// was no such row.
pub(crate) fn stamp<M: Message>(response: &M, api: ApiKey, version: i16, stamp: &Stamp, topics: &Topics) -> Option<M> {
    let definition = response_of(api)?;
    let mut value = definition.decode(encode(response, version).ok()?, version).ok()?;
    if !stamp_value(&definition, version, &mut value, stamp, topics) {
        return None;
    }
    decode(definition.encode(&value, version).ok()?, version).ok()
}

/// Stamps an answer; returns whether it had a place for the error.
fn stamp_value(definition: &Definition, version: i16, value: &mut Value, stamp: &Stamp, topics: &Topics) -> bool {
    let stamper = Stamper { definition, version, stamp, topics };
    definition.structs.first().is_some_and(|top| stamper.stamp(value, &top.name, &Place::default(), true))
}

pub(super) fn response_of(api: ApiKey) -> Option<Definition> {
    definition(&format!("{}Response", api.name()?))
}

fn is_code(field: &Field) -> bool {
    field.r#type == Type::Int16 && matches!(field.name.as_str(), "ErrorCode" | "PartitionErrorCode")
}

/// The level of a struct with an error, by the names of what it has.
fn level_of(part: &Struct, is_top: bool) -> Level {
    let has = |names: &[&str]| part.fields.iter().any(|field| names.contains(&field.name.as_str()));
    match () {
        () if is_top => Level::Top,
        () if has(&["MemberId"]) => Level::Member,
        () if has(&PARTITION) => Level::Partition,
        () if has(&["Name", "Topic", "TopicName", "TopicId"]) => Level::Topic,
        () if has(&["GroupId", "Key"]) => Level::Group,
        () => Level::Row,
    }
}

struct Stamper<'a> {
    definition: &'a Definition,
    version: i16,
    stamp: &'a Stamp,
    topics: &'a Topics,
}

impl Stamper<'_> {
    /// Stamps a struct or its rows; returns whether anything was.
    fn stamp(&self, value: &mut Value, name: &str, around: &Place, is_top: bool) -> bool {
        let (Value::Struct(fields), Some(part)) = (value, self.definition.find(name)) else { return false };
        let place = around.within(fields, self.topics);
        if self.stamp.level == Some(level_of(part, is_top)) && self.has_code(part) {
            return self.put(fields, part, &place, true);
        }
        let mut is_stamped = false;
        let mut has_rows = false;
        for (field, (_, value)) in part.fields.iter().zip(fields.iter_mut()) {
            let Type::Struct(inner) = &field.r#type else { continue };
            match value {
                Value::Array(rows) => {
                    has_rows |= !rows.is_empty() && self.holds_code(inner);
                    // Each row is stamped, also after one was.
                    for row in rows {
                        is_stamped |= self.stamp(row, inner, &place, false);
                    }
                }
                value => is_stamped |= self.stamp(value, inner, &place, false),
            }
        }
        // Rows that are not meant are answered as always, and so is what encloses them.
        if is_stamped || has_rows || self.stamp.level.is_some() || !self.has_code(part) {
            return is_stamped;
        }
        self.put(fields, part, &place, false)
    }

    /// Puts the error into a struct, if that is meant. At a wanted level, its rows go, as in Kafka's own answers.
    fn put(&self, fields: &mut [(String, Value)], part: &Struct, place: &Place, clears: bool) -> bool {
        if !place.is_meant(&self.stamp.parts) {
            return false;
        }
        let code = self.stamp.code;
        let text = || format!("injected by the fault {}", self.stamp.rule);
        for (field, (name, value)) in part.fields.iter().zip(fields.iter_mut()) {
            match value {
                _ if !field.versions.contains(self.version) => {}
                value if is_code(field) => *value = Value::Int(code.0.into()),
                Value::Bytes(_) if field.r#type == Type::Records => *value = Value::Bytes(bytes::Bytes::new()),
                Value::Int(number) if UNKNOWN.contains(&name.as_str()) => *number = -1,
                // A partition of Metadata: who has no leader names none.
                Value::Int(leader) if name == "LeaderId" && code == ErrorCode::LEADER_NOT_AVAILABLE => *leader = -1,
                Value::Array(rows) if name == "RecordErrors" && code == ErrorCode::INVALID_RECORD => {
                    let index = ("BatchIndex".to_owned(), Value::Int(0));
                    let message = ("BatchIndexErrorMessage".to_owned(), Value::Text(text()));
                    *rows = vec![Value::Struct(vec![index, message])];
                }
                Value::Array(rows) if clears && matches!(field.r#type, Type::Struct(_)) => rows.clear(),
                _ => {}
            }
        }
        true
    }

    /// Whether a struct has a place for an error in this version.
    fn has_code(&self, part: &Struct) -> bool {
        part.fields.iter().any(|field| is_code(field) && field.versions.contains(self.version))
    }

    /// Whether a struct, or one inside of it, has a place for an error in this version.
    fn holds_code(&self, name: &str) -> bool {
        self.definition.find(name).is_some_and(|part| {
            part.fields.iter().any(|field| match &field.r#type {
                Type::Struct(inner) => self.holds_code(inner),
                _ => is_code(field) && field.versions.contains(self.version),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A value with one row in each array of structs that a version has.
    fn filled(definition: &Definition, name: &str, version: i16) -> Value {
        let part = definition.find(name).unwrap();
        let fields = part.fields.iter().map(|field| {
            let value = match &field.r#type {
                _ if !field.versions.contains(version) => definition.default_value(field),
                Type::Struct(inner) if field.is_array => Value::Array(vec![filled(definition, inner, version)]),
                Type::Struct(inner) if field.nullable.is_empty() => filled(definition, inner, version),
                _ => definition.default_value(field),
            };
            (field.name.clone(), value)
        });
        Value::Struct(fields.collect())
    }

    /// Whether the code stands anywhere in a value.
    fn has(value: &Value, code: i64) -> bool {
        match value {
            Value::Int(number) => *number == code,
            Value::Array(rows) => rows.iter().any(|row| has(row, code)),
            Value::Struct(fields) => fields.iter().any(|(_, value)| has(value, code)),
            _ => false,
        }
    }

    #[test]
    fn each_served_api_is_refused_at_each_of_its_levels_and_can_be_read_by_clients() {
        let mut refused = 0;
        for api in crate::served_apis() {
            let key = ApiKey(api.key);
            let definition = response_of(key).unwrap();
            for level in levels(key) {
                let mut shown = 0;
                for version in (api.min..=api.max).filter(|version| definition.versions.contains(*version)) {
                    let mut value = filled(&definition, &definition.structs[0].name, version);
                    let code = ErrorCode(7777);
                    let stamp = Stamp { rule: "rule".to_owned(), code, parts: Parts::default(), level: Some(level) };
                    if !stamp_value(&definition, version, &mut value, &stamp, &Topics::default()) {
                        continue;
                    }
                    let bytes = definition.encode(&value, version);
                    let bytes = bytes.unwrap_or_else(|error| panic!("{} v{version} at {level}: {error}", api.name));
                    let read = definition.decode(bytes, version).unwrap();
                    shown += usize::from(has(&read, 7777));
                }
                assert!(shown > 0, "{} has no error at {level} in any version", api.name);
                refused += 1;
            }
        }
        assert!(refused > 60, "{refused}");
    }
}
