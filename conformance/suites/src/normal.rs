//! What differs from run to run in the output of a tool, replaced by a word.

use std::collections::BTreeMap;

use anyhow::Result;
use regex::Regex;
use serde_json::Value;

use crate::transcript::Reduce;

/// Patterns and their words, applied in this order.
const WORDS: &[(&str, &str)] = &[
    // What Kafka says when its own logging has no place to go.
    (r"(?m)^(?:WARNING: |SLF4J: |OpenJDK ).*\n?", ""),
    // Where in the tool an exception came from.
    (r"(?m)^\s+at [\w.]+.*\n?", ""),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID"),
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[:.,]\d+Z?", "TIME"),
    (r"\b1[6-9]\d{11}\b", "TIME"),
    (r"(TopicId: |topicId=|id=|ID: )[A-Za-z0-9_-]{22}\b", "${1}ID"),
    (r#""logDir":"[^"]*""#, r#""logDir":"FOLDER""#),
    (r"/(?:127\.0\.0\.1|localhost)(?::\d+)?\b", "/HOST"),
    (r"\b127\.0\.0\.1 \d+\b", "127.0.0.1 PORT"),
    (r"\bproducerId=\d+|\bProducerId: \d+", "producerId=N"),
    (r"\bEpoch: \d+", "Epoch: N"),
    (r"[ \t]+", " "),
    (r" *\n+", "\n"),
];

/// Replaces what differs, then reduces the rest to lines.
pub(crate) fn normal(output: &str, bootstrap: &str, reduce: Reduce) -> Result<Vec<String>> {
    let mut text = output.replace("\r\n", "\n").replace(bootstrap, "BROKER");
    if reduce == Reduce::Events {
        text = events(&text).join("\n");
    }
    for (pattern, word) in WORDS {
        text = Regex::new(pattern)?.replace_all(&text, *word).into_owned();
    }
    if matches!(reduce, Reduce::Shape | Reduce::Last) {
        text = Regex::new(r"\d+(?:\.\d+)?")?.replace_all(&text, "N").into_owned();
    }
    let mut lines: Vec<String> =
        text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
    match reduce {
        Reduce::AsItIs | Reduce::Shape | Reduce::Events => {}
        Reduce::Sort => lines.sort(),
        Reduce::Last => lines.drain(..lines.len().saturating_sub(1)).for_each(drop),
    }
    Ok(lines)
}

/// The names of JSON events (`stage` in those of the copier), and how many there were where that is not left to the
/// timing; other lines stay as they are, behind them.
fn events(text: &str) -> Vec<String> {
    const COUNTED: &[&str] = &["producer_send_success", "record_data"];
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut others = Vec::new();
    for line in text.lines() {
        let value = serde_json::from_str::<Value>(line).ok();
        let name = value.as_ref().and_then(|value| value.get("name").or_else(|| value.get("stage")));
        match name.and_then(Value::as_str) {
            Some(name) => *counts.entry(name.to_owned()).or_default() += 1,
            None => others.push(line.to_owned()),
        }
    }
    let told = |(name, count): (String, usize)| {
        if COUNTED.contains(&name.as_str()) { format!("{name}: {count}") } else { name }
    };
    counts.into_iter().map(told).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_times_and_addresses_become_words() {
        let output = "Topic: a\tTopicId: 5l8hQ2cfTkmBZ3GPIZVuUQ\tPartitionCount: 2\n\nBroker at 127.0.0.1:4711  \n";
        let lines = normal(output, "127.0.0.1:4711", Reduce::AsItIs).unwrap();
        assert_eq!(lines, ["Topic: a TopicId: ID PartitionCount: 2", "Broker at BROKER"]);
    }

    #[test]
    fn events_are_counted_by_their_names() {
        let output = "{\"name\":\"record_data\",\"offset\":1}\n{\"name\":\"record_data\",\"offset\":0}\n\
                      {\"stage\":\"Loop\"}\n{\"stage\":\"Loop\"}\nbye\n";
        assert_eq!(normal(output, "x", Reduce::Events).unwrap(), ["Loop", "record_data: 2", "bye"]);
    }

    #[test]
    fn a_shape_has_no_numbers() {
        let output = "5 records\n10 records, 3.5 MB/sec\n";
        assert_eq!(normal(output, "x", Reduce::Shape).unwrap(), ["N records", "N records, N MB/sec"]);
        assert_eq!(normal(output, "x", Reduce::Last).unwrap(), ["N records, N MB/sec"]);
    }
}
