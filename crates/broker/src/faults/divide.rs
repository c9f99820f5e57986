//! A request of which a rule means some parts: the others are handled, and both answers become one.

use kafka_trial_core::Topics;
use kafka_trial_wire::messages::{Message, Request, decode, encode};
use kafka_trial_wire::schema::{Message as Definition, Type};
use kafka_trial_wire::view::{Value, definition};

use super::place::{PARTITION, Place};
use super::rule::Parts;
use super::stamp::response_of;

/// The request without the parts that are meant. `None` if it has no such parts, or no others.
pub(crate) fn without<R: Request + Message>(request: &R, version: i16, parts: &Parts, topics: &Topics) -> Option<R> {
    let definition = definition(&format!("{}Request", R::API.name()?))?;
    let mut value = definition.decode(encode(request, version).ok()?, version).ok()?;
    let walk = Walk { definition: &definition, parts, topics };
    let mut counts = Counts::default();
    walk.take_out(&mut value, definition.structs.first()?.name.as_str(), &Place::default(), &mut counts);
    if counts.taken == 0 || counts.left == 0 {
        return None;
    }
    decode(definition.encode(&value, version).ok()?, version).ok()
}

/// An answer whose rows are those of `refused` where they are meant, and otherwise those of `served` with the same names.
/// The order is that of `refused`.
pub(crate) fn overlay<R: Request>(
    refused: &R::Response,
    served: &R::Response,
    version: i16,
    parts: &Parts,
    topics: &Topics,
) -> Option<R::Response>
where
    R::Response: Message,
{
    let definition = response_of(R::API)?;
    let mut value = definition.decode(encode(refused, version).ok()?, version).ok()?;
    let served = definition.decode(encode(served, version).ok()?, version).ok()?;
    let walk = Walk { definition: &definition, parts, topics };
    walk.put_in(&mut value, &served, definition.structs.first()?.name.as_str(), &Place::default());
    decode(definition.encode(&value, version).ok()?, version).ok()
}

#[derive(Default)]
struct Counts {
    taken: usize,
    left: usize,
}

struct Walk<'a> {
    definition: &'a Definition,
    parts: &'a Parts,
    topics: &'a Topics,
}

impl Walk<'_> {
    /// Takes the rows out that are meant. Returns whether the struct has any row left; `None` if it had none.
    fn take_out(&self, value: &mut Value, name: &str, around: &Place, counts: &mut Counts) -> Option<bool> {
        let (Value::Struct(fields), Some(part)) = (value, self.definition.find(name)) else { return None };
        let place = around.within(fields, self.topics);
        let mut has_left = None;
        for (field, (name, value)) in part.fields.iter().zip(fields.iter_mut()) {
            let Value::Array(rows) = value else { continue };
            if rows.is_empty() {
                continue;
            }
            match &field.r#type {
                Type::Struct(inner) => rows.retain_mut(|row| match self.take_out(row, inner, &place, counts) {
                    Some(keeps) => keeps,
                    None => {
                        let Value::Struct(fields) = row else { return true };
                        self.keeps(&place.within(fields, self.topics), counts)
                    }
                }),
                _ => {
                    let Some(named) = element(name, &field.r#type) else { continue };
                    rows.retain(|row| self.keeps(&named(&place, row), counts));
                }
            }
            has_left = Some(has_left.unwrap_or(false) || !rows.is_empty());
        }
        has_left
    }

    fn keeps(&self, place: &Place, counts: &mut Counts) -> bool {
        let is_meant = place.is_meant(self.parts);
        if is_meant {
            counts.taken += 1
        } else {
            counts.left += 1
        }
        !is_meant
    }

    fn put_in(&self, value: &mut Value, served: &Value, name: &str, around: &Place) {
        let (Value::Struct(fields), Some(part)) = (value, self.definition.find(name)) else { return };
        let place = around.within(fields, self.topics);
        for (field, (name, value)) in part.fields.iter().zip(fields.iter_mut()) {
            let (Value::Array(rows), Type::Struct(inner)) = (value, &field.r#type) else { continue };
            let Some(Value::Array(others)) = served.get(name) else { continue };
            for row in rows {
                let Some(other) = others.iter().find(|other| has_same_name(row, other)) else { continue };
                let place = match row {
                    Value::Struct(fields) => place.within(fields, self.topics),
                    _ => continue,
                };
                let has_rows = self.definition.find(inner).is_some_and(|part| {
                    let mut arrays = part.fields.iter().filter(|field| field.is_array);
                    arrays.any(|field| matches!(&field.r#type, Type::Struct(name) if self.names_partitions(name)))
                });
                if has_rows {
                    self.put_in(row, other, inner, &place);
                } else if !place.is_meant(self.parts) {
                    *row = other.clone();
                }
            }
        }
    }

    fn names_partitions(&self, name: &str) -> bool {
        let part = self.definition.find(name);
        part.is_some_and(|part| part.fields.iter().any(|field| PARTITION.contains(&field.name.as_str())))
    }
}

/// How an element of an array of plain values names its place, by the array's name.
fn element(name: &str, r#type: &Type) -> Option<fn(&Place, &Value) -> Place> {
    match (name, r#type) {
        ("PartitionIndexes" | "Partitions", Type::Int32) => Some(|place, value| match value {
            Value::Int(partition) => Place { partition: Some(*partition), ..place.clone() },
            _ => place.clone(),
        }),
        ("TopicNames" | "Topics", Type::String) => Some(|place, value| match value {
            Value::Text(topic) => Place { topic: Some(topic.clone()), ..place.clone() },
            _ => place.clone(),
        }),
        ("Groups" | "GroupsNames" | "CoordinatorKeys", Type::String) => Some(|place, value| match value {
            Value::Text(group) => Place { group: Some(group.clone()), ..place.clone() },
            _ => place.clone(),
        }),
        _ => None,
    }
}

/// Whether two rows are about the same topic, partition, group or member.
fn has_same_name(one: &Value, other: &Value) -> bool {
    const NAMES: [&str; 7] = ["Name", "Topic", "TopicName", "TopicId", "GroupId", "Key", "MemberId"];
    let mut known = NAMES.iter().chain(&PARTITION).filter(|name| one.get(name).is_some()).peekable();
    known.peek().is_some() && known.all(|name| one.get(name) == other.get(name))
}
