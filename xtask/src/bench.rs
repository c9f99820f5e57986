//! `cargo xtask bench`: builds what is measured and what measures it, and runs that.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, ensure};

/// The options of `cargo xtask bench`: all of them are the bench's own.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Options {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let mut bench = match &options.arguments[..] {
        [row] if row == "wire" => codec(),
        arguments => {
            let librdkafka = "--features=kafka-trial-bench/librdkafka";
            let is_raw = arguments.iter().any(|argument| argument == "--raw");
            let build: &[&str] = if is_raw { &["--release"] } else { &["--release", librdkafka] };
            let mut bench = command(build, "release")?;
            bench.args(arguments);
            bench
        }
    };
    let passed = bench.status()?.success();
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The bench with tiny counts, as the tests run it: unoptimised, as they build everything, and without librdkafka.
pub(crate) fn smoke() -> Result<Command> {
    let mut bench = command(&[], "debug")?;
    bench.args(["--smoke", "--raw"]);
    Ok(bench)
}

/// The codec's own bench, which lies where the other codec is compiled already.
fn codec() -> Command {
    let mut bench = Command::new(cargo());
    bench.args(["bench", "-q", "-p", "kafka-trial-codec", "--bench", "wire"]);
    bench
}

fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The bench as a command, built with the command that it measures.
fn command(options: &[&str], folder: &str) -> Result<Command> {
    let mut build = Command::new(cargo());
    build.args(["build", "-q", "-p", "kafka-trial-cli", "-p", "kafka-trial-bench"]).args(options);
    ensure!(build.status()?.success(), "{build:?} failed");
    // This command lies in target/PROFILE.
    let own = std::env::current_exe()?;
    let target = own.ancestors().nth(2).context("a command lies in a folder")?.join(folder);
    let mut bench = Command::new(target.join("kafka-trial-bench"));
    bench.arg("--kafka-trial").arg(target.join("kafka-trial"));
    Ok(bench)
}
