//! Kafka's own command-line, verifiable and performance tools, from its published jars.
//!
//! Sessions and what a real Kafka answers stand in `recorded/tools.txt`; `--real --record` writes the answers anew.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use kafka_trial_real_kafka::VERSION;

use crate::broker::{Setup, Side};
use crate::needs::{JAVA, MAVEN};
use crate::normal::normal;
use crate::outcome::{Outcome, Outcomes};
use crate::place::Place;
use crate::process::{Ending, run_with_input, succeed};
use crate::suite::{EachChange, Run, Suite};
use crate::transcript::{Session, Step, invocation, parse, to_text};

pub(crate) const SUITE: Suite = Suite {
    name: "tools",
    title: "Apache Kafka 4.3.1's tools",
    about: "command-line, verifiable and performance tools; their output is compared with a real Kafka's",
    needs: &[JAVA, MAVEN],
    each_change: EachChange::Only(&["console", "offsets"]),
    prepare: |place| libraries(place).map(drop),
    run,
};

const LIMIT: Duration = Duration::from_secs(120);

/// Tools by the names of Kafka's scripts, and the option that takes the broker's address.
const TOOLS: &[(&str, &str, &str)] = &[
    ("client-compatibility-test", "org.apache.kafka.tools.ClientCompatibilityTest", "--bootstrap-server"),
    ("kafka-acls", "org.apache.kafka.tools.AclCommand", "--bootstrap-server"),
    ("kafka-broker-api-versions", "org.apache.kafka.tools.BrokerApiVersionsCommand", "--bootstrap-server"),
    ("kafka-client-metrics", "org.apache.kafka.tools.ClientMetricsCommand", "--bootstrap-server"),
    ("kafka-cluster", "org.apache.kafka.tools.ClusterTool", "--bootstrap-server"),
    ("kafka-configs", "kafka.admin.ConfigCommand", "--bootstrap-server"),
    ("kafka-console-consumer", "org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server"),
    ("kafka-console-producer", "org.apache.kafka.tools.ConsoleProducer", "--bootstrap-server"),
    ("kafka-console-share-consumer", "org.apache.kafka.tools.consumer.ConsoleShareConsumer", "--bootstrap-server"),
    ("kafka-consumer-groups", "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", "--bootstrap-server"),
    ("kafka-consumer-perf-test", "org.apache.kafka.tools.ConsumerPerformance", "--bootstrap-server"),
    ("kafka-delete-records", "org.apache.kafka.tools.DeleteRecordsCommand", "--bootstrap-server"),
    ("kafka-e2e-latency", "org.apache.kafka.tools.EndToEndLatency", "--bootstrap-server"),
    ("kafka-features", "org.apache.kafka.tools.FeatureCommand", "--bootstrap-server"),
    ("kafka-get-offsets", "org.apache.kafka.tools.GetOffsetShell", "--bootstrap-server"),
    ("kafka-groups", "org.apache.kafka.tools.GroupsCommand", "--bootstrap-server"),
    ("kafka-leader-election", "org.apache.kafka.tools.LeaderElectionCommand", "--bootstrap-server"),
    ("kafka-log-dirs", "org.apache.kafka.tools.LogDirsCommand", "--bootstrap-server"),
    ("kafka-metadata-quorum", "org.apache.kafka.tools.MetadataQuorumCommand", "--bootstrap-server"),
    ("kafka-producer-perf-test", "org.apache.kafka.tools.ProducerPerformance", "--bootstrap-server"),
    ("kafka-reassign-partitions", "org.apache.kafka.tools.reassign.ReassignPartitionsCommand", "--bootstrap-server"),
    ("kafka-share-groups", "org.apache.kafka.tools.consumer.group.ShareGroupCommand", "--bootstrap-server"),
    ("kafka-transactions", "org.apache.kafka.tools.TransactionsCommand", "--bootstrap-server"),
    ("kafka-topics", "org.apache.kafka.tools.TopicCommand", "--bootstrap-server"),
    ("kafka-verifiable-consumer", "org.apache.kafka.tools.VerifiableConsumer", "--bootstrap-server"),
    ("kafka-verifiable-producer", "org.apache.kafka.tools.VerifiableProducer", "--bootstrap-server"),
    ("kafka-verifiable-share-consumer", "org.apache.kafka.tools.VerifiableShareConsumer", "--bootstrap-server"),
    ("transactional-message-copier", "org.apache.kafka.tools.TransactionalMessageCopier", "--broker-list"),
];

fn transcript() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("recorded/tools.txt")
}

/// Kafka's jars, and a configuration for their logging: none.
fn libraries(place: &Place) -> Result<PathBuf> {
    let log = place.log("libraries")?;
    succeed(kafka_trial_real_kafka::script()?.arg("libs"), &log)?;
    std::fs::write(place.join("log4j2.properties"), "status=off\nname=none\nrootLogger.level=off\n")?;
    log.output()?.lines().last().map(PathBuf::from).context("start.sh libs printed no folder")
}

/// Kafka's jars for another suite, in the folder of this one.
pub(super) fn prepared() -> Result<PathBuf> {
    libraries(&Place::of(SUITE.name)?)
}

