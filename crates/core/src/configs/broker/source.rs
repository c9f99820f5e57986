//! A source reads properties as typed values, by Kafka's names.

use std::collections::BTreeMap;
use std::str::FromStr;

use thiserror::Error;

use super::BrokerConfigs;

/// A broker property with an invalid value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{key}={value}: expected {allowed}")]
pub struct SettingError {
    /// The property's name.
    pub key: String,
    /// The value, as given.
    pub value: String,
    /// The valid values.
    pub allowed: &'static str,
}

/// The properties of a cluster while they are read, with Kafka's defaults.
pub(super) struct Source<'a> {
    pub(super) properties: &'a BTreeMap<String, String>,
    pub(super) known: &'a BrokerConfigs,
    /// The names of the properties that were read.
    pub(super) seen: Vec<&'static str>,
}

impl Source<'_> {
    /// Reads a property with a default in the table.
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

    /// Reads a property; returns `None` when it is not set.
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

    /// Reads a whole number of at least `least`.
    pub(super) fn number<T: FromStr + PartialOrd + Copy>(
        &mut self,
        key: &'static str,
        least: T,
    ) -> Result<T, SettingError> {
        self.get(key, WHOLE_NUMBER, at_least(least))
    }

    /// Reads a whole number that DescribeConfigs does not list: an internal property of Kafka's or one of this project.
    /// The caller has its default, because the table does not.
    pub(super) fn unlisted<T: FromStr + PartialOrd + Copy>(
        &mut self,
        key: &'static str,
        default: T,
        least: T,
    ) -> Result<T, SettingError> {
        Ok(self.optional(key, WHOLE_NUMBER, at_least(least))?.unwrap_or(default))
    }
}

/// The valid values of a whole number.
pub(super) const WHOLE_NUMBER: &str = "a whole number in Kafka's range";

/// Reads a whole number of at least `least`.
pub(super) fn at_least<T: FromStr + PartialOrd + Copy>(least: T) -> impl Fn(&str) -> Option<T> {
    move |value| value.parse().ok().filter(|number| *number >= least)
}
