//! One of the two brokers: sends what a section says, and gives what came back in its common form.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use kafka_trial_wire::ApiKey;
use kafka_trial_wire::schema::Message;
use kafka_trial_wire::view::{Schema, Value};
use serde_json::{Value as Json, json};

use crate::clock::{Deadline, pause};
use crate::connection::{Arrival, Connection};
use crate::normalise::Normaliser;
use crate::request::{Words, frame};
use crate::scenario::{Action, Entry, Expression, FIRST_BROKER, Hop, Path, Request, Scenario, Section, Step, Versions};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(4);
/// How long a request is watched that is to wait.
const WATCH: Duration = Duration::from_millis(250);
/// How long a condition may take to come true, and how often it is looked at.
const UNTIL: Duration = Duration::from_secs(6);
const AGAIN: Duration = Duration::from_millis(20);

const WARM_UP: &str = "== groups
FindCoordinator 4
    CoordinatorKeys: [@group]
    until Coordinators[0].ErrorCode = 0
OffsetFetch 8
    Groups: [{GroupId: @group, Topics: null}]
    until Groups[0].ErrorCode = 0
== transactions
FindCoordinator 4
    KeyType: 1
    CoordinatorKeys: [@transaction]
    until Coordinators[0].ErrorCode = 0
InitProducerId 4
    TransactionalId: null
    until ErrorCode = 0
";

/// The brokers of one side.
pub(crate) trait Nodes: Debug + Sync {
    /// What each listens on, in the order of their ids.
    fn addresses(&self) -> Vec<SocketAddr>;

    /// Stops a broker as an operator would.
    fn stop(&self, id: i32) -> Result<(), String>;

    /// Starts a stopped broker where it was.
    fn start(&self, id: i32) -> Result<(), String>;
}

/// Brokers to ask.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    pub(crate) nodes: &'a dyn Nodes,
    pub(crate) schema: &'a Schema,
}

/// One round of a section: its version of each step, and its names.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    pub(crate) number: usize,
    pub(crate) prefix: String,
    pub(crate) now: i64,
}

impl Side<'_> {
    /// Sends one round of a section and gives what each step came to.
    pub(crate) fn run(&self, section: &Section, round: &Round) -> Vec<Json> {
        let mut offsets = vec![0];
        section.steps.iter().for_each(|step| times(step, &mut offsets));
        let mut talk = Talk {
            side: self,
            round,
            words: Words { prefix: round.prefix.clone(), saved: BTreeMap::new(), now: round.now },
            normaliser: Normaliser::new(round.prefix.clone(), self.nodes.addresses(), round.now, &offsets),
            connections: BTreeMap::new(),
            later: BTreeMap::new(),
        };
        section.steps.iter().map(|step| talk.step(step).unwrap_or_else(|error| json!({ "not sent": error }))).collect()
    }

    /// Waits until the broker coordinates groups and transactions: Kafka makes their topics when they are first asked
    /// for.
    pub(crate) fn warm_up(&self) -> Result<(), String> {
        let last = self.nodes.addresses().len().saturating_sub(1);
        let steps = format!("== brokers\nDescribeCluster\n    until Brokers[{last}].IsFenced = false\n{WARM_UP}");
        let scenario = Scenario::parse("warm-up".to_owned(), &steps, self.schema)
            .map_err(|mistake| format!("warm-up, line {}: {}", mistake.line, mistake.expected))?;
        for section in &scenario.sections {
            self.run(section, &Round { number: 0, prefix: "kt-warm-up-".to_owned(), now: 0 });
        }
        Ok(())
    }

    fn address(&self, id: i32) -> Result<SocketAddr, String> {
        let place = usize::try_from(id - FIRST_BROKER).ok();
        place.and_then(|place| self.nodes.addresses().get(place).copied()).ok_or_else(|| format!("no broker {id}"))
    }

    /// The versions that the broker says it serves.
    pub(crate) fn served(&self) -> Result<BTreeMap<ApiKey, Versions>, String> {
        let mut connection = Connection::open(self.address(FIRST_BROKER)?).map_err(|error| error.to_string())?;
        let words = Words { prefix: String::new(), saved: BTreeMap::new(), now: 0 };
        let request = plain(ApiKey::ApiVersions, 0, Vec::new());
        let id = connection.correlation_id();
        connection.send(&frame(self.schema, &words, &request, 0, id)?);
        let Arrival::Answer(bytes) = connection.receive(id, PATIENCE) else {
            return Err("ApiVersions was not answered".to_owned());
        };
        let message = self.schema.response(ApiKey::ApiVersions).ok_or("no definition")?;
        let value = message.decode(bytes, 0).map_err(|error| error.to_string())?;
        let Some(Value::Array(rows)) = value.get("ApiKeys") else { return Err("no ApiKeys".to_owned()) };
        let number = |row: &Value, name: &str| match row.get(name) {
            Some(Value::Int(number)) => i16::try_from(*number).unwrap_or_default(),
            _ => 0,
        };
        let range = |row| Versions { min: number(row, "MinVersion"), max: number(row, "MaxVersion") };
        Ok(rows.iter().map(|row| (ApiKey(number(row, "ApiKey")), range(row))).collect())
    }
}

