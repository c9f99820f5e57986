//! Values by one schema, many times.

use std::fmt;
use std::sync::Arc;

use kafka_trial_registry::ValueSchema;
use serde_json::Value as Json;

use super::{RegistryError, SchemaRegistry};

/// What writes values by one schema of a registry, in Confluent's wire format. It asks the registry no more.
#[derive(Clone)]
pub struct ValueEncoder {
    id: i32,
    schema: Arc<ValueSchema>,
    message: Option<String>,
}

impl SchemaRegistry {
    /// What writes values by the latest schema of a subject; for Protobuf as the message of this name, the first of the file
    /// without one.
    pub fn encoder(&self, subject: &str, message: Option<&str>) -> Result<ValueEncoder, RegistryError> {
        self.encoder_by_id(self.version(subject, None)?.id, message)
    }

    /// The same by the schema of an id.
    pub fn encoder_by_id(&self, id: i32, message: Option<&str>) -> Result<ValueEncoder, RegistryError> {
        let schema = self.decoder.schema(id).map_err(|why| RegistryError::Schema { id, why })?;
        Ok(ValueEncoder { id, schema, message: message.map(str::to_owned) })
    }
}

impl ValueEncoder {
    /// The id of the schema.
    pub fn id(&self) -> i32 {
        self.id
    }

    /// A value as it is sent; the error says where it does not fit the schema.
    pub fn encode(&self, value: &Json) -> Result<Vec<u8>, RegistryError> {
        let written = self.schema.write(value, self.message.as_deref());
        let payload = written.map_err(|why| RegistryError::Value { id: self.id, why })?;
        Ok([&[0][..], &self.id.to_be_bytes(), &payload].concat())
    }
}

impl fmt::Debug for ValueEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValueEncoder").field("id", &self.id).field("message", &self.message).finish_non_exhaustive()
    }
}
