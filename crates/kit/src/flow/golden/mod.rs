//! A flow as it was once, in a file: a test records it, and from then on sees what has changed.
//!
//! The file has the records that consumers see, each behind the one it comes from, without what differs from run to run:
//! [`Redactor`] writes ids, times and the random parts of topics as what they are. So the same file serves Rust and Python,
//! the embedded broker and a real one. Whoever edits it may write `"<any>"` in the place of a value that does not matter.

mod compare;
mod place;
mod redactor;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json, json};

use self::place::RedactedPlace;
use self::redactor::Redactor;
use super::model::Flow;
use super::observation::Observation;
use super::unmet::Missed;

/// The name and version of the form.
const FORM: &str = "kafka-trial/golden-flow/1";
/// Stands for a value that does not matter.
const ANY: &str = "<any>";
/// How a file is recorded, for those who have none.
const HOW: &str = "KAFKA_TRIAL_UPDATE_GOLDEN=1, or pytest's --kafka-trial-update-golden, records it";

/// A golden file, as it was when the test stated its expectation; [`Expect::golden`](super::Expect::golden) begins it.
#[derive(Clone, Debug)]
#[must_use = "it is expected once a Follow has it"]
pub struct Golden {
    path: PathBuf,
    /// What it holds, or why that cannot be had.
    content: Result<Json, String>,
    redacted: Vec<RedactedPlace>,
    /// Whether the file is to be written instead of being compared.
    pub(super) is_recording: bool,
    /// Where it was written: `file:line`.
    pub(super) location: String,
}

impl Golden {
    pub(super) fn at(path: impl Into<PathBuf>, location: String) -> Self {
        let path = path.into();
        Self { content: read(&path), path, redacted: Vec::new(), is_recording: false, location }
    }

    /// What stands there differs from run to run: a JSON Pointer into values, where `*` is any field or element,
    /// `$message.header#/NAME` or `$message.key#`. The file has `<redacted 1>` in the place of a text, with the same
    /// number wherever the same text stands at such a place, and `<any>` in the place of anything else.
    pub fn redact(mut self, place: &str) -> Self {
        match place.parse() {
            Ok(place) => self.redacted.push(place),
            Err(error) => self.content = Err(error),
        }
        self
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file has more records than there are.
    pub(super) fn has_more_than(&self, flow: &Flow) -> bool {
        let recorded = self.content.as_ref().ok().and_then(|content| content.get("records")?.as_array());
        recorded.is_some_and(|records| records.len() > flow.observations.iter().filter(|o| o.is_visible()).count())
    }

    /// What is not as the file has it.
    pub(super) fn missed(&self, flow: &Flow) -> Option<Missed> {
        if self.is_recording {
            return None;
        }
        match &self.content {
            Err(reason) => Some(reason.clone().into()),
            Ok(content) => {
                let (now, places) = self.content_of(flow);
                let differences = compare::differences(content, &now, &places);
                (!differences.is_empty()).then(|| Missed::of(differences))
            }
        }
    }

    /// Writes the file, where anything in it has changed. Its `"<any>"` stay.
    pub(super) fn record(&self, flow: &Flow) -> Result<(), String> {
        let (mut now, _) = self.content_of(flow);
        if let Ok(content) = &self.content {
            compare::keep_any(content, &mut now);
            if *content == now {
                return Ok(());
            }
        }
        let folder = self.path.parent().map_or(Ok(()), fs::create_dir_all);
        folder
            .and_then(|()| fs::write(&self.path, format!("{now:#}\n")))
            .map_err(|error| self.failed("written", &error))
    }

    fn failed(&self, what: &str, error: &io::Error) -> String {
        format!("{} could not be {what}: {error}", self.path.display())
    }

    /// A flow as the file would have it, and where its records lie.
    fn content_of(&self, flow: &Flow) -> (Json, Vec<String>) {
        let order = order(flow, &self.redacted);
        let mut redactor = Redactor::numbering(flow);
        let records = order.iter().filter_map(|number| {
            let observation = flow.observations.get(*number)?;
            let from = flow.hop_to(*number).and_then(|hop| order.iter().position(|other| *other == hop.from));
            Some(record(observation, from, &self.redacted, &mut redactor))
        });
        let records: Vec<Json> = records.collect();
        let places = order.iter().filter_map(|number| Some(flow.observations.get(*number)?.place.to_string()));
        (json!({"form": FORM, "records": records}), places.collect())
    }
}

fn read(path: &Path) -> Result<Json, String> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("{shown} does not exist; {HOW}"),
        _ => format!("{shown} could not be read: {error}"),
    })?;
    let content: Json = serde_json::from_str(&text).map_err(|error| format!("{shown} is not JSON: {error}"))?;
    match content.get("form").and_then(Json::as_str) {
        Some(FORM) => Ok(content),
        _ => Err(format!("{shown} is not a golden flow: its form is not {FORM:?}; {HOW}")),
    }
}

