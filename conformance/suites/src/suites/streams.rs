//! Kafka Streams and Kafka Connect as they are, from their published jars.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use wait_timeout::ChildExt as _;

use crate::broker::Setup;
use crate::needs::{JAVA, MAVEN};
use crate::outcome::{Outcome, Outcomes};
use crate::place::{Place, root};
use crate::process::{Log, run as run_program, succeed};
use crate::suite::{EachChange, Run, Suite};

pub(crate) const SUITE: Suite = Suite {
    name: "streams",
    title: "Kafka Streams and Connect 4.3.1",
    about: "a word count with exactly-once v2 that changes its instance, and a file that goes through Connect",
    needs: &[JAVA, MAVEN],
    each_change: EachChange::Nothing,
    prepare,
    run,
};

const LIMIT: Duration = Duration::from_secs(180);
/// How long Connect may take, and how often its file is looked at.
const PATIENCE: Duration = Duration::from_secs(60);
const AGAIN: Duration = Duration::from_millis(200);

fn source() -> PathBuf {
    root().join("conformance/suites/java/WordCount.java")
}

/// Kafka's jars with those of Streams and of the file connectors, in a folder of their own.
fn prepare(place: &Place) -> Result<()> {
    libraries(place)?;
    std::fs::write(place.join("log4j2.properties"), "status=off\nname=none\nrootLogger.level=off\n")?;
    let mut compiler = Command::new("javac");
    compiler.arg("-cp").arg(libraries(place)?.join("*")).arg("-d").arg(place.join("classes")).arg(source());
    succeed(&mut compiler, &place.log("javac")?)
}

fn libraries(place: &Place) -> Result<PathBuf> {
    let log = place.log("libraries")?;
    succeed(
        kafka_trial_real_kafka::script()?.arg("libs").env("WORK", place.join("kafka")).env("MVN_PROFILES", "-Pstreams"),
        &log,
    )?;
    log.output()?.lines().last().map(PathBuf::from).context("start.sh libs printed no folder")
}

fn run(run: &Run<'_>) -> Result<Outcomes> {
    let mut outcomes = Outcomes::new();
    for (test, play) in [("word-count", word_count as fn(&Run<'_>, &Path) -> Result<Outcome>), ("connect", connect)] {
        if run.wants(test) {
            let folder = run.place.join(&format!("{test}.{}", run.side.name()));
            if folder.exists() {
                std::fs::remove_dir_all(&folder)?;
            }
            std::fs::create_dir_all(&folder)?;
            outcomes.insert(test.to_owned(), play(run, &folder)?);
        }
    }
    Ok(outcomes)
}

fn java(place: &Place) -> Result<Command> {
    let mut command = Command::new("java");
    command.args(["-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]);
    command.arg(format!("-Dlog4j2.configurationFile={}", place.join("log4j2.properties").display()));
    let path = format!("{}:{}/*", place.join("classes").display(), libraries(place)?.display());
    command.args(["-cp", &path]);
    Ok(command)
}

fn word_count(run: &Run<'_>, folder: &Path) -> Result<Outcome> {
    let broker = run.broker(&Setup::PLAIN)?;
    let mut command = java(run.place)?;
    command.args(["WordCount", broker.bootstrap()]).arg(folder);
    let log = run.place.test_log(run.side, "word-count")?;
    Ok(match run_program(&mut command, &log, LIMIT)?.complaint() {
        None => Outcome::PASSED,
        Some(complaint) => Outcome::Failed(first_error(&log)?.unwrap_or(complaint)),
    })
}

/// What Java says where it gives up.
fn first_error(log: &Log) -> Result<Option<String>> {
    let errors = log.errors()?;
    let line = errors.lines().find(|line| line.starts_with("Exception") || line.starts_with("Caused by"));
    Ok(line.map(str::to_owned))
}

/// Lines of a file go into a topic, and from there into another file.
fn connect(run: &Run<'_>, folder: &Path) -> Result<Outcome> {
    let broker = run.broker(&Setup::PLAIN)?;
    let lines: String = (0..1000).map(|line| format!("line {line}\n")).collect();
    let path = |name: &str| folder.join(name);
    std::fs::write(path("in.txt"), &lines)?;
    let shown = |name: &str| path(name).display().to_string();
    let converter = "org.apache.kafka.connect.storage.StringConverter";
    let worker = format!(
        "bootstrap.servers={}\nkey.converter={converter}\nvalue.converter={converter}\nlisteners=http://127.0.0.1:0\n\
         offset.flush.interval.ms=500\noffset.storage.file.filename={}\n",
        broker.bootstrap(),
        shown("offsets")
    );
    let connector = |kind: &str, rest: &str| {
        format!(
            "name={kind}\nconnector.class=org.apache.kafka.connect.file.FileStream{kind}Connector\ntasks.max=1\n{rest}"
        )
    };
    std::fs::write(path("worker.properties"), worker)?;
    std::fs::write(
        path("source.properties"),
        connector("Source", &format!("file={}\ntopic=lines\n", shown("in.txt"))),
    )?;
    std::fs::write(path("sink.properties"), connector("Sink", &format!("file={}\ntopics=lines\n", shown("out.txt"))))?;
    let log = run.place.test_log(run.side, "connect")?;
    let mut command = java(run.place)?;
    command.arg("org.apache.kafka.connect.cli.ConnectStandalone");
    command.args(["worker.properties", "source.properties", "sink.properties"].map(path));
    command.stdin(Stdio::null()).stdout(std::fs::File::create(&log.out)?).stderr(std::fs::File::create(&log.err)?);
    let mut process = command.spawn()?;
    let outcome = wait_for(&path("out.txt"), &lines, &mut process);
    process.kill()?;
    process.wait()?;
    outcome
}

/// Waits until a file has the wanted content, as long as the program runs that is to write it.
fn wait_for(file: &Path, wanted: &str, process: &mut Child) -> Result<Outcome> {
    let mut found = String::new();
    for _ in 0..PATIENCE.as_millis() / AGAIN.as_millis() {
        if let Some(status) = process.wait_timeout(AGAIN)? {
            return Ok(Outcome::Failed(format!("Connect has ended: {status}")));
        }
        // It is not there at first.
        found = std::fs::read_to_string(file).unwrap_or_default();
        if found == wanted {
            return Ok(Outcome::PASSED);
        }
    }
    let (found, wanted) = (found.lines().count(), wanted.lines().count());
    Ok(Outcome::Failed(format!("{found} lines of {wanted}, or in another order, after {} s", PATIENCE.as_secs())))
}
