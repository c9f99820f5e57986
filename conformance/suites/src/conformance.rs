//! `cargo xtask conformance`: run suites, judge them, say how it went.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::broker::Side;
use crate::needs::{JAVA, MAVEN, Need};
use crate::outcome::{Outcome, Outcomes};
use crate::place::Place;
use crate::record::{Misses, Record, misses};
use crate::report::{Counts, Report};
use crate::suite::{ALL, EachChange, Run, Suite};
use crate::verdict::{Verdict, as_it_stands, judge};

/// Run the test suites of real Kafka clients against this project's broker, or against a real Kafka
#[derive(clap::Args)]
#[command(after_help = "\
A suite is fetched from its package registry and built under target/suites, once. What it lacks is named and skipped.
A test that a real Kafka passes (recorded/<suite>.kafka.tsv) has to pass here, or to be named in misses.tsv. A test
that fails runs twice more before it is believed.

Examples:
  cargo xtask conformance                           every suite
  cargo xtask conformance kgo rskafka               two of them
  cargo xtask conformance librdkafka --only 0011    one test
  cargo xtask conformance kgo --real --record       what a real Kafka passes, to be kept")]
pub(crate) struct Options {
    /// The suites; all of them where none is named
    #[arg(value_name = "SUITE")]
    suites: Vec<String>,
    /// Against a real Apache Kafka, started from its published jars
    #[arg(long)]
    real: bool,
    /// Only this test; may be given several times
    #[arg(long, value_name = "TEST")]
    only: Vec<String>,
    /// Only what is quick enough to run on every change
    #[arg(long, conflicts_with = "only")]
    each_change: bool,
    /// Keep the outcomes in conformance/suites/recorded; with --only, those of the named tests
    #[arg(long, conflicts_with = "each_change")]
    record: bool,
    /// Print the outcomes as JSON
    #[arg(long)]
    json: bool,
    /// Name the suites and stop
    #[arg(long)]
    list: bool,
}

/// How often a failing test runs before it is believed.
const ATTEMPTS: usize = 3;

pub(crate) fn conformance(options: &Options) -> Result<ExitCode> {
    if let Some(name) = options.suites.iter().find(|name| ALL.iter().all(|suite| suite.name != *name)) {
        let names: Vec<&str> = ALL.iter().map(|suite| suite.name).collect();
        bail!("there is no suite {name:?}; there are {}", names.join(", "));
    }
    if options.list {
        ALL.iter().for_each(|suite| println!("{:<12} {}: {}", suite.name, suite.title, suite.about));
        return Ok(ExitCode::SUCCESS);
    }
    let side = if options.real { Side::Kafka } else { Side::Ours };
    let misses = misses()?;
    let mut total = Counts::default();
    let mut reports: Vec<Value> = Vec::new();
    for suite in ALL.iter().filter(|suite| options.suites.is_empty() || options.suites.iter().any(|n| n == suite.name))
    {
        let Some(only) = selection(suite, options) else { continue };
        say(options, &format!("{} on {}", suite.title, side.title()));
        let place = Place::of(suite.name)?;
        if let Some(why) = missing(suite, side).or_else(|| unprepared(suite, &place, options.each_change)) {
            say(options, &format!("  skipped: {why}\n0 passed, 0 failed, 1 skipped in 0s"));
            reports.push(json!({ "suite": suite.name, "title": suite.title, "skipped": 1, "why": why }));
            total.skipped += 1;
            continue;
        }
        let report = run(suite, side, &place, &only, &misses, options.record)
            .with_context(|| format!("{} on {}", suite.title, side.title()))?;
        total.add(report.counts());
        if options.json {
            reports.push(report.to_json());
        } else {
            report.print();
        }
    }
    let Counts { passed, failed, skipped } = total;
    if options.json {
        let all = json!({ "passed": passed, "failed": failed, "skipped": skipped, "suites": reports });
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        println!("\n{passed} passed, {failed} failed, {skipped} skipped");
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Lines for people, which would be in the way of JSON.
fn say(options: &Options, text: &str) {
    if !options.json {
        println!("{text}");
    }
}

/// The tests to run, an empty list being all; none at all where the suite does not run.
fn selection(suite: &Suite, options: &Options) -> Option<Vec<String>> {
    match suite.each_change {
        EachChange::Nothing if options.each_change => None,
        EachChange::Only(tests) if options.each_change => Some(tests.iter().map(|test| (*test).to_owned()).collect()),
        _ => Some(options.only.clone()),
    }
}

fn missing(suite: &Suite, side: Side) -> Option<String> {
    let of_side: &[Need] = if side == Side::Kafka { &[JAVA, MAVEN] } else { &[] };
    suite.needs.iter().chain(of_side).find_map(Need::missing)
}

/// Why it could not be fetched or built. What runs on every change runs on machines without a way to every registry,
/// and is skipped there by name; who asks for a suite gets the error.
fn unprepared(suite: &Suite, place: &Place, each_change: bool) -> Option<String> {
    if !each_change {
        return None;
    }
    (suite.prepare)(place).err().map(|error| format!("it could not be fetched or built: {error:#}"))
}

fn run<'a>(
    suite: &'a Suite,
    side: Side,
    place: &Place,
    only: &[String],
    misses: &Misses,
    record: bool,
) -> Result<Report<'a>> {
    (suite.prepare)(place)?;
    #[expect(clippy::disallowed_methods, reason = "how long a suite took is told to people and decides nothing")]
    let begin = Instant::now();
    let mut outcomes = (suite.run)(&Run { side, place, only, record })?;
    if outcomes.is_empty() {
        bail!("{} ran no test", suite.title);
    }
    let kafka = Record::read(suite, Side::Kafka)?;
    let judged = |outcomes: &Outcomes| match (&kafka, side) {
        (Some(kafka), Side::Ours) => judge(suite, outcomes, kafka, misses, only.is_empty()),
        _ => as_it_stands(outcomes),
    };
    let believed = |name: &str, outcomes: &Outcomes| !matches!(judged(outcomes).get(name), Some(Verdict::Failed(_)));
    let again = |failing: &[String]| (suite.run)(&Run { side, place, only: failing, record });
    let flaky = rerun(&mut outcomes, believed, again)?;
    let took = begin.elapsed();
    if record {
        let before = Record::read(suite, side)?.filter(|_| !only.is_empty());
        let mut all = before.map(|record| record.outcomes).unwrap_or_default();
        all.extend(outcomes.clone());
        Record::of_today(suite, side, all)?.write(suite, side)?;
    }
    Ok(Report { suite, side, verdicts: judged(&outcomes), took, flaky })
}

