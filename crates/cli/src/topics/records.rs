//! Reading and writing the records of a topic.

use std::error::Error;
use std::io::{self, BufRead as _, IsTerminal as _};
use std::process::ExitCode;

use anstream::{eprintln, println};
use kafka_trial::client::{Isolation, ReceivedRecord, Start, TopicReader};
use kafka_trial::config::{KafkaTestConfig, REGISTRY_VARIABLE};
use kafka_trial::{Record, SchemaRegistry, ValueEncoder};
use serde_json::{Value as Json, json};

use crate::exit_status::ExitStatus;
use crate::target::Target;

/// Where `serve` has its registry unless told otherwise.
const DEFAULT_REGISTRY: &str = "http://localhost:18081";

/// The options of `kafka-trial topics read`.
#[derive(clap::Args)]
#[command(after_help = "\
Each record is a JSON object on a line of its own. A value is JSON, decoded by its schema with --schema; otherwise it is its
text, and bytes that are no text are in base64. A value whose schema is not there or does not read it has the reason in
\"error\", and the exit status is 1. Reading joins no group.

Examples:
  kafka-trial topics read orders
  kafka-trial topics read orders --newest 10 --schema | jq .value.total
  kafka-trial topics read orders --schema --registry http://localhost:8081")]
pub(crate) struct Read {
    /// The topic
    #[arg(value_name = "NAME")]
    topic: String,
    /// One partition alone
    #[arg(long, value_name = "N")]
    partition: Option<i32>,
    /// At most so many records of each partition, the newest
    #[arg(long, value_name = "N")]
    newest: Option<i64>,
    /// Read the records of aborted and open transactions too
    #[arg(long)]
    uncommitted: bool,
    /// Decode keys and values that name a schema of the registry
    #[arg(long)]
    schema: bool,
    /// The schema registry [default: $TEST_SCHEMA_REGISTRY_URL, otherwise http://localhost:18081]
    #[arg(long, value_name = "URL", requires = "schema")]
    registry: Option<String>,
    #[command(flatten)]
    target: Target,
}

/// The options of `kafka-trial topics write`.
#[derive(clap::Args)]
#[command(after_help = "\
Without VALUE each line of standard input is a value. With --schema a value is JSON, and is written by the latest schema of
that subject, or by the schema of that id, in the wire format of Confluent's serializers.

Examples:
  kafka-trial topics write orders '{\"id\": 7}' --key 7
  kafka-trial topics write orders --schema orders-value < orders.jsonl
  kafka-trial topics write orders '{\"id\": 7}' --schema orders-value --message shop.Order")]
pub(crate) struct Write {
    /// The topic; it must exist
    #[arg(value_name = "NAME")]
    topic: String,
    /// The values of records
    #[arg(value_name = "VALUE")]
    values: Vec<String>,
    /// The key of each record
    #[arg(long, value_name = "TEXT")]
    key: Option<String>,
    /// A header of each record; may be given several times
    #[arg(long = "header", value_name = "NAME=TEXT", value_parser = header)]
    headers: Vec<(String, String)>,
    /// The partition [default: by the key]
    #[arg(long, value_name = "N")]
    partition: Option<i32>,
    /// Write values by the latest schema of a subject, or by the schema of an id
    #[arg(long, value_name = "SUBJECT|ID")]
    schema: Option<String>,
    /// The message of a Protobuf schema [default: its first]
    #[arg(long, value_name = "NAME", requires = "schema")]
    message: Option<String>,
    /// The schema registry [default: $TEST_SCHEMA_REGISTRY_URL, otherwise http://localhost:18081]
    #[arg(long, value_name = "URL", requires = "schema")]
    registry: Option<String>,
    #[command(flatten)]
    target: Target,
}

pub(crate) fn read(options: &Read) -> Result<ExitCode, Box<dyn Error>> {
    let (client, deadline) = options.target.connect()?;
    let isolation = if options.uncommitted { Isolation::ReadUncommitted } else { Isolation::ReadCommitted };
    let mut reader = TopicReader::open(client, &[&options.topic], Start::Earliest, deadline)?.isolation(isolation);
    if !reader.has_all_topics() {
        return Err(format!("topic {} does not exist", options.topic).into());
    }
    if options.schema {
        reader = reader.values(registry(options.registry.as_deref())?.values());
    }
    let mut records = reader.read_to_end(deadline)?;
    records.retain(|record| options.partition.is_none_or(|partition| partition == record.partition));
    records.sort_by_key(|record| (record.partition, record.offset));
    let mut is_whole = true;
    for (record, index) in records.iter().zip(0..) {
        if let Some(newest) = options.newest {
            let later = records.iter().skip(index + 1).filter(|other| other.partition == record.partition).count();
            if i64::try_from(later).unwrap_or(i64::MAX) >= newest {
                continue;
            }
        }
        let line = shown(record, options.schema);
        is_whole &= line.get("error").is_none();
        println!("{line}");
    }
    Ok(ExitStatus::of(is_whole).into())
}

