//! A real Apache Kafka as a process, through the script that the conformance checks use.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use kafka_trial::client::pause;

use crate::raw::Raw;
use crate::topic::brokers;

const SCRIPT: &str = "conformance/real-kafka/start.sh";

/// The script, where what it needs is there. Maven fetches Kafka's jars the first time.
pub(super) fn script() -> Result<PathBuf> {
    for (command, argument) in [("java", "-version"), ("mvn", "-version")] {
        let tried = Command::new(command).arg(argument).stdout(Stdio::null()).stderr(Stdio::null()).status();
        ensure!(tried.is_ok_and(|status| status.success()), "{command} is not here");
    }
    std::path::absolute(SCRIPT).context(SCRIPT)
}

/// A broker with a port and data of its own; both go with it.
#[derive(Debug)]
pub(super) struct Kafka {
    script: PathBuf,
    work: PathBuf,
    port: u16,
    controller_port: u16,
    /// The script, which goes on for a while after the broker answers.
    up: Option<Child>,
}

/// How often it is asked whether it answers.
const RETRY: Duration = Duration::from_millis(5);

impl Kafka {
    pub(super) fn start(script: &Path) -> Result<Self> {
        let free = || TcpListener::bind("127.0.0.1:0")?.local_addr();
        let (port, controller_port) = (free()?.port(), free()?.port());
        let work = std::env::var_os("WORK").map_or_else(|| "target/real-kafka".into(), PathBuf::from);
        let (script, work) = (script.to_owned(), std::path::absolute(work)?);
        let mut kafka = Self { script, work, port, controller_port, up: None };
        let up = kafka.command("up").stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let up = kafka.up.insert(up);
        let address = format!("127.0.0.1:{port}");
        // The script gives up by itself when the broker does not come.
        while !Raw::connect(&address).and_then(|mut raw| brokers(&mut raw)).is_ok_and(|count| count == 1) {
            if up.try_wait()?.is_some_and(|status| !status.success()) {
                bail!("{SCRIPT} failed: {}", what_it_said(kafka.up.take())?);
            }
            pause(RETRY);
        }
        Ok(kafka)
    }

    /// Waits for the script, so that it does not disturb what is measured next.
    pub(super) fn settle(&mut self) -> Result<()> {
        if let Some(mut up) = self.up.take() {
            let status = up.wait()?;
            ensure!(status.success(), "{SCRIPT} failed: {}", what_it_said(Some(up))?);
        }
        Ok(())
    }

    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub(super) fn process_id(&self) -> Result<u32> {
        let path = self.work.join(format!("run-{}/pid", self.port));
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Ok(text.trim().parse()?)
    }

    fn command(&self, what: &str) -> Command {
        let mut command = Command::new(&self.script);
        command
            .arg(what)
            .env("WORK", &self.work)
            .env("PORT", self.port.to_string())
            .env("CTRL_PORT", self.controller_port.to_string())
            .stdin(Stdio::null());
        command
    }
}

impl Drop for Kafka {
    fn drop(&mut self) {
        // What the script has to say about it, it says on standard error.
        let _ = self.settle();
        let _ = self.command("wipe").status();
    }
}

fn what_it_said(up: Option<Child>) -> Result<String> {
    let Some(up) = up else { return Ok(String::new()) };
    Ok(String::from_utf8_lossy(&up.wait_with_output()?.stderr).trim().to_owned())
}
