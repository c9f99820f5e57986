//! Reading properties by Kafka's names.

use std::collections::BTreeMap;
use std::str::FromStr;

use thiserror::Error;

/// A broker property that cannot be what it is set to.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{key}={value}: {allowed} expected")]
pub struct SettingError {
    /// The property.
    pub key: String,
    /// What it was set to.
    pub value: String,
    /// What is allowed.
    pub allowed: &'static str,
}

/// Properties that are read one by one, each with what it is when it is not set.
pub(super) struct Source<'a> {
    pub(super) properties: &'a BTreeMap<String, String>,
    /// The names of those that something acts on.
    pub(super) seen: Vec<&'static str>,
}

impl Source<'_> {
    pub(super) fn get<T>(
        &mut self,
        key: &'static str,
        default: T,
        allowed: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, SettingError> {
        self.seen.push(key);
        match self.properties.get(key) {
            None => Ok(default),
            Some(value) => {
                read(value.trim()).ok_or_else(|| SettingError { key: key.to_owned(), value: value.clone(), allowed })
            }
        }
    }

    pub(super) fn boolean(&mut self, key: &'static str, default: bool) -> Result<bool, SettingError> {
        self.get(key, default, "true or false", |value| value.to_ascii_lowercase().parse().ok())
    }

    /// A whole number that is not below `least`.
    pub(super) fn number<T: FromStr + PartialOrd + Copy>(
        &mut self,
        key: &'static str,
        default: T,
        least: T,
    ) -> Result<T, SettingError> {
        self.get(key, default, "a whole number in Kafka's range", |value| {
            value.parse().ok().filter(|number| *number >= least)
        })
    }
}
