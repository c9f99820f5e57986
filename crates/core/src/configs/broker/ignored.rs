//! Some broker properties can be set and have no effect.

use std::fmt;

use super::BrokerConfigs;

/// A broker property that was set and has no effect, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IgnoredProperty {
    /// Kafka has the property, but it has no meaning here, such as `num.network.threads`.
    WithoutEffect(String),
    /// Kafka has no property of this name. The broker starts anyway, as Kafka's does: a plugin might read it.
    Unknown {
        /// The property's name, as given.
        key: String,
        /// The property with the most similar name.
        nearest: Option<String>,
    },
    /// The property was set for one broker; only `broker.rack` can be.
    OfOneBroker {
        /// The broker's id.
        id: i32,
        /// The property's name.
        key: String,
    },
}

impl IgnoredProperty {
    /// Returns why the property `key` has no effect: Kafka has no such property, or it has no meaning here.
    pub fn new(key: &str, known: &BrokerConfigs) -> Self {
        let key = key.to_owned();
        if known.get(&key).is_some() {
            return Self::WithoutEffect(key);
        }
        // One typing error in six letters still counts as the same word.
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