/// Runs what failed again, on a fresh broker, and gives the names of what then passed. A failure that is `believed`
/// at once, because a real Kafka has it too or because it has a name, is left at that.
fn rerun(
    outcomes: &mut Outcomes,
    believed: impl Fn(&str, &Outcomes) -> bool,
    again: impl Fn(&[String]) -> Result<Outcomes>,
) -> Result<Vec<String>> {
    let mut flaky = Vec::new();
    for _ in 1..ATTEMPTS {
        let doubtful = |(name, outcome): &(&String, &Outcome)| outcome.is_failure() && !believed(name, outcomes);
        let failing: Vec<String> = outcomes.iter().filter(doubtful).map(|(name, _)| name.clone()).collect();
        if failing.is_empty() {
            break;
        }
        for (name, outcome) in again(&failing)? {
            if failing.contains(&name) && !outcome.is_failure() {
                flaky.push(name.clone());
            }
            outcomes.insert(name, outcome);
        }
    }
    Ok(flaky)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn what_fails_runs_twice_more_and_alone() {
        let mut outcomes = Outcomes::from([
            ("good".to_owned(), Outcome::PASSED),
            ("flaky".to_owned(), Outcome::Failed("late".to_owned())),
            ("bad".to_owned(), Outcome::Failed("wrong".to_owned())),
            ("missed".to_owned(), Outcome::Failed("not there".to_owned())),
        ]);
        let runs = Cell::new(0);
        let flaky = rerun(
            &mut outcomes,
            |name, _| name == "missed",
            |failing| {
                runs.set(runs.get() + 1);
                assert!(!failing.iter().any(|name| name == "good" || name == "missed"));
                let passes = |name: &String| name == "flaky";
                let outcome =
                    |name: &String| if passes(name) { Outcome::PASSED } else { Outcome::Failed("wrong".to_owned()) };
                Ok(failing.iter().map(|name| (name.clone(), outcome(name))).collect())
            },
        );
        assert_eq!(flaky.unwrap(), ["flaky"]);
        assert_eq!(runs.get(), 2);
        assert!(outcomes["bad"].is_failure() && !outcomes["flaky"].is_failure());
    }
}
