//! Answers that are changed, by the names of their fields: no API needs code of its own.

use bytes::Bytes;
use kafka_trial_core::{MAX_UNPACKED_BYTES, Topics};
use kafka_trial_wire::ApiKey;
use kafka_trial_wire::messages::{Message, decode, encode};
use kafka_trial_wire::records::{Batch, Record};
use kafka_trial_wire::schema::{Message as Definition, Type};
use kafka_trial_wire::view::Value;

use super::action::{Corruption, FaultAction, Hint};
use super::place::Place;
use super::rule::Parts;
use super::stamp::response_of;

/// Changes an answer as a rule's action wants. Returns `None` if the answer has nothing to change.
pub(crate) fn edit<M: Message>(
    response: &M,
    (api, version): (ApiKey, i16),
    action: &FaultAction,
    parts: &Parts,
    topics: &Topics,
) -> Option<M> {
    let definition = response_of(api)?;
    let mut value = definition.decode(encode(response, version).ok()?, version).ok()?;
    let mut edit = Edit { definition: &definition, action, parts, topics, api: None, is_changed: false };
    edit.walk(&mut value, definition.structs.first()?.name.as_str(), &Place::default());
    if !edit.is_changed {
        return None;
    }
    decode(definition.encode(&value, version).ok()?, version).ok()
}

struct Edit<'a> {
    definition: &'a Definition,
    action: &'a FaultAction,
    parts: &'a Parts,
    topics: &'a Topics,
    /// The API of the row of ApiVersions around the present field.
    api: Option<i64>,
    is_changed: bool,
}

impl Edit<'_> {
    fn walk(&mut self, value: &mut Value, name: &str, around: &Place) {
        let (Value::Struct(fields), Some(part)) = (value, self.definition.find(name)) else { return };
        let place = around.within(fields, self.topics);
        if let Some(Value::Int(api)) = fields.iter().find(|(name, _)| name == "ApiKey").map(|(_, value)| value) {
            self.api = Some(*api);
        }
        let names_broker = fields.iter().any(|(name, _)| name == "Port");
        let is_leader = name == "LeaderIdAndEpoch";
        for (field, (name, value)) in part.fields.iter().zip(fields.iter_mut()) {
            match (&field.r#type, &mut *value) {
                (Type::Struct(inner), Value::Array(rows)) => {
                    rows.iter_mut().for_each(|row| self.walk(row, inner, &place))
                }
                (Type::Struct(inner), value @ Value::Struct(_)) => self.walk(value, inner, &place),
                (Type::Records, Value::Bytes(bytes)) if place.is_meant(self.parts) => self.records(bytes),
                _ => self.field(name, value, names_broker, is_leader, &place),
            }
        }
    }

    fn field(&mut self, name: &str, value: &mut Value, names_broker: bool, is_leader: bool, place: &Place) {
        let changed = match (self.action, name, &*value) {
            (FaultAction::Throttle(time), "ThrottleTimeMs", _) => {
                Value::Int(i64::try_from(time.as_millis()).unwrap_or(i64::MAX).min(i32::MAX.into()))
            }
            (FaultAction::Advertise { host, .. }, "Host", Value::Text(_)) if names_broker => Value::Text(host.clone()),
            (FaultAction::Advertise { port, .. }, "Port", Value::Int(_)) => Value::Int((*port).into()),
            (FaultAction::Rewind(by), "CommittedOffset", Value::Int(at)) if *at > 0 && place.is_meant(self.parts) => {
                Value::Int((at - by).max(0))
            }
            (FaultAction::Downgrade { api, to }, "MaxVersion", Value::Int(max))
                if *max > i64::from(*to) && api.is_none_or(|api| self.api == Some(api.0.into())) =>
            {
                Value::Int((*to).into())
            }
            (FaultAction::MoveLeader { hint: Hint::Absent, .. }, "LeaderId" | "LeaderEpoch", Value::Int(id))
                if is_leader && *id != -1 =>
            {
                Value::Int(-1)
            }
            // No broker has this id: a client that believes the hint finds no address for it.
            (FaultAction::MoveLeader { hint: Hint::Wrong, .. }, "LeaderId", Value::Int(id))
                if is_leader && *id >= 0 =>
            {
                Value::Int(id + 1_000_000)
            }
            _ => return,
        };
        self.is_changed = true;
        *value = changed;
    }

    fn records(&mut self, bytes: &mut Bytes) {
        let changed = match self.action {
            FaultAction::Corrupt(corruption) => corrupt(bytes, *corruption),
            FaultAction::SkewTime(ms) => skew(bytes, *ms),
            _ => return,
        };
        if let Some(changed) = changed {
            *bytes = changed;
            self.is_changed = true;
        }
    }
}

