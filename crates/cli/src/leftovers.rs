//! Processes that a command left behind.
//!
//! On Linux this process is made the one that orphans are given to (`PR_SET_CHILD_SUBREAPER`), so what the command
//! started and did not wait for is found among its own children once the command has ended.

use std::io;
#[cfg(target_os = "linux")]
use std::path::Path;
#[cfg(target_os = "linux")]
use std::time::Duration;

/// How long a process has between being asked to end and being made to.
#[cfg(target_os = "linux")]
const GRACE: Duration = Duration::from_secs(2);
/// How long it rests before it looks again who is still there.
#[cfg(target_os = "linux")]
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Makes the processes that a command leaves behind this one's own.
#[cfg(target_os = "linux")]
pub(crate) fn adopt() -> io::Result<()> {
    Ok(rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?)
}

/// Ends this process's children and theirs: with SIGTERM, and with SIGKILL what is still there after two seconds.
/// Gives the names of those that it ended. Daemons, which have made a session of their own, are left alone.
#[cfg(target_os = "linux")]
pub(crate) fn end() -> io::Result<Vec<String>> {
    use kafka_trial::client::{Deadline, pause};
    use rustix::process::{Signal, WaitOptions, kill_process, waitpid};

    let grace = Deadline::after(GRACE);
    let limit = Deadline::after(GRACE * 2);
    let mut ended: Vec<(i32, String)> = Vec::new();
    loop {
        // Reaps those that are done; an error says that there is nobody left.
        while let Ok(Some(_)) = waitpid(None, WaitOptions::NOHANG) {}
        let children = children()?;
        if children.is_empty() || limit.is_past() {
            return Ok(ended.into_iter().map(|(_, name)| name).collect());
        }
        for child in children {
            let is_new = !ended.iter().any(|(pid, _)| *pid == child.pid.as_raw_pid());
            // One that ends by itself in this moment needs no signal.
            let _ = match grace.is_past() {
                true => kill_process(child.pid, Signal::KILL),
                false if is_new => kill_process(child.pid, Signal::TERM),
                false => Ok(()),
            };
            if is_new {
                ended.push((child.pid.as_raw_pid(), child.name));
            }
        }
        pause(LOOK_AGAIN);
    }
}

#[cfg(target_os = "linux")]
struct Process {
    pid: rustix::process::Pid,
    name: String,
}

/// The children of this process that are in its session and have not ended.
#[cfg(target_os = "linux")]
fn children() -> io::Result<Vec<Process>> {
    let own = rustix::process::getpid().as_raw_pid();
    // Asked in the same words as the children's: in a PID namespace whose session began outside, all of them say 0,
    // which getsid(2) may also answer and rustix does not take.
    let session = Stat::read(Path::new("/proc/self"))?.session;
    let mut children = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let path = entry?.path();
        let pid = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
        let Some(pid) = pid.and_then(rustix::process::Pid::from_raw) else { continue };
        // A process may end between the two looks at it.
        let Ok(stat) = Stat::read(&path) else { continue };
        if stat.parent == own && stat.session == session && stat.state != "Z" {
            children.push(Process { pid, name: stat.name });
        }
    }
    Ok(children)
}

/// What proc_pid_stat(5) says of a process: pid (name) state ppid pgrp session ...
#[cfg(target_os = "linux")]
struct Stat {
    name: String,
    state: String,
    parent: i32,
    session: i32,
}

#[cfg(target_os = "linux")]
impl Stat {
    fn read(process: &Path) -> io::Result<Self> {
        let text = std::fs::read_to_string(process.join("stat"))?;
        Self::parse(&text).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("no process in {text:?}")))
    }

    /// The name may hold anything, also parentheses.
    fn parse(text: &str) -> Option<Self> {
        let (front, back) = text.rsplit_once(')')?;
        let (_, name) = front.split_once('(')?;
        let mut fields = back.split_whitespace();
        Some(Self {
            name: name.to_owned(),
            state: fields.next()?.to_owned(),
            parent: fields.next()?.parse().ok()?,
            session: fields.nth(1)?.parse().ok()?,
        })
    }
}

/// Elsewhere orphans go to the system's first process, out of reach.
#[cfg(not(target_os = "linux"))]
pub(crate) fn adopt() -> io::Result<()> {
    Ok(())
}

/// Elsewhere nothing is found that could be ended.
#[cfg(not(target_os = "linux"))]
pub(crate) fn end() -> io::Result<Vec<String>> {
    Ok(Vec::new())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::Stat;

    #[test]
    fn the_name_of_a_process_may_hold_what_delimits_it() {
        let stat = Stat::parse("42 (a) b (c) S 7 8 0 0 -1\n").unwrap();
        assert_eq!((stat.name.as_str(), stat.state.as_str(), stat.parent, stat.session), ("a) b (c", "S", 7, 0));
        assert!(Stat::parse("42 (cut) S 7").is_none());
    }
}
