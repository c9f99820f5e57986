//! The Python package: built as users build it, into virtual environments of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::output::{Outcome, Output};

/// A virtual environment under `target/`, and the clients in it.
pub(crate) struct Environment {
    folder: &'static str,
    /// What is installed over the newest versions that the package allows.
    pins: &'static [&'static str],
}

/// The newest clients.
pub(crate) const NEWEST: Environment = Environment { folder: "target/python/newest", pins: &[] };
/// kafka-python before its version 3: another wire behaviour, and other serializers.
pub(crate) const KAFKA_PYTHON_2: Environment =
    Environment { folder: "target/python/kafka-python-2", pins: &["kafka-python>=2.3.2,<3"] };

const WHEELS: &str = "target/python/wheels";
const EXAMPLES: &str = "examples/codegen/pytest";
const REQUIREMENTS: &str = "crates/python/tests/requirements.txt";

impl Environment {
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        Path::new(self.folder).join("bin").join(name)
    }

    fn python(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.program("python"));
        command.args(arguments);
        command
    }

    fn pip(&self, output: &Output, arguments: &[&str]) -> Result<()> {
        let mut command = self.python(&["-m", "pip", "--quiet", "--disable-pip-version-check"]);
        // What is tested is compiled as for the other tests, with the dependencies that they have built already.
        command.args(arguments).env("MATURIN_PEP517_ARGS", "--profile dev --features workspace-features");
        output.passes(command).map(drop)
    }

    /// Makes the environment where it is missing.
    fn create(&self, output: &Output) -> Result<()> {
        if self.program("python").exists() {
            return Ok(());
        }
        let mut command = Command::new(std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into()));
        command.args(["-m", "venv", self.folder]);
        output
            .passes(command)
            .context("a Python of 3.10 or newer with its venv module is needed; PYTHON names another")?;
        Ok(())
    }

    /// Installs the wheel that was built last.
    fn install(&self, output: &Output) -> Result<()> {
        self.create(output)?;
        let wheel = newest_wheel()?;
        let wheel = wheel.to_str().context("the path of the wheel is not UTF-8")?;
        self.pip(output, &["install", "--requirement", REQUIREMENTS, &format!("{wheel}[all]")])?;
        self.pip(output, &["install", "--force-reinstall", "--no-deps", wheel])?;
        match self.pins {
            [] => Ok(()),
            pins => self.pip(output, &[&["install"], pins].concat()),
        }
    }
}

/// Builds the wheel as `pip install .` does, but unoptimised, and installs it.
pub(crate) fn build(output: &Output) -> Result<Outcome> {
    NEWEST.create(output)?;
    NEWEST.pip(output, &["wheel", "--no-deps", "--wheel-dir", WHEELS, "."])?;
    NEWEST.install(output)?;
    KAFKA_PYTHON_2.install(output)?;
    output.passes(NEWEST.python(&["-c", "import kafka_trial; print('kafka_trial', kafka_trial.__version__)"]))
}

/// Style, types, and whether the stub of the native module tells the truth.
pub(crate) fn lint(output: &Output) -> Result<Outcome> {
    output.passes(NEWEST.python(&["-m", "ruff", "check", "--quiet"]))?;
    output.passes(NEWEST.python(&["-m", "ruff", "format", "--check", "--quiet"]))?;
    output.passes(NEWEST.python(&["-m", "mypy"]))?;
    output.passes(NEWEST.python(&["-m", "mypy", "crates/python/tests"]))?;
    output.passes(NEWEST.python(&["-m", "mypy", &format!("{EXAMPLES}/tests")]))?;
    output.passes(NEWEST.python(&["-m", "mypy", "examples/codegen/flows"]))?;
    output.passes(NEWEST.python(&["-m", "mypy", "conformance/clients/python"]))?;
    output.passes(NEWEST.python(&["-m", "mypy.stubtest", "kafka_trial._native"]))
}

/// Everything in `crates/python/tests`.
pub(crate) fn test(output: &Output) -> Result<Outcome> {
    // Most of them wait for processes that they have started.
    output.counts(pytest(&NEWEST, &["-n", "2"]))
}

/// The project of the reference service, as its users run theirs.
pub(crate) fn test_examples(output: &Output) -> Result<Outcome> {
    output.counts(pytest(&NEWEST, &["--rootdir", EXAMPLES, "-c", &format!("{EXAMPLES}/pytest.ini"), EXAMPLES]))
}

/// What differs between the major versions of kafka-python.
pub(crate) fn test_kafka_python_2(output: &Output) -> Result<Outcome> {
    output.counts(pytest(&KAFKA_PYTHON_2, &["-k", "kafka_python or one_after_the_other or two_workers"]))
}

fn pytest(environment: &Environment, arguments: &[&str]) -> Command {
    let mut command = environment.python(&["-m", "pytest", "-q", "-rs"]);
    command.args(arguments);
    command
}

fn newest_wheel() -> Result<PathBuf> {
    let mut wheels = Vec::new();
    for entry in std::fs::read_dir(WHEELS).with_context(|| format!("{WHEELS} cannot be read"))? {
        let entry = entry?;
        wheels.push((entry.metadata()?.modified()?, entry.path()));
    }
    wheels.sort();
    match wheels.pop() {
        Some((_, wheel)) => Ok(wheel),
        None => bail!("{WHEELS} holds no wheel"),
    }
}
