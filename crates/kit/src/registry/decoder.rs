//! What reads values by the schemas of a registry. Each schema is fetched and parsed once.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kafka_trial_registry::{ReferencedSchema, ValueSchema};
use serde_json::Value as Json;

use super::client::RegistryClient;
use super::{RegistryError, encoded, on_deep_stack};
use crate::client::Stopwatch;
use crate::value::{Decode, Schema};

/// After what time a schema that was not there is asked for again: each record of an unknown id asks.
const AGAIN: Duration = Duration::from_secs(1);
/// How long a registry that cannot be reached is left alone.
const AWAY: Duration = Duration::from_secs(5);
/// How many schemas one may refer to, through others too.
const MOST_REFERENCES: usize = 1_000;

/// The schemas of a registry, as far as they were asked for.
pub(super) struct Decoder {
    client: Arc<RegistryClient>,
    known: Mutex<HashMap<Key, Known>>,
    /// Why the registry could not be reached, and since when: one that is silent would hold up each record.
    away: Mutex<Option<(String, Stopwatch)>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Id(i32),
    Guid(String),
}

enum Known {
    Schema(Arc<ValueSchema>),
    /// Why there is none, and since when.
    Missing(String, Stopwatch),
}

impl Decoder {
    pub(super) fn new(client: Arc<RegistryClient>) -> Self {
        Self { client, known: Mutex::default(), away: Mutex::default() }
    }

    /// The schema of an id, or in half a sentence why there is none.
    pub(super) fn schema(&self, id: i32) -> Result<Arc<ValueSchema>, String> {
        self.find(Key::Id(id))
    }

    fn find(&self, key: Key) -> Result<Arc<ValueSchema>, String> {
        {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            match known.get(&key) {
                Some(Known::Schema(schema)) => return Ok(Arc::clone(schema)),
                Some(Known::Missing(why, since)) if since.elapsed() < AGAIN => return Err(why.clone()),
                _ => {}
            }
        }
        let found = match self.is_away() {
            Some(why) => Err(why),
            None => self.fetch(&key),
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = match &found {
            Ok(schema) => Known::Schema(Arc::clone(schema)),
            Err(why) => Known::Missing(why.clone(), Stopwatch::start()),
        };
        known.insert(key, entry);
        found
    }

    fn is_away(&self) -> Option<String> {
        let away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        away.as_ref().filter(|(_, since)| since.elapsed() < AWAY).map(|(why, _)| why.clone())
    }

    fn fetch(&self, key: &Key) -> Result<Arc<ValueSchema>, String> {
        let path = match key {
            Key::Id(id) => format!("/schemas/ids/{id}"),
            Key::Guid(guid) => format!("/schemas/guids/{guid}"),
        };
        let record = self.client.get(&path).map_err(|error| match error {
            RegistryError::Refused { code: 40403 | 404, .. } => {
                format!("the schema registry at {} does not know it", self.client.url())
            }
            error => {
                if let RegistryError::Unreachable { .. } = error {
                    let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
                    *away = Some((error.to_string(), Stopwatch::start()));
                }
                error.to_string()
            }
        })?;
        let kind = record.get("schemaType").and_then(Json::as_str).unwrap_or("AVRO");
        let text = record.get("schema").and_then(Json::as_str).ok_or("the registry has answered without a schema")?;
        let mut references = Vec::new();
        self.collect(&record, &mut references, 0)?;
        let parsed = on_deep_stack(|| ValueSchema::parse(kind, text, &references))?;
        parsed.map(Arc::new).map_err(|why| format!("its schema cannot be used: {why}"))
    }

    /// The schemas that one refers to, those first that others need.
    fn collect(&self, record: &Json, references: &mut Vec<ReferencedSchema>, depth: usize) -> Result<(), String> {
        let named = record.get("references").and_then(Json::as_array).into_iter().flatten();
        for reference in named {
            let text = |name: &str| reference.get(name).and_then(Json::as_str);
            let version = reference.get("version").and_then(Json::as_i64);
            let (Some(name), Some(subject), Some(version)) = (text("name"), text("subject"), version) else {
                return Err(format!("a reference of its schema is incomplete: {reference}"));
            };
            if references.iter().any(|known| known.name == name) {
                continue;
            }
            if references.len() > MOST_REFERENCES || depth > 100 {
                return Err(format!("its schema refers to more than {MOST_REFERENCES} others"));
            }
            // A version that was deleted since still is what the schema means.
            let path = format!("/subjects/{}/versions/{version}?deleted=true", encoded(subject));
            let found = self.client.get(&path).map_err(|error| format!("reference {name} of its schema: {error}"))?;
            self.collect(&found, references, depth + 1)?;
            let text = found.get("schema").and_then(Json::as_str).unwrap_or_default();
            references.push(ReferencedSchema::new(name, text));
        }
        Ok(())
    }

    fn read(&self, key: Key, payload: &[u8]) -> Result<Json, String> {
        self.find(key)?.read(payload)
    }
}

impl Decode for Decoder {
    fn decode(&self, schema_id: i32, payload: &[u8]) -> Result<Json, String> {
        self.read(Key::Id(schema_id), payload)
    }

    fn decode_by_guid(&self, guid: &str, payload: &[u8]) -> Result<Json, String> {
        self.read(Key::Guid(guid.to_owned()), payload)
    }

    fn violation(&self, schema: Schema<'_>, value: &Json) -> Option<String> {
        let key = match schema {
            Schema::Id(id) => Key::Id(id),
            Schema::Guid(guid) => Key::Guid(guid.to_owned()),
        };
        self.find(key).ok()?.violation(value)
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("url", &self.client.url()).finish_non_exhaustive()
    }
}
