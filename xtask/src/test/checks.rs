//! What is checked, in order.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::tally::Tally;
use super::{pages, python};
use crate::program::{CLIENTS, SUITES, program};
use crate::{bench, differential, schema};

/// A check with a name to choose it by.
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    steps: fn() -> Result<Outcome>,
}

/// How a check went.
pub(crate) enum Outcome {
    Counted(Tally),
    /// Something optional is not on this machine; the text names it.
    Skipped(String),
}

impl Check {
    pub(crate) fn run(&self) -> Result<Outcome> {
        (self.steps)()
    }
}

/// All checks in the order in which they run: the quick ones first.
pub(crate) fn all() -> Vec<Check> {
    vec![
        Check { name: "format", about: "rustfmt", steps: || passes(cargo(&["fmt", "--all", "--check"])) },
        Check {
            name: "lint",
            about: "clippy, warnings are errors",
            steps: || passes(cargo(&["clippy", "-q", "--workspace", "--all-targets", "--", "-D", "warnings"])),
        },
        Check { name: "docs", about: "rustdoc, warnings are errors", steps: || passes(docs()) },
        Check {
            name: "rust",
            about: "unit, integration and doc tests",
            steps: || counts(cargo(&["test", "--no-fail-fast"])),
        },
        Check { name: "nextest", about: "the kit's fixtures, in a process for each test", steps: nextest },
        Check {
            name: "without-librdkafka",
            about: "the kit builds without it and without warnings, the command and the package have none of it",
            steps: without_librdkafka,
        },
        Check {
            name: "bench",
            about: "every row of the bench runs, with tiny counts",
            steps: || passes(bench::smoke()?),
        },
        Check {
            name: "codec",
            about: "the codec beside kafka-protocol's",
            steps: || counts(cargo(&["test", "-p", "kafka-trial-codec"])),
        },
        Check { name: "schema", about: "the definitions are those of the kafka-clients jar", steps: schema },
        Check {
            name: "differential",
            about: "Kafka 4.3.1's recorded answers, compared with ours",
            steps: || counts(differential::replay()),
        },
        Check {
            name: "python-build",
            about: "the wheel, as `pip install .` builds it, but unoptimised",
            steps: python::build,
        },
        Check { name: "python-lint", about: "ruff, mypy --strict, stubtest", steps: python::lint },
        Check { name: "python", about: "the package, the plugin, the clients", steps: python::test },
        Check { name: "examples", about: "the tests of the reference service", steps: python::test_examples },
        Check { name: "python-2.3", about: "the same with kafka-python 2.3", steps: python::test_kafka_python_2 },
        Check {
            name: "conformance",
            about: "the tests of other clients, as far as they are quick",
            steps: || counts(program(SUITES, &["conformance", "--each-change"])),
        },
        Check {
            name: "clients",
            about: "the matrix of real clients, as far as they are here",
            steps: || counts(program(CLIENTS, &["clients", "--quick"])),
        },
        Check {
            name: "cluster",
            about: "some of them on three brokers that stop and start",
            steps: || counts(program(CLIENTS, &["cluster", "--quick", "--steps", "12"])),
        },
        Check { name: "pages", about: "the pages for Go, Java and Node, followed as written", steps: pages::test },
        Check { name: "deny", about: "licences and sources of dependencies", steps: deny },
    ]
}

fn docs() -> Command {
    let mut command = cargo(&["doc", "-q", "--workspace", "--no-deps"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    command
}

/// The kit has librdkafka by default; nothing else may bring it into what people install.
fn without_librdkafka() -> Result<Outcome> {
    for package in ["kafka-trial-cli", "kafka-trial-python"] {
        let tree = cargo(&["tree", "-p", package, "-e", "normal,build"]).output()?;
        if !tree.status.success() || String::from_utf8_lossy(&tree.stdout).contains("rdkafka") {
            bail!("{package} depends on rdkafka, or cargo tree failed: {}", String::from_utf8_lossy(&tree.stderr));
        }
    }
    passes(cargo(&["clippy", "-q", "-p", "kafka-trial", "--no-default-features", "--tests", "--", "-D", "warnings"]))
}

pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

fn schema() -> Result<Outcome> {
    let present = Command::new("mvn").arg("--version").stdout(Stdio::null()).status();
    if !present.is_ok_and(|status| status.success()) {
        return Ok(Outcome::Skipped("Maven is not installed".to_owned()));
    }
    schema::check()?;
    Ok(Outcome::Counted(Tally { passed: 1, ..Tally::default() }))
}

fn nextest() -> Result<Outcome> {
    if !is_installed("nextest") {
        return Ok(Outcome::Skipped("cargo-nextest is not installed".to_owned()));
    }
    passes(cargo(&["nextest", "run", "-p", "kafka-trial", "--test", "fixtures", "--test", "readme"]))
}

/// Whether cargo has a subcommand that is not its own.
fn is_installed(subcommand: &str) -> bool {
    let status = cargo(&[subcommand, "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn deny() -> Result<Outcome> {
    if !is_installed("deny") {
        return Ok(Outcome::Skipped("cargo-deny is not installed".to_owned()));
    }
    passes(cargo(&["deny", "check"]))
}

/// A command that passes or fails as a whole.
pub(crate) fn passes(mut command: Command) -> Result<Outcome> {
    let status = command.status().with_context(|| format!("{command:?} could not be started"))?;
    if !status.success() {
        bail!("{command:?}: {status}");
    }
    Ok(Outcome::Counted(Tally { passed: 1, ..Tally::default() }))
}

/// A test runner whose closing lines are counted while its output is passed on.
pub(crate) fn counts(mut command: Command) -> Result<Outcome> {
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("{command:?} could not be started"))?;
    let mut tally = Tally::default();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line?;
            println!("{line}");
            if let Some(counted) = Tally::of_line(&line) {
                tally.add(counted);
            }
        }
    }
    let status = child.wait()?;
    if !status.success() && tally.failed == 0 {
        bail!("{command:?}: {status}");
    }
    if tally == Tally::default() {
        bail!("{command:?} ran no test");
    }
    Ok(Outcome::Counted(tally))
}
