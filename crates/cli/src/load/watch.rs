//! A run while it runs: one line that is written anew in a terminal, a line a second elsewhere.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use kafka_trial_load::Class;
use kafka_trial_load::live::Progress;

/// What shows the progress on standard error.
pub(super) struct Watch {
    is_terminal: bool,
    whole: Duration,
}

impl Watch {
    pub(super) fn new(whole: Duration) -> Self {
        Self { is_terminal: std::io::stderr().is_terminal(), whole }
    }

    /// What comes first says which of several runs it is.
    pub(super) fn show(&mut self, first: &str, progress: &Progress<'_>) {
        let line = format!("{first}{}", self.line(progress));
        // Nobody is left to be told when standard error is closed.
        let _ = if self.is_terminal {
            // A line that wraps could not be taken away again.
            let width = terminal_size::terminal_size_of(std::io::stderr()).map_or(80, |(width, _)| width.0);
            let line: String = line.chars().take(width.saturating_sub(1).into()).collect();
            write!(std::io::stderr(), "\r\x1b[2K{line}")
        } else {
            writeln!(std::io::stderr(), "{line}")
        };
    }

    /// Takes the line away, for the report.
    pub(super) fn clear(&self) {
        if self.is_terminal {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
    }

    fn line(&self, progress: &Progress<'_>) -> String {
        let ledger = progress.ledger;
        let phase = match progress.elapsed.checked_sub(self.whole) {
            None => format!("sending {}/{} s", progress.elapsed.as_secs(), self.whole.as_secs()),
            Some(since) => format!("waiting for answers {} s", since.as_secs()),
        };
        let bad: Vec<String> = [
            (Class::ErrorResponse, "errors"),
            (Class::Malformed, "malformed"),
            (Class::Late, "late"),
            (Class::Lost, "lost"),
            (Class::ProduceFailed, "not taken"),
        ]
        .into_iter()
        .filter(|(class, _)| ledger.count(*class) > 0)
        .map(|(class, word)| format!("{} {word}", ledger.count(class)))
        .collect();
        let bad = if bad.is_empty() { String::new() } else { format!(", {}", bad.join(", ")) };
        let last = progress.last.map_or_else(String::new, |last| {
            let millis = |value: Option<f64>| value.map_or("-".to_owned(), |ms| format!("{ms:.1} ms"));
            format!("   last second {}/s, p50 {}, p99 {}", last.answered, millis(last.p50_ms), millis(last.p99_ms))
        });
        format!("{phase}   {} sent, {} ok{bad}{last}", progress.sent, ledger.count(Class::Ok))
    }
}
