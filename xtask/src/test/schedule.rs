//! The order of the checks: builds one after the other, then tests, two at a time.

use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use anyhow::Result;

use super::checks::{Check, Stage};
use super::output::{Outcome, Output};
use super::results::Row;
use super::tally::Tally;

/// How many checks run at a time, once all is built.
const LANES: usize = 2;

/// Runs the checks and returns their rows in the order of the table.
///
/// The builds use both cores by themselves. Most tests wait for processes that they have started, so that two lanes of
/// them share the cores well. A lane that is done with a check takes the next one in order.
pub(crate) fn run(checks: &[Check], folder: &Path) -> Result<Vec<Row>> {
    fs::create_dir_all(folder)?;
    // The output of a single check is seen as it comes.
    let logs = (checks.len() > 1).then_some(folder);
    let (builds, mut tests): (Vec<&Check>, Vec<&Check>) = checks.iter().partition(|check| check.stage == Stage::Build);
    let mut rows: Vec<Row> = builds.into_iter().map(|check| row(check, logs)).collect();
    // The long ones first: what is left for the end is short.
    tests.sort_by_key(|check| check.stage != Stage::LongTests);
    let tests = Mutex::new(VecDeque::from(tests));
    let next = || tests.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    thread::scope(|scope| {
        let lane = || std::iter::from_fn(next).map(|check| row(check, logs)).collect::<Vec<_>>();
        let lanes: Vec<_> = (0..LANES).map(|_| scope.spawn(lane)).collect();
        for lane in lanes {
            match lane.join() {
                Ok(lane) => rows.extend(lane),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    rows.sort_by_key(|row| checks.iter().position(|check| check.name == row.name));
    Ok(rows)
}

/// Runs one check.
fn row(check: &Check, logs: Option<&Path>) -> Row {
    println!("==> {}: {}", check.name, check.about);
    #[expect(clippy::disallowed_methods, reason = "the seconds of a check are shown to people and decide nothing")]
    let began = Instant::now();
    let output = match logs {
        Some(folder) => Output::file(folder.join(format!("{}.log", check.name))),
        None => Ok(Output::Terminal),
    };
    let outcome = output.as_ref().map_err(|error| anyhow::anyhow!("{error:#}")).and_then(|output| check.run(output));
    let (tally, note) = match outcome {
        Ok(Outcome::Counted(tally)) => (tally, String::new()),
        Ok(Outcome::Skipped(why)) => (Tally { skipped: 1, ..Tally::default() }, why),
        Err(error) => (Tally { failed: 1, ..Tally::default() }, format!("{error:#}")),
    };
    let row = Row { name: check.name, about: check.about, tally, seconds: began.elapsed().as_secs_f64(), note };
    let log = output.as_ref().ok().and_then(Output::path);
    if let Some(log) = log.filter(|_| tally.failed > 0) {
        println!("---- {}: output, from {}", check.name, log.display());
        println!("{}", fs::read_to_string(log).unwrap_or_else(|error| format!("it cannot be read: {error}")));
    }
    println!("<== {}", row.line());
    row
}
