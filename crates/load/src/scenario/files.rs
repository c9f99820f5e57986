//! The files that a scenario names: recorded times, events, a schema.

use std::path::Path;
use std::time::Duration;

use kafka_trial::flow::JsonSchema;
use serde_json::Value as Json;

use super::ScenarioError;
use crate::live::{Payload, PayloadError};
use crate::{Shape, Stage};

pub(super) fn read(path: &Path) -> Result<String, ScenarioError> {
    std::fs::read_to_string(path).map_err(|source| ScenarioError::Read { path: path.to_owned(), source })
}

/// The JSON Schema in a file.
pub fn read_schema(path: &Path) -> Result<JsonSchema, ScenarioError> {
    let text = read(path)?;
    let schema = json(path, &text, 1)?;
    JsonSchema::new(&schema).map_err(|error| wrong(path, (1, 1), error.to_string()))
}

impl Payload {
    /// The event in a file: the JSON object to which each request adds its own `correlation_id`. In a file whose name ends
    /// with `.jsonl` or `.ndjson` each line is an event, and of a folder each `.json` file, by their names; these take
    /// turns.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        let extension = path.extension().and_then(|extension| extension.to_str());
        let events = if path.is_dir() {
            folder(path)?
        } else if matches!(extension, Some("jsonl" | "ndjson")) {
            let text = read(path)?;
            let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
            lines.map(|(line, number)| event(path, line, number)).collect::<Result<_, _>>()?
        } else {
            vec![event(path, &read(path)?, 1)?]
        };
        Self::in_turn(events).map_err(|error| wrong(path, (1, 1), error.to_string()))
    }
}

fn folder(path: &Path) -> Result<Vec<Payload>, ScenarioError> {
    let unread = |source| ScenarioError::Read { path: path.to_owned(), source };
    let entries = std::fs::read_dir(path).map_err(unread)?.collect::<Result<Vec<_>, _>>().map_err(unread)?;
    let mut files: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files.iter().map(|file| event(file, &read(file)?, 1)).collect()
}

/// The event in a text that begins at this line of its file.
fn event(path: &Path, text: &str, first: usize) -> Result<Payload, ScenarioError> {
    Payload::event(&json(path, text, first)?).map_err(|error| {
        // A placeholder stands in the text as it is named, unless it was escaped there.
        let byte = match &error {
            PayloadError::Placeholder(named) => text.find(named.as_str()).unwrap_or(0),
            _ => 0,
        };
        let (line, column) = place(text, byte);
        wrong(path, (line + first - 1, column), error.to_string())
    })
}

fn json(path: &Path, text: &str, first: usize) -> Result<Json, ScenarioError> {
    serde_json::from_str(text).map_err(|error| {
        let what = error.to_string();
        // Its place is told apart.
        let what = what.rsplit_once(" at line ").map_or(what.as_str(), |(what, _)| what).to_owned();
        wrong(path, (error.line() + first - 1, error.column().max(1)), what)
    })
}

fn wrong(path: &Path, (line, column): (usize, usize), what: String) -> ScenarioError {
    ScenarioError::Wrong { path: path.to_owned(), line, column, what }
}

/// Line and column of a byte, counting from 1.
pub(super) fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

impl Stage {
    /// A stage of recorded times from a file: seconds from the start, one a line, in ascending order. Lines that are
    /// empty or begin with `#` are passed over.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        let mut times: Vec<Duration> = Vec::new();
        for (line, number) in read(path)?.lines().zip(1..) {
            let text = line.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let seconds = text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            match seconds.filter(|time| times.last().is_none_or(|last| last <= time)) {
                Some(time) => times.push(time),
                None => {
                    let column = line.len() - line.trim_start().len() + 1;
                    let expected = "expected seconds from the start, not before those of the line above";
                    return Err(wrong(path, (number, column), format!("{text}: {expected}")));
                }
            }
        }
        if times.is_empty() {
            return Err(wrong(path, (1, 1), "expected at least one time, in seconds from the start".to_owned()));
        }
        // The last request is still within its stage.
        let duration = times.last().copied().unwrap_or_default() + Duration::from_millis(1);
        Ok(Self { shape: Shape::Replay(times), duration })
    }
}
