//! A JSON Schema as a condition.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jsonschema::Validator;
use serde_json::Value as Json;
use thiserror::Error;

use super::difference::{Difference, shown};

/// The most differences of one value that are listed.
const LISTED: usize = 5;

/// A JSON Schema, of draft 4 to 2020-12 by its `$schema`, else of 2020-12. It stands for itself: a `$ref` leads to a
/// place within it, nothing is fetched.
///
/// ```
/// use kafka_trial::matcher::{JsonSchema, Matcher};
///
/// let schema: JsonSchema = r#"{"title": "an invoice", "required": ["total"]}"#.parse()?;
/// let expected = Matcher::on("invoices").schema(&schema);
/// assert_eq!(expected.to_string(), "event on invoices with the schema of an invoice");
/// # Ok::<(), kafka_trial::matcher::SchemaError>(())
/// ```
#[derive(Clone)]
pub struct JsonSchema {
    validator: Arc<Validator>,
    schema: Arc<Json>,
}

/// What is no JSON Schema.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("invalid JSON Schema: {0}")]
pub struct SchemaError(String);

impl JsonSchema {
    /// From a schema that is there as JSON.
    pub fn new(schema: &Json) -> Result<Self, SchemaError> {
        let validator = jsonschema::validator_for(schema).map_err(|error| SchemaError(error.to_string()))?;
        Ok(Self { validator: Arc::new(validator), schema: Arc::new(schema.clone()) })
    }

    /// What a value has that the schema does not want, or lacks; nothing where it fits.
    pub fn differences(&self, value: &Json) -> Vec<Difference> {
        let difference = |error: jsonschema::ValidationError<'_>| {
            let pointer = error.instance_path().to_string();
            // What the schema asks for there, by the last word of its own path: `type: "number"`.
            let path = error.schema_path().to_string();
            let keyword = path.rsplit('/').next().unwrap_or_default();
            let wanted = self.schema.pointer(&path).map(|wanted| format!("{keyword}: {}", shown(wanted)));
            let received = value.pointer(&pointer).map(shown);
            let at = if pointer.is_empty() { String::new() } else { format!("{pointer}: ") };
            Difference::new(&pointer, wanted.unwrap_or_else(|| keyword.to_owned()), received, format!("{at}{error}"))
        };
        self.validator.iter_errors(value).take(LISTED).map(difference).collect()
    }
}

impl FromStr for JsonSchema {
    type Err = SchemaError;

    fn from_str(text: &str) -> Result<Self, SchemaError> {
        Self::new(&serde_json::from_str(text).map_err(|error| SchemaError(error.to_string()))?)
    }
}

impl fmt::Display for JsonSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = ["title", "$id"].iter().find_map(|key| self.schema.get(key)?.as_str());
        match named {
            Some(name) => write!(f, "the schema of {name}"),
            None => f.write_str("its schema"),
        }
    }
}

impl fmt::Debug for JsonSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JsonSchema").field(&self.schema).finish()
    }
}
