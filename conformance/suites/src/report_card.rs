//! `docs/compatibility.md`: what is served, what the suites say, what differs and what is not there, each with its
//! reason; made from the broker's own table and the recorded runs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use kafka_trial_broker::{ServedApi, served_apis};
use kafka_trial_real_kafka::VERSION;
use regex::Regex;

use crate::broker::Side;
use crate::outcome::Outcome;
use crate::place::root;
use crate::record::{Misses, Record, misses};
use crate::suite::{ALL, Suite};

/// Write docs/compatibility.md
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only say whether it is as it should be
    #[arg(long)]
    check: bool,
}

pub(crate) fn report_card(options: &Options) -> Result<ExitCode> {
    let path = root().join("docs/compatibility.md");
    let page = page()?;
    if options.check {
        if std::fs::read_to_string(&path).unwrap_or_default() != page {
            bail!(
                "docs/compatibility.md is not what code and records say: `cargo xtask report-card` writes it (CONTRIBUTING.md, \
                 \"Add a Kafka API in an hour\", step 8)"
            );
        }
    } else {
        std::fs::write(&path, page)?;
        println!("docs/compatibility.md is written");
    }
    Ok(ExitCode::SUCCESS)
}

/// An API of a real Kafka's broker listener.
#[derive(Debug, PartialEq, Eq)]
struct KafkaApi {
    name: String,
    min: i16,
    max: i16,
}

fn page() -> Result<String> {
    let mut page = format!(
        "# Compatibility with Apache Kafka {VERSION}\n\n\
         Written by `cargo xtask report-card` from the broker's table of APIs and from recorded runs; a test fails when\n\
         it is out of date.\n\n"
    );
    let misses = misses()?;
    suites(&mut page, &misses)?;
    named_misses(&mut page, &misses)?;
    apis(&mut page, &kafka_apis()?, &absences()?)?;
    divergences(&mut page)?;
    Ok(page)
}

/// How many tests passed of those that ran, and on which day.
fn result(suite: &Suite, side: Side) -> Result<String> {
    let Some(record) = Record::read(suite, side)? else { return Ok("not recorded".to_owned()) };
    let passed = record.outcomes.values().filter(|outcome| matches!(outcome, Outcome::Passed { .. })).count();
    let skipped = record.outcomes.values().filter(|outcome| matches!(outcome, Outcome::Skipped(_))).count();
    let of = record.outcomes.len() - skipped;
    let date = record.heading.rsplit_once(", ").map_or("", |(_, date)| date);
    let skipped = if skipped == 0 { String::new() } else { format!(", {skipped} skipped") };
    Ok(format!("{passed} of {of}{skipped} ({date})"))
}

fn suites(page: &mut String, misses: &Misses) -> Result<()> {
    page.push_str(
        "## The tests of other people\n\n\
         `cargo xtask conformance SUITE` runs them; `--real` runs them against a real Kafka. Passed of those that ran:\n\n",
    );
    writeln!(page, "| suite | here | Apache Kafka {VERSION} | passes there, not here |\n|---|---|---|---|")?;
    for suite in ALL {
        let missed = misses.keys().filter(|(name, _)| name == suite.name).count();
        let (ours, kafka) = (result(suite, Side::Ours)?, result(suite, Side::Kafka)?);
        writeln!(page, "| {}: {} | {ours} | {kafka} | {missed} |", suite.title, suite.about)?;
    }
    page.push('\n');
    Ok(())
}

fn named_misses(page: &mut String, misses: &Misses) -> Result<()> {
    page.push_str("What a real Kafka passes and this broker does not:\n\n");
    let mut by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for ((suite, test), reason) in misses {
        by_reason.entry(reason).or_default().push(format!("{suite} {test}"));
    }
    if by_reason.is_empty() {
        page.push_str("nothing.\n");
    }
    for (reason, tests) in by_reason {
        writeln!(page, "- {reason}: {}", tests.join(", "))?;
    }
    page.push('\n');
    Ok(())
}

fn apis(page: &mut String, kafka: &BTreeMap<i16, KafkaApi>, absences: &BTreeMap<String, String>) -> Result<()> {
    let served: BTreeMap<i16, ServedApi> = served_apis().map(|api| (api.key, api)).collect();
    writeln!(page, "## APIs\n\n{} of {} are served.\n", served.len(), kafka.len())?;
    writeln!(page, "| key | API | here | Apache Kafka {VERSION} | why |\n|---|---|---|---|---|")?;
    for (key, api) in kafka {
        let there = versions(api.min, api.max);
        match served.get(key) {
            Some(here) => writeln!(page, "| {key} | {} | {} | {there} | |", api.name, versions(here.min, here.max))?,
            None => {
                let why = absences.get(&api.name).with_context(|| {
                    format!("conformance/suites/absent.tsv: {} is not served and has no reason", api.name)
                })?;
                writeln!(page, "| {key} | {} | – | {there} | {why} |", api.name)?;
            }
        }
    }
    if let Some(api) = served.values().find(|api| !kafka.contains_key(&api.key)) {
        bail!("{} is served, and a real Kafka does not show it", api.name);
    }
    if let Some(api) = served.values().find(|api| absences.contains_key(api.name)) {
        bail!(
            "conformance/suites/absent.tsv: {} is served by now; take its line out (CONTRIBUTING.md, \"Add a Kafka API in \
             an hour\", step 8)",
            api.name
        );
    }
    page.push('\n');
    Ok(())
}

