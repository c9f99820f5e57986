//! Broker properties that are given and change nothing.

use std::fmt;

use super::BrokerConfigs;

/// A broker property that was given and that nothing acts on, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IgnoredProperty {
    /// A property of Kafka's that has no meaning here, such as `log.dirs`.
    WithoutEffect(String),
    /// Kafka has none of this name. Like Kafka itself, which leaves such a property to plugins, the broker starts.
    Unknown {
        /// The name that was given.
        key: String,
        /// The property that is spelt most like it.
        nearest: Option<String>,
    },
    /// It was set for one broker alone, which only `broker.rack` can be.
    OfOneBroker {
        /// That broker.
        id: i32,
        /// The property.
        key: String,
    },
}

impl IgnoredProperty {
    /// Explains why nothing acts on the property `key`: Kafka has no such property, or it has no meaning here.
    pub fn new(key: &str, known: &BrokerConfigs) -> Self {
        let key = key.to_owned();
        if known.get(&key).is_some() {
            return Self::WithoutEffect(key);
        }
        // One slip in six letters is still the same word.
        let distance = |name: &str| strsim::osa_distance(name, &key);
        let nearest = known.iter().map(|config| (distance(config.name), config.name)).min();
        let nearest = nearest.filter(|(distance, name)| *distance <= name.len() / 6);
        Self::Unknown { nearest: nearest.map(|(_, name)| name.to_owned()), key }
    }
}

impl fmt::Display for IgnoredProperty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WithoutEffect(key) => write!(f, "nothing acts on the broker property {key}"),
            Self::Unknown { key, nearest: None } => write!(f, "Kafka has no broker property {key}"),
            Self::Unknown { key, nearest: Some(nearest) } => {
                write!(f, "Kafka has no broker property {key}; is {nearest} meant?")
            }
            Self::OfOneBroker { id, key } => {
                write!(f, "nothing acts on {key} of broker {id}: only broker.rack can differ between brokers")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_from_a_property_that_has_no_meaning_here() {
        let told = |key: &str| IgnoredProperty::new(key, &BrokerConfigs::load()).to_string();
        assert_eq!(told("log.dirs"), "nothing acts on the broker property log.dirs");
        for (given, meant) in [
            ("num.partitons", "num.partitions"),
            ("auto.create.topic.enable", "auto.create.topics.enable"),
            ("log.retention.byte", "log.retention.bytes"),
            ("NUM.PARTITIONS", ""),
            ("no.such.key", ""),
            ("", ""),
        ] {
            let hint = if meant.is_empty() { String::new() } else { format!("; is {meant} meant?") };
            assert_eq!(told(given), format!("Kafka has no broker property {given}{hint}"));
        }
    }
}
