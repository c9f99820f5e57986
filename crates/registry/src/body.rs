//! Bodies of requests.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::error::Refusal;
use crate::schema::{Metadata, Reference};

/// Reads a body of JSON. An empty one is 422, a broken one 400; what is unknown in it is ignored.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Refusal::new(422, "the body is empty: expected a JSON object"));
    }
    let value: Value =
        serde_json::from_slice(body).map_err(|error| Refusal::new(400, format!("invalid JSON: {error}")))?;
    if value.is_null() {
        return Err(Refusal::new(422, "the body is null: expected a JSON object"));
    }
    serde_json::from_value(value).map_err(|error| Refusal::new(400, format!("invalid request: {error}")))
}

/// A schema that is registered, looked up or checked.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SchemaRequest {
    pub(crate) schema: Option<String>,
    pub(crate) schema_type: Option<String>,
    pub(crate) references: Option<Vec<Reference>>,
    pub(crate) metadata: Option<Metadata>,
    #[serde(default, deserialize_with = "number")]
    pub(crate) version: Option<i32>,
    #[serde(default, deserialize_with = "number")]
    pub(crate) id: Option<i32>,
}

/// A number, also in quotes.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i32>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(text) => {
            text.parse().map(Some).map_err(|_error| D::Error::custom(format!("{text} is no number")))
        }
        value => i32::deserialize(value).map(Some).map_err(D::Error::custom),
    }
}
