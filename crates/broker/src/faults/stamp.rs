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
    let stamper = Stamper { definition: &definition, stamp, topics };
    let top = definition.structs.first()?.name.as_str();
    if !stamper.stamp(&mut value, top, &Place::default(), true) {
        return None;
    }
    decode(definition.encode(&value, version).ok()?, version).ok()
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
    stamp: &'a Stamp,
    topics: &'a Topics,
}

impl Stamper<'_> {
    /// Stamps a struct or its rows; returns whether anything was.
    fn stamp(&self, value: &mut Value, name: &str, around: &Place, is_top: bool) -> bool {
        let (Value::Struct(fields), Some(part)) = (value, self.definition.find(name)) else { return false };
        let place = around.within(fields, self.topics);
        if self.stamp.level == Some(level_of(part, is_top)) && part.fields.iter().any(is_code) {
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
        if is_stamped || has_rows || self.stamp.level.is_some() || !part.fields.iter().any(is_code) {
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
                value if is_code(field) => *value = Value::Int(code.0.into()),
                Value::Bytes(_) if field.r#type == Type::Records => *value = Value::Bytes(bytes::Bytes::new()),
                Value::Int(number) if UNKNOWN.contains(&name.as_str()) => *number = -1,
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

    /// Whether a struct, or one inside of it, has a place for an error.
    fn holds_code(&self, name: &str) -> bool {
        self.definition.find(name).is_some_and(|part| {
            part.fields.iter().any(|field| match &field.r#type {
                Type::Struct(inner) => self.holds_code(inner),
                _ => is_code(field),
            })
        })
    }
}
