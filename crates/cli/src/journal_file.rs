//! `serve --journal`: the journal of the cluster as it grows, a JSON object a line.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kafka_trial::EmbeddedCluster;
use kafka_trial::journal::Page;
use serde_json::json;

use crate::note::note;

/// How long one wait for the next request lasts; after it comes another.
const WAIT: Duration = Duration::from_secs(60);

/// Where the journal goes. What has been written before is not written again, whoever brings it.
pub(crate) struct JournalFile(Mutex<Written>);

struct Written {
    to: BufWriter<Box<dyn Write + Send>>,
    next: u64,
}

impl JournalFile {
    /// A new file, or standard output for `-`.
    pub(crate) fn create(path: &Path) -> Result<Self, String> {
        let to: Box<dyn Write + Send> = if path == Path::new("-") {
            Box::new(io::stdout())
        } else {
            Box::new(File::create(path).map_err(|error| format!("--journal {}: {error}", path.display()))?)
        };
        Ok(Self(Mutex::new(Written { to: BufWriter::new(to), next: 0 })))
    }

    fn lock(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what comes until the cluster stops.
    pub(crate) fn follow(&self, cluster: &EmbeddedCluster) {
        loop {
            let next = self.lock().next;
            let Ok(page) = cluster.wait_for_journal(next, WAIT) else { return };
            if let Err(error) = self.lock().write(&page) {
                note(format_args!("the journal is written no further: {error}"));
                return;
            }
        }
    }

    /// Writes what is there and has not been written yet.
    pub(crate) fn catch_up(&self, cluster: &EmbeddedCluster) {
        let mut written = self.lock();
        if let Ok(page) = cluster.journal(written.next) {
            // Where it cannot be written, `follow` has said so.
            let _ = written.write(&page);
        }
    }
}

impl Written {
    fn write(&mut self, page: &Page) -> io::Result<()> {
        let new = page.entries.iter().filter(|entry| entry.sequence >= self.next);
        let missed = page.next.saturating_sub(self.next).saturating_sub(new.clone().count() as u64);
        if missed > 0 {
            writeln!(self.to, "{}", json!({ "dropped": missed }))?;
        }
        for entry in new {
            serde_json::to_writer(&mut self.to, &**entry)?;
            self.to.write_all(b"\n")?;
        }
        self.next = self.next.max(page.next);
        self.to.flush()
    }
}
