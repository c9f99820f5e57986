//! The network layer around the driver has listeners, connections, frames and the clock, all on one thread.

mod clock;
mod connection;
mod frame;
mod listener;
mod shell;
mod tasks;

pub(crate) use self::clock::Clock;
pub(crate) use self::shell::{Command, Watcher, run};
