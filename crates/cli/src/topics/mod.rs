//! `kafka-trial topics`: what is there, creating, deleting.

mod change;
mod show;

use std::error::Error;
use std::process::ExitCode;

use self::change::{Create, Delete, create, delete};
use self::show::{Describe, List, describe, list};

/// The commands of `kafka-trial topics`.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Create topics; they can be used when this returns
    Create(Create),
    /// List all topics
    List(List),
    /// Describe topics: partitions, leaders, offsets, configs
    Describe(Describe),
    /// Delete topics with their records
    Delete(Delete),
}

pub(crate) fn topics(command: &Command) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Command::Create(options) => create(options),
        Command::List(options) => list(options),
        Command::Describe(options) => describe(options),
        Command::Delete(options) => delete(options),
    }
}
