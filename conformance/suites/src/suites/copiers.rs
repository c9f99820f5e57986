//! Kafka's TransactionalMessageCopier for longer than among the tools: several copiers in one group, transactions that
//! they abort at random, and copiers that are killed in the midst of one. All records have to arrive once and in order.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use wait_timeout::ChildExt as _;

use super::tools;
use crate::broker::Setup;
use crate::needs::{JAVA, MAVEN};
use crate::outcome::{Outcome, Outcomes};
use crate::process::{Log, succeed};
use crate::suite::{EachChange, Run, Suite};

pub(crate) const SUITE: Suite = Suite {
    name: "copiers",
    title: "Apache Kafka 4.3.1's TransactionalMessageCopier",
    about: "60,000 records through three copiers in a group that abort at random and are killed; once each, in order",
    needs: &[JAVA, MAVEN],
    each_change: EachChange::Nothing,
    prepare: |_| tools::prepared().map(drop),
    run,
};

const TEST: &str = "exactly-once";
const RECORDS: u32 = 60_000;
const PARTITIONS: &str = "4";
const COPIERS: usize = 3;
/// How many transactions a copier has ended when it is killed; it is killed inside of the next, or between two.
const LOOPS: usize = 20;
const LIMIT: Duration = Duration::from_secs(600);
/// How often a copier is looked at.
const AGAIN: Duration = Duration::from_millis(50);

fn run(run: &Run<'_>) -> Result<Outcomes> {
    let broker = run.broker(&Setup::PLAIN)?;
    let copying = Copying { run, bootstrap: broker.bootstrap(), libraries: tools::prepared()? };
    Ok(Outcomes::from([(TEST.to_owned(), copying.copy()?)]))
}

struct Copying<'a> {
    run: &'a Run<'a>,
    bootstrap: &'a str,
    libraries: PathBuf,
}

/// A copier that runs.
struct Copier {
    process: Child,
    log: Log,
}

impl Drop for Copier {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Copying<'_> {
    fn copy(&self) -> Result<Outcome> {
        for topic in ["from", "to"] {
            self.tool("kafka-topics", &["--create", "--topic", topic, "--partitions", PARTITIONS], topic)?;
        }
        let count = RECORDS.to_string();
        self.tool("kafka-verifiable-producer", &["--topic", "from", "--max-messages", &count], "produced")?;
        let mut copiers: Vec<Copier> = (0..COPIERS).map(|number| self.start(number, 0)).collect::<Result<_>>()?;
        for (copier, number) in copiers.iter_mut().zip(0..) {
            if copier.reaches(LOOPS)? {
                // Its transaction stays open until the next one has taken over its id.
                copier.process.kill()?;
                copier.process.wait()?;
                *copier = self.start(number, 1)?;
            }
        }
        for copier in &mut copiers {
            match copier.process.wait_timeout(LIMIT)? {
                Some(status) if status.success() => {}
                Some(status) => bail!("a copier: {status}: {}", copier.log.errors()?),
                None => return Ok(Outcome::Failed(format!("a copier did not end within {} s", LIMIT.as_secs()))),
            }
        }
        let arguments = ["--topic", "to", "--from-beginning", "--isolation-level", "read_committed"];
        let shown = ["--timeout-ms", "15000", "--formatter-property", "print.partition=true"];
        let copied = self.tool("kafka-console-consumer", &[arguments.as_slice(), &shown].concat(), "copied")?;
        Ok(judge(&copied.output()?, RECORDS))
    }

    fn command(&self, tool: &str) -> Result<Command> {
        tools::command(&self.libraries, tool, self.bootstrap)
    }

    /// Runs a tool that has to go well.
    fn tool(&self, tool: &str, arguments: &[&str], name: &str) -> Result<Log> {
        let log = self.run.place.test_log(self.run.side, name)?;
        succeed(self.command(tool)?.args(arguments), &log)?;
        Ok(log)
    }

    /// `life` counts how often this one was started.
    fn start(&self, number: usize, life: usize) -> Result<Copier> {
        let log = self.run.place.test_log(self.run.side, &format!("copier-{number}-{life}"))?;
        let mut command = self.command("transactional-message-copier")?;
        command.args(["--input-topic", "from", "--input-partition", "0", "--output-topic", "to"]);
        command.args(["--transaction-size", "50", "--consumer-group", "copiers"]);
        command.args(["--transactional-id", &format!("copier-{number}")]);
        command.args(["--enable-random-aborts", "--group-mode", "--use-group-metadata"]);
        command.stdin(Stdio::null()).stdout(std::fs::File::create(&log.out)?).stderr(std::fs::File::create(&log.err)?);
        let process = command.spawn().with_context(|| format!("{command:?} could not be started"))?;
        Ok(Copier { process, log })
    }
}

impl Copier {
    /// Waits until it has gone round this often; gives whether it did before it ended.
    fn reaches(&mut self, loops: usize) -> Result<bool> {
        for _ in 0..LIMIT.as_millis() / AGAIN.as_millis() {
            if self.log.output()?.matches("ProcessLoop").count() > loops {
                return Ok(true);
            }
            if self.process.wait_timeout(AGAIN)?.is_some() {
                return Ok(false);
            }
        }
        bail!("a copier did nothing for {} s: {}", LIMIT.as_secs(), self.log.errors()?)
    }
}

/// Reads lines such as `Partition:2⇥17`. The numbers of a partition ascend where they were produced, so they do here.
fn judge(output: &str, records: u32) -> Outcome {
    let mut seen: BTreeMap<u32, u32> = BTreeMap::new();
    let mut last: BTreeMap<&str, u32> = BTreeMap::new();
    for line in output.lines() {
        let Some((partition, number)) = line.strip_prefix("Partition:").and_then(|line| line.split_once('\t')) else {
            continue;
        };
        let Ok(number) = number.trim().parse() else {
            return Outcome::Failed(format!("{line:?} was not produced"));
        };
        *seen.entry(number).or_default() += 1;
        if let Some(before) = last.insert(partition, number)
            && before >= number
        {
            return Outcome::Failed(format!("in partition {partition} {number} came behind {before}"));
        }
    }
    let lost = (0..records).filter(|number| !seen.contains_key(number)).count();
    let doubled = seen.values().filter(|count| **count > 1).count();
    if lost == 0 && doubled == 0 {
        return Outcome::Passed { sub_tests: records };
    }
    Outcome::Failed(format!("of {records} records {lost} are lost and {doubled} are there more than once"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_doubled_or_out_of_order_is_told() {
        let output = |lines: &[(u32, u32)]| -> String {
            lines.iter().map(|(partition, number)| format!("Partition:{partition}\t{number}\n")).collect()
        };
        let good = output(&[(0, 0), (1, 1), (0, 2)]) + "Processed a total of 3 messages\n";
        assert_eq!(judge(&good, 3), Outcome::Passed { sub_tests: 3 });
        let lost = "of 3 records 1 are lost and 1 are there more than once";
        assert_eq!(judge(&output(&[(0, 0), (1, 0), (0, 2)]), 3), Outcome::Failed(lost.to_owned()));
        let late = "in partition 0 0 came behind 1";
        assert_eq!(judge(&output(&[(0, 1), (0, 0), (0, 2)]), 3), Outcome::Failed(late.to_owned()));
    }
}