fn versions(min: i16, max: i16) -> String {
    if min == max { min.to_string() } else { format!("{min}-{max}") }
}

/// What kafka-broker-api-versions was told by a real Kafka, from the sessions with its tools.
fn kafka_apis() -> Result<BTreeMap<i16, KafkaApi>> {
    read_apis(include_str!("../recorded/tools.txt"))
}

/// Reads lines such as `Fetch(1): 4 to 18 [usable: 18],`.
fn read_apis(text: &str) -> Result<BTreeMap<i16, KafkaApi>> {
    let line = Regex::new(r"(?m)^\s*(\w+)\((\d+)\): (\d+)(?: to (\d+))? \[usable")?;
    let mut apis = BTreeMap::new();
    for found in line.captures_iter(text) {
        let number = |index: usize| found.get(index).map(|text| text.as_str().parse::<i16>()).transpose();
        let (key, min) = (number(2)?.context("a key expected")?, number(3)?.context("a version expected")?);
        let name = found.get(1).map(|name| name.as_str().to_owned()).unwrap_or_default();
        apis.insert(key, KafkaApi { name, min, max: number(4)?.unwrap_or(min) });
    }
    if apis.is_empty() {
        bail!("conformance/suites/recorded/tools.txt holds no answer of kafka-broker-api-versions");
    }
    Ok(apis)
}

/// Why an API is not served, by its name: `absent.tsv`.
fn absences() -> Result<BTreeMap<String, String>> {
    let rows = include_str!("../absent.tsv").lines().filter(|row| !row.is_empty() && !row.starts_with('#'));
    rows.map(|row| {
        let (name, reason) = row.split_once('\t').with_context(|| format!("absent.tsv: no tab in {row:?}"))?;
        Ok((name.to_owned(), reason.to_owned()))
    })
    .collect()
}

/// The known differences of the differential runs: an entry is a place, and below it, indented, its reason.
fn divergences(page: &mut String) -> Result<()> {
    let path: PathBuf = root().join("conformance/differential/scenarios/divergences.txt");
    let Ok(text) = std::fs::read_to_string(&path) else { return Ok(()) };
    page.push_str(
        "## Known differences\n\n`cargo xtask differential` sends the same bytes to both and compares the answers.\n\n",
    );
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        match line.strip_prefix(char::is_whitespace) {
            Some(reason) => writeln!(page, "  {}", reason.trim())?,
            None => writeln!(page, "- `{line}`:")?,
        }
    }
    page.push('\n');
    page.push_str(DEFAULTS);
    Ok(())
}

/// What `only_delays_of_groups_have_defaults_that_are_not_kafkas` in `crates/core` checks, as users read it.
const DEFAULTS: &str = "\
## Defaults that differ

Groups do not wait here unless they are told to. Each of these has Kafka's value by `--set`, `config=` or a property file:

| property | here | Kafka |
|---|---|---|
| `group.initial.rebalance.delay.ms` | 0 | 3000 |
| `group.consumer.assignment.interval.ms` | 0 | 1000 |
| `group.consumer.heartbeat.interval.ms`, with its minimum | 250 | 5000 |
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_what_code_and_records_say() {
        report_card(&Options { check: true }).unwrap();
    }

    #[test]
    fn every_named_miss_passes_on_a_real_kafka() {
        for (suite, test) in misses().unwrap().into_keys() {
            let suite = ALL.iter().find(|known| known.name == suite).unwrap_or_else(|| panic!("no suite {suite}"));
            let record = Record::read(suite, Side::Kafka).unwrap().unwrap();
            let outcome = record.outcomes.get(&test);
            assert!(matches!(outcome, Some(Outcome::Passed { .. })), "{} {test}: {outcome:?}", suite.name);
        }
    }

    #[test]
    fn the_versions_a_real_kafka_shows_are_read() {
        let apis = read_apis("    Fetch(1): 4 to 18 [usable: 18],\n    OffsetDelete(47): 0 [usable: 0],\n").unwrap();
        assert_eq!(apis[&1], KafkaApi { name: "Fetch".to_owned(), min: 4, max: 18 });
        assert_eq!(apis[&47], KafkaApi { name: "OffsetDelete".to_owned(), min: 0, max: 0 });
    }
}
