//! Scenarios: what is asked of both brokers, read from files.
//!
//! A file holds sections, a section holds steps, and a step is a request to an API or a word to the runner. The
//! format is described in the crate's README.

mod checks;
mod expression;
mod file;
mod step;

pub(crate) use self::expression::{Entry, Expression};

use std::collections::BTreeMap;
use std::path::PathBuf;

use kafka_trial_wire::ApiKey;
use thiserror::Error;

/// What is wrong in a scenario file, where, and what was expected there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}:{line}: {expected}", file.display())]
pub(crate) struct ScenarioError {
    pub(crate) file: PathBuf,
    pub(crate) line: usize,
    pub(crate) expected: String,
}

/// A mistake on a line of a file that the caller knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) line: usize,
    pub(crate) expected: String,
}

impl Mistake {
    pub(crate) fn new(line: usize, expected: impl Into<String>) -> Self {
        Self { line, expected: expected.into() }
    }
}

/// A file of sections that need the same broker.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    /// The file's name without its ending.
    pub(crate) name: String,
    /// Broker properties beyond those that all scenarios share; `N:` before a key makes it one of broker N alone.
    pub(crate) properties: BTreeMap<String, String>,
    /// How many brokers; their ids count up from 1.
    pub(crate) brokers: u16,
    /// Whether it changes what other scenarios see, and so runs when no other does.
    pub(crate) alone: bool,
    /// Why none of it is run.
    pub(crate) skip: Option<String>,
    pub(crate) sections: Vec<Section>,
}

/// Steps that belong together, in names of their own.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) skip: Option<String>,
    pub(crate) steps: Vec<Step>,
}

/// One line of a section with what is indented below it.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) line: usize,
    /// The line as written.
    pub(crate) text: String,
    pub(crate) action: Action,
    /// Whether the line names every API and this is one of them.
    pub(crate) of_every: bool,
    /// Values of the answer that later steps use.
    pub(crate) saves: Vec<(String, Path)>,
    /// What the answer has to say before the next step is taken; the request is repeated until then.
    pub(crate) until: Option<(Path, Expression)>,
}

/// What a step does.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// Creates a topic and waits until its leaders answer.
    Topic {
        name: String,
        partitions: i64,
        configs: Vec<(String, String)>,
    },
    /// Sends a request and, unless it is for later, takes the answer.
    Send(Request),
    /// Takes the answer of an earlier request.
    Await(String),
    /// Looks whether an earlier request still waits for its answer.
    Waits(String),
    /// Closes a connection.
    Close(String),
    /// Lets time pass, in milliseconds.
    Pause(u64),
    /// Stops a broker as an operator would, or starts it again.
    Stop(i32),
    Start(i32),
}

/// A request with its fields.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) api: ApiKey,
    pub(crate) versions: Versions,
    /// The connection by its name.
    pub(crate) connection: String,
    /// The id of the broker that is asked.
    pub(crate) broker: i32,
    /// The name under which the answer is taken later.
    pub(crate) later: Option<String>,
    pub(crate) damage: Vec<Damage>,
    pub(crate) body: Vec<Entry>,
}

/// The broker that is asked where none is named.
pub(crate) const FIRST_BROKER: i32 = 1;

/// The versions in which a step is sent, one in each round of its section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Versions {
    pub(crate) min: i16,
    pub(crate) max: i16,
}

impl Versions {
    /// All versions that Kafka 4.3.1 serves of an API.
    pub(crate) fn served(api: ApiKey) -> Option<Self> {
        let range = api.versions()?;
        // Version 6 of InitProducerId is defined, but not served before two-phase commit is (KIP-939).
        let max = if api == ApiKey::InitProducerId { 5 } else { *range.end() };
        Some(Self { min: *range.start(), max })
    }

    pub(crate) fn count(self) -> usize {
        usize::try_from(self.max - self.min).unwrap_or_default() + 1
    }

    /// The newest comes first; a step that has seen all of its versions stays at the oldest.
    pub(crate) fn in_round(self, round: usize) -> i16 {
        self.max.saturating_sub(i16::try_from(round).unwrap_or(i16::MAX)).max(self.min)
    }
}

/// What is done to a frame before it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    /// Bytes are missing at the end.
    Cut(usize),
    /// Only so many bytes of the body are left.
    Keep(usize),
    /// Zeros follow the body.
    Extra(usize),
    /// The size in front of the frame is off by this.
    Size(i32),
    /// The size in front of the frame is this.
    SizeIs(i32),
    /// The header names another API.
    Key(i16),
    /// The header names another version; the body stays what it was.
    Version(i16),
}

/// Where a value stands in an answer: `Topics[0].ErrorCode`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path(pub(crate) Vec<Hop>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hop {
    Field(String),
    Index(usize),
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (hop, place) in self.0.iter().zip(0..) {
            match hop {
                Hop::Field(name) if place == 0 => f.write_str(name)?,
                Hop::Field(name) => write!(f, ".{name}")?,
                Hop::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
