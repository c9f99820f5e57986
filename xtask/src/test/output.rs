//! Running the commands of a check, and where their output goes.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::tally::Tally;

/// How a check went.
pub(crate) enum Outcome {
    Counted(Tally),
    /// Something optional is not on this machine; the text names it.
    Skipped(String),
}

/// Where the output of a check goes: to the terminal if it runs alone, otherwise to a file of its own.
pub(crate) enum Output {
    Terminal,
    File(File, PathBuf),
}

impl Output {
    pub(crate) fn file(path: PathBuf) -> Result<Self> {
        let file = File::create(&path).with_context(|| path.display().to_string())?;
        Ok(Self::File(file, path))
    }

    /// The file with the output, if there is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Terminal => None,
            Self::File(_, path) => Some(path),
        }
    }

    pub(crate) fn line(&self, line: &str) -> Result<()> {
        match self {
            Self::Terminal => println!("{line}"),
            Self::File(file, _) => {
                let mut file = file;
                writeln!(file, "{line}")?;
            }
        }
        Ok(())
    }

    fn stdio(&self) -> Result<Stdio> {
        Ok(match self {
            Self::Terminal => Stdio::inherit(),
            Self::File(file, _) => Stdio::from(file.try_clone()?),
        })
    }

    /// Runs a command that passes or fails as a whole.
    pub(crate) fn passes(&self, mut command: Command) -> Result<Outcome> {
        command.stdout(self.stdio()?).stderr(self.stdio()?).stdin(Stdio::null());
        let status = command.status().with_context(|| format!("{command:?} could not be started"))?;
        if !status.success() {
            bail!("{command:?}: {status}");
        }
        Ok(Outcome::Counted(Tally { passed: 1, ..Tally::default() }))
    }

    /// Runs a test runner, passes its output on, and counts by its closing lines.
    pub(crate) fn counts(&self, mut command: Command) -> Result<Outcome> {
        command.stdout(Stdio::piped()).stderr(self.stdio()?).stdin(Stdio::null());
        let mut child = command.spawn().with_context(|| format!("{command:?} could not be started"))?;
        let mut tally = Tally::default();
        if let Some(output) = child.stdout.take() {
            for line in BufReader::new(output).lines() {
                let line = line?;
                self.line(&line)?;
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
}
