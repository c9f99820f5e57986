//! The `kafka-trial` command as a program of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    kafka_trial_cli::command(std::env::args_os())
}