/// A request that waits for its answer: where, which, and in what version.
#[derive(Clone, Debug)]
struct Pending {
    connection: String,
    correlation_id: i32,
    api: ApiKey,
    version: i16,
    listing: bool,
}

struct Talk<'a> {
    side: &'a Side<'a>,
    round: &'a Round,
    words: Words,
    normaliser: Normaliser,
    connections: BTreeMap<String, Connection>,
    later: BTreeMap<String, Pending>,
}

impl Talk<'_> {
    fn step(&mut self, step: &Step) -> Result<Json, String> {
        match &step.action {
            Action::Topic { name, partitions, configs } => self.topic(name, *partitions, configs),
            Action::Send(request) => self.until(step, request),
            Action::Await(label) => {
                let pending = self.later.get(label).cloned().ok_or_else(|| format!("{label} was not sent"))?;
                let (json, value) = self.receive(&pending, PATIENCE)?;
                self.save(step, value.as_ref());
                Ok(json)
            }
            Action::Waits(label) => {
                let pending = self.later.get(label).cloned().ok_or_else(|| format!("{label} was not sent"))?;
                let (json, value) = self.receive(&pending, WATCH)?;
                self.save(step, value.as_ref());
                Ok(json)
            }
            Action::Close(name) => {
                self.connections.remove(name);
                Ok(json!("closed by us"))
            }
            Action::Pause(ms) => {
                pause(Duration::from_millis(*ms));
                Ok(json!("paused"))
            }
            Action::Stop(id) => self.side.nodes.stop(*id).map(|()| json!("stopped")),
            Action::Start(id) => self.side.nodes.start(*id).map(|()| json!("started")),
        }
    }

    /// Sends a request, again and again where its answer is to say something that it does not say yet.
    fn until(&mut self, step: &Step, request: &Request) -> Result<Json, String> {
        let deadline = Deadline::after(UNTIL);
        loop {
            let pending = self.send(request)?;
            if let Some(label) = &request.later {
                self.later.insert(label.clone(), pending);
                return Ok(json!("sent"));
            }
            let before = self.normaliser.clone();
            let (json, value) = self.receive(&pending, PATIENCE)?;
            let reached = match &step.until {
                None => true,
                Some((path, wanted)) => {
                    let wanted = self.words.plain(wanted)?;
                    value.as_ref().and_then(|value| at(value, path)).is_some_and(|found| says(found, &wanted))
                }
            };
            if reached {
                self.save(step, value.as_ref());
                return Ok(json);
            }
            if deadline.left().is_none() {
                return Ok(
                    json!({ "never reached": step.until.as_ref().map(|(path, _)| path.to_string()), "last": json }),
                );
            }
            // What is asked again leaves no trace: the placeholders are those of the last answer.
            self.normaliser = before;
            pause(AGAIN);
        }
    }

    fn send(&mut self, request: &Request) -> Result<Pending, String> {
        let version = request.versions.in_round(self.round.number);
        let name = match request.broker {
            FIRST_BROKER => request.connection.clone(),
            id => format!("{} at {id}", request.connection),
        };
        if self.connections.get(&name).is_none_or(Connection::is_closed) {
            let connection = Connection::open(self.side.address(request.broker)?).map_err(|error| error.to_string())?;
            self.connections.insert(name.clone(), connection);
        }
        let connection = self.connections.get_mut(&name).ok_or("no connection")?;
        let correlation_id = connection.correlation_id();
        connection.send(&frame(self.side.schema, &self.words, request, version, correlation_id)?);
        let listing = !request.body.iter().any(names_internal);
        Ok(Pending { connection: name, correlation_id, api: request.api, version, listing })
    }

    fn receive(&mut self, pending: &Pending, patience: Duration) -> Result<(Json, Option<Value>), String> {
        let connection = self.connections.get_mut(&pending.connection).ok_or("the connection is gone")?;
        match connection.receive(pending.correlation_id, patience) {
            Arrival::Answer(bytes) => Ok(self.answer(pending, bytes)),
            Arrival::Closed => Ok((json!("closed"), None)),
            Arrival::Nothing => {
                if patience == PATIENCE {
                    // Kafka reads no further request of a connection before it has answered: go on with another one.
                    self.connections.remove(&pending.connection);
                }
                Ok((json!("no answer"), None))
            }
        }
    }

    fn answer(&mut self, pending: &Pending, mut bytes: Bytes) -> (Json, Option<Value>) {
        let Some(message) = self.side.schema.response(pending.api) else { return (json!("unknown"), None) };
        if pending.api.response_header_version(pending.version) == 1 {
            // No broker puts tagged fields into the header.
            let tags = bytes.split_to(bytes.len().min(1));
            if tags.as_ref() != [0] {
                return (json!("a header with tagged fields"), None);
            }
        }
        let version = body_version(pending, &bytes);
        match message.decode(bytes.clone(), version) {
            Ok(value) => {
                let mut json = self.normaliser.answer(message, &value, pending.listing);
                note_layout(message, &value, version, &bytes, &mut json);
                (json, Some(value))
            }
            Err(error) => (json!({ "unreadable": error.to_string() }), None),
        }
    }

    fn save(&mut self, step: &Step, value: Option<&Value>) {
        for (name, path) in &step.saves {
            if let Some(found) = value.and_then(|value| at(value, path)) {
                self.words.saved.insert(name.clone(), found.clone());
            }
        }
    }

    /// Creates a topic and waits until every leader answers for its partition; its id is saved under its name.
    fn topic(&mut self, name: &str, partitions: i64, configs: &[(String, String)]) -> Result<Json, String> {
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

    /// Sends a request of the runner's own.
    fn ask(&mut self, request: &Request) -> Result<Option<Value>, String> {
        let pending = self.send(request)?;
        let before = self.normaliser.clone();
        let (_, value) = self.receive(&pending, PATIENCE)?;
        self.normaliser = before;
        Ok(value)
    }
}

