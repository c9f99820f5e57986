//! Java property files, as far as broker configurations use them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use java_properties::{PropertiesError, PropertiesIter};
use thiserror::Error;

/// A property file that cannot be read.
#[derive(Debug, Error)]
pub(crate) enum PropertyError {
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{}: {source}", path.display())]
    Text { path: PathBuf, source: PropertiesError },
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

/// Reads a property file as Java does: comments, continued lines, escapes, `KEY=VALUE`, `KEY:VALUE` or `KEY VALUE`. A key
/// alone has an empty value.
pub(crate) fn read_file(path: &Path) -> Result<BTreeMap<String, String>, PropertyError> {
    let file = |source| PropertyError::File { path: path.to_owned(), source };
    let text = |source| PropertyError::Text { path: path.to_owned(), source };
    let mut properties = BTreeMap::new();
    PropertiesIter::new(BufReader::new(File::open(path).map_err(file)?))
        .read_into(|key, value| {
            properties.insert(key, value.trim().to_owned());
        })
        .map_err(text)?;
    Ok(properties)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_java_reads_it() {
        let path = std::env::temp_dir().join(format!("kafka-trial-{}.properties", std::process::id()));
        let text = "# a comment\n! another\nnode.id = 1\nlisteners:PLAINTEXT://:9092\nlog.retention.hours 168\n\
                    message.\\\n    max.bytes=\\u0031000\\\n    00\nalone\nkey\\ with\\=signs=a\\tb\n";
        std::fs::write(&path, text).unwrap();
        let read = read_file(&path);
        std::fs::remove_file(&path).unwrap();
        let expected = [
            ("alone", ""),
            ("key with=signs", "a\tb"),
            ("listeners", "PLAINTEXT://:9092"),
            ("log.retention.hours", "168"),
            ("message.max.bytes", "100000"),
            ("node.id", "1"),
        ];
        assert_eq!(read.unwrap(), expected.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
    }

    #[test]
    fn a_wrong_escape_is_reported_with_its_line() {
        let path = std::env::temp_dir().join(format!("kafka-trial-{}-wrong.properties", std::process::id()));
        std::fs::write(&path, "node.id=1\nname=\\u12\n").unwrap();
        let read = read_file(&path);
        std::fs::remove_file(&path).unwrap();
        let error = read.unwrap_err().to_string();
        assert!(error.contains("wrong.properties") && error.contains("line_number = 2"), "{error}");
    }
}
