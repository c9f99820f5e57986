//! The list of known differences: each has a place and a reason, and none stays when it is gone.
//!
//! ```text
//! 26-list-groups / an empty filter / ListGroups / Groups.*.GroupType
//!     Why Kafka's answer is not given here.
//! ```

use std::cell::Cell;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// The file and its entries.
#[derive(Debug, Default)]
pub(crate) struct Divergences {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    line: usize,
    scenario: String,
    section: String,
    step: String,
    field: String,
    reason: String,
    /// Whether it was looked for, and whether it was seen.
    asked: Cell<bool>,
    met: Cell<bool>,
}

impl Divergences {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let mut entries: Vec<Entry> = Vec::new();
        for (line, number) in text.lines().zip(1..) {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            if line.starts_with(char::is_whitespace) {
                let entry =
                    entries.last_mut().with_context(|| format!("{}:{number}: no entry above", path.display()))?;
                entry.reason = format!("{} {}", entry.reason, line.trim()).trim().to_owned();
                continue;
            }
            let parts: Vec<&str> = line.split(" / ").map(str::trim).collect();
            let [scenario, section, step, field] = *parts else {
                bail!("{}:{number}: SCENARIO / SECTION / STEP / FIELD expected", path.display());
            };
            let [scenario, section, step, field] = [scenario, section, step, field].map(str::to_owned);
            let reason = String::new();
            let (asked, met) = (Cell::new(false), Cell::new(false));
            entries.push(Entry { line: number, scenario, section, step, field, reason, asked, met });
        }
        if let Some(entry) = entries.iter().find(|entry| entry.reason.is_empty()) {
            bail!("{}:{}: a reason expected below the entry", path.display(), entry.line);
        }
        Ok(Self { entries })
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Notes that a section was compared.
    pub(crate) fn compared(&self, scenario: &str, section: &str) {
        for entry in &self.entries {
            if like(&entry.scenario, scenario) && like(&entry.section, section) {
                entry.asked.set(true);
            }
        }
    }

    /// Whether a difference is known.
    pub(crate) fn knows(&self, scenario: &str, section: &str, step: &str, field: &str) -> bool {
        let mut known = false;
        for entry in &self.entries {
            let here = like(&entry.scenario, scenario) && like(&entry.section, section) && like(&entry.step, step);
            if here && like(&entry.field, field) {
                entry.met.set(true);
                known = true;
            }
        }
        known
    }

    /// Entries that were looked for and that no answer showed.
    pub(crate) fn stale(&self) -> Vec<String> {
        let stale = self.entries.iter().filter(|entry| entry.asked.get() && !entry.met.get());
        let place = |e: &Entry| format!("line {}: {} / {} / {} / {}", e.line, e.scenario, e.section, e.step, e.field);
        stale.map(place).collect()
    }
}

/// Whether a text is like a pattern in which `*` stands for anything.
fn like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(part) = last.replace(part) {
            let Some(at) = rest.find(part) else { return false };
            rest = rest.get(at + part.len()..).unwrap_or_default();
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        assert!(like("A[*].B", "A[12].B") && like("*", "") && like("*.B", "A.B") && like("A", "A"));
        assert!(!like("A[*].B", "A[12].C") && !like("A", "AB") && !like("*.B.C", "A.B"));
    }
}
