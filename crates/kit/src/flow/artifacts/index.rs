//! All flows of a run on one page.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::{ArtifactError, FLOW, page, put};
use crate::flow::json::SCHEMA;

/// The most of the Markdown summary, in bytes. GitHub drops a step summary above 1024 KiB.
const MARKDOWN: usize = 900 << 10;
/// How deep below the folder flows are looked for: a folder for the test and one for the id.
const DEPTH: usize = 2;

/// What a run has left.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// How many flows there are.
    pub flows: usize,
    /// How many of them are not as expected.
    pub failed: usize,
    /// The page.
    pub page: PathBuf,
    /// The Markdown summary.
    pub markdown: PathBuf,
    /// Files that are no flows, or of a form that is not known.
    pub unreadable: Vec<PathBuf>,
}

struct Row {
    page: String,
    json: Json,
}

impl Row {
    fn text(&self, key: &str) -> &str {
        self.json.get(key).and_then(Json::as_str).unwrap_or_default()
    }

    /// What is odd about it, a sentence each.
    fn oddities(&self) -> Vec<&str> {
        let anomalies = self.json.get("anomalies").and_then(Json::as_array);
        anomalies.into_iter().flatten().filter_map(|anomaly| anomaly.get("text")?.as_str()).collect()
    }

    /// Its verdict, or that it is complete and yet not as expected.
    fn outcome(&self) -> &str {
        match self.text("verdict") {
            "complete" if !self.is_complete() => "not as expected",
            verdict => verdict,
        }
    }

    /// The sentence of its verdict, or each expectation that does not hold with all of its differences.
    fn explanation(&self) -> String {
        let unmet = self.json.get("unmet").and_then(Json::as_array).filter(|unmet| !unmet.is_empty());
        match unmet.filter(|_| self.text("verdict") == "complete") {
            Some(unmet) => unmet.iter().map(unmet_text).collect::<Vec<_>>().join("; "),
            None => self.text("explanation").to_owned(),
        }
    }

    fn is_complete(&self) -> bool {
        self.json.get("complete") == Some(&Json::Bool(true))
    }
}

/// Writes `index.html` and `summary.md` over all flows below a folder.
pub fn index(folder: &Path) -> Result<Summary, ArtifactError> {
    let mut found = Vec::new();
    look(folder, DEPTH, &mut found)?;
    found.sort();
    let (mut rows, mut unreadable) = (Vec::new(), Vec::new());
    for path in found {
        let json: Option<Json> = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let json = json.filter(|json| json.get("schema").and_then(Json::as_str) == Some(SCHEMA));
        let parts = path.parent().and_then(|parent| parent.strip_prefix(folder).ok()).map(|parent| {
            let parts: Vec<_> = parent.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            parts.join("/")
        });
        match json.zip(parts) {
            Some((json, parts)) => rows.push(Row { page: format!("{parts}/flow.html"), json }),
            None => unreadable.push(path),
        }
    }
    // What failed comes first, as people look for it; then what is odd.
    rows.sort_by_key(|row| (row.is_complete(), row.oddities().is_empty()));
    let failed = rows.iter().filter(|row| !row.is_complete()).count();
    let data: Vec<Json> = rows
        .iter()
        .map(|row| {
            json!({
                "page": row.page,
                "test": row.text("test"),
                "correlation_id": row.text("correlation_id"),
                "verdict": row.outcome(),
                "explanation": row.explanation(),
                "complete": row.is_complete(),
                "oddities": row.oddities(),
            })
        })
        .collect();
    let page = put(folder, "index.html", &page::index(&Json::Array(data)))?;
    let markdown = put(folder, "summary.md", &markdown(&rows, failed))?;
    Ok(Summary { flows: rows.len(), failed, page, markdown, unreadable })
}

fn look(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), ArtifactError> {
    let failed = |source| ArtifactError { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        // Links are not followed: what they lead to belongs to somebody else.
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() && depth > 0 {
            look(&path, depth - 1, found)?;
        } else if kind.is_file() && depth == 0 && entry.file_name() == FLOW {
            found.push(path);
        }
    }
    Ok(())
}

fn markdown(rows: &[Row], failed: usize) -> String {
    let mut text = format!("## Flows\n\n{} followed, {failed} not as expected.\n", rows.len());
    if rows.is_empty() {
        return text;
    }
    text += "\n| flow | verdict | explanation | test |\n|---|---|---|---|\n";
    for (number, row) in rows.iter().enumerate() {
        let cells = [row.text("correlation_id"), row.outcome(), &row.explanation(), row.text("test")].map(cell);
        let line = format!("| {} |\n", cells.join(" | "));
        let rest = format!("\n{} more flows are in `index.html`.\n", rows.len() - number);
        if text.len() + line.len() + rest.len() > MARKDOWN {
            return text + &rest;
        }
        text += &line;
    }
    text
}

/// An expectation that does not hold, and every part of a record that is not as expected.
fn unmet_text(unmet: &Json) -> String {
    let text = |json: &Json, key: &str| json.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let differences = unmet.get("differences").and_then(Json::as_array).filter(|all| !all.is_empty());
    let Some(differences) = differences else {
        return format!("expected {}: {}", text(unmet, "expected"), text(unmet, "seen"));
    };
    let lines = differences.iter().map(|of| {
        let received = of.get("received").and_then(Json::as_str).unwrap_or("nothing");
        let place = format!("{} {}", text(of, "record"), text(of, "pointer"));
        format!("{}: expected {}, received {received}", place.trim(), text(of, "expected"))
    });
    format!("expected {}: {}", text(unmet, "expected"), lines.collect::<Vec<_>>().join(", "))
}

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut cell, character| {
        match character {
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '&' => cell.extend(['\\', character]),
            '\n' | '\r' => cell.push(' '),
            other => cell.push(other),
        }
        cell
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_of_many_flows_stays_below_githubs_limit_and_says_so() {
        let row = |number: usize| Row {
            page: String::new(),
            json: json!({"correlation_id": format!("id|{number}"), "explanation": "x".repeat(500), "verdict": "complete", "complete": true}),
        };
        let rows: Vec<Row> = (0..5000).map(row).collect();
        let text = markdown(&rows, 0);
        assert!(text.len() <= MARKDOWN, "{}", text.len());
        assert!(text.ends_with("more flows are in `index.html`.\n"), "{}", &text[text.len() - 100..]);
        assert!(text.contains("| id\\|0 | complete |"));
    }
}
