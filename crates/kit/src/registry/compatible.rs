//! Whether one schema may follow another, without a registry that runs.

use std::time::Duration;

use kafka_trial_registry::{Registry, Request};
use serde_json::{Value as Json, json};
use thiserror::Error;

use super::{RegistryError, Schema, on_deep_stack};

/// Two schemas that are not compatible.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the schemas are not compatible by {level}:{}", list(.reasons))]
#[non_exhaustive]
pub struct Incompatible {
    /// The level that was asked for.
    pub level: String,
    /// Why, each with the kind of difference and its path, in the words of the registry.
    pub reasons: Vec<String>,
}

fn list(reasons: &[String]) -> String {
    reasons.iter().map(|reason| format!("\n  {reason}")).collect()
}

/// Why `new` may not follow `old` by a compatibility level; nothing if it may. The error says which of the two is no schema, or
/// that there is no such level.
///
/// Schemas with references need a registry: see [`SchemaRegistry::incompatibilities`](super::SchemaRegistry::incompatibilities).
pub fn check_compatible(old: &Schema, new: &Schema, level: &str) -> Result<Vec<String>, RegistryError> {
    let answer = on_deep_stack(|| answer(old, new, level));
    answer.unwrap_or_else(|why| Err(RegistryError::Unexpected(why.to_owned())))
}

fn answer(old: &Schema, new: &Schema, level: &str) -> Result<Vec<String>, RegistryError> {
    let mut registry = Registry::new();
    ask(&mut registry, "PUT", "/config", &json!({ "compatibility": level }), "level")?;
    ask(&mut registry, "POST", "/subjects/schema/versions", &old.request(), "old")?;
    let path = "/compatibility/subjects/schema/versions?verbose=true";
    // The registry gives a schema that does not parse as a reason; here it is an error.
    ask(&mut registry, "POST", "/subjects/other/versions", &new.request(), "new")?;
    let reply = ask(&mut registry, "POST", path, &new.request(), "new")?;
    let messages = reply.get("messages").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
    // What follows the reasons repeats the old schema and the settings.
    let is_reason = |message: &&str| !["{oldSchema", "{validateFields"].iter().any(|begin| message.starts_with(begin));
    Ok(messages.filter(is_reason).map(str::to_owned).collect())
}

/// Asserts that `new` may follow `old` by a compatibility level: `BACKWARD` (data of `old` can be read by `new`), `FORWARD`,
/// `FULL`.
///
/// ```
/// use kafka_trial::{Schema, assert_compatible};
///
/// let field = |fields: &str| Schema::avro(format!(r#"{{"type": "record", "name": "Order", "fields": [{fields}]}}"#));
/// let old = field(r#"{"name": "id", "type": "long"}"#);
/// let new = field(r#"{"name": "id", "type": "long"}, {"name": "note", "type": "string", "default": ""}"#);
/// assert_compatible(&old, &new, "FULL");
/// ```
///
/// # Panics
///
/// With every reason if it may not, and where one of the two is no schema.
#[track_caller]
pub fn assert_compatible(old: &Schema, new: &Schema, level: &str) {
    let reasons = check_compatible(old, new, level);
    let failed = match reasons {
        Ok(reasons) if reasons.is_empty() => None,
        Ok(reasons) => Some(Incompatible { level: level.to_owned(), reasons }.to_string()),
        Err(error) => Some(error.to_string()),
    };
    assert!(failed.is_none(), "{}", failed.unwrap_or_default());
}

fn ask(registry: &mut Registry, method: &str, path: &str, body: &Json, what: &str) -> Result<Json, RegistryError> {
    let reply = registry.answer(&Request::new(method, path, body.to_string(), Duration::ZERO));
    let json: Json = serde_json::from_str(&reply.body).unwrap_or_default();
    if reply.status == 200 {
        return Ok(json);
    }
    Err(RegistryError::Refused {
        request: match what {
            "level" => "the compatibility level".to_owned(),
            what => format!("the {what} schema"),
        },
        code: json.get("error_code").and_then(Json::as_i64).unwrap_or_else(|| reply.status.into()),
        message: json.get("message").and_then(Json::as_str).unwrap_or_default().to_owned(),
    })
}
