//! Errors that are put into an answer, wherever the API has a place for them.
//!
//! Kafka's message definitions say which fields are error codes and what encloses them, so no API needs code of its own.

use kafka_trial_core::Topics;
use kafka_trial_wire::messages::{Message, decode, encode};
use kafka_trial_wire::schema::{Field, Message as Definition, Type};
use kafka_trial_wire::view::{Value, definition};
use kafka_trial_wire::{ApiKey, ErrorCode, Uuid};

use super::rule::Parts;

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

/// Whether answers of an API have a place for an error.
pub(super) fn has_error(api: ApiKey) -> bool {
    response_of(api).is_some_and(|message| message.structs.iter().any(|part| part.fields.iter().any(is_code)))
}

/// Puts an error into the deepest rows of an answer that have a place for one: partitions rather than topics, topics rather
/// than the whole. With `parts` only the rows of that topic and partition get it. Returns `None` if there was no such row.
pub(crate) fn stamp<M: Message>(
    response: &M,
    api: ApiKey,
    version: i16,
    code: ErrorCode,
    parts: &Parts,
    topics: &Topics,
) -> Option<M> {
    let definition = response_of(api)?;
    let mut value = definition.decode(encode(response, version).ok()?, version).ok()?;
    let stamper = Stamper { definition: &definition, code, parts, topics };
    let top = definition.structs.first()?.name.as_str();
    if !stamper.stamp(&mut value, top, &Place::default()) {
        return None;
    }
    decode(definition.encode(&value, version).ok()?, version).ok()
}

fn response_of(api: ApiKey) -> Option<Definition> {
    definition(&format!("{}Response", api.name()?))
}

fn is_code(field: &Field) -> bool {
    field.r#type == Type::Int16 && matches!(field.name.as_str(), "ErrorCode" | "PartitionErrorCode")
}

/// The topic and the partition of a row, as far as the rows around it name them.
#[derive(Clone, Default)]
struct Place {
    topic: Option<String>,
    partition: Option<i64>,
}

struct Stamper<'a> {
    definition: &'a Definition,
    code: ErrorCode,
    parts: &'a Parts,
    topics: &'a Topics,
}

impl Stamper<'_> {
    /// Stamps a struct or its rows; returns whether anything was.
    fn stamp(&self, value: &mut Value, name: &str, around: &Place) -> bool {
        let (Value::Struct(fields), Some(part)) = (value, self.definition.find(name)) else { return false };
        let place = self.place(fields, around);
        let mut is_stamped = false;
        let mut has_rows = false;
        for (field, (_, value)) in part.fields.iter().zip(fields.iter_mut()) {
            let Type::Struct(inner) = &field.r#type else { continue };
            match value {
                Value::Array(rows) => {
                    has_rows |= !rows.is_empty() && self.holds_code(inner);
                    // Each row is stamped, also after one was.
                    for row in rows {
                        is_stamped |= self.stamp(row, inner, &place);
                    }
                }
                value => is_stamped |= self.stamp(value, inner, &place),
            }
        }
        // Rows that are not meant are answered as always, and so is what encloses them.
        if is_stamped || has_rows || !part.fields.iter().any(is_code) || !self.is_meant(&place) {
            return is_stamped;
        }
        for (field, (name, value)) in part.fields.iter().zip(fields.iter_mut()) {
            match value {
                value if is_code(field) => *value = Value::Int(self.code.0.into()),
                Value::Bytes(_) if field.r#type == Type::Records => *value = Value::Bytes(bytes::Bytes::new()),
                Value::Int(number) if UNKNOWN.contains(&name.as_str()) => *number = -1,
                _ => {}
            }
        }
        true
    }

    fn place(&self, fields: &[(String, Value)], around: &Place) -> Place {
        let mut place = around.clone();
        for (name, value) in fields {
            match (name.as_str(), value) {
                ("Name" | "Topic" | "TopicName", Value::Text(topic)) if !topic.is_empty() => {
                    place.topic = Some(topic.clone());
                }
                ("TopicId", Value::Uuid(id)) if *id != Uuid::ZERO => {
                    place.topic = self.topics.by_id(*id).map(|topic| topic.name.to_string()).or(place.topic);
                }
                ("Index" | "PartitionIndex" | "Partition" | "PartitionId", Value::Int(partition)) => {
                    place.partition = Some(*partition);
                }
                _ => {}
            }
        }
        place
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

    fn is_meant(&self, place: &Place) -> bool {
        let topic = self.parts.topic.as_ref().is_none_or(|wanted| place.topic.as_ref() == Some(wanted));
        let partition = self.parts.partition.is_none_or(|wanted| place.partition == Some(wanted.into()));
        topic && partition
    }
}
