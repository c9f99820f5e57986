//! `cargo xtask test`: every check of the project, with one closing line.

mod arrows;
mod builds;
mod checks;
mod output;
mod pages;
mod python;
mod results;
mod schedule;
mod tally;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};

use self::checks::{Check, all};
use self::results::{Results, cpu_seconds};

/// The options of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Run only checks whose name contains this; may be given several times
    #[arg(long)]
    only: Vec<String>,
    /// List the checks and stop
    #[arg(long)]
    list: bool,
    /// The folder for checks.json, checks.xml (JUnit) and the output of each check
    #[arg(long, default_value = "target/checks")]
    results: PathBuf,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let wanted =
        |check: &Check| options.only.is_empty() || options.only.iter().any(|part| check.name.contains(part.as_str()));
    let checks: Vec<Check> = all().into_iter().filter(wanted).collect();
    if checks.is_empty() {
        bail!("no check has a name like that; `cargo xtask test --list` lists them");
    }
    if options.list {
        checks.iter().for_each(|check| println!("{:<18} {}", check.name, check.about));
        return Ok(ExitCode::SUCCESS);
    }
    #[expect(clippy::disallowed_methods, reason = "the seconds of a run are shown to people and decide nothing")]
    let began = Instant::now();
    let rows = schedule::run(&checks, &options.results)?;
    let results = Results { rows, seconds: began.elapsed().as_secs_f64(), cpu_seconds: cpu_seconds() };
    results.print();
    results.write(&options.results)?;
    Ok(if results.total().failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
