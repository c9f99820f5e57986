//! Record batches: written as a scenario describes them, read for comparison.
//!
//! `[a, b]` is a batch of two values; `{records: [..], ..}` is a batch with more to say; a list of those is more than
//! one batch in the field. A batch's header can be made to lie: see [`LIES`].

use bytes::Bytes;
use kafka_trial_wire::records::{Batch, BatchBuilder, Compression, ControlMarker, Header, Record};
use kafka_trial_wire::view::Value;
use serde_json::{Map, Value as Json, json};

use crate::normalise::bytes_text;
use crate::request::Words;
use crate::scenario::{Entry, Expression};

/// Where the header's fields stand, and how many bytes they take; the checksum is made again after them.
const LIES: &[(&str, usize, usize)] = &[
    ("length", 8, 4),
    ("magic", 16, 1),
    ("attributes", 21, 2),
    ("lastOffsetDelta", 23, 4),
    ("baseTimestamp", 27, 8),
    ("maxTimestamp", 35, 8),
    ("producerId", 43, 8),
    ("producerEpoch", 51, 2),
    ("baseSequence", 53, 4),
    ("count", 57, 4),
];
const KNOWN: &[&str] = &[
    "records",
    "compression",
    "transactional",
    "control",
    "baseOffset",
    "leaderEpoch",
    "crc",
    "cut",
    "cutRecords",
    "extra",
];
/// What a scenario's batches may unpack to.
const LIMIT: usize = 1 << 26;

/// The bytes of a records field.
pub(crate) fn records(words: &Words, expression: &Expression) -> Result<Value, String> {
    let bytes = match expression {
        Expression::List(elements) if elements.iter().any(is_batch) => {
            let batches = elements.iter().map(|element| batch(words, element)).collect::<Result<Vec<_>, _>>()?;
            batches.concat().into()
        }
        Expression::List(_) | Expression::Object(_) => batch(words, expression)?,
        Expression::Text(text) => Bytes::from(text.clone().into_bytes()),
        other => return words.plain(other),
    };
    Ok(Value::Bytes(bytes))
}

fn is_batch(expression: &Expression) -> bool {
    matches!(expression, Expression::Object(entries) if entries.iter().any(|entry| entry.name == "records" || entry.name == "control"))
}

fn batch(words: &Words, expression: &Expression) -> Result<Bytes, String> {
    let none = Vec::new();
    let (entries, values) = match expression {
        Expression::Object(entries) => match find(entries, "records") {
            Some(Expression::List(values)) => (entries, values),
            None => (entries, &none),
            Some(_) => return Err("records: a list expected".to_owned()),
        },
        Expression::List(values) => (&none_entries(), values),
        _ => return Err("a batch expected".to_owned()),
    };
    let known = |name: &str| KNOWN.contains(&name) || LIES.iter().any(|(lie, ..)| *lie == name);
    if let Some(entry) = entries.iter().find(|entry| !known(&entry.name)) {
        let lies: Vec<&str> = LIES.iter().map(|(name, ..)| *name).collect();
        return Err(format!("a batch has {} and {}, not {}", KNOWN.join(", "), lies.join(", "), entry.name));
    }
    let number = |name: &str| match find(entries, name).map(|value| words.plain(value)).transpose()? {
        None => Ok(None),
        Some(Value::Int(number)) => Ok(Some(number)),
        Some(_) => Err(format!("{name}: a number expected")),
    };
    let mut builder = BatchBuilder::new().base_offset(number("baseOffset")?.unwrap_or(0));
    builder = builder.leader_epoch(narrow(number("leaderEpoch")?.unwrap_or(-1))?);
    if let Some(Expression::Text(name)) = find(entries, "compression") {
        builder = builder.compression(compression(name)?);
    }
    if find(entries, "transactional") == Some(&Expression::Bool(true)) {
        builder = builder.transactional();
    }
    for value in values {
        push(words, &mut builder, value)?;
    }
    let mut bytes = match find(entries, "control") {
        Some(Expression::Text(kind)) => {
            let marker = if kind == "commit" { ControlMarker::Commit } else { ControlMarker::Abort };
            builder.control(marker, 0, words.now).to_vec()
        }
        _ => builder.build().map_err(|error| error.to_string())?.to_vec(),
    };
    let mut lied = false;
    if let Some(cut) = number("cutRecords")? {
        bytes.truncate(bytes.len().saturating_sub(usize::try_from(cut).unwrap_or_default()));
        let length = i32::try_from(bytes.len().saturating_sub(12)).unwrap_or(i32::MAX);
        bytes.get_mut(8..12).ok_or("no header")?.copy_from_slice(&length.to_be_bytes());
        lied = true;
    }
    for (name, position, size) in LIES {
        let Some(value) = number(name)? else { continue };
        let value = value.to_be_bytes();
        let target = bytes.get_mut(*position..position + size).ok_or("no header")?;
        target.copy_from_slice(value.get(8 - size..).unwrap_or_default());
        lied = true;
    }
    if lied {
        let crc = crc32c::crc32c(bytes.get(21..).unwrap_or_default());
        bytes.get_mut(17..21).ok_or("no header")?.copy_from_slice(&crc.to_be_bytes());
    }
    if let Some(crc) = number("crc")? {
        bytes.get_mut(17..21).ok_or("no header")?.copy_from_slice(crc.to_be_bytes().get(4..).unwrap_or_default());
    }
    if let Some(cut) = number("cut")? {
        bytes.truncate(bytes.len().saturating_sub(usize::try_from(cut).unwrap_or_default()));
    }
    bytes.extend(std::iter::repeat_n(0, usize::try_from(number("extra")?.unwrap_or(0)).unwrap_or_default()));
    Ok(bytes.into())
}

