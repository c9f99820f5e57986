//! What has configs (`ConfigResource.Type`), and what a request that alters them may not do
//! (`ConfigAdminManager.preprocess`).

use std::collections::BTreeSet;

use kafka_trial_wire::{ErrorCode, Text};

use crate::api::Context;
use kafka_trial_core::Refusal;

pub(in crate::api) const TOPIC: i8 = 2;
pub(in crate::api) const BROKER: i8 = 4;
pub(in crate::api) const BROKER_LOGGER: i8 = 8;
pub(in crate::api) const CLIENT_METRICS: i8 = 16;
pub(in crate::api) const GROUP: i8 = 32;

/// The resources that are named twice; all of them are refused.
pub(in crate::api) fn named_twice<'a>(resources: impl Iterator<Item = (i8, &'a Text)>) -> BTreeSet<(i8, Text)> {
    let mut seen = BTreeSet::new();
    resources.map(|(r#type, name)| (r#type, name.clone())).filter(|key| !seen.insert(key.clone())).collect()
}

pub(in crate::api) fn refuse_duplicate_resource() -> Refusal {
    Refusal::new(ErrorCode::INVALID_REQUEST, "Each resource must appear at most once.")
}

/// Refuses keys that are named twice, then keys that need a value and have none.
pub(in crate::api) fn check_keys<'a>(keys: impl Iterator<Item = (&'a Text, bool)> + Clone) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    if !keys.clone().all(|(key, _)| seen.insert(key)) {
        return Err(Refusal::new(ErrorCode::INVALID_REQUEST, "Error due to duplicate config keys"));
    }
    let missing: Vec<&str> = keys.filter(|(_, lacks_value)| *lacks_value).map(|(key, _)| key.as_str()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let text = format!("Null value not supported for : {}", missing.join(", "));
    Err(Refusal::new(ErrorCode::INVALID_REQUEST, text))
}

/// The broker that a resource names: none for all brokers.
pub(in crate::api) fn broker_of(context: &Context, name: &str) -> Result<Option<i32>, Refusal> {
    let invalid = |text: String| Err(Refusal::new(ErrorCode::INVALID_REQUEST, text));
    if name.is_empty() {
        return Ok(None);
    }
    match name.parse::<i32>() {
        Ok(id) if id == context.node => Ok(Some(id)),
        Ok(id) => invalid(format!("Unexpected broker id, expected {}, but received {id}", context.node)),
        Err(_) => invalid(format!("Node id must be an integer, but it is: {name}")),
    }
}
