//! `kafka-trial groups`: who is in them, what they have committed, where they go on.

mod delete;
mod members;
mod reset;
mod show;

use std::error::Error;
use std::process::ExitCode;

use self::delete::{Delete, delete};
use self::reset::{Reset, reset};
use self::show::{Describe, List, describe, list};

/// The commands of `kafka-trial groups`.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// List all groups
    List(List),
    /// Describe groups: members, committed offsets, lag
    Describe(Describe),
    /// Move the committed offsets of a group that has no members
    Reset(Reset),
    /// Delete groups that have no members, with their offsets
    Delete(Delete),
}

pub(crate) fn groups(command: &Command) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Command::List(options) => list(options),
        Command::Describe(options) => describe(options),
        Command::Reset(options) => reset(options),
        Command::Delete(options) => delete(options),
    }
}
