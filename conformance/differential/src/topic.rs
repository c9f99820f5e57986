//! A section's topics.

use kafka_trial_wire::ApiKey;
use kafka_trial_wire::view::Value;
use serde_json::{Value as Json, json};

use crate::clock::{Deadline, pause};
use crate::scenario::{Entry, Expression, FIRST_BROKER, Request, Versions};
use crate::talk::{AGAIN, Talk, UNTIL};

impl Talk<'_> {
    /// Creates a topic and waits until every leader answers for its partition; its id is saved under its name.
    pub(crate) fn topic(&mut self, name: &str, partitions: i64, configs: &[(String, String)]) -> Result<Json, String> {
        let configs =
            configs.iter().map(|(key, value)| object(vec![field("Name", text(key)), field("Value", text(value))]));
        let topic = object(vec![
            field("Name", Expression::Name(name.to_owned())),
            field("NumPartitions", Expression::Int(partitions)),
            field("ReplicationFactor", Expression::Int(1)),
            field("Configs", Expression::List(configs.collect())),
        ]);
        let topics = field("Topics", Expression::List(vec![topic]));
        let timeout = field("timeoutMs", Expression::Int(10_000));
        let created = self.ask(&plain(ApiKey::CreateTopics, 7, vec![topics, timeout]))?;
        let topic = first(created.as_ref(), "Topics").ok_or("CreateTopics was not answered")?;
        match topic.get("ErrorCode") {
            Some(Value::Int(0)) => {}
            _ => return Ok(json!({ "not created": topic.to_json() })),
        }
        if let Some(id) = topic.get("TopicId") {
            self.words.saved.insert(name.to_owned(), id.clone());
        }
        let indexes = (0..partitions).map(|index| {
            object(vec![field("PartitionIndex", Expression::Int(index)), field("Timestamp", Expression::Int(-1))])
        });
        let topic = object(vec![
            field("Name", Expression::Name(name.to_owned())),
            field("Partitions", Expression::List(indexes.collect())),
        ]);
        let request = plain(
            ApiKey::ListOffsets,
            7,
            vec![field("ReplicaId", Expression::Int(-1)), field("Topics", Expression::List(vec![topic]))],
        );
        let deadline = Deadline::after(UNTIL);
        while deadline.left().is_some() {
            let answer = self.ask(&request)?;
            let ready = match first(answer.as_ref(), "Topics").and_then(|topic| topic.get("Partitions")) {
                Some(Value::Array(partitions)) => {
                    partitions.iter().all(|partition| partition.get("ErrorCode") == Some(&Value::Int(0)))
                }
                _ => false,
            };
            if ready {
                return Ok(json!("created"));
            }
            pause(AGAIN);
        }
        Ok(json!("created, but its leaders do not answer"))
    }
}

fn first<'a>(value: Option<&'a Value>, name: &str) -> Option<&'a Value> {
    match value?.get(name)? {
        Value::Array(elements) => elements.first(),
        _ => None,
    }
}

/// A request of the runner's own.
pub(crate) fn plain(api: ApiKey, version: i16, body: Vec<Entry>) -> Request {
    let versions = Versions { min: version, max: version };
    let connection = "topics".to_owned();
    Request { api, versions, connection, broker: FIRST_BROKER, later: None, damage: Vec::new(), body }
}

fn field(name: &str, value: Expression) -> Entry {
    Entry { line: 0, name: name.to_owned(), value }
}

fn object(entries: Vec<Entry>) -> Expression {
    Expression::Object(entries)
}

fn text(text: &str) -> Expression {
    Expression::Text(text.to_owned())
}
