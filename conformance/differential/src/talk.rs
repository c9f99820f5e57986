//! Sends what the steps of a section say, and gives what came back in its common form.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use kafka_trial_wire::ApiKey;
use kafka_trial_wire::schema::Message;
use kafka_trial_wire::view::Value;
use serde_json::{Value as Json, json};

use crate::clock::{Deadline, pause};
use crate::connection::{Arrival, Connection};
use crate::normalise::Normaliser;
use crate::request::{Words, frame};
use crate::scenario::{Action, Entry, Expression, FIRST_BROKER, Hop, Path, Request, Step};
use crate::side::{Round, Side};

/// How long an answer may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(4);
/// How long a request is watched that is to wait.
const WATCH: Duration = Duration::from_millis(250);
/// How long a condition may take to come true, and how often it is looked at.
pub(crate) const UNTIL: Duration = Duration::from_secs(6);
pub(crate) const AGAIN: Duration = Duration::from_millis(20);

/// A request that waits for its answer: where, which, and in what version.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    connection: String,
    correlation_id: i32,
    api: ApiKey,
    version: i16,
    listing: bool,
}

/// One round of a section on one side.
pub(crate) struct Talk<'a> {
    pub(crate) side: &'a Side<'a>,
    pub(crate) round: &'a Round,
    pub(crate) words: Words,
    pub(crate) normaliser: Normaliser,
    pub(crate) connections: BTreeMap<String, Connection>,
    pub(crate) later: BTreeMap<String, Pending>,
}

impl Talk<'_> {
    /// Does what a step says, and gives what it came to.
    pub(crate) fn step(&mut self, step: &Step) -> Result<Json, String> {
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
                let mut json = self.normaliser.answer(self.side.schema, message, &value, pending.listing);
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

    /// Sends a request of the runner's own.
    pub(crate) fn ask(&mut self, request: &Request) -> Result<Option<Value>, String> {
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
pub(crate) fn times(step: &Step, offsets: &mut Vec<i64>) {
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
