//! The schema registry of a test: an embedded one, or any that `TEST_SCHEMA_REGISTRY_URL` names.
//!
//! ```text
//! SchemaRegistry ──> client ──HTTP──> the embedded registry, Karapace, Confluent's
//!       └──────────> decoder: what Values ask, each schema fetched once
//! ```
//! `folder`: schemas in files. `http`: requests over a connection each. `compatible`: the question whether two schemas are compatible, without a registry.

mod client;
mod compatible;
mod decoder;
mod encoder;
mod error;
mod folder;
mod http;
mod schema;

use std::sync::Arc;

use serde_json::{Value as Json, json};

use self::client::RegistryClient;
pub use self::compatible::{Incompatible, assert_compatible, check_compatible};
use self::decoder::Decoder;
pub use self::encoder::ValueEncoder;
pub use self::error::RegistryError;
pub use self::folder::LoadedSchemas;
pub use self::schema::{Schema, SchemaVersion};
use crate::value::{Decode, Values};
pub use kafka_trial_registry::{RegistryFault, RegistryFaultStatus, SchemaRegistry as EmbeddedSchemaRegistry};

/// What parsers of the deepest schemas need.
const STACK: usize = 32 << 20;

/// A schema registry that a test uses. One that was started here ends when this is dropped.
///
/// As an argument of a test it is that of the test: embedded and empty, or the one that `TEST_SCHEMA_REGISTRY_URL` names.
/// What the other fixtures read is decoded by it.
///
/// ```
/// use kafka_trial::{Schema, SchemaRegistry};
/// use serde_json::json;
///
/// let registry = SchemaRegistry::start()?;
/// let order = Schema::avro(r#"{"type": "record", "name": "Order", "fields": [{"name": "id", "type": "long"}]}"#);
/// let id = registry.register("orders-value", &order)?;
/// let value = registry.encode_by_id(id, &json!({"id": 7}))?;
/// assert_eq!(value, b"\0\0\0\0\x01\x0e");
/// assert_eq!(registry.values().read(Some(&value))?, json!({"id": 7}));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Its calls block; in an async test on the embedded registry they take less than a millisecond.
#[derive(Clone, Debug)]
pub struct SchemaRegistry {
    client: Arc<RegistryClient>,
    decoder: Arc<Decoder>,
    /// None for one that runs elsewhere.
    server: Option<Arc<kafka_trial_registry::SchemaRegistry>>,
}

impl SchemaRegistry {
    /// Starts an empty embedded registry on a free port of loopback.
    pub fn start() -> Result<Self, RegistryError> {
        let server = kafka_trial_registry::SchemaRegistry::start()?;
        let client = RegistryClient::new(&server.url())?;
        Ok(Self { server: Some(Arc::new(server)), ..Self::of(client) })
    }

    /// Uses the registry at a URL, `http://localhost:18081`. Several, separated by commas, are tried in their order. A user and
    /// a password stand in the URL, `http://user:password@host`. Nothing is asked yet.
    pub fn at(url: &str) -> Result<Self, RegistryError> {
        Ok(Self::of(RegistryClient::new(url)?))
    }

    fn of(client: RegistryClient) -> Self {
        let client = Arc::new(client);
        Self { decoder: Arc::new(Decoder::new(Arc::clone(&client))), client, server: None }
    }

    /// The URL for the serializers of clients.
    pub fn url(&self) -> &str {
        self.client.url()
    }

    /// The registry itself, if it runs in this process: [`arm`](EmbeddedSchemaRegistry::arm) makes it fail on
    /// demand.
    pub fn embedded(&self) -> Option<&EmbeddedSchemaRegistry> {
        self.server.as_deref()
    }

    /// Whether it runs in this process.
    pub fn is_embedded(&self) -> bool {
        self.server.is_some()
    }

    /// Registers a schema in a subject and returns its id; the id that it has, where it is registered already.
    pub fn register(&self, subject: &str, schema: &Schema) -> Result<i32, RegistryError> {
        let reply = self.client.post(&format!("/subjects/{}/versions", encoded(subject)), &schema.request())?;
        id_of(&reply)
    }

    /// The version of a subject that has this schema.
    pub fn lookup(&self, subject: &str, schema: &Schema) -> Result<SchemaVersion, RegistryError> {
        let reply = self.client.post(&format!("/subjects/{}", encoded(subject)), &schema.request())?;
        SchemaVersion::of(&reply)
    }

    /// A version of a subject; the latest without a number.
    pub fn version(&self, subject: &str, version: Option<i32>) -> Result<SchemaVersion, RegistryError> {
        let version = version.map_or_else(|| "latest".to_owned(), |number| number.to_string());
        SchemaVersion::of(&self.client.get(&format!("/subjects/{}/versions/{version}", encoded(subject)))?)
    }

