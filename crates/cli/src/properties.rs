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

/// `[BROKER:]KEY=VALUE`: a property of all brokers, or of the one with that id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BrokerProperty {
    pub(crate) broker: Option<i32>,
    pub(crate) property: Property,
}

impl FromStr for BrokerProperty {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // No key of Kafka's begins with a number and a colon, but a value may hold one.
        let of_one = text.split_once(':').and_then(|(id, rest)| Some((id.parse().ok()?, rest)));
        Ok(match of_one {
            Some((id, rest)) => Self { broker: Some(id), property: rest.parse()? },
            None => Self { broker: None, property: text.parse()? },
        })
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
