//! Java property files, as far as broker configurations use them.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A property that cannot be read.
#[derive(Debug, Error)]
pub(crate) enum PropertyError {
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{}:{line}: KEY=VALUE expected, found {text:?}", path.display())]
    Line { path: PathBuf, line: usize, text: String },
    #[error("--set {0}: KEY=VALUE expected")]
    Setting(String),
}

/// Reads a property file: a line a property, `#` and `!` begin comments.
pub(crate) fn read_file(path: &Path) -> Result<BTreeMap<String, String>, PropertyError> {
    let file = |source| PropertyError::File { path: path.to_owned(), source };
    let text = std::fs::read_to_string(path).map_err(file)?;
    let mut properties = BTreeMap::new();
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let (key, value) = line.split_once(['=', ':']).ok_or_else(|| PropertyError::Line {
            path: path.to_owned(),
            line: number,
            text: line.to_owned(),
        })?;
        properties.insert(key.trim().to_owned(), value.trim().to_owned());
    }
    Ok(properties)
}

/// Reads one `KEY=VALUE`.
pub(crate) fn read_setting(text: &str) -> Result<(String, String), PropertyError> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.trim().to_owned())),
        _ => Err(PropertyError::Setting(text.to_owned())),
    }
}
