//! What is checked, in order.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use super::output::{Outcome, Output};
use super::tally::Tally;
use super::{arrows, builds, pages, python};
use crate::program::{CLIENTS, DIFFERENTIAL, SUITES, WORKSPACE, build, cargo, program};
use crate::{bench, schema};

/// A check with a name to choose it by.
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) stage: Stage,
    steps: fn(&Output) -> Result<Outcome>,
}

/// When a check runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Before all tests, alone: it compiles.
    Build,
    /// After the builds: what takes minutes.
    LongTests,
    /// After those.
    Tests,
}

impl Check {
    pub(crate) fn run(&self, output: &Output) -> Result<Outcome> {
        (self.steps)(output)
    }
}

const fn check(stage: Stage, name: &'static str, about: &'static str, steps: fn(&Output) -> Result<Outcome>) -> Check {
    Check { name, about, stage, steps }
}

/// All checks in the order of the table, the quick ones first.
pub(crate) fn all() -> Vec<Check> {
    use Stage::{Build, LongTests, Tests};
    vec![
        check(Build, "format", "rustfmt", |output| output.passes(cargo(&["fmt", "--all", "--check"]))),
        check(Build, "arrows", "which crate knows which, and what the state must not know", arrows::check),
        check(
            Build,
            "features",
            "each dependency is built once, for the tests and for what is installed",
            builds::once,
        ),
        check(Build, "lint", "clippy, warnings are errors", |output| {
            output.passes(cargo(&["clippy", "-q", "--workspace", "--all-targets", "--", "-D", "warnings"]))
        }),
        check(Build, "docs", "rustdoc, warnings are errors", |output| output.passes(docs())),
        check(Build, "build", "all programs and tests, at once", builds::everything),
        check(Build, "python-build", "the wheel, as `pip install .` builds it, but unoptimised", python::build),
        check(LongTests, "rust", "unit, integration and doc tests, and the codec beside kafka-protocol's", rust),
        check(Tests, "nextest", "the kit's fixtures, in a process for each test", nextest),
        check(Tests, "bench", "every row of the bench runs, with tiny counts", |output| {
            output.passes(build())?;
            output.passes(bench::smoke()?)
        }),
        check(Tests, "python-lint", "ruff, mypy --strict, stubtest", python::lint),
        check(LongTests, "python", "the package, the plugin, the clients", python::test),
        check(Tests, "examples", "the tests of the reference service", python::test_examples),
        check(Tests, "python-2.3", "the same with kafka-python 2.3", python::test_kafka_python_2),
        check(
            LongTests,
            "without-librdkafka",
            "the kit builds without it and without warnings, the command and the package have none of it",
            without_librdkafka,
        ),
        check(Tests, "schema", "the definitions are those of Kafka's jars", schema),
        check(Tests, "differential", "Kafka 4.3.1's recorded answers, compared with ours", |output| {
            counts_of(output, DIFFERENTIAL, &["--replay"])
        }),
        check(LongTests, "conformance", "the tests of other clients, as far as they are quick", |output| {
            counts_of(output, SUITES, &["conformance", "--each-change"])
        }),
        check(Tests, "clients", "the matrix of real clients, as far as they are here", |output| {
            counts_of(output, CLIENTS, &["clients", "--quick"])
        }),
        check(Tests, "cluster", "some of them on three brokers that stop and start", |output| {
            counts_of(output, CLIENTS, &["cluster", "--quick", "--steps", "12"])
        }),
        check(Tests, "pages", "the example projects, run as their pages say", pages::test),
        check(Tests, "deny", "licences and sources of dependencies", deny),
    ]
}

/// The tests of a program of the workspace, which is built first where it is not up to date.
fn counts_of(output: &Output, name: &str, arguments: &[&str]) -> Result<Outcome> {
    output.passes(build())?;
    output.counts(program(name, arguments)?)
}

fn rust(output: &Output) -> Result<Outcome> {
    let mut test = cargo(&["test", "--no-fail-fast"]);
    test.args(WORKSPACE);
    output.counts(test)
}

fn docs() -> Command {
    let mut command = cargo(&["doc", "-q", "--workspace", "--no-deps"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    command
}

/// The kit has librdkafka by default; nothing else may bring it into what people install.
fn without_librdkafka(output: &Output) -> Result<Outcome> {
    for package in ["kafka-trial-cli", "kafka-trial-python"] {
        let tree = cargo(&["tree", "-p", package, "-e", "normal,build"]).output()?;
        if !tree.status.success() || String::from_utf8_lossy(&tree.stdout).contains("rdkafka") {
            bail!("{package} depends on rdkafka, or cargo tree failed: {}", String::from_utf8_lossy(&tree.stderr));
        }
    }
    let kit = ["-q", "-p", "kafka-trial", "--no-default-features"];
    let mut lint = cargo(&["clippy"]);
    lint.args(kit).args(["--tests", "--", "-D", "warnings"]);
    output.passes(lint)?;
    // Compile errors are compared here: their project is built without librdkafka, too.
    let mut errors = cargo(&["test"]);
    errors.args(kit).args(["--test", "compile_errors"]);
    output.passes(errors)
}

fn schema(_: &Output) -> Result<Outcome> {
    let present = Command::new("mvn").arg("--version").stdout(Stdio::null()).status();
    if !present.is_ok_and(|status| status.success()) {
        return Ok(Outcome::Skipped("Maven is not installed".to_owned()));
    }
    schema::check()?;
    Ok(Outcome::Counted(Tally { passed: 1, ..Tally::default() }))
}

fn nextest(output: &Output) -> Result<Outcome> {
    if !is_installed("nextest") {
        return Ok(Outcome::Skipped("cargo-nextest is not installed".to_owned()));
    }
    let mut run = cargo(&["nextest", "run", "--test", "fixtures", "--test", "readme", "-E", "package(kafka-trial)"]);
    run.args(WORKSPACE);
    output.passes(run)
}

/// Whether cargo has a subcommand that is not its own.
fn is_installed(subcommand: &str) -> bool {
    let status = cargo(&[subcommand, "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn deny(output: &Output) -> Result<Outcome> {
    if !is_installed("deny") {
        return Ok(Outcome::Skipped("cargo-deny is not installed".to_owned()));
    }
    output.passes(cargo(&["deny", "check"]))
}
