//! librdkafka 2.12.1's own tests, as the crate `rdkafka-sys` carries them.
//!
//! Its runner reports a pass too easily, so: never in quick mode, where sub-tests return at once; with the broker's
//! version named, or newer tests are left out in silence; a pass within 2 ms is a failure, and so is a missing
//! summary; sub-tests that passed are counted, and fewer than on a real Kafka is a failure. One number after the
//! other, because in parallel its asserts on time do not hold on few cores.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::broker::Setup;
use crate::crate_source::Published;
use crate::needs::{CC, CXX, MAKE};
use crate::outcome::{Outcome, Outcomes};
use crate::place::Place;
use crate::process::{Ending, run as run_program, succeed};
use crate::suite::{EachChange, Run, Suite};

pub(crate) const SUITE: Suite = Suite {
    name: "librdkafka",
    title: "librdkafka 2.12.1",
    about: "the tests of the C client librdkafka; headers of zlib, openssl, zstd and rapidjson have to be there",
    needs: &[CC, CXX, MAKE],
    each_change: EachChange::Nothing,
    prepare: |_| source().map(drop),
    run: |run| run_all(run, &[]),
};

/// The same tests with consumers that speak the new protocol (KIP-848).
pub(crate) const CONSUMER_PROTOCOL: Suite = Suite {
    name: "librdkafka-consumer",
    title: "librdkafka 2.12.1, consumer protocol",
    about: "the same tests with group.protocol=consumer",
    run: |run| run_all(run, &[("TEST_CONSUMER_GROUP_PROTOCOL", "consumer")]),
    ..SUITE
};

/// Numbers that share a broker.
struct Batch {
    setup: Setup,
    limit: Duration,
    numbers: &'static [&'static str],
}

const LIMIT: Duration = Duration::from_secs(300);

/// Every plain number; one of them wants three brokers, one an authorizer, one Kafka's own initial rebalance delay.
const BATCHES: &[Batch] = &[
    Batch {
        setup: Setup::PLAIN,
        limit: LIMIT,
        numbers: &[
            "0001", "0002", "0003", "0005", "0007", "0008", "0011", "0012", "0013", "0014", "0015", "0016", "0017",
            "0018", "0019", "0020", "0021", "0022", "0026", "0029", "0030", "0031", "0033", "0034", "0035", "0036",
            "0038", "0039", "0040", "0041", "0042", "0044", "0045", "0048", "0050", "0051", "0054", "0055", "0056",
            "0057", "0059", "0060", "0061", "0063", "0064", "0065", "0067", "0069", "0070", "0073", "0082", "0083",
            "0084", "0085", "0086", "0089", "0090", "0091", "0093", "0099", "0102", "0112", "0114", "0118", "0122",
            "0123", "0125", "0127", "0129", "0130", "0132", "0137", "0140",
        ],
    },
    Batch { setup: Setup { brokers: 3, ..Setup::PLAIN }, limit: LIMIT, numbers: &["0103"] },
    Batch { setup: Setup { authorizer: true, ..Setup::PLAIN }, limit: LIMIT, numbers: &["0081"] },
    Batch {
        setup: Setup { settings: &[("group.initial.rebalance.delay.ms", "3000")], ..Setup::PLAIN },
        limit: Duration::from_secs(900),
        numbers: &["0113"],
    },
];

fn source() -> Result<PathBuf> {
    Published { name: "rdkafka-sys", version: "4.10.0" }.copy(&Place::of(SUITE.name)?, build)
}

fn build(source: &Path, place: &Place) -> Result<()> {
    let folder = source.join("librdkafka");
    let step = |program: &str, arguments: &[&str], log: &str| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&folder);
        // The workspace's settings for its own build of librdkafka, which leaves the C++ API out (`.cargo/config.toml`).
        command.env_remove("CXX").env_remove("GNUMAKEFLAGS");
        succeed(&mut command, &place.log(log)?)
            .context("the headers of zlib, openssl, zstd and rapidjson have to be there")
    };
    step("./configure", &[], "configure")?;
    step("make", &["-j2", "libs"], "make")?;
    step("make", &["-j2", "-C", "tests", "build"], "make-tests")
}

