//! Notes for the user of a command that goes on.

use std::fmt::Display;
use std::io::{self, Write as _};

/// Writes a line to standard error. A closed standard error, such as that of a parent that has ended, ends nothing.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(io::stderr(), "kafka-trial: {text}");
}
