//! What a suite gave when it was last recorded: a text file a suite and side, `recorded/<suite>.<side>.tsv`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::broker::Side;
use crate::outcome::{Outcome, Outcomes};
use crate::suite::Suite;

/// A recorded run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Suite, broker and date.
    pub(crate) heading: String,
    pub(crate) outcomes: Outcomes,
}

/// The folder of what the suites know by heart.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("recorded")
}

impl Record {
    /// A run of today.
    pub(crate) fn of_today(suite: &Suite, side: Side, outcomes: Outcomes) -> Result<Self> {
        let date = Command::new("date").args(["-u", "+%F"]).output().context("the program `date` is needed")?;
        let date = String::from_utf8(date.stdout)?;
        let heading = format!("{} on {}, {}", suite.title, side.title(), date.trim());
        Ok(Self { heading, outcomes })
    }

    /// Reads the record of a suite; none where it was never recorded.
    pub(crate) fn read(suite: &Suite, side: Side) -> Result<Option<Self>> {
        let path = path(suite, side);
        match std::fs::read_to_string(&path) {
            Ok(text) => parse(&text).with_context(|| path.display().to_string()).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| path.display().to_string()),
        }
    }

    pub(crate) fn write(&self, suite: &Suite, side: Side) -> Result<()> {
        std::fs::create_dir_all(folder())?;
        std::fs::write(path(suite, side), self.to_text())?;
        Ok(())
    }

    fn to_text(&self) -> String {
        let mut text = format!("# {}\n", self.heading);
        for (name, outcome) in &self.outcomes {
            let row = match outcome {
                Outcome::Passed { sub_tests: 0 } => format!("{name}\tpassed"),
                Outcome::Passed { sub_tests } => format!("{name}\tpassed\t{sub_tests}"),
                Outcome::Failed(why) => format!("{name}\tfailed\t{}", one_line(why)),
                Outcome::Skipped(why) => format!("{name}\tskipped\t{}", one_line(why)),
            };
            text.push_str(&row);
            text.push('\n');
        }
        text
    }
}

fn path(suite: &Suite, side: Side) -> PathBuf {
    folder().join(format!("{}.{}.tsv", suite.name, side.name()))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn parse(text: &str) -> Result<Record> {
    let (heading, rows) = text.split_once('\n').context("line 1: a heading expected")?;
    let heading = heading.strip_prefix("# ").context("line 1: `# SUITE on BROKER, DATE` expected")?.to_owned();
    let mut outcomes = Outcomes::new();
    for (row, line) in rows.lines().zip(2..) {
        let columns: Vec<&str> = row.splitn(3, '\t').collect();
        let (name, outcome) = match *columns.as_slice() {
            [name, "passed"] => (name, Outcome::PASSED),
            [name, "passed", count] => {
                let sub_tests = count.parse().with_context(|| format!("line {line}: {count:?} is no count"))?;
                (name, Outcome::Passed { sub_tests })
            }
            [name, "failed", why] => (name, Outcome::Failed(why.to_owned())),
            [name, "skipped", why] => (name, Outcome::Skipped(why.to_owned())),
            _ => bail!("line {line}: NAME, passed|failed|skipped and a note expected, found {row:?}"),
        };
        outcomes.insert(name.to_owned(), outcome);
    }
    Ok(Record { heading, outcomes })
}

/// Why a test that passes on a real Kafka does not pass here: `misses.tsv`, by suite and test.
pub(crate) type Misses = BTreeMap<(String, String), String>;

/// Reads the named misses.
pub(crate) fn misses() -> Result<Misses> {
    parse_misses(include_str!("../misses.tsv")).context("conformance/suites/misses.tsv")
}

fn parse_misses(text: &str) -> Result<Misses> {
    let mut misses = Misses::new();
    for (row, line) in text.lines().zip(1..) {
        if row.is_empty() || row.starts_with('#') {
            continue;
        }
        let columns: Vec<&str> = row.split('\t').collect();
        let [suite, test, reason] = *columns.as_slice() else {
            bail!("line {line}: SUITE, TEST and REASON expected, with tabs between them, found {row:?}");
        };
        misses.insert((suite.to_owned(), test.to_owned()), reason.to_owned());
    }
    Ok(misses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        let outcomes = Outcomes::from([
            ("a".to_owned(), Outcome::PASSED),
            ("b".to_owned(), Outcome::Passed { sub_tests: 6 }),
            ("c".to_owned(), Outcome::Failed("left is right".to_owned())),
            ("d".to_owned(), Outcome::Skipped("no Java".to_owned())),
        ]);
        let record = Record { heading: "suite 1 on Apache Kafka 4.3.1, 2026-01-01".to_owned(), outcomes };
        assert_eq!(parse(&record.to_text()).unwrap(), record);
    }

    #[test]
    fn a_mistake_in_a_record_is_named_by_its_line() {
        let error = parse("# suite\na\tpassed\nb\tpased\n").unwrap_err();
        assert!(error.to_string().starts_with("line 3: "), "{error}");
        let error = parse_misses("# suite, test, reason\nkgo Ping\n").unwrap_err();
        assert!(error.to_string().starts_with("line 2: "), "{error}");
    }

    #[test]
    fn all_records_and_misses_of_the_repository_can_be_read() {
        for suite in crate::suite::ALL {
            for side in [Side::Ours, Side::Kafka] {
                Record::read(suite, side).unwrap();
            }
        }
        misses().unwrap();
    }
}
