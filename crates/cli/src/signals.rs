//! Waiting for the end.

use std::io;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Signals that ask the command to end.
pub(crate) fn endings() -> io::Result<Signals> {
    Signals::new([SIGINT, SIGTERM])
}
