//! The table lists Kafka's broker configs.

use std::sync::Arc;

use crate::configs::ConfigType;

/// One line for each config of a Kafka 4.3.1 broker; the first lines explain the columns.
const TABLE: &str = include_str!("table.txt");

/// A config of a broker.
#[derive(Clone, Debug)]
pub struct BrokerConfig {
    /// The config's name, such as `log.retention.ms`.
    pub name: &'static str,
    /// The type of its values.
    pub r#type: ConfigType,
    /// Whether the config changes only with a restart.
    pub read_only: bool,
    /// Kafka's default; `None` when Kafka has none.
    pub default: Option<&'static str>,
    /// The reader of the config, if it is not [`Settings`](super::Settings).
    pub(crate) reader: Option<Reader>,
}

/// The reader of a broker config without a field in [`Settings`](super::Settings).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Topics inherit the config, and their logs apply it.
    Topics,
    /// The cluster reads the config when it starts.
    Start,
}

/// Every config of a broker, by name. A clone shares the list.
#[derive(Clone, Debug)]
pub struct BrokerConfigs(Arc<[BrokerConfig]>);

impl BrokerConfigs {
    /// Reads the table of the brokers' configs.
    pub fn load() -> Self {
        Self(TABLE.lines().filter_map(read_line).collect())
    }

    /// Returns the config with this name; `None` when Kafka has none.
    pub fn get(&self, name: &str) -> Option<&BrokerConfig> {
        self.0.binary_search_by(|config| config.name.cmp(name)).ok().and_then(|index| self.0.get(index))
    }

    /// Returns Kafka's default of the config with this name; `None` when Kafka has no such config, or no default for it.
    pub(crate) fn default_of(&self, name: &str) -> Option<&'static str> {
        self.get(name)?.default
    }

    /// Iterates over the configs in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &BrokerConfig> {
        self.0.iter()
    }

    /// Returns how many lines of the table are not comments.
    #[cfg(test)]
    pub(crate) fn lines() -> usize {
        TABLE.lines().filter(|line| !line.starts_with('#')).count()
    }
}

/// Reads one line; returns `None` for a comment.
fn read_line(line: &'static str) -> Option<BrokerConfig> {
    let mut words = line.splitn(4, ' ');
    let (access, r#type, reader, rest) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let (name, default) = rest.split_once('=').map_or((rest, None), |(name, default)| (name, Some(default)));
    let reader = match reader {
        "topics" => Some(Reader::Topics),
        "start" => Some(Reader::Start),
        _ => None,
    };
    Some(BrokerConfig { name, r#type: ConfigType::named(r#type)?, read_only: access == "ro", default, reader })
}
