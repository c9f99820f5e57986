//! A load from a file, in YAML or TOML.
//!
//! ```yaml
//! request: requests
//! response: responses
//! stages:
//!   - ramp: { from: 10/s, to: 200/s, for: 30s }
//!   - constant: { rate: 200/s, for: 1m }
//! thresholds:
//!   - p99(response) < 500ms
//!   - lost == 0
//! ```
//! What is wrong in it is named with its line and column, before anything is sent.

mod files;
mod form;
mod parse;

use std::path::{Path, PathBuf};

use kafka_trial::client::Endpoint;
use thiserror::Error;

pub use self::files::read_schema;
use kafka_trial::ValueEncoder;

use crate::live::{Job, Payload, Target, Watched};
use crate::{Plan, SearchRange, Threshold, any_seed};

/// What a scenario wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// One run.
    Run(Plan),
    /// A search for the highest rate.
    Search {
        /// Where.
        range: SearchRange,
        /// The plan of each run, but for its rate.
        plan: Plan,
        /// Whether requests are sent at random times around the rate.
        is_poisson: bool,
    },
}

/// A load as a file describes it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Scenario {
    /// The cluster, where the file names one.
    pub endpoint: Option<Endpoint>,
    /// Where requests go.
    pub request_topic: String,
    /// Where answers come.
    pub response_topic: String,
    /// What requests carry.
    pub payload: Payload,
    /// What writes the requests, where that is a schema.
    pub encoder: Option<ValueEncoder>,
    /// What is watched beside the answers.
    pub watched: Watched,
    /// What is done.
    pub work: Work,
    /// What has to hold.
    pub thresholds: Vec<Threshold>,
    /// Whether the file has a seed.
    pub has_seed: bool,
}

/// A scenario that cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// The file, or one that it names, cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Only files with these names are read.
    #[error("{}: the name of a scenario ends with .yaml, .yml or .toml", .0.display())]
    Kind(PathBuf),
    /// Something in it is wrong.
    #[error("{}:{line}:{column}: {what}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, counting from 1.
        line: usize,
        /// The column, counting characters from 1.
        column: usize,
        /// What is wrong, and what was expected.
        what: String,
    },
    /// Something is wrong in one that came as a value.
    #[error("{0}")]
    Value(String),
}

impl Scenario {
    /// What it wants driven on this cluster. The seed is the given one, otherwise the file's own, otherwise a random one.
    pub fn job(self, endpoint: Endpoint, seed: Option<u64>) -> Job {
        let Self { request_topic, response_topic, payload, encoder, watched, mut work, thresholds, has_seed, .. } =
            self;
        let (Work::Run(plan) | Work::Search { plan, .. }) = &mut work;
        if let Some(seed) = seed.or_else(|| (!has_seed).then(any_seed)) {
            plan.seed = seed;
        }
        let target = Target { endpoint, request_topic, response_topic, payload, encoder, watched };
        Job { target, work, thresholds, baseline: None, team: None }
    }

    /// Reads a scenario, and the files that it names beside it.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        let text = files::read(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        form::scenario(parse::parse(path, &text)?, folder).map_err(|error| match error {
            // The parts are as they should be, but do not fit together.
            ScenarioError::Value(what) => ScenarioError::Wrong { path: path.to_owned(), line: 1, column: 1, what },
            other => other,
        })
    }

    /// A scenario that came as a value, with the same fields. The files that it names lie in `folder`.
    pub fn from_json(value: &str, folder: &Path) -> Result<Self, ScenarioError> {
        let form = serde_json::from_str(value).map_err(|error| ScenarioError::Value(error.to_string()))?;
        form::scenario(form, folder)
    }
}