fn none_entries() -> Vec<Entry> {
    Vec::new()
}

fn find<'a>(entries: &'a [Entry], name: &str) -> Option<&'a Expression> {
    entries.iter().find(|entry| entry.name == name).map(|entry| &entry.value)
}

fn narrow(number: i64) -> Result<i32, String> {
    i32::try_from(number).map_err(|_| format!("{number}: four bytes"))
}

fn compression(name: &str) -> Result<Compression, String> {
    Ok(match name {
        "none" => Compression::None,
        "gzip" => Compression::Gzip,
        "snappy" => Compression::Snappy,
        "lz4" => Compression::Lz4,
        "zstd" => Compression::Zstd,
        _ => return Err(format!("compression: none, gzip, snappy, lz4 or zstd, not {name}")),
    })
}

/// A record is its value, or `{key: .., value: .., timestamp: .., headers: [{key: .., value: ..}]}`.
fn push(words: &Words, builder: &mut BatchBuilder, expression: &Expression) -> Result<(), String> {
    let bytes = |expression: Option<&Expression>| -> Result<Option<Vec<u8>>, String> {
        Ok(match expression.map(|expression| words.plain(expression)).transpose()? {
            Some(Value::Text(text)) => Some(text.into_bytes()),
            Some(Value::Int(number)) => Some(number.to_string().into_bytes()),
            None | Some(Value::Null) => None,
            Some(_) => return Err("text expected in a record".to_owned()),
        })
    };
    let Expression::Object(entries) = expression else {
        builder.push(words.now, None, bytes(Some(expression))?.as_deref(), &[]);
        return Ok(());
    };
    let timestamp = match find(entries, "timestamp").map(|time| words.plain(time)).transpose()? {
        Some(Value::Int(time)) => time,
        _ => words.now,
    };
    let mut headers = Vec::new();
    if let Some(Expression::List(list)) = find(entries, "headers") {
        for header in list {
            let Expression::Object(header) = header else { return Err("headers: {key: .., value: ..}".to_owned()) };
            let key = bytes(find(header, "key"))?.unwrap_or_default().into();
            headers.push(Header { key, value: bytes(find(header, "value"))?.map(Bytes::from) });
        }
    }
    let (key, value) = (bytes(find(entries, "key"))?, bytes(find(entries, "value"))?);
    builder.push(timestamp, key.as_deref(), value.as_deref(), &headers);
    Ok(())
}

/// Reads the key and value of a coordinator's record; `None` for any other.
type OfCoordinator<'a> = dyn Fn(&Bytes, Option<&Bytes>) -> Option<(Json, Json)> + 'a;

/// How the parts of a batch are shown.
pub(crate) struct Reading<'a> {
    pub(crate) time: &'a dyn Fn(i64) -> Json,
    pub(crate) producer: &'a dyn Fn(i64) -> Json,
    pub(crate) of_coordinator: &'a OfCoordinator<'a>,
}

/// What a records field holds, batch by batch.
pub(crate) fn describe(bytes: &Bytes, reading: &Reading<'_>) -> Json {
    let mut left = bytes.clone();
    let mut batches = Vec::new();
    while !left.is_empty() {
        match Batch::split(&mut left) {
            Ok(batch) => batches.push(describe_batch(&batch, reading)),
            Err(_) => {
                batches.push(json!({ "incomplete": true }));
                break;
            }
        }
    }
    Json::Array(batches)
}

fn describe_batch(batch: &Batch, reading: &Reading<'_>) -> Json {
    let Reading { time, producer, .. } = reading;
    let mut fields = Map::new();
    fields.insert("offsets".to_owned(), json!(format!("{}-{}", batch.base_offset(), batch.last_offset())));
    fields.insert("leaderEpoch".to_owned(), json!(batch.partition_leader_epoch()));
    fields.insert("attributes".to_owned(), json!(format!("{:#b}", batch.attributes())));
    fields.insert("timestamps".to_owned(), json!([time(batch.base_timestamp()), time(batch.max_timestamp())]));
    if batch.producer_id() != -1 {
        let sequence = json!([producer(batch.producer_id()), batch.producer_epoch(), batch.base_sequence()]);
        fields.insert("producer".to_owned(), sequence);
    }
    if !batch.crc_ok() {
        fields.insert("crc".to_owned(), json!("wrong"));
    }
    let records = match batch.records(LIMIT) {
        Ok(records) => records
            .map(|record| {
                record.map_or_else(|error| json!(error.to_string()), |record| describe_record(&record, reading))
            })
            .collect(),
        Err(error) => json!(error.to_string()),
    };
    fields.insert("records".to_owned(), records);
    Json::Object(fields)
}

fn describe_record(record: &Record, reading: &Reading<'_>) -> Json {
    let time = reading.time;
    let of_coordinator = |key| (reading.of_coordinator)(key, record.value.as_ref());
    if let Some((key, value)) = record.key.as_ref().and_then(of_coordinator) {
        return json!([record.offset, time(record.timestamp), key, value]);
    }
    let text = |bytes: &Option<Bytes>| bytes.as_ref().map_or(Json::Null, |bytes| json!(bytes_text(bytes)));
    let headers: Vec<Json> =
        record.headers.iter().map(|header| json!([bytes_text(&header.key), text(&header.value)])).collect();
    let mut fields = vec![json!(record.offset), time(record.timestamp), text(&record.key), text(&record.value)];
    if !headers.is_empty() {
        fields.push(json!(headers));
    }
    Json::Array(fields)
}
