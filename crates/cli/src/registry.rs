//! `--registry`: a schema registry beside the brokers.

use std::str::FromStr;

use kafka_trial_registry::{Registry, SchemaRegistry};

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

/// Starts a registry, unless there is to be none.
pub(crate) fn start(port: RegistryPort) -> Result<Option<SchemaRegistry>, String> {
    let RegistryPort::On(port) = port else {
        return Ok(None);
    };
    let started = SchemaRegistry::start_with(Registry::new(), port);
    started.map(Some).map_err(|error| format!("--registry {port}: {error} (--registry off goes without)"))
}
