//! `kafka-trial topics`: what is there, creating, deleting; records read and written.

mod change;
mod records;
mod show;

use std::error::Error;
use std::process::ExitCode;

use self::change::{Create, Delete, create, delete};
use self::records::{Read, Write, read, write};
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
    /// Write the records of a topic to standard output, decoded by their schemas
    Read(Read),
    /// Produce records, as they are or by a schema
    Write(Write),
}

pub(crate) fn topics(command: &Command) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Command::Create(options) => create(options),
        Command::List(options) => list(options),
        Command::Describe(options) => describe(options),
        Command::Delete(options) => delete(options),
        Command::Read(options) => read(options),
        Command::Write(options) => write(options),
    }
}
