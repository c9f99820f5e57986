//! A config and what may be said about it.

use super::{ConfigError, ConfigType, Rule, items};

/// A config of a topic, a group or a client metrics subscription.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConfigDefinition {
    pub(crate) name: &'static str,
    pub(crate) r#type: ConfigType,
    pub(super) rule: Rule,
    pub(crate) default: &'static str,
    /// The broker property whose value it has when it is not set itself.
    pub(crate) synonym: Option<&'static str>,
}

impl ConfigDefinition {
    /// Checks a value and gives it as Kafka shows it.
    pub(crate) fn read(&self, value: &str) -> Result<String, ConfigError> {
        self.read_as(self.name, value)
    }

    /// The same for a broker property that this config follows: only the name in the error is another.
    pub(crate) fn read_as(&self, name: &str, value: &str) -> Result<String, ConfigError> {
        let read = self.r#type.read(value).map_err(|reason| ConfigError::Invalid {
            name: name.to_owned(),
            value: value.to_owned(),
            reason,
        })?;
        // A list is checked with what it has twice.
        let whole = if self.r#type == ConfigType::List { items(value).join(",") } else { read.clone() };
        self.rule.check(name, &whole)?;
        Ok(read)
    }
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
