//! Java property files, as far as broker configurations use them.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use thiserror::Error;

/// A property file that cannot be read.
#[derive(Debug, Error)]
pub(crate) enum PropertyError {
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{}:{line}: KEY=VALUE expected, found {text:?}", path.display())]
    Line { path: PathBuf, line: usize, text: String },
}

/// `KEY=VALUE`, as properties are given on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Property {
    pub(crate) key: String,
    pub(crate) value: String,
}

impl FromStr for Property {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => {
                Ok(Self { key: key.trim().to_owned(), value: value.trim().to_owned() })
            }
            _ => Err("KEY=VALUE expected"),
        }
    }
}

/// Reads a property file: a line a property, `#` and `!` begin comments, a backslash at the end of a line joins it
/// with the next.
pub(crate) fn read_file(path: &Path) -> Result<BTreeMap<String, String>, PropertyError> {
    let file = |source| PropertyError::File { path: path.to_owned(), source };
    let text = std::fs::read_to_string(path).map_err(file)?;
    let mut properties = BTreeMap::new();
    let mut lines = text.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let mut property = line.to_owned();
        while property.ends_with('\\') {
            property.pop();
            property.push_str(lines.next().map_or("", |(line, _)| line.trim()));
        }
        let (key, value) = property.split_once(['=', ':']).ok_or_else(|| PropertyError::Line {
            path: path.to_owned(),
            line: number,
            text: line.to_owned(),
        })?;
        properties.insert(key.trim().to_owned(), value.trim().to_owned());
    }
    Ok(properties)
}
