//! A config definition has a name, a type, a default and a rule.

use super::{ConfigError, ConfigType, Rule, items};

/// A config of a topic, a group or a client metrics subscription.
#[derive(Clone, Copy, Debug)]
pub struct ConfigDefinition {
    /// The config's name, such as `retention.ms`.
    pub name: &'static str,
    /// The type of its values.
    pub r#type: ConfigType,
    pub(super) rule: Rule,
    /// Kafka's default, in Kafka's notation.
    pub default: &'static str,
    /// The broker property whose value applies when the config is not set.
    pub synonym: Option<&'static str>,
}

impl ConfigDefinition {
    /// Checks a value and returns it as Kafka shows it.
    pub fn read(&self, value: &str) -> Result<String, ConfigError> {
        read(self.name, self.r#type, self.rule, value)
    }
}

/// Reads a value of the config `name`, and returns it as Kafka shows it.
pub(super) fn read(name: &str, r#type: ConfigType, rule: Rule, value: &str) -> Result<String, ConfigError> {
    let read = r#type.read(value).map_err(|reason| ConfigError::Invalid {
        name: name.to_owned(),
        value: value.to_owned(),
        reason,
    })?;
    // The rule checks a list before its duplicates are removed.
    let whole = if r#type == ConfigType::List { items(value).join(",") } else { read.clone() };
    rule.check(name, &whole)?;
    Ok(read)
}

pub(super) const fn row(
    name: &'static str,
    r#type: ConfigType,
    rule: Rule,
    default: &'static str,
    synonym: Option<&'static str>,
) -> ConfigDefinition {
    ConfigDefinition { name, r#type, rule, default, synonym }
}