    /// The names of all subjects.
    pub fn subjects(&self) -> Result<Vec<String>, RegistryError> {
        let reply = self.client.get("/subjects")?;
        let names = reply.as_array().into_iter().flatten().filter_map(Json::as_str);
        Ok(names.map(str::to_owned).collect())
    }

    /// The numbers of a subject's versions.
    pub fn versions(&self, subject: &str) -> Result<Vec<i32>, RegistryError> {
        let reply = self.client.get(&format!("/subjects/{}/versions", encoded(subject)))?;
        let numbers = reply.as_array().into_iter().flatten().filter_map(Json::as_i64);
        Ok(numbers.filter_map(|number| number.try_into().ok()).collect())
    }

    /// Deletes a subject with all its versions: their ids still lead to their schemas, so that records stay readable.
    pub fn delete(&self, subject: &str) -> Result<(), RegistryError> {
        self.client.delete(&format!("/subjects/{}", encoded(subject))).map(drop)
    }

    /// Sets the compatibility level of a subject, or of all that have none: `BACKWARD`, `FORWARD`, `FULL`, each also with
    /// `_TRANSITIVE`, or `NONE`.
    pub fn set_compatibility(&self, subject: Option<&str>, level: &str) -> Result<(), RegistryError> {
        let path = subject.map_or_else(|| "/config".to_owned(), |subject| format!("/config/{}", encoded(subject)));
        self.client.put(&path, &json!({ "compatibility": level })).map(drop)
    }

    /// Takes back what [`SchemaRegistry::set_compatibility`] has set; nothing set is no error.
    pub fn reset_compatibility(&self, subject: Option<&str>) -> Result<(), RegistryError> {
        let path = subject.map_or_else(|| "/config".to_owned(), |subject| format!("/config/{}", encoded(subject)));
        match self.client.delete(&path) {
            Err(RegistryError::Refused { code: 40401 | 40408, .. }) => Ok(()),
            reset => reset.map(drop),
        }
    }

    /// Why a schema cannot be the next version of a subject by the level of that; nothing if it can be, or if there is no such
    /// subject.
    pub fn incompatibilities(&self, subject: &str, schema: &Schema) -> Result<Vec<String>, RegistryError> {
        let path = format!("/compatibility/subjects/{}/versions?verbose=true", encoded(subject));
        let reply = self.client.post(&path, &schema.request())?;
        let messages = reply.get("messages").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        let messages: Vec<String> = messages.map(str::to_owned).collect();
        match reply.get("is_compatible").and_then(Json::as_bool) {
            Some(false) if messages.is_empty() => Ok(vec!["the registry gives no reason".to_owned()]),
            Some(false) => Ok(messages),
            _ => Ok(Vec::new()),
        }
    }

    /// How values are read by the schemas of this registry.
    pub fn values(&self) -> Values {
        Values::decoded_by(self.decoder())
    }

    /// What reads values by the schemas of this registry, for [`Values::decoded_later`].
    pub fn decoder(&self) -> Arc<dyn Decode> {
        Arc::clone(&self.decoder) as Arc<dyn Decode>
    }

    /// A value by the schema of an id, in Confluent's wire format.
    pub fn encode_by_id(&self, id: i32, value: &Json) -> Result<Vec<u8>, RegistryError> {
        self.encode_message(id, value, None)
    }

    /// A value by the latest schema of a subject, in Confluent's wire format.
    pub fn encode(&self, subject: &str, value: &Json) -> Result<Vec<u8>, RegistryError> {
        self.encode_by_id(self.version(subject, None)?.id, value)
    }

    /// A value of one of the messages of a Protobuf schema; of its first without a name.
    pub fn encode_message(&self, id: i32, value: &Json, message: Option<&str>) -> Result<Vec<u8>, RegistryError> {
        self.encoder_by_id(id, message)?.encode(value)
    }
}

fn id_of(reply: &Json) -> Result<i32, RegistryError> {
    let id = reply.get("id").and_then(Json::as_i64).and_then(|id| id.try_into().ok());
    id.ok_or_else(|| RegistryError::Unexpected(format!("an id was expected in {reply}")))
}

/// Does something with schemas on a thread whose stack they fit: they may be nested 500 levels deep. The error says that there is
/// no such thread.
fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, &'static str> {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().name("kafka-trial-schema".to_owned()).stack_size(STACK);
        let worker = builder.spawn_scoped(scope, work).map_err(|_| "no thread can be started to read the schema")?;
        worker.join().map_err(|_| "the thread that read the schema has ended without a result")
    })
}

/// A part of a path, percent-encoded.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let letter = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(letter).collect()
}
