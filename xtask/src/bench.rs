//! `cargo xtask bench`: builds what is measured and what measures it, and runs that.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, ensure};

use crate::program::{self, Arguments, BENCH, KAFKA_TRIAL, cargo};

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let mut bench = match arguments.list() {
        [row] if row == "wire" => codec(),
        [row, rest @ ..] if row == "suite" => suite(rest)?,
        arguments => {
            let is_raw = arguments.iter().any(|argument| argument == "--raw");
            let mut bench = optimised(is_raw)?;
            bench.args(arguments);
            bench
        }
    };
    let passed = bench.status()?.success();
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The bench with tiny counts, as the tests run it: unoptimised, as they build everything, and without librdkafka.
pub(crate) fn smoke() -> Result<Command> {
    let mut bench = program::program(BENCH, &["--smoke", "--raw", "--kafka-trial"])?;
    bench.arg(program::path(KAFKA_TRIAL)?);
    Ok(bench)
}

/// A suite of tests in Python, on the package as `pip install .` builds it.
fn suite(arguments: &[OsString]) -> Result<Command> {
    let folder = Path::new("target/python/bench");
    let python = folder.join("bin").join("python");
    if !python.exists() {
        let system = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
        let made = Command::new(system).args(["-m", "venv"]).arg(folder).status()?;
        ensure!(made.success(), "a Python of 3.10 or newer with its venv module is needed; PYTHON names another");
    }
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ".[kafka-python]"]);
    ensure!(install.status()?.success(), "{install:?} failed");
    let mut measure = Command::new(python);
    measure.arg("benches/suite/measure.py").args(arguments);
    Ok(measure)
}

/// The codec's own bench, which lies where the other codec is compiled already.
fn codec() -> Command {
    cargo(&["bench", "-q", "-p", "kafka-trial-codec", "--bench", "wire"])
}

/// The bench, built with optimisation beside the command that it measures.
fn optimised(is_raw: bool) -> Result<Command> {
    let mut build = cargo(&["build", "-q", "--release", "-p", "kafka-trial-cli", "-p", "kafka-trial-bench"]);
    if !is_raw {
        build.arg("--features=kafka-trial-bench/librdkafka");
    }
    ensure!(build.status()?.success(), "{build:?} failed");
    // This command lies in target/PROFILE.
    let own = std::env::current_exe()?;
    let target = own.ancestors().nth(2).context("a command lies in a folder")?.join("release");
    let mut bench = Command::new(target.join(BENCH));
    bench.arg("--kafka-trial").arg(target.join(KAFKA_TRIAL));
    Ok(bench)
}
