//! `cargo xtask clients`: the matrix of real clients, which is a program of its own.

use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

/// The options of `cargo xtask clients`; `cargo xtask clients -- --help` teaches.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Clients by name and options, as the matrix takes them: --bootstrap HOST:PORT, --quick, --list
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let mut command = matrix();
    let status = command.args(&options.arguments).status().with_context(|| format!("{command:?}"))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The clients that are ready within a test run.
pub(crate) fn quick() -> Command {
    let mut command = matrix();
    command.arg("--quick");
    command
}

fn matrix() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["run", "--quiet", "--package", "kafka-trial-clients", "--"]);
    command
}
