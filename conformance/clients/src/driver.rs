//! A client's driver: a program that does what a line on its standard input says and answers with a line.
//!
//! ```text
//! create TOPIC PARTITIONS                     ok
//! list                                        ok TOPIC ...
//! delete TOPIC                                ok
//! produce TOPIC PARTITION CODEC PREFIX COUNT  ok              the values are PREFIX-0- ... each with N % 100 "x" behind
//! send TOPIC PARTITION PREFIX FIRST COUNT     ok              numbers from FIRST on; the producer is idempotent and stays
//! join MEMBER GROUP TOPIC [consumer]          ok              a consumer that reads from the earliest offset
//! poll MEMBER                                 ok PARTITIONS VALUE ...    waits 200 ms at most; "0,2" or "-" are assigned
//! commit MEMBER                               ok
//! leave MEMBER                                ok
//! registry URL TOPIC                          ok ID HEX CENTS    Money in TOPIC-money, Order in TOPIC-value refers to it
//! read TOPIC COUNT                            ok VALUE ...    without a group, for clients that have none
//! ```
//! Its first line is `ready` and the client's version. Any answer may be `error TEXT`, or `unsupported TEXT` where the
//! client has no such thing. `registry` writes an order of 1234 cents by its schema and reads it again: HEX is what a record
//! would hold, CENTS what came back. It ends with its standard input. Of `send` and the consumer protocol only those drivers know
//! that [`crate::cluster`] asks.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// How long a driver may take for one answer: clients wait long for what they believe will come.
const ANSWER: Duration = Duration::from_secs(60);
/// How long it may take to start: a JVM on a busy machine.
const START: Duration = Duration::from_secs(60);
/// How long it may take to end by itself.
const END: Duration = Duration::from_secs(2);

/// What a driver answered.
pub(crate) enum Answer {
    Ok(Vec<String>),
    /// The client has no such thing; the text says why.
    Unsupported(String),
}

/// A running driver. It ends when this is dropped.
pub(crate) struct Driver {
    name: &'static str,
    version: String,
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    command: Command,
}

impl Driver {
    /// Starts the command with the bootstrap servers as its last argument.
    pub(crate) fn start(name: &'static str, command: &Command, servers: &str) -> Result<Self> {
        let log = format!("target/clients/{name}.log");
        let stderr = File::options().create(true).append(true).open(&log).context(log)?;
        let mut child = same(command)
            .arg(servers)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .with_context(|| format!("{command:?} cannot be started"))?;
        let (sender, lines) = channel();
        if let Some(stdout) = child.stdout.take() {
            // Ends with the pipe, or when nobody listens any more.
            std::thread::spawn(move || {
                BufReader::new(stdout).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
            });
        }
        let stdin = child.stdin.take();
        let mut driver = Self { name, version: String::new(), child, stdin, lines, command: same(command) };
        let ready = driver.line(START).context("it did not get ready")?;
        driver.version = ready.strip_prefix("ready ").with_context(|| format!("it began with {ready:?}"))?.to_owned();
        Ok(driver)
    }

    /// A fresh one in place of this one.
    pub(crate) fn start_again(self, servers: &str) -> Result<Self> {
        let (name, command) = (self.name, same(&self.command));
        drop(self);
        Self::start(name, &command, servers)
    }

    /// What the client calls its version.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// Says a line and waits for the answer.
    pub(crate) fn ask(&mut self, request: &str) -> Result<Answer> {
        let stdin = self.stdin.as_mut().context("the driver has no input")?;
        writeln!(stdin, "{request}")
            .and_then(|()| stdin.flush())
            .with_context(|| format!("{request}: it has ended"))?;
        let line = self.line(ANSWER).with_context(|| request.to_owned())?;
        let (word, rest) = line.split_once(' ').unwrap_or((line.as_str(), ""));
        match word {
            "ok" => Ok(Answer::Ok(rest.split_whitespace().map(str::to_owned).collect())),
            "unsupported" => Ok(Answer::Unsupported(rest.to_owned())),
            _ => bail!("{request}: {line}"),
        }
    }

    /// The same where the client must have it.
    pub(crate) fn must(&mut self, request: &str) -> Result<Vec<String>> {
        match self.ask(request)? {
            Answer::Ok(words) => Ok(words),
            Answer::Unsupported(why) => bail!("{request}: unsupported: {why}"),
        }
    }

    fn line(&self, limit: Duration) -> Result<String> {
        match self.lines.recv_timeout(limit) {
            Ok(line) => Ok(line),
            Err(RecvTimeoutError::Timeout) => bail!("no answer within {} s", limit.as_secs()),
            Err(RecvTimeoutError::Disconnected) => bail!("it has ended; see target/clients/{}.log", self.name),
        }
    }
}

/// The same program: a `Command` cannot be cloned.
fn same(command: &Command) -> Command {
    let mut same = Command::new(command.get_program());
    same.args(command.get_args());
    for (key, value) in command.get_envs() {
        match value {
            Some(value) => same.env(key, value),
            None => same.env_remove(key),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        same.current_dir(folder);
    }
    same
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.stdin = None;
        let limit = kafka_trial::client::Deadline::after(END);
        while !limit.is_past() && matches!(self.child.try_wait(), Ok(None)) {
            kafka_trial::client::pause(Duration::from_millis(10));
        }
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
