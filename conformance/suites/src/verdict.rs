//! A run against what a real Kafka gave: whatever passes there has to pass here, or to be a named miss.

use std::collections::BTreeMap;

use crate::outcome::{Outcome, Outcomes};
use crate::record::{Misses, Record};
use crate::suite::Suite;

/// A test's outcome, and what to think of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    /// A real Kafka passes, and this is no named miss; or there is nothing to compare with.
    Failed(String),
    /// It could not be tried.
    Skipped(String),
    /// A real Kafka passes it; why it fails here is written down.
    Missed(String),
    /// A real Kafka does not pass it either.
    NotOnKafka(String),
}

/// Verdicts by test.
pub(crate) type Verdicts = BTreeMap<String, Verdict>;

/// What a run on a real Kafka gave, as it stands.
pub(crate) fn as_it_stands(outcomes: &Outcomes) -> Verdicts {
    let verdict = |outcome: &Outcome| match outcome {
        Outcome::Passed { .. } => Verdict::Passed,
        Outcome::Failed(why) => Verdict::Failed(why.clone()),
        Outcome::Skipped(why) => Verdict::Skipped(why.clone()),
    };
    outcomes.iter().map(|(name, outcome)| (name.clone(), verdict(outcome))).collect()
}

/// Judges a run by the record of a real Kafka. `complete` says that every test of the suite was to run.
pub(crate) fn judge(suite: &Suite, outcomes: &Outcomes, kafka: &Record, misses: &Misses, complete: bool) -> Verdicts {
    let mut verdicts = as_it_stands(outcomes);
    if complete {
        for name in kafka.outcomes.keys() {
            verdicts.entry(name.clone()).or_insert_with(|| Verdict::Failed("it did not run".to_owned()));
        }
    }
    for (name, verdict) in &mut verdicts {
        let there = kafka.outcomes.get(name);
        let miss = misses.get(&(suite.name.to_owned(), name.clone()));
        let short = match (there, outcomes.get(name)) {
            (Some(Outcome::Passed { sub_tests: there }), Some(Outcome::Passed { sub_tests })) if sub_tests < there => {
                Some(format!("{sub_tests} of {there} sub-tests passed"))
            }
            (Some(Outcome::Passed { .. }), Some(Outcome::Skipped(why))) => Some(format!("skipped here: {why}")),
            (_, Some(Outcome::Failed(why))) => Some(why.clone()),
            (_, None) => Some("it did not run".to_owned()),
            _ => None,
        };
        let Some(short) = short else { continue };
        *verdict = match (there, miss) {
            (Some(Outcome::Failed(_)), _) => Verdict::NotOnKafka(short),
            (_, Some(reason)) => Verdict::Missed(reason.clone()),
            (_, None) => Verdict::Failed(short),
        };
    }
    verdicts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(rows: &[(&str, Outcome)]) -> Outcomes {
        rows.iter().map(|(name, outcome)| ((*name).to_owned(), outcome.clone())).collect()
    }

    fn judged(here: &[(&str, Outcome)], there: &[(&str, Outcome)], missed: &[&str], complete: bool) -> Verdicts {
        let suite = &crate::suites::kcat::SUITE;
        let kafka = Record { heading: String::new(), outcomes: outcomes(there) };
        let key = |test: &&str| ((suite.name.to_owned(), (*test).to_owned()), "not there yet".to_owned());
        judge(suite, &outcomes(here), &kafka, &missed.iter().map(key).collect(), complete)
    }

    fn failed() -> Outcome {
        Outcome::Failed("no".to_owned())
    }

    #[test]
    fn what_passes_there_has_to_pass_here() {
        let verdicts = judged(&[("a", Outcome::PASSED), ("b", failed())], &[("b", Outcome::PASSED)], &[], true);
        assert_eq!(verdicts["a"], Verdict::Passed);
        assert_eq!(verdicts["b"], Verdict::Failed("no".to_owned()));
    }

    #[test]
    fn a_named_miss_is_no_failure_and_neither_is_what_a_real_kafka_fails() {
        let there = [("a", Outcome::PASSED), ("b", failed())];
        let verdicts = judged(&[("a", failed()), ("b", failed())], &there, &["a"], true);
        assert_eq!(verdicts["a"], Verdict::Missed("not there yet".to_owned()));
        assert_eq!(verdicts["b"], Verdict::NotOnKafka("no".to_owned()));
    }

    #[test]
    fn a_skip_or_fewer_sub_tests_than_there_are_failures() {
        let there = [("a", Outcome::PASSED), ("b", Outcome::Passed { sub_tests: 3 })];
        let here = [("a", Outcome::Skipped("old broker".to_owned())), ("b", Outcome::Passed { sub_tests: 2 })];
        let verdicts = judged(&here, &there, &[], true);
        assert_eq!(verdicts["a"], Verdict::Failed("skipped here: old broker".to_owned()));
        assert_eq!(verdicts["b"], Verdict::Failed("2 of 3 sub-tests passed".to_owned()));
    }

    #[test]
    fn a_test_that_vanished_is_a_failure_of_a_complete_run_only() {
        let there = [("a", Outcome::PASSED)];
        assert_eq!(judged(&[], &there, &[], true)["a"], Verdict::Failed("it did not run".to_owned()));
        assert!(judged(&[], &there, &[], false).is_empty());
    }
}
