//! `kafka-trial schemas`: folders of schemas.

mod check;
mod report;

use std::error::Error;
use std::process::ExitCode;

/// The commands of `kafka-trial schemas`.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Check that the schemas of a folder parse, and are compatible with one another's versions or with those of a registry
    Check(check::Options),
}

pub(crate) fn schemas(command: &Command) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Command::Check(options) => check::check(options),
    }
}
