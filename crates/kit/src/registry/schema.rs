//! Schemas as a registry takes and gives them.

use serde_json::{Value as Json, json};

use super::RegistryError;

/// A schema in one of the three languages, with what it refers to.
///
/// ```
/// use kafka_trial::Schema;
///
/// let line = Schema::protobuf("syntax = \"proto3\"; import \"common.proto\"; message Line { common.Money price = 1; }");
/// let line = line.reference("common.proto", "common", 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    pub(super) kind: &'static str,
    pub(super) text: String,
    pub(super) references: Vec<(String, String, i32)>,
}

impl Schema {
    /// An Avro schema.
    pub fn avro(text: impl Into<String>) -> Self {
        Self { kind: "AVRO", text: text.into(), references: Vec::new() }
    }

    /// A JSON Schema.
    pub fn json(text: impl Into<String>) -> Self {
        Self { kind: "JSON", ..Self::avro(text) }
    }

    /// A `.proto` file.
    pub fn protobuf(text: impl Into<String>) -> Self {
        Self { kind: "PROTOBUF", ..Self::avro(text) }
    }

    /// A schema of the type that a registry calls so: `AVRO`, `JSON` or `PROTOBUF`; none for another name.
    pub fn of_type(kind: &str, text: impl Into<String>) -> Option<Self> {
        match kind {
            "AVRO" => Some(Self::avro(text)),
            "JSON" => Some(Self::json(text)),
            "PROTOBUF" => Some(Self::protobuf(text)),
            _ => None,
        }
    }

    /// It refers to a version of another subject by this name; -1 is the latest.
    pub fn reference(mut self, name: impl Into<String>, subject: impl Into<String>, version: i32) -> Self {
        self.references.push((name.into(), subject.into(), version));
        self
    }

    pub(super) fn request(&self) -> Json {
        let reference = |(name, subject, version): &(String, String, i32)| json!({"name": name, "subject": subject, "version": version});
        let references: Vec<Json> = self.references.iter().map(reference).collect();
        let mut request = json!({"schema": self.text, "schemaType": self.kind});
        if let (Json::Object(fields), false) = (&mut request, references.is_empty()) {
            fields.insert("references".to_owned(), references.into());
        }
        request
    }
}

/// A version of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SchemaVersion {
    /// The subject.
    pub subject: String,
    /// Its number in the subject.
    pub version: i32,
    /// The id of its schema.
    pub id: i32,
    /// `AVRO`, `JSON` or `PROTOBUF`.
    pub schema_type: String,
    /// The text of the schema.
    pub schema: String,
}

impl SchemaVersion {
    pub(super) fn of(reply: &Json) -> Result<Self, RegistryError> {
        let number = |name: &str| reply.get(name).and_then(Json::as_i64).and_then(|number| number.try_into().ok());
        let text = |name: &str| reply.get(name).and_then(Json::as_str).map(str::to_owned);
        let read = || {
            Some(Self {
                subject: text("subject")?,
                version: number("version")?,
                id: number("id")?,
                schema_type: text("schemaType").unwrap_or_else(|| "AVRO".to_owned()),
                schema: text("schema")?,
            })
        };
        read().ok_or_else(|| RegistryError::Unexpected(format!("a version was expected: {reply}")))
    }
}
