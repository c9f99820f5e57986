//! `cargo xtask test`: every check of the project, one after the other, with one closing line.

mod checks;
mod pages;
mod python;
mod tally;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};

use self::checks::{Check, Outcome, all};
use self::tally::Tally;

/// The options of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Run only checks whose name contains this; may be given several times
    #[arg(long)]
    only: Vec<String>,
    /// Name the checks and stop
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let wanted =
        |check: &Check| options.only.is_empty() || options.only.iter().any(|part| check.name.contains(part.as_str()));
    let checks: Vec<Check> = all().into_iter().filter(wanted).collect();
    if checks.is_empty() {
        bail!("no check has a name like that; `cargo xtask test --list` names them");
    }
    if options.list {
        checks.iter().for_each(|check| println!("{:<18} {}", check.name, check.about));
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = Vec::new();
    let mut total = Tally::default();
    for check in &checks {
        println!("\n==> {}: {}", check.name, check.about);
        #[expect(clippy::disallowed_methods, reason = "how long a check took is told to people and decides nothing")]
        let began = Instant::now();
        let (tally, note) = match check.run() {
            Ok(Outcome::Counted(tally)) => (tally, String::new()),
            Ok(Outcome::Skipped(why)) => (Tally { skipped: 1, ..Tally::default() }, why),
            Err(error) => (Tally { failed: 1, ..Tally::default() }, format!("{error:#}")),
        };
        total.add(tally);
        rows.push((check.name, tally, began.elapsed().as_secs(), note));
    }
    println!("\n{:<18} {:>7} {:>7} {:>7} {:>7}", "check", "passed", "failed", "skipped", "seconds");
    for (name, tally, seconds, note) in rows {
        println!("{name:<18} {:>7} {:>7} {:>7} {seconds:>7}  {note}", tally.passed, tally.failed, tally.skipped);
    }
    println!("\n{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
    Ok(if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
