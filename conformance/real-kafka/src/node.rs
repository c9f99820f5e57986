//! One broker.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result, bail};

use crate::script;

/// How much of what a failed start printed is told.
const TOLD_LINES: usize = 40;

/// A broker that can be stopped and started again where it was.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) id: i32,
    pub(crate) port: u16,
    pub(crate) variables: Vec<(&'static str, String)>,
    running: Mutex<Option<Running>>,
}

/// The script while its broker runs.
#[derive(Debug)]
struct Running {
    process: Child,
    /// None once it has said that the broker answers.
    output: Option<BufReader<ChildStdout>>,
}

impl Node {
    pub(crate) fn new(id: i32, port: u16, variables: Vec<(&'static str, String)>) -> Self {
        Self { id, port, variables, running: Mutex::new(None) }
    }

    /// Starts the script.
    pub(crate) fn launch(&self) -> Result<()> {
        let mut command = self.command()?;
        let mut process = command
            .arg("run")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{command:?} could not be started"))?;
        let output = process.stdout.take().map(BufReader::new);
        *self.running() = Some(Running { process, output });
        Ok(())
    }

    /// Waits until the broker answers, and the script has nothing left to do but to wait.
    pub(crate) fn ready(&self) -> Result<()> {
        let mut running = self.running();
        let running = running.as_mut().context("the broker was not started")?;
        let Some(output) = running.output.take() else { return Ok(()) };
        let mut told = VecDeque::new();
        for line in output.lines() {
            let line = line?;
            if line.starts_with("Kafka ") {
                return Ok(());
            }
            if told.len() == TOLD_LINES {
                told.pop_front();
            }
            told.push_back(line);
        }
        let status = running.process.wait()?;
        bail!("Kafka did not start ({status}); it needs a JDK of 17 or newer, Maven and python3\n{}", lines(&told));
    }

    /// Whether the script has ended, which it does by itself when the broker does not start.
    pub(crate) fn has_ended(&self) -> Result<bool> {
        match self.running().as_mut() {
            Some(running) => Ok(running.process.try_wait()?.is_some()),
            None => Ok(true),
        }
    }

    /// Stops the broker as an operator would. Its data stays for the next start.
    pub(crate) fn stop(&self) -> Result<()> {
        let Some(mut running) = self.running().take() else { return Ok(()) };
        if let Some(mut input) = running.process.stdin.take() {
            input.write_all(b"keep\n")?;
        }
        let status = running.process.wait()?;
        if !status.success() {
            bail!("broker {} did not stop: {status}", self.id);
        }
        Ok(())
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn command(&self) -> Result<Command> {
        let mut script = script()?;
        script.envs(self.variables.iter().map(|(name, value)| (*name, value)));
        Ok(script)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        match self.running().take() {
            Some(mut running) => {
                drop(running.process.stdin.take());
                // There is nobody to tell: its data is in a folder of its own, and the next cluster has other ports.
                let _ = running.process.wait();
            }
            // It was stopped, and its data is still there.
            None => _ = self.command().and_then(|mut script| Ok(script.arg("wipe").stdout(Stdio::null()).status()?)),
        }
    }
}

fn lines(told: &VecDeque<String>) -> String {
    told.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
}
