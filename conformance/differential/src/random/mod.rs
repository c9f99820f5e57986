//! Random operations on both brokers, and what can be observed at the end.
//!
//! A sequence is written as a scenario, so that a difference can be kept as one. When the brokers differ, operations
//! are taken out as long as they still do.

mod classic;
mod consumers;
mod observed;
mod sequence;
mod transactions;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Result, anyhow};
use fastrand::Rng;

use self::sequence::sequence;
use crate::compare::differences;
use crate::report::show;
use crate::run::Brokers;
use crate::scenario::Scenario;

/// How many times a sequence that differs is tried with operations less.
const TRIES: usize = 60;

/// Broker properties without which the time of an operation would decide about what others come to: assignments of
/// the consumer protocol are computed once a second otherwise.
const PROPERTIES: &[(&str, &str)] = &[("group.consumer.assignment.interval.ms", "0")];

/// What both brokers are started with, over what scenarios share.
pub(crate) fn properties(mut shared: BTreeMap<String, String>) -> BTreeMap<String, String> {
    shared.extend(PROPERTIES.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    shared
}

/// Runs `count` sequences from a seed, prints those that differ, and gives how many.
pub(crate) fn run(brokers: &Brokers<'_>, count: u64, seed: u64) -> Result<u64> {
    let mut failures = 0;
    for seed in seed..seed.saturating_add(count) {
        let operations = sequence(&mut Rng::with_seed(seed));
        let found = differ(brokers, &operations)?;
        eprintln!("seed {seed}: {}", if found.is_empty() { "the same" } else { "different" });
        if found.is_empty() {
            continue;
        }
        let (operations, found) = shrink(brokers, operations, found);
        let mut report =
            format!("seed {seed}: these {} operations differ\n\n{}\n", operations.len(), text(&operations));
        found.iter().for_each(|difference| _ = writeln!(report, "{difference}"));
        println!("{report}");
        failures += 1;
    }
    Ok(failures)
}

/// Where the answers to a sequence differ.
fn differ(brokers: &Brokers<'_>, operations: &[String]) -> Result<Vec<String>> {
    let scenario = Scenario::parse("random".to_owned(), &text(operations), brokers.schema)
        .map_err(|mistake| anyhow!("line {}: {}", mistake.line, mistake.expected))?;
    let Some(section) = scenario.sections.first() else { return Ok(Vec::new()) };
    let run = brokers.section((&scenario, section));
    let (Some(ours), Some(theirs)) = (run.ours, run.theirs) else {
        return Err(anyhow!("not run: {}", run.skipped.unwrap_or_default()));
    };
    let mut found = Vec::new();
    for ((our, their), step) in ours.iter().zip(&theirs).zip(&section.steps) {
        for (one, other) in our.answers.iter().zip(&their.answers) {
            let here = differences(one, other);
            found.extend(
                here.iter().map(|difference| format!("line {}: {}: {}", step.line, step.text, show(difference))),
            );
        }
    }
    Ok(found)
}

/// Takes operations out, many at first, as long as the brokers still differ.
fn shrink(brokers: &Brokers<'_>, operations: Vec<String>, found: Vec<String>) -> (Vec<String>, Vec<String>) {
    let (mut least, mut found) = (operations, found);
    let mut size = least.len() / 2;
    let mut tries = 0;
    while size > 0 {
        let mut start = 0;
        while start < least.len() && tries < TRIES {
            let mut fewer = least.clone();
            fewer.drain(start..(start + size).min(least.len()));
            tries += 1;
            // Without what saves a value, those that use it cannot be read: such a sequence shows nothing.
            match differ(brokers, &fewer) {
                Ok(differences) if !differences.is_empty() => (least, found) = (fewer, differences),
                _ => start += size,
            }
        }
        size /= 2;
    }
    (least, found)
}

/// The scenario of a sequence: its topics, its operations, and what is observed at the end.
fn text(operations: &[String]) -> String {
    let mut out = "== random\ntopic @a 2\ntopic @b 2\n".to_owned();
    // The ids of both are told in this order, so that both sides number them alike.
    ["a", "b"].iter().for_each(|topic| out.push_str(&format!("Metadata 12\n    Topics: [{{Name: @{topic}}}]\n")));
    operations.iter().for_each(|operation| out.push_str(operation));
    observed::look(&mut out);
    out
}

#[cfg(test)]
mod tests {
    use kafka_trial_wire::view::Schema;

    use super::*;

    #[test]
    fn every_sequence_is_a_scenario_and_a_seed_gives_the_same_one() {
        let schema = Schema::load();
        for seed in 0..50 {
            let operations = sequence(&mut Rng::with_seed(seed));
            assert_eq!(operations, sequence(&mut Rng::with_seed(seed)));
            let read = Scenario::parse("random".to_owned(), &text(&operations), &schema);
            assert!(read.is_ok(), "seed {seed}: {:?}\n{}", read.err(), text(&operations));
        }
    }
}
