//! A schema of any type: its parts as clients send them, and what can be asked of a parsed one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize};

use crate::avro::{self, Avro};
use crate::difference::Difference;
use crate::json_schema::{self, JsonSchema};
use crate::protobuf::{self, ProtoFile};

/// The language of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SchemaType {
    Avro,
    Json,
    Protobuf,
}

impl SchemaType {
    pub(crate) const ALL: [Self; 3] = [Self::Json, Self::Protobuf, Self::Avro];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Avro => "AVRO",
            Self::Json => "JSON",
            Self::Protobuf => "PROTOBUF",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A schema that another one uses.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Reference {
    #[serde(default, deserialize_with = "null_is_default")]
    pub(crate) name: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(crate) subject: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub(crate) version: i32,
}

/// What is known of a schema beside it: tags by path, properties, and which of them are secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Metadata {
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: BTreeMap<String, BTreeSet<String>>,
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) properties: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) sensitive: BTreeSet<String>,
}

impl Metadata {
    /// These, with the other's in their place where both have them.
    pub(crate) fn overridden_by(&self, other: &Self) -> Self {
        let mut merged = self.clone();
        for (path, tags) in &other.tags {
            merged.tags.entry(path.clone()).or_default().extend(tags.iter().cloned());
        }
        merged.properties.extend(other.properties.clone());
        merged.sensitive.extend(other.sensitive.iter().cloned());
        merged
    }
}

pub(crate) fn null_is_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A reference with the text behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) subject: String,
    pub(crate) version: i32,
    pub(crate) text: String,
}

/// A schema that parses.
#[derive(Clone, Debug)]
pub(crate) enum Parsed {
    Avro(Box<Avro>),
    Json(Box<JsonSchema>),
    Protobuf(Box<ProtoFile>),
}

impl Parsed {
    /// Parses a text. Dependencies stand before those that need them. The error says where the mistake is.
    pub(crate) fn new(kind: SchemaType, text: &str, dependencies: &[Dependency]) -> Result<Self, String> {
        match kind {
            SchemaType::Avro => {
                let texts = dependencies.iter().map(|dependency| dependency.text.as_str());
                Avro::parse(text, texts).map(|avro| Self::Avro(Box::new(avro)))
            }
            SchemaType::Json => JsonSchema::parse(text, dependencies).map(|schema| Self::Json(Box::new(schema))),
            SchemaType::Protobuf => ProtoFile::parse(text, dependencies).map(|file| Self::Protobuf(Box::new(file))),
        }
    }

    /// The canonical text.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Avro(avro) => avro.text(),
            Self::Json(schema) => schema.text(),
            Self::Protobuf(file) => file.text(),
        }
    }

    /// The same schema with what is the same in another order in one order.
    pub(crate) fn normalized(self) -> Self {
        match self {
            Self::Avro(avro) => Self::Avro(Box::new(avro.normalized())),
            Self::Json(schema) => Self::Json(Box::new(schema.normalized())),
            Self::Protobuf(file) => Self::Protobuf(Box::new(file.normalized())),
        }
    }

    /// A text that two schemas share that a lookup takes for one.
    pub(crate) fn identity(&self) -> String {
        match self {
            Self::Avro(avro) => avro.identity(),
            other => other.text(),
        }
    }

    /// The text in a format that was asked for; unknown formats are ignored.
    pub(crate) fn formatted(&self, format: &str) -> String {
        match (self, format) {
            (Self::Avro(avro), "resolved") => avro.resolved_text(),
            (Self::Protobuf(file), "serialized") => file.serialized(),
            _ => self.text(),
        }
    }

    /// What keeps this schema from reading data of another; empty when nothing does.
    pub(crate) fn cannot_read(&self, writer: &Self) -> Vec<Difference> {
        match (self, writer) {
            (Self::Avro(reader), Self::Avro(writer)) => avro::differences(reader, writer),
            (Self::Json(reader), Self::Json(writer)) => json_schema::differences(reader, writer),
            (Self::Protobuf(reader), Self::Protobuf(writer)) => protobuf::differences(reader, writer),
            _ => {
                let description = "The type of the %s schema is different from that of the %s schema".to_owned();
                vec![Difference { kind: "TYPE_MISMATCH", description, additional: None, path: "/".to_owned() }]
            }
        }
    }
}

impl Parsed {
    /// Whether the names of fields are free of what registries keep for themselves: a leading `$$`.
    pub(crate) fn check_fields(&self) -> Result<(), String> {
        let reserved = match self {
            Self::Json(schema) => schema.properties().into_iter().find(|name| name.starts_with("$$")),
            // `$` is in no name of these.
            Self::Avro(_) | Self::Protobuf(_) => None,
        };
        reserved.map_or(Ok(()), |name| Err(format!("the field {name} starts with $$, which is reserved")))
    }
}
