//! What each config is for, in a sentence of our own.

/// A line for each config of topics, groups, client metrics subscriptions and brokers: its name, and what it is for. They
/// are in the order of the names; a topic's config and the broker's of the same name share a line.
const TEXTS: &str = include_str!("documentation.txt");

/// What the config with this name is for; `None` when Kafka has no such config.
pub fn config_documentation(name: &str) -> Option<&'static str> {
    TEXTS.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
}

/// The names that have a text, in their order.
#[cfg(test)]
pub(crate) fn documented() -> impl Iterator<Item = &'static str> {
    TEXTS.lines().map(|line| line.split_once(' ').map_or(line, |(name, _)| name))
}
