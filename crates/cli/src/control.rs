//! `serve --control`: lines by which a test in any language stops and starts brokers, moves leaders, compacts topics
//! and applies their retention.

use kafka_trial::{ControlError, EmbeddedCluster, InspectError};

/// What a line may be.
const COMMANDS: &str = "stop ID, start ID, move-leader TOPIC PARTITION ID, compact TOPIC or apply-retention TOPIC";

/// Does what a line says, and gives the line that answers it: `ok`, or `error` and why.
pub(crate) fn answer(cluster: &EmbeddedCluster, line: &str) -> String {
    match obey(cluster, line) {
        Ok(()) => "ok".to_owned(),
        Err(why) => format!("error {why}"),
    }
}

fn obey(cluster: &EmbeddedCluster, line: &str) -> Result<(), String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let number = |word: &str| word.parse::<i32>().map_err(|_| format!("invalid number {word}: expected {COMMANDS}"));
    let controlled = |done: Result<(), ControlError>| done.map_err(|error| error.to_string());
    let inspected = |done: Result<(), InspectError>| done.map_err(|error| error.to_string());
    match words.as_slice() {
        ["stop", id] => controlled(cluster.stop_broker(number(id)?)),
        ["start", id] => controlled(cluster.start_broker(number(id)?)),
        ["move-leader", topic, partition, id] => {
            controlled(cluster.move_leader(topic, number(partition)?, number(id)?))
        }
        ["compact", topic] => inspected(cluster.compact(topic)),
        ["apply-retention", topic] => inspected(cluster.apply_retention(topic)),
        _ => Err(format!("expected {COMMANDS}, not: {}", line.trim())),
    }
}
