//! Logical types: numbers and bytes that mean something else.

use serde_json::{Map, Value};

use super::Properties;
use crate::json::Json;
use crate::values::calendar::{self, Unit};
use crate::values::decimal;

/// What a type means. One that Avro does not know, or that does not fit its type, means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Logical {
    Date,
    Time(Unit),
    /// UTC, or without a zone.
    Timestamp {
        unit: Unit,
        is_local: bool,
    },
    Decimal {
        scale: usize,
    },
    Uuid,
    Duration,
}

impl Logical {
    /// What a type of this kind means by its properties.
    pub(super) fn of(properties: &Properties, kind: &str) -> Option<Self> {
        let timestamp = |unit, is_local| Some(Self::Timestamp { unit, is_local });
        match (properties.get("logicalType").and_then(Json::as_str)?, kind) {
            ("date", "int") => Some(Self::Date),
            ("time-millis", "int") => Some(Self::Time(Unit::Millis)),
            ("time-micros", "long") => Some(Self::Time(Unit::Micros)),
            ("timestamp-millis", "long") => timestamp(Unit::Millis, false),
            ("timestamp-micros", "long") => timestamp(Unit::Micros, false),
            ("timestamp-nanos", "long") => timestamp(Unit::Nanos, false),
            ("local-timestamp-millis", "long") => timestamp(Unit::Millis, true),
            ("local-timestamp-micros", "long") => timestamp(Unit::Micros, true),
            ("local-timestamp-nanos", "long") => timestamp(Unit::Nanos, true),
            ("decimal", "bytes" | "fixed") => {
                let scale = match properties.get("scale") {
                    None => 0,
                    Some(Json::Number(scale)) => scale.parse().ok()?,
                    Some(_) => return None,
                };
                Some(Self::Decimal { scale })
            }
            ("uuid", "fixed") => Some(Self::Uuid),
            ("duration", "fixed") => Some(Self::Duration),
            _ => None,
        }
    }

    /// What a number means; none if it means nothing, as a time beyond midnight.
    pub(super) fn of_number(self, number: i64) -> Option<Value> {
        match self {
            Self::Date => Some(calendar::date(number).into()),
            Self::Time(unit) => calendar::time(number, unit).map(Value::String),
            Self::Timestamp { unit, is_local } => {
                let zone = if is_local { "" } else { "Z" };
                Some(format!("{}{zone}", calendar::timestamp(number.into(), unit)).into())
            }
            Self::Decimal { .. } | Self::Uuid | Self::Duration => None,
        }
    }

    /// What bytes mean; none if they mean nothing, as a UUID of 4 bytes.
    pub(super) fn of_bytes(self, bytes: &[u8]) -> Option<Value> {
        match (self, bytes) {
            (Self::Decimal { scale }, bytes) => decimal::text(bytes, scale).map(Value::String),
            (Self::Uuid, bytes) => uuid(bytes).map(Value::String),
            (Self::Duration, bytes) => {
                let parts: [[u8; 4]; 3] = bytes.as_chunks::<4>().0.try_into().ok().filter(|_| bytes.len() == 12)?;
                let number = |part: [u8; 4]| Value::from(u32::from_le_bytes(part));
                let names = ["months", "days", "millis"].map(str::to_owned);
                Some(Value::Object(names.into_iter().zip(parts.map(number)).collect::<Map<_, _>>()))
            }
            _ => None,
        }
    }

    /// The number that a text means.
    pub(super) fn number_of(self, text: &str) -> Option<i64> {
        match self {
            Self::Date => calendar::days(text),
            Self::Time(unit) => calendar::count(text, unit),
            Self::Timestamp { unit, .. } => calendar::instant(text, unit)?.try_into().ok(),
            Self::Decimal { .. } | Self::Uuid | Self::Duration => None,
        }
    }

    /// How such a text looks, for who has written another one.
    pub(super) fn example(self) -> &'static str {
        match self {
            Self::Date => "a date as 2026-12-01",
            Self::Time(_) => "a time as 10:00:00.123",
            Self::Timestamp { is_local: false, .. } => "a timestamp as 2026-12-01T10:00:00.123Z",
            Self::Timestamp { is_local: true, .. } => "a timestamp as 2026-12-01T10:00:00.123",
            Self::Decimal { .. } => "a decimal as text, \"12.30\"",
            Self::Uuid => "a UUID",
            Self::Duration => "an object of months, days and millis",
        }
    }
}

fn uuid(bytes: &[u8]) -> Option<String> {
    let bytes: [u8; 16] = bytes.try_into().ok()?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let (a, b, c, d, e) = (hex.get(..8)?, hex.get(8..12)?, hex.get(12..16)?, hex.get(16..20)?, hex.get(20..)?);
    Some(format!("{a}-{b}-{c}-{d}-{e}"))
}

/// The bytes of a UUID in its usual text.
pub(super) fn uuid_bytes(text: &str) -> Option<Vec<u8>> {
    let hex: String = text.chars().filter(|letter| *letter != '-').collect();
    let is_hex = hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| (0..16).map(|at| u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok()).collect())?
}