/// The numbers of the visible records: each behind the one it comes from, siblings by the route and by what they hold, for
/// which of them comes first is chance.
fn order(flow: &Flow, redacted: &[RedactedPlace]) -> Vec<usize> {
    let mut redactor = Redactor::plain(flow);
    let visible = flow.observations.iter().enumerate().filter(|(_, observation)| observation.is_visible());
    let mut left: Vec<(usize, (usize, String))> = visible
        .map(|(number, observation)| {
            let step = flow.route.step_of(&observation.place.topic).unwrap_or(usize::MAX);
            (number, (step, record(observation, None, redacted, &mut redactor).to_string()))
        })
        .collect();
    left.sort_by(|(_, a), (_, b)| a.cmp(b));
    let is_left = |left: &[(usize, (usize, String))], number| left.iter().any(|(known, _)| *known == number);
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        // Next is a child of what stands there already, the latest first, else one whose parent is not to come.
        let of = |parent: Option<usize>, (number, _): &(usize, (usize, String))| match flow.hop_to(*number) {
            Some(hop) => parent.map_or(!is_left(&left, hop.from), |parent| hop.from == parent),
            None => parent.is_none(),
        };
        let child = order.iter().rev().find_map(|parent| left.iter().position(|entry| of(Some(*parent), entry)));
        let next = child.or_else(|| left.iter().position(|entry| of(None, entry))).unwrap_or_default();
        order.push(left.remove(next).0);
    }
    order
}

fn record(
    observation: &Observation,
    from: Option<usize>,
    redacted: &[RedactedPlace],
    redactor: &mut Redactor<'_>,
) -> Json {
    let mut record = Map::new();
    record.insert("topic".to_owned(), Json::from(redactor.topic(&observation.place.topic)));
    if let Some(from) = from {
        record.insert("from".to_owned(), Json::from(from));
    }
    if let Some(key) = &observation.key {
        record.insert("key".to_owned(), redactor.bytes(key, observation));
    }
    let mut headers = Map::new();
    for (name, value) in &observation.headers {
        let value = value.as_ref().map_or(Json::Null, |value| redactor.bytes(value, observation));
        let name = String::from_utf8_lossy(name).into_owned();
        match headers.get_mut(&name) {
            // A header that is there twice has both values.
            Some(Json::Array(known)) => known.push(value),
            Some(known) => *known = json!([known.take(), value]),
            None => _ = headers.insert(name, value),
        }
    }
    if !headers.is_empty() {
        record.insert("headers".to_owned(), Json::Object(headers));
    }
    match (&observation.value, observation.json()) {
        (None, _) => _ = record.insert("tombstone".to_owned(), Json::Bool(true)),
        (Some(_), Some(value)) => _ = record.insert("value".to_owned(), redactor.json(value, observation)),
        (Some(bytes), None) => _ = record.insert("text".to_owned(), redactor.bytes(bytes, observation)),
    }
    let mut record = Json::Object(record);
    redacted.iter().for_each(|place| place.redact(&mut record, &mut |value| redactor.redacted(value)));
    record
}
