//! `--registry` and `--schemas`: a schema registry beside the brokers.

use std::path::Path;
use std::str::FromStr;

use kafka_trial_registry::{Registry, SchemaFolder, SchemaRegistry};

use crate::exit_status::ExitStatus;
use crate::note::note;

/// Where the spec's clients look for a registry: the port of `http://localhost:18081`.
pub(crate) const DEFAULT_PORT: u16 = 18081;

/// What `--registry` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RegistryPort {
    Off,
    /// 0 takes a free port.
    On(u16),
}

impl FromStr for RegistryPort {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(port) => Ok(Self::On(port)),
            Err(_) if text == "off" => Ok(Self::Off),
            Err(_) => Err("expected a port, or off"),
        }
    }
}

/// Why there is no registry.
pub(crate) enum Failure {
    /// It cannot start.
    Start(String),
    /// A schema of `--schemas` is refused, or there is none.
    Schemas(String),
}

impl Failure {
    /// Reports it on standard error, and returns the exit status.
    pub(crate) fn report(&self) -> ExitStatus {
        match self {
            Self::Start(why) => {
                note(why);
                ExitStatus::Failure
            }
            Self::Schemas(why) => {
                note(why);
                ExitStatus::Usage
            }
        }
    }
}

/// Starts a registry with the schemas of a folder, unless there is to be none.
pub(crate) fn start(port: RegistryPort, schemas: Option<&Path>) -> Result<Option<SchemaRegistry>, Failure> {
    let RegistryPort::On(port) = port else {
        return match schemas {
            Some(_) => Err(Failure::Schemas("--schemas: the registry is off (--registry PORT starts it)".to_owned())),
            None => Ok(None),
        };
    };
    let folder = schemas.map(SchemaFolder::read).transpose();
    let folder = folder.map_err(|error| Failure::Schemas(format!("--schemas: {error}")))?;
    let started = SchemaRegistry::start_with(Registry::new(), port);
    let registry =
        started.map_err(|error| Failure::Start(format!("--registry {port}: {error} (--registry off goes without)")))?;
    let Some(folder) = folder else { return Ok(Some(registry)) };
    let loaded = registry.load(&folder);
    let refused: Vec<String> =
        loaded.iter().filter(|schema| schema.problem.is_some()).map(|schema| format!("\n  {schema}")).collect();
    if refused.is_empty() {
        note(format_args!("{} schemas of {} registered", loaded.len(), folder.path().display()));
        return Ok(Some(registry));
    }
    let (folder, of, count) = (folder.path().display(), loaded.len(), refused.len());
    let text = refused.concat();
    Err(Failure::Schemas(format!("--schemas {folder}: {count} of {of} schemas are refused{text}")))
}
