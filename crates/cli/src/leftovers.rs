//! Processes that a command left behind.
//!
//! On Linux this process is made the one that orphans are given to (`PR_SET_CHILD_SUBREAPER`), so what the command
//! started and did not wait for is found among its own children once the command has ended.

use std::io;
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
    let session = rustix::process::getsid(None)?.as_raw_pid();
    let mut children = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let path = entry?.path();
        let pid = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
        let Some(pid) = pid.and_then(rustix::process::Pid::from_raw) else { continue };
        // A process may end between the two looks at it.
        let Ok(stat) = std::fs::read_to_string(path.join("stat")) else { continue };
        // proc_pid_stat(5): pid (name) state ppid pgrp session ...; the name may hold anything, also parentheses.
        let Some((front, back)) = stat.rsplit_once(')') else { continue };
        let mut fields = back.split_whitespace();
        let state = fields.next();
        let parent = fields.next().and_then(|field| field.parse().ok());
        let in_session = fields.nth(1).and_then(|field| field.parse().ok());
        if parent == Some(own) && in_session == Some(session) && state != Some("Z") {
            let name = front.split_once('(').map_or_else(String::new, |(_, name)| name.to_owned());
            children.push(Process { pid, name });
        }
    }
    Ok(children)
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