fn run_all(run: &Run<'_>, variables: &[(&str, &str)]) -> Result<Outcomes> {
    let folder = source()?.join("librdkafka/tests");
    let mut outcomes = Outcomes::new();
    for batch in BATCHES {
        let wanted: Vec<&str> = batch.numbers.iter().copied().filter(|number| run.wants(number)).collect();
        if wanted.is_empty() {
            continue;
        }
        let broker = match run.broker(&batch.setup) {
            Ok(broker) => broker,
            Err(error) => {
                let failed = |number: &&str| ((*number).to_owned(), Outcome::Failed(format!("{error:#}")));
                outcomes.extend(wanted.iter().map(failed));
                continue;
            }
        };
        // Random topic names: a rerun must not meet the topics of the run before.
        let servers = broker.bootstrap();
        let config = format!("bootstrap.servers={servers}\nbroker.address.family=v4\ntest.topic.random=true\n");
        let file = run.place.join(&format!("test.{}.conf", run.side.name()));
        std::fs::write(&file, config)?;
        for number in wanted {
            let mut command = Command::new("./test-runner");
            command.args(["-p1", "-E", "-L"]).current_dir(&folder);
            command.env("LD_LIBRARY_PATH", "../src:../src-cpp");
            command.env("RDKAFKA_TEST_CONF", &file).env("TESTS", number).env("TEST_KAFKA_VERSION", "4.2.0.0");
            command.envs(variables.iter().copied());
            let log = run.place.test_log(run.side, number)?;
            let ending = run_program(&mut command, &log, batch.limit)?;
            let outcome = outcome(ending, &log.output()?, &log.errors()?);
            eprintln!("  {number} {outcome:?}");
            outcomes.insert(number.to_owned(), outcome);
        }
    }
    Ok(outcomes)
}

/// A row of the runner's closing table.
struct Row {
    state: String,
    seconds: f64,
    note: String,
}

/// Reads `|⟨colour⟩ 0011_produce_batch | PASSED | 1.234s ⟨colour⟩| note`.
fn row(line: &str) -> Option<Row> {
    let mut columns = line.strip_prefix('|')?.splitn(4, '|').map(str::trim);
    let name = columns.next()?;
    let state = columns.next()?.to_owned();
    let seconds = columns.next()?.strip_suffix('s')?.parse().ok()?;
    // `<MAIN>` is the runner itself.
    let is_test = name.starts_with(|first: char| first.is_ascii_digit()) && !state.contains("Filtered");
    is_test.then(|| Row { state, seconds, note: columns.next().unwrap_or_default().to_owned() })
}

fn outcome(ending: Ending, output: &str, errors: &str) -> Outcome {
    const VACUOUS: f64 = 0.002;
    let output = plain(output);
    let rows: Vec<Row> = output.lines().filter_map(row).collect();
    if let Some(row) = rows.iter().find(|row| !matches!(row.state.as_str(), "PASSED" | "SKIPPED")) {
        return Outcome::Failed(if row.note.is_empty() { row.state.clone() } else { row.note.clone() });
    }
    if let Some(complaint) = ending.complaint() {
        // A hard assert ends the runner before its table; the test has said where.
        let told = plain(errors).lines().find_map(|line| line.split_once(" failed at ").map(|(_, at)| at.to_owned()));
        return Outcome::Failed(told.unwrap_or(complaint));
    }
    let Some(passed) = rows.iter().find(|row| row.state == "PASSED") else {
        return match rows.into_iter().next() {
            Some(row) => Outcome::Skipped(row.note),
            None => Outcome::Failed("it left no summary".to_owned()),
        };
    };
    if passed.seconds < VACUOUS {
        return Outcome::Failed("a pass within 2 ms: nothing was tested".to_owned());
    }
    let sub_tests = plain(errors).lines().filter(|line| line.contains(": PASS (")).count();
    Outcome::Passed { sub_tests: u32::try_from(sub_tests).unwrap_or(u32::MAX) }
}

/// The text without the escape sequences of colours.
fn plain(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    plain
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::ExitStatus;

    use super::*;

    const MAIN: &str = "|\u{1b}[32m <MAIN>    |     PASSED |   2.001s \u{1b}[0m|\n";

    fn exit(status: i32) -> Ending {
        Ending::Exited(ExitStatus::from_raw(status << 8))
    }

    fn table(state: &str, seconds: &str, note: &str) -> String {
        format!("{MAIN}|\u{1b}[36m 0011_produce |     {state} |   {seconds}s \u{1b}[0m|{note}\n")
    }

    #[test]
    fn a_pass_counts_its_sub_tests() {
        let errors = "\u{1b}[36m[0011/  1.000s] \u{1b}[32m[ one: PASS (0.1s) ]\n[ two: PASS (0.1s) ]\n";
        assert_eq!(outcome(exit(0), &table("PASSED", "1.234", ""), errors), Outcome::Passed { sub_tests: 2 });
    }

    #[test]
    fn a_pass_in_no_time_or_without_a_table_is_a_failure() {
        assert!(outcome(exit(0), &table("PASSED", "0.001", ""), "").is_failure());
        assert!(outcome(exit(0), MAIN, "").is_failure());
        assert!(outcome(Ending::OutOfTime, &table("PASSED", "1.000", ""), "").is_failure());
    }

    #[test]
    fn a_skip_is_a_skip_and_a_failure_says_why() {
        let skipped = outcome(exit(0), &table("SKIPPED", "0.000", " wants three brokers"), "");
        assert_eq!(skipped, Outcome::Skipped("wants three brokers".to_owned()));
        let failed = outcome(exit(1), &table("FAILED", "3.000", " no message"), "");
        assert_eq!(failed, Outcome::Failed("no message".to_owned()));
    }
}
