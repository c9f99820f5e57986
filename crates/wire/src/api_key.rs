//! An API key names a Kafka API and decides the versions of its headers.

use std::fmt;
use std::ops::RangeInclusive;

/// The number of a Kafka API. The constants carry Kafka's names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiKey(pub i16);

/// An API, as Kafka's message definitions describe it.
pub(crate) struct ApiRow {
    pub(crate) key: i16,
    pub(crate) name: &'static str,
    pub(crate) min: i16,
    pub(crate) max: i16,
    /// The first flexible version; `i16::MAX` if there is none.
    pub(crate) flexible: i16,
}

impl ApiKey {
    fn row(self) -> Option<&'static ApiRow> {
        Self::TABLE.binary_search_by_key(&self.0, |row| row.key).ok().and_then(|place| Self::TABLE.get(place))
    }

    /// Returns Kafka's name; `None` for an unknown key.
    pub fn name(self) -> Option<&'static str> {
        self.row().map(|row| row.name)
    }

    /// Returns the key with this name; `None` if Kafka has no such API.
    pub fn named(name: &str) -> Option<Self> {
        Self::TABLE.iter().find(|row| row.name == name).map(|row| Self(row.key))
    }

    /// Returns the versions that Kafka's definitions allow; `None` for an unknown key.
    pub fn versions(self) -> Option<RangeInclusive<i16>> {
        self.row().map(|row| row.min..=row.max)
    }

    /// Returns all known keys in ascending order.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::TABLE.iter().map(|row| Self(row.key))
    }

    fn is_flexible(self, version: i16) -> bool {
        self.row().is_some_and(|row| version >= row.flexible)
    }

    /// Returns the version of the request header: 2 for flexible versions, otherwise 1 (KIP-482).
    pub fn request_header_version(self, version: i16) -> i16 {
        if self.is_flexible(version) { 2 } else { 1 }
    }

    /// Returns the version of the response header: 1 for flexible versions, otherwise 0. For ApiVersions it is always
    /// 0, because the client does not know yet which versions it can read (KIP-511).
    pub fn response_header_version(self, version: i16) -> i16 {
        i16::from(self != Self::ApiVersions && self.is_flexible(version))
    }
}

impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "api {}", self.0),
        }
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
