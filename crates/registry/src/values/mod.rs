//! Values of records, read and written by their schema.
//!
//! ```text
//! 0, id, payload ──> the schema of the id ──ValueSchema──> JSON       and back
//! ```
//! What stands behind a schema's id is read by [`ValueSchema`]. How the values of each language look in JSON is told in
//! `docs/registry.md`: numbers keep all their digits, and dates, timestamps and decimals are text. `avro::read`,
//! `avro::write`, `protobuf::read`, `protobuf::write` do the work; `calendar` and `decimal` are what they share.

pub(crate) mod calendar;
pub(crate) mod decimal;
mod misfit;

use std::fmt;

use serde_json::Value;

pub(crate) use self::misfit::Misfit;
use crate::json_schema::Conformity;
use crate::schema::{Dependency, Parsed, SchemaType};

/// A schema that reads and writes what stands behind its id.
///
/// ```
/// use kafka_trial_registry::ValueSchema;
/// use serde_json::json;
///
/// let order = r#"{"type": "record", "name": "Order", "fields": [{"name": "id", "type": "long"}]}"#;
/// let schema = ValueSchema::parse("AVRO", order, &[])?;
/// assert_eq!(schema.read(b"\x0e")?, json!({"id": 7}));
/// assert_eq!(schema.write(&json!({"id": 7}), None)?, b"\x0e");
/// assert_eq!(schema.read(b"").unwrap_err(), "/id: the value ends here");
/// # Ok::<(), String>(())
/// ```
pub struct ValueSchema {
    parsed: Parsed,
    /// Of JSON Schemas: what checks a value.
    conformity: Option<Conformity>,
}

/// A schema that another one refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReferencedSchema {
    /// The name by which it is referred to: the `$ref` of a JSON Schema, the path of a Protobuf import, any for Avro.
    pub name: String,
    /// Its text.
    pub text: String,
}

impl ReferencedSchema {
    /// A schema by the name that others refer to it by.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }
}

impl ValueSchema {
    /// Parses a schema of a type, `AVRO`, `JSON` or `PROTOBUF`. Those that it refers to come with it, each before those that
    /// refer to it. The error says where the mistake is.
    pub fn parse(kind: &str, text: &str, references: &[ReferencedSchema]) -> Result<Self, String> {
        let kind = SchemaType::named(kind)
            .ok_or_else(|| format!("invalid schema type {kind}: expected AVRO, JSON or PROTOBUF"))?;
        let dependency = |reference: &ReferencedSchema| Dependency {
            name: reference.name.clone(),
            subject: reference.name.clone(),
            version: 1,
            text: reference.text.clone(),
        };
        let dependencies: Vec<Dependency> = references.iter().map(dependency).collect();
        let parsed = match Parsed::new(kind, text, &dependencies)? {
            Parsed::Protobuf(file) => Parsed::Protobuf(Box::new(file.with_known_fields())),
            parsed => parsed,
        };
        let conformity = matches!(parsed, Parsed::Json(_)).then(|| Conformity::new(text, &dependencies));
        Ok(Self { parsed, conformity })
    }

    /// `AVRO`, `JSON` or `PROTOBUF`.
    pub fn kind(&self) -> &'static str {
        match self.parsed {
            Parsed::Avro(_) => "AVRO",
            Parsed::Json(_) => "JSON",
            Parsed::Protobuf(_) => "PROTOBUF",
        }
    }

    /// The value in what stands behind the schema's id, for Protobuf the indexes of the message among it. The error says in
    /// half a sentence where this is no value of the schema. All bytes must belong to the value. JSON is not checked: see
    /// [`ValueSchema::violation`].
    pub fn read(&self, payload: &[u8]) -> Result<Value, String> {
        match &self.parsed {
            Parsed::Avro(avro) => avro.read_value(payload).map_err(|misfit| misfit.to_string()),
            Parsed::Protobuf(file) => file.read_value(payload).map_err(|misfit| misfit.to_string()),
            Parsed::Json(_) => serde_json::from_slice(payload).map_err(|error| format!("it is not JSON: {error}")),
        }
    }

    /// Where the schema forbids a value that can be read, in half a sentence: of JSON Schemas alone.
    pub fn violation(&self, value: &Value) -> Option<String> {
        self.conformity.as_ref()?.violation(value)
    }

    /// What stands behind the schema's id for a value. Fields that are left out get their default. `message` names the type
    /// of a Protobuf file that is written; its first by default.
    pub fn write(&self, value: &Value, message: Option<&str>) -> Result<Vec<u8>, String> {
        match (&self.parsed, message) {
            (Parsed::Protobuf(file), message) => file.write_value(value, message).map_err(|misfit| misfit.to_string()),
            (_, Some(message)) => Err(format!("there is no message {message}: the schema is not Protobuf")),
            (Parsed::Avro(avro), None) => avro.write_value(value).map_err(|misfit| misfit.to_string()),
            (Parsed::Json(_), None) => match self.violation(value) {
                Some(violation) => Err(violation),
                None => Ok(value.to_string().into_bytes()),
            },
        }
    }
}

impl fmt::Debug for ValueSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValueSchema").field("kind", &self.kind()).finish_non_exhaustive()
    }
}
