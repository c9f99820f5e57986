//! Programs that a suite runs: with their output in a file, and with an end.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use wait_timeout::ChildExt as _;

/// Where a program's output went.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    /// Standard output.
    pub(crate) out: PathBuf,
    /// Standard error; apart, because C libraries write into the middle of a test runner's lines.
    pub(crate) err: PathBuf,
}

impl Log {
    /// `<folder>/<name>.out` and `<folder>/<name>.err`.
    pub(crate) fn new(folder: &Path, name: &str) -> Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(Self { out: folder.join(format!("{name}.out")), err: folder.join(format!("{name}.err")) })
    }

    /// What was written to standard output.
    pub(crate) fn output(&self) -> Result<String> {
        read(&self.out)
    }

    /// What was written to standard error.
    pub(crate) fn errors(&self) -> Result<String> {
        read(&self.err)
    }
}

/// Programs write what they like; what is not UTF-8 is replaced.
fn read(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By itself.
    Exited(ExitStatus),
    /// It was ended, because its time was over.
    OutOfTime,
}

impl Ending {
    /// None when it went well, else how it ended.
    pub(crate) fn complaint(self) -> Option<String> {
        match self {
            Self::Exited(status) if status.success() => None,
            Self::Exited(status) => Some(status.to_string()),
            Self::OutOfTime => Some("its time was over".to_owned()),
        }
    }
}

/// Runs a program to its end, `limit` at most.
pub(crate) fn run(command: &mut Command, log: &Log, limit: Duration) -> Result<Ending> {
    run_with_input(command, Stdio::null(), log, limit)
}

/// The same with something on its standard input.
pub(crate) fn run_with_input(
    command: &mut Command,
    input: impl Into<Stdio>,
    log: &Log,
    limit: Duration,
) -> Result<Ending> {
    let create = |path: &Path| File::create(path).with_context(|| format!("{} cannot be written", path.display()));
    command.stdin(input).stdout(create(&log.out)?).stderr(create(&log.err)?);
    let mut child = command.spawn().with_context(|| format!("{command:?} could not be started"))?;
    if let Some(status) = child.wait_timeout(limit)? {
        return Ok(Ending::Exited(status));
    }
    child.kill()?;
    child.wait()?;
    Ok(Ending::OutOfTime)
}

/// Runs a step that has to go well, such as a build.
pub(crate) fn succeed(command: &mut Command, log: &Log) -> Result<()> {
    const LIMIT: Duration = Duration::from_secs(1800);
    match run(command, log, LIMIT)?.complaint() {
        None => Ok(()),
        Some(complaint) => {
            let errors = log.errors()?;
            let last: Vec<&str> = errors.lines().rev().take(12).collect();
            let last: Vec<&str> = last.into_iter().rev().collect();
            bail!("{command:?}: {complaint}\n{}\n(all of it: {})", last.join("\n"), log.err.display())
        }
    }
}
