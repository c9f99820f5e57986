//! Reading properties as typed values, by Kafka's names.

use std::collections::BTreeMap;
use std::str::FromStr;

use thiserror::Error;

use super::BrokerConfigs;

/// A broker property that cannot have the value that it was set to.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{key}={value}: {allowed} expected")]
pub struct SettingError {
    /// The property's name.
    pub key: String,
    /// The value that it was set to.
    pub value: String,
    /// Which values it can have.
    pub allowed: &'static str,
}

/// The properties of a cluster while they are read, with Kafka's defaults for those that are not set.
pub(super) struct Source<'a> {
    pub(super) properties: &'a BTreeMap<String, String>,
    pub(super) known: &'a BrokerConfigs,
    /// The names of the properties that were read so far.
    pub(super) seen: Vec<&'static str>,
}

impl Source<'_> {
    /// Reads a property that the table has a default for.
    pub(super) fn get<T>(
        &mut self,
        key: &'static str,
        allowed: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, SettingError> {
        let default = self.known.default_of(key);
        debug_assert!(default.is_some() || self.is_set(key), "{key} has a default in the table");
        let value = self.optional(key, allowed, &read)?;
        let value = value.or_else(|| default.and_then(&read));
        value.ok_or_else(|| SettingError {
            key: key.to_owned(),
            value: default.unwrap_or_default().to_owned(),
            allowed,
        })
    }

    /// Reads a property; `None` when it is not set.
    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        allowed: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, SettingError> {
        self.seen.push(key);
        let Some(value) = self.properties.get(key) else { return Ok(None) };
        let refused = || SettingError { key: key.to_owned(), value: value.clone(), allowed };
        read(value.trim()).map(Some).ok_or_else(refused)
    }

    pub(super) fn is_set(&self, key: &str) -> bool {
        self.properties.contains_key(key)
    }

    /// Reads `true` or `false`.
    pub(super) fn boolean(&mut self, key: &'static str) -> Result<bool, SettingError> {
        self.get(key, "true or false", |value| value.to_ascii_lowercase().parse().ok())
    }

    /// Reads a whole number that is not below `least`.
    pub(super) fn number<T: FromStr + PartialOrd + Copy>(
        &mut self,
        key: &'static str,
        least: T,
    ) -> Result<T, SettingError> {
        self.get(key, WHOLE_NUMBER, at_least(least))
    }

    /// Reads a whole number that no list of a broker's configs shows: an internal one of Kafka's, or one of our own. Its
    /// default stands where it is read, as the table does not have it.
    pub(super) fn unlisted<T: FromStr + PartialOrd + Copy>(
        &mut self,
        key: &'static str,
        default: T,
        least: T,
    ) -> Result<T, SettingError> {
        Ok(self.optional(key, WHOLE_NUMBER, at_least(least))?.unwrap_or(default))
    }
}

/// What is expected of a property that is a whole number.
pub(super) const WHOLE_NUMBER: &str = "a whole number in Kafka's range";

/// Reads a whole number that is not below `least`.
pub(super) fn at_least<T: FromStr + PartialOrd + Copy>(least: T) -> impl Fn(&str) -> Option<T> {
    move |value| value.parse().ok().filter(|number| *number >= least)
}
