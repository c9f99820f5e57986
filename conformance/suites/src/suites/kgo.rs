//! franz-go's `kgo` tests: the Go client that follows Kafka's newest protocol most closely.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::broker::Setup;
use crate::needs::GO;
use crate::outcome::{Outcome, Outcomes};
use crate::place::Place;
use crate::process::{run as run_program, succeed};
use crate::suite::{EachChange, Run, Suite};

pub(crate) const SUITE: Suite = Suite {
    name: "kgo",
    title: "franz-go kgo 1.22.2",
    about: "the tests of the Go client kgo that contact a broker, 10,000 records each",
    needs: &[GO],
    each_change: EachChange::All,
    prepare,
    run,
};

const MODULE: &str = "github.com/twmb/franz-go";
const VERSION: &str = "v1.22.2";

/// The tests that contact the broker. The other 117 test the client by itself.
const TESTS: &[&str] = &[
    "848RegexBrokerResolves",
    "AddRemovePartitions",
    "Client_Produce",
    "Client_ProduceLargeMessages",
    "ConsumeMaxDecompressBatchBytes",
    "ConsumeRegex",
    "ConsumeRegexShareSkipsInternal",
    "ConsumeTopicRetrieval",
    "DirectPartitionPurge",
    "GroupETL",
    "GroupSimple",
    "HookPollStart",
    "Issue1034",
    "Issue325",
    "Issue337",
    "Issue434",
    "Issue523",
    "Issue648",
    "Issue769",
    "Issue810",
    "Issue831",
    "Issue865",
    "IssueFetchLargerThanBrokerMaxReadBytes",
    "IssueProduceBrokerTooOldFailsRecords",
    "IssueProduceSyncManualPartitionNegativeDoesNotPanic",
    "PauseIssue489",
    "PauseIssueOct2023",
    "Ping",
    "Pooling",
    "ShareGroup",
    "ShareGroupAckOnClose",
    "ShareGroupETL",
    "ShareGroupOffsetsAdmin",
    "TxnEtl",
    "UnknownGroupOffsetFetchPinned",
];

fn go(place: &Place) -> Command {
    let mut command = Command::new("go");
    command.current_dir(place.join("module"));
    command
}

pub(super) fn prepare(place: &Place) -> Result<()> {
    place.once("module", |module| {
        let package = format!("{MODULE}/pkg/kgo");
        succeed(Command::new("go").args(["mod", "init", "suite"]).current_dir(module), &place.log("init")?)?;
        let wanted = format!("{package}@{VERSION}");
        succeed(Command::new("go").args(["get", "-t", &wanted]).current_dir(module), &place.log("get")?)?;
        let mut build = Command::new("go");
        build.args(["test", "-c", "-o", "kgo.test", &package]).current_dir(module);
        succeed(&mut build, &place.log("build")?)
    })?;
    Ok(())
}

/// The tests as a program, in the folder whose files they read, told about a broker.
pub(super) fn program(place: &Place, bootstrap: &str, tests: &[&str]) -> Result<Command> {
    let mut command = Command::new(place.join("module/kgo.test"));
    command.arg("-test.v").arg("-test.run").arg(format!("^Test({})$", tests.join("|")));
    command.current_dir(folder(place)?);
    command.env("KGO_SEEDS", bootstrap).env("KGO_TEST_RF", "1").env("KGO_LOG_LEVEL", "none");
    Ok(command)
}

/// The tests read files beside them.
fn folder(place: &Place) -> Result<PathBuf> {
    let log = place.log("list")?;
    succeed(go(place).args(["list", "-m", "-f", "{{.Dir}}", MODULE]), &log)?;
    Ok(PathBuf::from(log.output()?.trim()).join("pkg/kgo"))
}

fn run(run: &Run<'_>) -> Result<Outcomes> {
    let wanted: Vec<&str> = TESTS.iter().copied().filter(|test| run.wants(test)).collect();
    let broker = run.broker(&Setup::PLAIN)?;
    let mut command = program(run.place, broker.bootstrap(), &wanted)?;
    command.args(["-test.timeout", "580s"]).env("KGO_TEST_RECORDS", "10000");
    let log = run.place.test_log(run.side, "kgo")?;
    run_program(&mut command, &log, Duration::from_secs(600))?;
    let output = log.output()?;
    let mut outcomes = Outcomes::new();
    for test in wanted {
        outcomes.insert(test.to_owned(), outcome(&output, test));
    }
    Ok(outcomes)
}

/// Reads the lines `--- PASS: TestGroupETL (1.02s)` of a test, and what it said before it failed.
fn outcome(output: &str, test: &str) -> Outcome {
    let mut words = endings(output, test);
    let Some(first) = words.next() else { return Outcome::Failed("it did not end".to_owned()) };
    match first {
        "PASS" => Outcome::PASSED,
        "SKIP" => Outcome::Skipped(said(output, test, "skipped")),
        _ => Outcome::Failed(said(output, test, "failed")),
    }
}

/// How each run of a test ended: `PASS`, `SKIP` or `FAIL`.
pub(super) fn endings<'a>(output: &'a str, test: &'a str) -> impl Iterator<Item = &'a str> {
    let ending = move |line: &'a str| {
        let (word, rest) = line.strip_prefix("--- ")?.split_once(": Test")?;
        (rest.split_once(' ')?.0 == test).then_some(word)
    };
    output.lines().filter_map(ending)
}

/// The first `file.go:12: text` of a test that is not about the topics it made for itself. Tests run in parallel; a line
/// such as `=== NAME  TestTxnEtl/range` says whose lines follow.
pub(super) fn said(output: &str, test: &str, otherwise: &str) -> String {
    let mut speaker = "";
    for line in output.lines() {
        if let Some(name) = line.strip_prefix("=== ").and_then(|line| line.split_whitespace().nth(1)) {
            speaker = name.split('/').next().unwrap_or_default();
        } else if let Some((_, text)) = line.trim().split_once(".go:").and_then(|(_, rest)| rest.split_once(": "))
            && speaker.strip_prefix("Test") == Some(test)
            && !text.starts_with("deleting topic")
        {
            return text.to_owned();
        }
    }
    otherwise.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_go_test_are_read() {
        let output = "=== RUN   TestPing\n--- PASS: TestPing (0.01s)\n=== RUN   TestTxnEtl\n=== PAUSE TestTxnEtl\n=== RUN   \
                      TestGroupETL\n    a_test.go:9: begins\n=== NAME  TestTxnEtl/range\n    txn_test.go:30: no \
                      transactions\n--- SKIP: TestTxnEtl (0.00s)\n";
        assert_eq!(outcome(output, "Ping"), Outcome::PASSED);
        assert_eq!(outcome(output, "TxnEtl"), Outcome::Skipped("no transactions".to_owned()));
        assert!(outcome(output, "GroupETL").is_failure());
    }
}
