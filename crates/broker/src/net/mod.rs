//! The shell around the driver: listeners, connections, frames, the clock. One thread, nothing shared with others.

mod clock;
mod connection;
mod frame;
mod listener;
mod shell;
mod tasks;

pub(crate) use self::clock::Clock;
pub(crate) use self::shell::{Command, Watcher, run};
