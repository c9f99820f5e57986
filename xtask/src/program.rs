//! Commands that are programs of their own, so that `cargo xtask` builds without them.

use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

/// The matrix of real clients.
pub(crate) const CLIENTS: &str = "kafka-trial-clients";
/// The test suites of real clients.
pub(crate) const SUITES: &str = "kafka-trial-suites";

/// Arguments that are handed on as they are.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Arguments {
    /// `--help` tells them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// The program of a package, with its first arguments.
pub(crate) fn program(package: &str, first: &[&str]) -> Command {
    let mut program = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    program.args(["run", "--quiet", "--package", package, "--"]).args(first);
    program
}

/// Runs it and gives back its exit status.
pub(crate) fn run(package: &str, first: &[&str], arguments: &Arguments) -> Result<ExitCode> {
    let status = program(package, first).args(&arguments.arguments).status().context("cargo could not be started")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}
