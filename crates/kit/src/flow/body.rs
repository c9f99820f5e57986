//! A record's value as JSON, if it is that.

use bytes::Bytes;
use serde_json::Value as Json;

/// A value that was looked at once.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Body {
    /// A tombstone.
    None,
    Json(Json),
    /// Why it is no JSON.
    Other(String),
}

impl Body {
    pub(super) fn of(value: Option<&Bytes>) -> Self {
        value.map_or(Self::None, |bytes| Self::read(bytes))
    }

    pub(super) fn of_text(text: &str) -> Self {
        Self::read(text.as_bytes())
    }

    fn read(bytes: &[u8]) -> Self {
        match serde_json::from_slice(bytes) {
            Ok(json) => Self::Json(json),
            Err(error) => Self::Other(error.to_string()),
        }
    }

    pub(super) fn json(&self) -> Option<&Json> {
        match self {
            Self::Json(json) => Some(json),
            _ => None,
        }
    }

    /// The text at the first of these pointers that leads to one.
    pub(super) fn text_at(&self, pointers: &[&str]) -> Option<&str> {
        let json = self.json()?;
        pointers.iter().find_map(|pointer| json.pointer(pointer)?.as_str()).filter(|text| !text.is_empty())
    }
}
