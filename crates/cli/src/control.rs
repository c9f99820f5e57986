//! `serve --control`: lines that stop and start brokers and move leaders, so that a test in any language can do it.

use kafka_trial::EmbeddedCluster;

/// What a line may be.
const COMMANDS: &str = "stop ID, start ID or move-leader TOPIC PARTITION ID";

/// Does what a line says, and gives the line that answers it: `ok`, or `error` and why.
pub(crate) fn answer(cluster: &EmbeddedCluster, line: &str) -> String {
    match obey(cluster, line) {
        Ok(()) => "ok".to_owned(),
        Err(why) => format!("error {why}"),
    }
}

fn obey(cluster: &EmbeddedCluster, line: &str) -> Result<(), String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let number = |word: &str| word.parse::<i32>().map_err(|_| format!("{word} is no number: {COMMANDS} expected"));
    let done = match words.as_slice() {
        ["stop", id] => cluster.stop_broker(number(id)?),
        ["start", id] => cluster.start_broker(number(id)?),
        ["move-leader", topic, partition, id] => cluster.move_leader(topic, number(partition)?, number(id)?),
        _ => return Err(format!("{COMMANDS} expected, not: {}", line.trim())),
    };
    done.map_err(|error| error.to_string())
}
