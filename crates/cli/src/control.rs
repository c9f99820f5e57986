//! `serve --control`: lines by which a test in any language stops and starts brokers, moves leaders, compacts topics,
//! applies their retention, ends sessions and transactions, and arms faults.

use std::path::Path;

use kafka_trial::faults::rule_from_json;
use kafka_trial::{ControlError, EmbeddedCluster, InspectError};

use crate::faults;

/// What a line may be.
const COMMANDS: &str = "stop ID, start ID, move-leader TOPIC PARTITION ID, compact TOPIC, apply-retention TOPIC, \
                        expire-member GROUP MEMBER, time-out TRANSACTIONAL_ID, arm FILE, fault JSON, end-fault ID, \
                        release HOLD or verify-faults";

/// Does what a line says, and gives the line that answers it: `ok`, or `error` and why.
pub(crate) fn answer(cluster: &EmbeddedCluster, line: &str) -> String {
    match obey(cluster, line) {
        Ok(()) => "ok".to_owned(),
        Err(why) => format!("error {why}"),
    }
}

fn obey(cluster: &EmbeddedCluster, line: &str) -> Result<(), String> {
    // JSON and names of files may have spaces.
    if let Some((command @ ("fault" | "arm"), rest)) = line.trim().split_once(' ') {
        return if command == "fault" { arm(cluster, rest.trim()) } else { arm_file(cluster, rest.trim()) };
    }
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
        ["expire-member", group, member] => inspected(cluster.expire_members(group, member).map(drop)),
        ["time-out", id] => inspected(cluster.time_out_transaction(id)),
        ["end-fault", id] => match cluster.disarm(id).map_err(|error| error.to_string())? {
            None => Err(format!("no fault {id} is armed")),
            Some(status) => faults::due(&status).map_or(Ok(()), |why| Err(one_line(&why))),
        },
        ["release", hold] => inspected(cluster.release(hold).map(drop)),
        ["verify-faults"] => {
            let armed = cluster.faults().map_err(|error| error.to_string())?;
            let idle: Vec<String> = armed.iter().filter_map(faults::due).collect();
            if idle.is_empty() { Ok(()) } else { Err(one_line(&idle.join("; "))) }
        }
        _ => Err(format!("expected {COMMANDS}, not: {}", line.trim())),
    }
}

/// Arms a rule in JSON, as docs/faults.md describes it.
fn arm(cluster: &EmbeddedCluster, json: &str) -> Result<(), String> {
    let json = serde_json::from_str(json).map_err(|error| format!("invalid JSON: {error}"))?;
    cluster.arm(rule_from_json(&json)?).map_err(|error| error.to_string())
}

fn arm_file(cluster: &EmbeddedCluster, path: &str) -> Result<(), String> {
    faults::arm_file(cluster, Path::new(path)).map(drop).map_err(|error| one_line(&error.to_string()))
}

/// An answer is one line.
fn one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join("; ")
}
