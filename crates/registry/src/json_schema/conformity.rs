//! Whether a value is what its schema says.

use std::error::Error;

use jsonschema::{Draft as Version, Retrieve, Uri, Validator};
use serde_json::Value;

use super::validity::Draft;
use crate::json::Json;
use crate::schema::Dependency;

/// Checks values by a schema, as far as it can be compiled: patterns that only Java has cannot, and then nothing is said.
pub(crate) struct Conformity(Option<Validator>);

impl Conformity {
    pub(crate) fn new(text: &str, dependencies: &[Dependency]) -> Self {
        Self(compiled(text, dependencies))
    }

    /// Where a value breaks the schema first.
    pub(crate) fn violation(&self, value: &Value) -> Option<String> {
        let error = self.0.as_ref()?.validate(value).err()?;
        let path = error.instance_path().to_string();
        Some(if path.is_empty() { error.to_string() } else { format!("{path}: {error}") })
    }
}

fn compiled(text: &str, dependencies: &[Dependency]) -> Option<Validator> {
    let json = Json::parse(text).ok()?;
    let draft = Draft::of(&json);
    let mut schema = Value::from(&json);
    if let (Draft::Unknown, Some(object)) = (draft, schema.as_object_mut()) {
        object.shift_remove("$schema");
    }
    let version = match draft {
        Draft::Four => Version::Draft4,
        Draft::Six => Version::Draft6,
        Draft::Seven | Draft::Unknown => Version::Draft7,
        Draft::Of2019 => Version::Draft201909,
        Draft::Of2020 => Version::Draft202012,
    };
    let options = jsonschema::options().with_draft(version);
    let documents = dependencies.iter().map(|dependency| {
        let value = Value::from(&Json::parse(&dependency.text).ok()?);
        Some((dependency.name.clone(), value))
    });
    options.with_retriever(Named(documents.collect::<Option<_>>()?)).build(&schema).ok()
}

/// The schemas of references, by the names that a `$ref` has for them. Nothing else is fetched.
struct Named(Vec<(String, Value)>);

impl Retrieve for Named {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn Error + Send + Sync>> {
        let uri = uri.as_str();
        let is_meant = |name: &str, value: &Value| {
            let id = value.get("$id").and_then(Value::as_str);
            uri == name || id == Some(uri) || uri.strip_suffix(name).is_some_and(|before| before.ends_with('/'))
        };
        let found = self.0.iter().find(|(name, value)| is_meant(name, value));
        found.map(|(_, value)| value.clone()).ok_or_else(|| format!("{uri} is no reference of the schema").into())
    }
}
