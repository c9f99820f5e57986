//! The commands that `conformance/suites` does: it is a program of its own, so that `cargo xtask` builds without it.

use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

/// Arguments that are handed on as they are.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Arguments {
    /// `--help` tells them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

/// The program, with one of its commands.
pub(crate) fn program(command: &str) -> Command {
    let mut program = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    program.args(["run", "--quiet", "--package", "kafka-trial-suites", "--", command]);
    program
}

/// Runs it and gives back its exit status.
pub(crate) fn run(command: &str, arguments: &Arguments) -> Result<ExitCode> {
    let status = program(command).args(&arguments.arguments).status().context("cargo could not be started")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}
