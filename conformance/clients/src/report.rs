//! The matrix as text.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::behaviours::{BEHAVIOURS, Outcome};

/// How one client did.
pub(crate) struct Row {
    name: &'static str,
    version: String,
    outcomes: Vec<Outcome>,
    /// Why behaviours are missing: the toolchain is absent, or the driver is broken.
    note: Option<Note>,
}

enum Note {
    Absent(String),
    Broken(String),
}

impl Row {
    pub(crate) fn complete(name: &'static str, version: String, outcomes: Vec<Outcome>) -> Self {
        Self { name, version, outcomes, note: None }
    }

    pub(crate) fn ended(name: &'static str, version: String, outcomes: Vec<Outcome>, why: String) -> Self {
        Self { name, version, outcomes, note: Some(Note::Broken(why)) }
    }

    pub(crate) fn absent(name: &'static str, why: String) -> Self {
        Self { name, version: String::new(), outcomes: Vec::new(), note: Some(Note::Absent(why)) }
    }

    pub(crate) fn broken(name: &'static str, why: String) -> Self {
        Self::ended(name, String::new(), Vec::new(), why)
    }
}

/// Prints the matrix, what failed and what is not there, and the counts. Gives how many failed.
pub(crate) fn print(rows: &[Row], elapsed: Duration) -> u32 {
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    let mut failures = Vec::new();
    let mut lacking: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    let columns: Vec<String> = BEHAVIOURS.iter().map(|behaviour| format!("{:<8}", behaviour.name)).collect();
    println!("\n{:<20} {:<24} {}", "client", "version", columns.join(" ").trim_end());
    for row in rows {
        let mut cells = Vec::new();
        for (behaviour, outcome) in BEHAVIOURS.iter().zip(&row.outcomes) {
            cells.push(match outcome {
                Outcome::Passed => {
                    passed += 1;
                    "ok"
                }
                Outcome::Unsupported(why) => {
                    skipped += 1;
                    lacking.entry((row.name, why)).or_default().push(behaviour.name);
                    "-"
                }
                Outcome::Failed(why) => {
                    failed += 1;
                    failures.push(format!("{}, {}: {why}", row.name, behaviour.name));
                    "FAILED"
                }
            });
        }
        let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:<8}")).collect();
        let note = match &row.note {
            None => "",
            Some(Note::Absent(why)) => {
                skipped += 1;
                &format!("skipped: {why}")
            }
            Some(Note::Broken(why)) => {
                failed += 1;
                failures.push(format!("{}: {why}", row.name));
                "FAILED"
            }
        };
        println!("{:<20} {:<24} {}", row.name, row.version, [&cells.join(" "), note].concat().trim_end());
    }
    println!();
    for ((name, why), behaviours) in lacking {
        println!("{name} has no {}: {why}", behaviours.join(", "));
    }
    failures.iter().for_each(|failure| println!("FAILED {failure}"));
    println!("{passed} passed, {failed} failed, {skipped} skipped in {:.1}s", elapsed.as_secs_f64());
    failed
}