/// A tool by the name of its script, told where the broker is.
pub(super) fn command(libraries: &Path, tool: &str, bootstrap: &str) -> Result<Command> {
    let (mut command, server) = java(&Place::of(SUITE.name)?, libraries, tool)?;
    command.args([server, bootstrap]);
    Ok(command)
}

/// A tool, and the option that takes the broker's address.
fn java(place: &Place, libraries: &Path, tool: &str) -> Result<(Command, &'static str)> {
    let Some((_, class, server)) = TOOLS.iter().find(|(name, ..)| *name == tool) else {
        bail!("there is no tool {tool:?}");
    };
    let mut command = Command::new("java");
    command.args(["-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData"]);
    command.arg(format!("-Dlog4j2.configurationFile={}", place.join("log4j2.properties").display()));
    command.arg("-cp").arg(libraries.join("*")).arg(class);
    Ok((command, server))
}

fn run(run: &Run<'_>) -> Result<Outcomes> {
    let path = transcript();
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let mut sessions = parse(&text).with_context(|| path.display().to_string())?;
    let libraries = libraries(run.place)?;
    let keeps = run.side == Side::Kafka && run.record;
    let mut outcomes = Outcomes::new();
    for session in &mut sessions {
        if !run.wants(&session.name) {
            continue;
        }
        let outcome = match play(run, session, &libraries) {
            Err(error) => Outcome::Failed(format!("{error:#}")),
            Ok(answers) if keeps => {
                session.steps = answers;
                Outcome::PASSED
            }
            Ok(answers) => compare(&session.steps, &answers),
        };
        outcomes.insert(session.name.clone(), outcome);
    }
    if keeps {
        let heading = text.lines().next().and_then(|line| line.strip_prefix("# ")).unwrap_or_default();
        std::fs::write(&path, to_text(heading, &sessions))?;
    }
    Ok(outcomes)
}

/// Runs a session's commands on a fresh broker.
fn play(run: &Run<'_>, session: &Session, libraries: &Path) -> Result<Vec<Step>> {
    let broker = run.broker(&Setup::PLAIN)?;
    let mut answers = Vec::new();
    for (step, number) in session.steps.iter().zip(1..) {
        let call = invocation(&step.line)?;
        let (mut command, server) =
            java(run.place, libraries, call.tool).with_context(|| format!("session {}", session.name))?;
        // Some tools take the address before a subcommand, some behind it: those write `{broker}` where it belongs.
        if !call.arguments.contains(&"{broker}") {
            command.args([server, broker.bootstrap()]);
        }
        command.args(call.arguments.iter().map(|argument| argument.replace("{broker}", broker.bootstrap())));
        let log = run.place.test_log(run.side, &format!("{}-{number}", session.name))?;
        let input = log.out.with_extension("in");
        std::fs::write(&input, &call.input)?;
        let ending = run_with_input(&mut command, File::open(&input)?, &log, LIMIT)?;
        let mut output = normal(&(log.output()? + &log.errors()?), broker.bootstrap(), call.reduce)?;
        match ending {
            Ending::Exited(status) if status.success() => {}
            Ending::Exited(status) => output.push(format!("[exit {}]", status.code().unwrap_or(-1))),
            Ending::OutOfTime => output.push(format!("[no end within {} s]", LIMIT.as_secs())),
        }
        answers.push(Step { line: step.line.clone(), output });
    }
    Ok(answers)
}

/// The first line that is not as it was recorded.
fn compare(recorded: &[Step], answers: &[Step]) -> Outcome {
    for (there, here) in recorded.iter().zip(answers) {
        if there.output == here.output {
            continue;
        }
        let differs = there.output.iter().zip(&here.output).position(|(there, here)| there != here);
        let at = differs.unwrap_or_else(|| there.output.len().min(here.output.len()));
        let line = |step: &Step| step.output.get(at).cloned().unwrap_or_else(|| "nothing".to_owned());
        return Outcome::Failed(format!(
            "{}: {:?} where Kafka {VERSION} prints {:?}",
            here.line,
            line(here),
            line(there)
        ));
    }
    Outcome::PASSED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_of_the_transcript_names_a_tool() {
        let sessions = parse(&std::fs::read_to_string(transcript()).unwrap()).unwrap();
        for step in sessions.iter().flat_map(|session| &session.steps) {
            let tool = invocation(&step.line).unwrap().tool;
            assert!(TOOLS.iter().any(|(name, ..)| *name == tool), "{tool}");
        }
    }

    #[test]
    fn the_first_line_that_differs_is_told() {
        let step = |output: &[&str]| Step {
            line: "kafka-topics --list".to_owned(),
            output: output.iter().map(|line| (*line).to_owned()).collect(),
        };
        assert_eq!(compare(&[step(&["a"])], &[step(&["a"])]), Outcome::PASSED);
        let told = "kafka-topics --list: \"nothing\" where Kafka 4.3.1 prints \"b\"";
        assert_eq!(compare(&[step(&["a", "b"])], &[step(&["a"])]), Outcome::Failed(told.to_owned()));
    }
}