pub(crate) fn write(options: &Write) -> Result<ExitCode, Box<dyn Error>> {
    let encoder = options.encoder()?;
    let lines: Box<dyn Iterator<Item = io::Result<String>>> = if options.values.is_empty() {
        if io::stdin().is_terminal() {
            eprintln!("kafka-trial: each line is a value, until Ctrl-D");
        }
        Box::new(io::stdin().lock().lines())
    } else {
        Box::new(options.values.iter().cloned().map(Ok))
    };
    let (mut client, deadline) = options.target.connect()?;
    for line in lines {
        let line = line?;
        let value = match &encoder {
            None => line.into_bytes(),
            Some(encoder) => {
                let json: Json =
                    serde_json::from_str(&line).map_err(|error| format!("{line}: it is not JSON: {error}"))?;
                encoder.encode(&json)?
            }
        };
        let mut record = Record::new(&options.topic, value);
        if let Some(key) = &options.key {
            record = record.key(key);
        }
        record.partition = options.partition;
        let record = options.headers.iter().fold(record, |record, (name, value)| record.header(name, value));
        let sent = client.produce(&record, deadline)?;
        println!("{}-{}@{}", options.topic, sent.partition, sent.offset);
    }
    Ok(ExitCode::SUCCESS)
}

impl Write {
    fn encoder(&self) -> Result<Option<ValueEncoder>, Box<dyn Error>> {
        let Some(schema) = &self.schema else { return Ok(None) };
        let (registry, message) = (registry(self.registry.as_deref())?, self.message.as_deref());
        Ok(Some(match schema.parse() {
            Ok(id) => registry.encoder_by_id(id, message)?,
            Err(_) => registry.encoder(schema, message)?,
        }))
    }
}

/// The registry that was given, otherwise the one that the environment names, otherwise that of `serve`.
fn registry(given: Option<&str>) -> Result<SchemaRegistry, String> {
    let named = || KafkaTestConfig::from_env().schema_registry_url;
    let url = given.map(str::to_owned).or_else(named).unwrap_or_else(|| DEFAULT_REGISTRY.to_owned());
    let source = if given.is_some() { "--registry" } else { REGISTRY_VARIABLE };
    SchemaRegistry::at(&url).map_err(|error| format!("{source}: {error}"))
}

fn shown(record: &ReceivedRecord, by_schema: bool) -> Json {
    let mut line = json!({
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
        "key": plain(record.key.as_deref()),
        "value": plain(record.value.as_deref()),
    });
    let Json::Object(fields) = &mut line else { return line };
    // A key is often a number or an id as text: it is JSON only where a schema says so.
    if by_schema
        && record.key.as_deref().is_some_and(|key| key.first() == Some(&0))
        && let Ok(key) = record.key_json()
    {
        fields.insert("key".to_owned(), key);
    }
    match record.json() {
        Ok(value) => drop(fields.insert("value".to_owned(), value)),
        Err(reason) if by_schema && reason.names_schema() => {
            fields.insert("error".to_owned(), reason.to_string().into());
        }
        Err(_) => {}
    }
    if !record.headers.is_empty() {
        let header = |(name, value): &(_, Option<_>)| {
            let name: &[u8] = AsRef::<[u8]>::as_ref(name);
            let value: Option<&[u8]> = value.as_ref().map(AsRef::<[u8]>::as_ref);
            json!([String::from_utf8_lossy(name), plain(value)])
        };
        let headers: Vec<Json> = record.headers.iter().map(|(name, value)| header(&(name, value.as_ref()))).collect();
        fields.insert("headers".to_owned(), headers.into());
    }
    line
}

/// Bytes as text, or in base64 where they are none; null for nothing.
fn plain(bytes: Option<&[u8]>) -> Json {
    let Some(bytes) = bytes else { return Json::Null };
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => text.into(),
        _ => json!({ "base64": base64(bytes) }),
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |value: u32| LETTERS.get((value & 63) as usize).map_or('=', |letter| char::from(*letter));
    let chunk = |chunk: &[u8]| {
        let value = chunk.iter().fold(0u32, |value, byte| value << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        let letters = [value >> 18, value >> 12, value >> 6, value].map(letter);
        let kept: String = letters.iter().take(chunk.len() + 1).collect();
        format!("{kept:=<4}")
    };
    bytes.chunks(3).map(chunk).collect()
}

/// `NAME=TEXT`.
fn header(text: &str) -> Result<(String, String), String> {
    let header = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let header = header.map(|(name, value)| (name.to_owned(), value.to_owned()));
    header.ok_or_else(|| format!("invalid header {text:?}: expected NAME=TEXT"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_text_or_base64() {
        for (bytes, shown) in [
            (&b"text"[..], json!("text")),
            (b"\0", json!({"base64": "AA=="})),
            (b"\xff\xfe", json!({"base64": "//4="})),
            (b"\0ab", json!({"base64": "AGFi"})),
        ] {
            assert_eq!(plain(Some(bytes)), shown);
        }
        assert_eq!(plain(None), Json::Null);
    }
}
