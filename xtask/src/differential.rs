//! `cargo xtask differential`: asks the embedded broker and a real Kafka the same.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use anyhow::Result;

/// The options of `cargo xtask differential`: all of them are the differential's own.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Options {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let passed = command().args(&options.arguments).status()?.success();
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The comparison with Kafka's recorded answers, which needs no Java.
pub(crate) fn replay() -> Command {
    let mut command = command();
    command.arg("--replay");
    command
}

fn command() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["run", "--quiet", "--package", "kafka-trial-differential", "--"]);
    command
}
