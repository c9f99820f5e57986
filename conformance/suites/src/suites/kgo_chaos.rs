//! The tests of `kgo` that move records from topic to topic, in groups and in transactions, again and again: every record
//! has to arrive, and none twice. Connections of those in groups are cut after a second or so (`KGO_TEST_CHAOS`).

use std::time::Duration;

use anyhow::Result;

use super::kgo;
use crate::broker::Setup;
use crate::needs::GO;
use crate::outcome::{Outcome, Outcomes};
use crate::place::Place;
use crate::process::run as run_program;
use crate::suite::{EachChange, Run, Suite};

pub(crate) const SUITE: Suite = Suite {
    name: "kgo-chaos",
    title: "franz-go kgo 1.22.2, again and again",
    about: "its records through groups and transactions twenty times, with connections that are cut",
    needs: &[GO],
    each_change: EachChange::Nothing,
    prepare: |_| kgo::prepare(&built()?),
    run,
};

const TESTS: &[&str] = &["GroupETL", "TxnEtl"];
const TIMES: usize = 20;
const LIMIT: Duration = Duration::from_secs(3600);

/// It is the same program.
fn built() -> Result<Place> {
    Place::of(kgo::SUITE.name)
}

fn run(run: &Run<'_>) -> Result<Outcomes> {
    let mut outcomes = Outcomes::new();
    for test in TESTS.iter().copied().filter(|test| run.wants(test)) {
        let broker = run.broker(&Setup::PLAIN)?;
        let mut command = kgo::program(&built()?, broker.bootstrap(), &[test])?;
        command.args(["-test.timeout", "59m", "-test.failfast", "-test.count", &TIMES.to_string()]);
        command.env("KGO_TEST_CHAOS", "1").env("KGO_TEST_RECORDS", "50000");
        let log = run.place.test_log(run.side, test)?;
        run_program(&mut command, &log, LIMIT)?;
        outcomes.insert(test.to_owned(), outcome(&log.output()?, test));
    }
    Ok(outcomes)
}

/// A pass is as many passes as there were to be runs.
fn outcome(output: &str, test: &str) -> Outcome {
    let passed = kgo::endings(output, test).filter(|word| *word == "PASS").count();
    match u32::try_from(passed) {
        Ok(sub_tests) if passed == TIMES => Outcome::Passed { sub_tests },
        _ => Outcome::Failed(kgo::said(output, test, &format!("{passed} of {TIMES} runs passed"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failure_among_many_passes_is_a_failure() {
        let passes = "--- PASS: TestTxnEtl (9.02s)\n".repeat(TIMES);
        assert_eq!(outcome(&passes, "TxnEtl"), Outcome::Passed { sub_tests: 20 });
        let failed = passes.replacen("PASS", "FAIL", 1);
        assert_eq!(outcome(&failed, "TxnEtl"), Outcome::Failed("19 of 20 runs passed".to_owned()));
        assert!(outcome("", "TxnEtl").is_failure());
    }
}
