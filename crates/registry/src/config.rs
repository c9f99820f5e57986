//! What is configured of a subject, a context or all: the level, and how schemas are taken.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::error::Refusal;
use crate::level::Level;
use crate::schema::Metadata;

/// What was set; the rest is that of the context, then the global one's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) level: Option<Level>,
    pub(crate) settings: Settings,
}

/// All but the level.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Settings {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) alias: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) normalize: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) validate_fields: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) validate_rules: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) compatibility_group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) default_metadata: Option<Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) override_metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Sent {
    compatibility: Option<String>,
    #[serde(flatten)]
    settings: Settings,
}

impl Config {
    /// Reads what a client wants to set.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let sent: Sent = crate::body::parse(body)?;
        let level = sent.compatibility.map(|text| Level::parse(&text).ok_or_else(invalid_level)).transpose()?;
        Ok(Self { level, settings: sent.settings })
    }

    /// This, with what another one lacks taken from here.
    pub(crate) fn completing(&self, other: &Self) -> Self {
        let (mine, theirs) = (self.settings.clone(), other.settings.clone());
        Self {
            level: other.level.or(self.level),
            settings: Settings {
                alias: theirs.alias.or(mine.alias),
                normalize: theirs.normalize.or(mine.normalize),
                validate_fields: theirs.validate_fields.or(mine.validate_fields),
                validate_rules: theirs.validate_rules.or(mine.validate_rules),
                compatibility_group: theirs.compatibility_group.or(mine.compatibility_group),
                default_metadata: theirs.default_metadata.or(mine.default_metadata),
                override_metadata: theirs.override_metadata.or(mine.override_metadata),
            },
        }
    }

    pub(crate) fn level(&self) -> Level {
        self.level.unwrap_or_default()
    }

    /// As JSON, with the level under a key: `compatibility` where it was sent, `compatibilityLevel` where it is asked for.
    pub(crate) fn to_json(&self, key: &str) -> Value {
        let mut object = Map::new();
        if let Some(level) = self.level {
            object.insert(key.to_owned(), json!(level.name()));
        }
        // Plain fields: nothing that has no JSON.
        if let Ok(Value::Object(settings)) = serde_json::to_value(&self.settings) {
            object.extend(settings);
        }
        Value::Object(object)
    }
}

fn invalid_level() -> Refusal {
    let message = "Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, \
                   forward_transitive, and full_transitive";
    Refusal::new(42203, message)
}
