//! `NAME[:PARTITIONS]`, as topics are given on the command line.

use std::str::FromStr;

/// A topic by name, perhaps with its partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TopicArgument {
    pub(crate) name: String,
    pub(crate) partitions: Option<i32>,
}

impl FromStr for TopicArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, partitions) = match text.split_once(':') {
            None => (text, None),
            Some((name, partitions)) => (name, Some(partitions.parse().ok().filter(|count| *count > 0))),
        };
        match partitions {
            Some(None) => Err("NAME or NAME:PARTITIONS expected, with at least one partition".to_owned()),
            Some(partitions) => Ok(Self { name: name.to_owned(), partitions }),
            None => Ok(Self { name: name.to_owned(), partitions: None }),
        }
    }
}
