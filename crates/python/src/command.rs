//! The command `kafka-trial`, which the wheel brings along.

use std::ffi::OsString;
use std::process::{ExitCode, exit};

use pyo3::prelude::*;

/// Runs the command with its arguments, the program's name first, and ends this process with its exit status.
#[pyfunction]
pub(crate) fn run_command(py: Python<'_>, arguments: Vec<OsString>) {
    py.detach(|| exit(number(kafka_trial_cli::command(arguments))));
}

/// The number in an exit code; the standard library compares exit codes and does not take them apart.
fn number(code: ExitCode) -> i32 {
    (0..=u8::MAX).find(|number| ExitCode::from(*number) == code).map_or(1, i32::from)
}
