//! Google's and Confluent's own messages: their fields, and how their values look in JSON.

use serde_json::{Map, Value, json};

use super::{ProtoFile, parse};
use crate::avro::excerpt;
use crate::values::calendar::{self, Unit};
use crate::values::{Misfit, decimal};

/// The fields of what is built in, by the package.
const FIELDS: [(&str, &str); 3] = [
    (
        "google.protobuf",
        r#"syntax = "proto3"; package google.protobuf;
        message Any { string type_url = 1; bytes value = 2; }
        message Duration { int64 seconds = 1; int32 nanos = 2; }
        message Timestamp { int64 seconds = 1; int32 nanos = 2; }
        message Empty {}
        message FieldMask { repeated string paths = 1; }
        message Struct { map<string, Value> fields = 1; }
        message ListValue { repeated Value values = 1; }
        message Value { oneof kind { NullValue null_value = 1; double number_value = 2; string string_value = 3;
            bool bool_value = 4; Struct struct_value = 5; ListValue list_value = 6; } }
        enum NullValue { NULL_VALUE = 0; }
        message DoubleValue { double value = 1; }
        message FloatValue { float value = 1; }
        message Int64Value { int64 value = 1; }
        message UInt64Value { uint64 value = 1; }
        message Int32Value { int32 value = 1; }
        message UInt32Value { uint32 value = 1; }
        message BoolValue { bool value = 1; }
        message StringValue { string value = 1; }
        message BytesValue { bytes value = 1; }"#,
    ),
    (
        "google.type",
        r#"syntax = "proto3"; package google.type;
        message Date { int32 year = 1; int32 month = 2; int32 day = 3; }
        message TimeOfDay { int32 hours = 1; int32 minutes = 2; int32 seconds = 3; int32 nanos = 4; }
        message Decimal { string value = 1; }
        message Money { string currency_code = 1; int64 units = 2; int32 nanos = 3; }
        message LatLng { double latitude = 1; double longitude = 2; }
        message Fraction { int64 numerator = 1; int64 denominator = 2; }
        message LocalizedText { string text = 1; string language_code = 2; }
        enum DayOfWeek { DAY_OF_WEEK_UNSPECIFIED = 0; MONDAY = 1; TUESDAY = 2; WEDNESDAY = 3; THURSDAY = 4; FRIDAY = 5;
            SATURDAY = 6; SUNDAY = 7; }"#,
    ),
    (
        "confluent.type",
        r#"syntax = "proto3"; package confluent.type;
        message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }"#,
    ),
];

impl ProtoFile {
    /// With the fields of what is built in, which the check of names does without.
    pub(crate) fn with_known_fields(mut self) -> Self {
        for imported in self.dependencies.iter_mut().filter(|imported| imported.reference.is_none()) {
            let package = imported.file.package.as_deref().unwrap_or_default();
            let Some((_, text)) = FIELDS.iter().find(|(known, _)| *known == package) else { continue };
            let Ok(known) = parse::parse(text) else { continue };
            for kind in &mut imported.file.types {
                if let Some(known) = known.types.iter().find(|known| known.name() == kind.name()) {
                    *kind = known.clone();
                }
            }
            // A file may need what another one has: Struct and Value name each other.
        }
        self
    }
}

/// Whether a message is one that has no fields here, although it has some.
pub(super) fn is_opaque(name: &str) -> bool {
    (name.starts_with("google.") || name.starts_with("confluent.")) && name != "google.protobuf.Empty"
}

