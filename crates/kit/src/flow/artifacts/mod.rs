//! What a run leaves behind of its flows: files that open without this tool and without a network.
//!
//! ```text
//! DIR/index.html                 all flows of the run, with a filter
//! DIR/summary.md                 the same for a pull request or a step summary, below GitHub's limit
//! DIR/<test>/<id>/flow.json      everything that is known, in the form of `SCHEMA`
//! DIR/<test>/<id>/flow.html      a waterfall
//! DIR/<test>/<id>/flow.mmd       a sequence diagram for Mermaid
//! DIR/<test>/<id>/trace.json     a trace for Perfetto and chrome://tracing
//! DIR/<test>/<id>/otlp.json      spans as OTLP/JSON, with the feature `opentelemetry`
//! ```

mod index;
mod mermaid;
mod page;
mod trace;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde_json::Value as Json;
use thiserror::Error;

pub use self::index::{Summary, index};
use super::model::Flow;
use crate::fnv_1a;

/// The longest name of a folder, in characters, before what makes it unique.
const NAME: usize = 80;
/// The name of the file that [`index`] looks for.
const FLOW: &str = "flow.json";

/// Which flows leave files behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// Those of failed tests.
    #[default]
    Failed,
    /// All.
    Always,
    /// None.
    Never,
}

/// A word that is none of `failed`, `always` and `never`.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("invalid value {0:?}: expected failed, always or never")]
pub struct KeepError(String);

impl FromStr for Keep {
    type Err = KeepError;

    fn from_str(text: &str) -> Result<Self, KeepError> {
        match text {
            "failed" => Ok(Self::Failed),
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            other => Err(KeepError(other.to_owned())),
        }
    }
}

impl Keep {
    /// Whether the flows of a test that went like this are kept.
    pub fn keeps(self, failed: bool) -> bool {
        match self {
            Self::Failed => failed,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// Files that could not be written or read.
#[derive(Debug, Error)]
#[error("{}: {source}", path.display())]
#[non_exhaustive]
pub struct ArtifactError {
    /// Which one.
    pub path: PathBuf,
    /// Why not.
    pub source: io::Error,
}

/// Writes the files of some flows below `folder` and gives the paths of their pages. `test` is the test that followed
/// them; what an earlier run of it has left there goes.
pub fn write(folder: &Path, test: &str, flows: &[Flow]) -> Result<Vec<PathBuf>, ArtifactError> {
    let folder = folder.join(name(test));
    clear(&folder);
    flows.iter().map(|flow| write_one(&folder.join(name(&flow.id)), test, flow)).collect()
}

/// Removes folders that hold a flow, and nothing else.
fn clear(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for old in entries.flatten().map(|entry| entry.path()).filter(|path| path.join(FLOW).is_file()) {
        // What cannot be removed is overwritten, or stays with its own date.
        let _ = fs::remove_dir_all(old);
    }
}

fn write_one(folder: &Path, test: &str, flow: &Flow) -> Result<PathBuf, ArtifactError> {
    fs::create_dir_all(folder).map_err(|source| ArtifactError { path: folder.to_owned(), source })?;
    let mut json = flow.to_json();
    if let Json::Object(fields) = &mut json {
        fields.insert("test".to_owned(), Json::from(test));
    }
    put(folder, FLOW, &format!("{json:#}\n"))?;
    put(folder, "flow.mmd", &mermaid::diagram(flow))?;
    put(folder, "trace.json", &trace::trace(flow).to_string())?;
    #[cfg(feature = "opentelemetry")]
    put(folder, "otlp.json", &(flow.to_otlp() + "\n"))?;
    put(folder, "flow.html", &page::flow(&json))
}

fn put(folder: &Path, name: &str, text: &str) -> Result<PathBuf, ArtifactError> {
    let path = folder.join(name);
    match fs::write(&path, text) {
        Ok(()) => Ok(path),
        Err(source) => Err(ArtifactError { path, source }),
    }
}

/// A text as the name of a folder. Texts that differ have names that differ.
fn name(text: &str) -> String {
    let fits = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    let plain: String = text.chars().map(|c| if fits(c) { c } else { '-' }).take(NAME).collect();
    // A name of dots alone is a way out of the folder.
    let is_same = plain == text && !plain.is_empty() && !plain.starts_with('.');
    if is_same { plain } else { format!("{}-{:08x}", plain.trim_start_matches('.'), fnv_1a(text.as_bytes())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_folders_are_safe_and_differ() {
        assert_eq!(name("order-7"), "order-7");
        assert_eq!(name("orders::are_sent"), "orders--are_sent-0eda4089");
        for hostile in ["..", "../../etc", "a/b", "", ".hidden", "\u{0}", "a\nb"] {
            let name = name(hostile);
            assert!(!name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0', '\n']), "{name:?}");
        }
        assert_ne!(name("a/b"), name("a:b"));
        assert!(name(&"x".repeat(1000)).len() <= NAME + 9);
    }
}
