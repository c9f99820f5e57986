//! The lines of a journal, from a file that may still grow or from standard input.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek as _};
use std::path::Path;
use std::time::Duration;

use kafka_trial::client::pause;
use kafka_trial::journal::Entry;
use serde_json::Value as Json;

/// How often a file is looked at that does not grow.
const LOOK: Duration = Duration::from_millis(100);

/// What a line is.
pub(crate) enum Line {
    /// A request.
    Entry(Box<Entry>),
    /// How many requests are missing here.
    Dropped(u64),
    /// Something else, such as the address that `serve` prints first.
    Foreign,
}

pub(crate) struct Lines {
    input: Box<dyn BufRead + Send + Sync>,
    /// The file again, where it is to be followed: it may begin anew.
    followed: Option<File>,
    read: u64,
    /// The beginning of a line that has not been written to its end.
    begun: Vec<u8>,
}

impl Lines {
    pub(crate) fn of_file(path: &Path, follow: bool) -> Result<Self, String> {
        let failed = |error: io::Error| format!("{}: {error}", path.display());
        let file = File::open(path).map_err(failed)?;
        let followed = if follow { Some(file.try_clone().map_err(failed)?) } else { None };
        Ok(Self { input: Box::new(BufReader::new(file)), followed, read: 0, begun: Vec::new() })
    }

    pub(super) fn of_stdin() -> Self {
        Self { input: Box::new(BufReader::new(io::stdin())), followed: None, read: 0, begun: Vec::new() }
    }

    /// All requests that have been written since the last call.
    pub(crate) fn new_entries(&mut self) -> Vec<Entry> {
        let mut entries = Vec::new();
        // What cannot be read any further has told all it will.
        while let Ok(Some((_, line))) = self.next() {
            if let Line::Entry(entry) = line {
                entries.push(*entry);
            }
        }
        entries
    }

    /// The next line as text and as what it is; none at the end of what is not followed, until more is written. A last
    /// line that has not been written to its end is waited for, or left for the next call.
    pub(crate) fn next(&mut self) -> io::Result<Option<(String, Line)>> {
        loop {
            let count = self.input.read_until(b'\n', &mut self.begun)?;
            self.read += count as u64;
            if self.begun.ends_with(b"\n") {
                let text = String::from_utf8_lossy(&self.begun).trim_end().to_owned();
                self.begun.clear();
                let line = parse(&text);
                return Ok(Some((text, line)));
            }
            let Some(followed) = &mut self.followed else { return Ok(None) };
            if followed.metadata()?.len() < self.read {
                // It was written anew: the two share their position.
                followed.rewind()?;
                self.begun.clear();
                self.read = 0;
            }
            pause(LOOK);
        }
    }
}

fn parse(text: &str) -> Line {
    if let Ok(entry) = serde_json::from_str(text) {
        return Line::Entry(Box::new(entry));
    }
    let dropped = serde_json::from_str::<Json>(text).ok().and_then(|line| line.get("dropped")?.as_u64());
    dropped.map_or(Line::Foreign, Line::Dropped)
}
