//! `NAME[:PARTITIONS][,KEY=VALUE]...`, as topics are given on the command line.

use std::collections::BTreeMap;
use std::str::FromStr;

use kafka_trial::TopicSpec;

/// A topic by name, perhaps with its partitions and configs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TopicArgument {
    pub(crate) name: String,
    pub(crate) partitions: Option<i32>,
    pub(crate) configs: BTreeMap<String, String>,
}

impl TopicArgument {
    /// The topic, with so many partitions unless it has its own number.
    pub(crate) fn spec(&self, partitions: i32) -> TopicSpec {
        let partitions = self.partitions.unwrap_or(partitions);
        TopicSpec { configs: self.configs.clone(), ..TopicSpec::new(&self.name, partitions) }
    }
}

impl FromStr for TopicArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (topic, configs) = text.split_once(',').map_or((text, None), |(topic, configs)| (topic, Some(configs)));
        let (name, partitions) = match topic.split_once(':') {
            None => (topic, None),
            Some((name, count)) => {
                let count = count.parse().ok().filter(|count| *count > 0);
                (name, Some(count.ok_or("expected NAME or NAME:PARTITIONS, with at least one partition")?))
            }
        };
        let mut parsed: Vec<(String, String)> = Vec::new();
        for part in configs.into_iter().flat_map(|configs| configs.split(',')) {
            match (part.split_once('='), parsed.last_mut()) {
                (Some((key, value)), _) if !key.trim().is_empty() => {
                    parsed.push((key.trim().to_owned(), value.trim().to_owned()));
                }
                // A list in a value, as in cleanup.policy=compact,delete.
                (None, Some((_, value))) => {
                    value.push(',');
                    value.push_str(part.trim());
                }
                _ => return Err(format!("expected KEY=VALUE after the comma, found {part:?}")),
            }
        }
        Ok(Self { name: name.to_owned(), partitions, configs: parsed.into_iter().collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_may_have_partitions_and_configs() {
        let configs = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>()
        };
        for (text, name, partitions, wanted) in [
            ("a", "a", None, configs(&[])),
            ("a:3", "a", Some(3), configs(&[])),
            ("a,retention.ms=1000", "a", None, configs(&[("retention.ms", "1000")])),
            (
                "a:3,cleanup.policy=compact,delete,retention.ms=1",
                "a",
                Some(3),
                configs(&[("cleanup.policy", "compact,delete"), ("retention.ms", "1")]),
            ),
        ] {
            assert_eq!(
                text.parse(),
                Ok(TopicArgument { name: name.to_owned(), partitions, configs: wanted }),
                "{text}"
            );
        }
    }

    #[test]
    fn a_topic_that_cannot_be_says_what_is_expected() {
        for (text, why) in [
            ("a:0", "expected NAME or NAME:PARTITIONS, with at least one partition"),
            ("a:x", "expected NAME or NAME:PARTITIONS, with at least one partition"),
            ("a:3,compact", "expected KEY=VALUE after the comma, found \"compact\""),
            ("a,=x", "expected KEY=VALUE after the comma, found \"=x\""),
        ] {
            assert_eq!(text.parse::<TopicArgument>(), Err(why.to_owned()), "{text}");
        }
    }
}
