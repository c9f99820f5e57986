//! Programs of the workspace, built the one way in which `cargo xtask test` builds everything.
//!
//! `cargo run --package` would resolve the features of dependencies for that package alone, and so build most of them
//! again for each program.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, ensure};

/// The command that people install.
pub(crate) const KAFKA_TRIAL: &str = "kafka-trial";
/// The bench.
pub(crate) const BENCH: &str = "kafka-trial-bench";
/// The matrix of real clients.
pub(crate) const CLIENTS: &str = "kafka-trial-clients";
/// The comparison with a real Kafka.
pub(crate) const DIFFERENTIAL: &str = "kafka-trial-differential";
/// The test suites of real clients.
pub(crate) const SUITES: &str = "suites";

/// All packages but the extension module, which links against no libpython: maturin builds it.
pub(crate) const WORKSPACE: [&str; 3] = ["--workspace", "--exclude", "kafka-trial-python"];

/// Arguments that are handed on as they are.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Arguments {
    /// `--help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

impl Arguments {
    pub(crate) fn list(&self) -> &[OsString] {
        &self.arguments
    }
}

/// The cargo that runs this.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

/// Builds every program with the features that the tests have.
///
/// With a test among the targets, cargo counts the features of dev-dependencies, as it does for the tests themselves.
pub(crate) fn build() -> Command {
    let mut build = cargo(&["build", "--quiet", "--bins", "--test", "lifetime"]);
    build.args(WORKSPACE);
    build
}

/// The path of a program in `target/debug`.
pub(crate) fn path(name: &str) -> Result<PathBuf> {
    // This command lies in target/PROFILE.
    let own = std::env::current_exe()?;
    let target = own.ancestors().nth(2).context("a command lies in a folder")?;
    Ok(target.join("debug").join(name))
}

/// A program of the workspace with its first arguments. [`build`] has to run first.
pub(crate) fn program(name: &str, first: &[&str]) -> Result<Command> {
    let mut program = Command::new(path(name)?);
    program.args(first);
    Ok(program)
}

/// Builds a program, runs it, and returns its exit status.
pub(crate) fn run(name: &str, first: &[&str], arguments: &Arguments) -> Result<ExitCode> {
    let mut build = build();
    ensure!(build.status().context("cargo could not be started")?.success(), "{build:?} failed");
    let status = program(name, first)?.args(arguments.list()).status()?;
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}
