//! Waiting for the end.

use std::io;

use rustix::process::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::exfiltrator::origin::WithOrigin;
use signal_hook::iterator::{Signals, SignalsInfo};

/// Signals that ask a command to end, by their numbers.
pub(crate) const ENDINGS: [(i32, Signal); 3] = [(SIGINT, Signal::INT), (SIGTERM, Signal::TERM), (SIGHUP, Signal::HUP)];

/// Signals that ask this process to end.
pub(crate) fn endings() -> io::Result<Signals> {
    Signals::new([SIGINT, SIGTERM])
}

/// Signals that ask a command to end, with who sent them.
pub(crate) fn endings_with_origin() -> io::Result<SignalsInfo<WithOrigin>> {
    SignalsInfo::new(ENDINGS.map(|(number, _)| number))
}