/// How a message looks in JSON, by its fields; as it is for what is not known.
pub(super) fn shown(name: &str, fields: Map<String, Value>) -> Result<Value, Misfit> {
    let number = |field: &str| fields.get(field).and_then(Value::as_i64).unwrap_or_default();
    match name {
        "google.protobuf.Timestamp" => {
            let nanos = i128::from(number("seconds")) * 1_000_000_000 + i128::from(number("nanos"));
            let text = calendar::timestamp(nanos, Unit::Nanos);
            Ok(format!("{}Z", trimmed(&text)).into())
        }
        "google.protobuf.Duration" => {
            let nanos = i128::from(number("seconds")) * 1_000_000_000 + i128::from(number("nanos"));
            let sign = if nanos < 0 { "-" } else { "" };
            let text = format!("{sign}{}.{:09}", nanos.abs() / 1_000_000_000, nanos.abs() % 1_000_000_000);
            Ok(format!("{}s", trimmed(&text)).into())
        }
        "google.protobuf.FieldMask" => {
            let paths = fields.get("paths").and_then(Value::as_array).into_iter().flatten();
            Ok(paths.filter_map(Value::as_str).collect::<Vec<_>>().join(",").into())
        }
        "google.protobuf.Struct" => Ok(fields.get("fields").cloned().unwrap_or_else(|| json!({}))),
        "google.protobuf.ListValue" => Ok(fields.get("values").cloned().unwrap_or_else(|| json!([]))),
        "google.protobuf.Value" => match fields.into_iter().next() {
            Some((kind, _)) if kind == "null_value" => Ok(Value::Null),
            Some((_, value)) => Ok(value),
            None => Ok(Value::Null),
        },
        "confluent.type.Decimal" => {
            let bytes =
                fields.get("value").and_then(Value::as_str).and_then(super::read::base64_bytes).unwrap_or_default();
            let scale = usize::try_from(number("scale")).ok();
            let text = scale.and_then(|scale| decimal::text(&bytes, scale));
            text.map(Value::String).ok_or_else(|| Misfit::new("a decimal whose scale is negative, or that is too long"))
        }
        "google.type.Decimal" => Ok(fields.get("value").cloned().unwrap_or_else(|| "".into())),
        name if is_wrapper(name) => Ok(fields.get("value").cloned().unwrap_or_default()),
        _ => Ok(Value::Object(fields)),
    }
}

/// The fields of a message that looks like this in JSON; none if it looks as it is.
pub(super) fn fields(name: &str, value: &Value) -> Result<Option<Value>, Misfit> {
    let invalid = |expected: &str| Misfit::new(format!("{}: expected {expected}", excerpt(value)));
    let seconds = |nanos: i128| {
        // The nanoseconds of a timestamp count forward, those of a duration have its sign.
        let second = 1_000_000_000;
        let (whole, rest) = match name {
            "google.protobuf.Timestamp" => (nanos.div_euclid(second), nanos.rem_euclid(second)),
            _ => (nanos / second, nanos % second),
        };
        let [whole, rest] = [whole, rest].map(|number| i64::try_from(number).unwrap_or_default());
        json!({"seconds": whole, "nanos": rest})
    };
    Ok(Some(match (name, value) {
        ("google.protobuf.Timestamp", Value::String(text)) => {
            let nanos = calendar::instant(text, Unit::Nanos);
            seconds(nanos.ok_or_else(|| invalid("a timestamp as 2026-12-01T10:00:00.123Z"))?)
        }
        ("google.protobuf.Duration", Value::String(text)) => {
            let unscaled = text.strip_suffix('s').and_then(|text| decimal::unscaled(text, 9).ok());
            let unscaled = unscaled.filter(|bytes| bytes.len() <= 15).ok_or_else(|| invalid("a duration as 1.5s"))?;
            let filling = if unscaled.first().is_some_and(|first| first & 0x80 != 0) { -1i128 } else { 0 };
            seconds(unscaled.iter().fold(filling, |number, byte| number << 8 | i128::from(*byte)))
        }
        ("google.protobuf.FieldMask", Value::String(text)) => {
            json!({"paths": text.split(',').filter(|path| !path.is_empty()).collect::<Vec<_>>()})
        }
        ("google.protobuf.Struct", Value::Object(_)) => json!({ "fields": value }),
        ("google.protobuf.ListValue", Value::Array(_)) => json!({ "values": value }),
        ("google.protobuf.Value", value) => match value {
            Value::Null => json!({"null_value": 0}),
            Value::Bool(_) => json!({ "bool_value": value }),
            Value::Number(_) => json!({ "number_value": value }),
            Value::String(_) => json!({ "string_value": value }),
            Value::Array(_) => json!({ "list_value": value }),
            Value::Object(_) => json!({ "struct_value": value }),
        },
        ("confluent.type.Decimal", Value::String(text)) => {
            let scale = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            let bytes = decimal::unscaled(text, scale).map_err(Misfit::new)?;
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            json!({"value": super::read::base64_text(&bytes), "precision": digits, "scale": scale})
        }
        ("google.type.Decimal", Value::String(_)) => json!({ "value": value }),
        (name, value) if is_wrapper(name) && !value.is_object() => json!({ "value": value }),
        _ => return Ok(None),
    }))
}

fn is_wrapper(name: &str) -> bool {
    let kinds = ["Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes"];
    let kind = name.strip_prefix("google.protobuf.").and_then(|name| name.strip_suffix("Value"));
    kind.is_some_and(|kind| kinds.contains(&kind))
}

/// Nine digits behind the point, or six, three or none where the rest is zero.
fn trimmed(text: &str) -> &str {
    let mut text = text;
    for _ in 0..3 {
        text = text.strip_suffix("000").unwrap_or(text);
    }
    text.strip_suffix('.').unwrap_or(text)
}