/// Damages the first batch. `None` if there is none, or if it has nothing to damage.
fn corrupt(bytes: &Bytes, corruption: Corruption) -> Option<Bytes> {
    let mut rest = bytes.clone();
    let batch = Batch::split(&mut rest).ok().filter(|batch| !batch.is_control())?;
    let size = batch.size();
    let mut first = bytes.get(..size)?.to_vec();
    match corruption {
        Corruption::Crc => *first.get_mut(17)? ^= 1,
        Corruption::Bit => *first.get_mut(Batch::HEADER)? ^= 1,
        Corruption::Codec => {
            // gzip for what is not gzip, and zstd for what is.
            let attributes = first.get_mut(22)?;
            *attributes =
                if *attributes & 0b111 == 1 { (*attributes & !0b111) | 4 } else { (*attributes & !0b111) | 1 };
            Batch::seal(&mut first);
        }
        Corruption::Payload | Corruption::SchemaId => {
            let mut is_changed = false;
            let records = batch.records(MAX_UNPACKED_BYTES).ok()?;
            let records = records.map(|record| {
                let record = record.ok()?;
                let value = record.value.as_ref().and_then(|value| damaged(value, corruption));
                is_changed |= value.is_some();
                let value = value.or(record.value);
                Some(Record { value, ..record })
            });
            let records: Vec<Record> = records.collect::<Option<_>>()?;
            if !is_changed {
                return None;
            }
            let rewritten = batch.with_records(&records, None).ok()?;
            first = rewritten.to_bytes().to_vec();
        }
    }
    first.extend_from_slice(&rest);
    Some(first.into())
}

/// A value that is broken, if it can be.
fn damaged(value: &Bytes, corruption: Corruption) -> Option<Bytes> {
    match corruption {
        Corruption::Payload if !value.is_empty() => Some(value.slice(..value.len() - 1)),
        // Confluent's frame: a zero, and the id in four bytes.
        Corruption::SchemaId if value.first() == Some(&0) && value.len() >= 5 => {
            let mut changed = value.to_vec();
            changed.get_mut(1..5)?.copy_from_slice(&i32::MAX.to_be_bytes());
            Some(changed.into())
        }
        _ => None,
    }
}

/// Moves the times of all batches. Records keep their distance from the first.
fn skew(bytes: &Bytes, ms: i64) -> Option<Bytes> {
    let mut rest = bytes.clone();
    let mut out = Vec::with_capacity(bytes.len());
    while let Ok(batch) = Batch::split(&mut rest) {
        let from = out.len();
        out.extend_from_slice(bytes.get(from..from + batch.size())?);
        let moved = out.get_mut(from..)?;
        for (at, time) in [(27, batch.base_timestamp()), (35, batch.max_timestamp())] {
            moved.get_mut(at..at + 8)?.copy_from_slice(&time.saturating_add(ms).to_be_bytes());
        }
        Batch::seal(moved);
    }
    if out.is_empty() {
        return None;
    }
    out.extend_from_slice(&rest);
    Some(out.into())
}