/// ApiVersions in a version that the broker does not know is answered in version 0 (KIP-511).
fn body_version(pending: &Pending, bytes: &Bytes) -> i16 {
    let unsupported = bytes.first_chunk::<2>() == Some(&35i16.to_be_bytes());
    if pending.api == ApiKey::ApiVersions && unsupported { 0 } else { pending.version }
}

/// What is decoded has to be all of it: what is written again is what came.
fn note_layout(message: &Message, value: &Value, version: i16, bytes: &Bytes, json: &mut Json) {
    let same = message.encode(value, version).is_ok_and(|again| again == *bytes);
    if let (false, Json::Object(fields)) = (same, json) {
        fields.insert("layout".to_owned(), json!("not as the definition has it"));
    }
}

fn at<'a>(value: &'a Value, path: &Path) -> Option<&'a Value> {
    path.0.iter().try_fold(value, |value, hop| match (hop, value) {
        (Hop::Field(name), value) => value.get(name),
        (Hop::Index(index), Value::Array(elements)) => elements.get(*index),
        _ => None,
    })
}

/// Whether a value is the wanted one; Kafka writes many numbers as text.
fn says(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Text(text), Value::Int(number)) => *text == number.to_string(),
        _ => found == wanted,
    }
}

fn first<'a>(value: Option<&'a Value>, name: &str) -> Option<&'a Value> {
    match value?.get(name)? {
        Value::Array(elements) => elements.first(),
        _ => None,
    }
}

fn plain(api: ApiKey, version: i16, body: Vec<Entry>) -> Request {
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

fn names_internal(entry: &Entry) -> bool {
    fn mentions(value: &Expression) -> bool {
        match value {
            Expression::Text(text) => text.starts_with("__"),
            Expression::List(elements) => elements.iter().any(mentions),
            Expression::Object(entries) => entries.iter().any(names_internal),
            _ => false,
        }
    }
    mentions(&entry.value)
}

/// The times that a step writes, as offsets from now.
fn times(step: &Step, offsets: &mut Vec<i64>) {
    fn walk(value: &Expression, offsets: &mut Vec<i64>) {
        match value {
            Expression::Now(offset) if !offsets.contains(offset) => offsets.push(*offset),
            Expression::List(elements) => elements.iter().for_each(|element| walk(element, offsets)),
            Expression::Object(entries) => entries.iter().for_each(|entry| walk(&entry.value, offsets)),
            _ => {}
        }
    }
    if let Action::Send(request) = &step.action {
        request.body.iter().for_each(|entry| walk(&entry.value, offsets));
    }
}
