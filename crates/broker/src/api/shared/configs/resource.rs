//! The resources that have configs (`ConfigResource.Type`), and the checks of requests that alter them
//! (`ConfigAdminManager.preprocess`).

use std::collections::BTreeSet;

use kafka_trial_wire::{ErrorCode, Text};

use crate::api::shared::twice::named_twice;
use crate::traffic::Context;
use kafka_trial_core::Refusal;

pub(in crate::api) const TOPIC: i8 = 2;
pub(in crate::api) const BROKER: i8 = 4;
pub(in crate::api) const BROKER_LOGGER: i8 = 8;
pub(in crate::api) const CLIENT_METRICS: i8 = 16;
pub(in crate::api) const GROUP: i8 = 32;

/// The outcome for one resource of a request that alters configs.
pub(in crate::api) struct Altered {
    pub(in crate::api) error_code: ErrorCode,
    pub(in crate::api) error_message: Option<Text>,
    pub(in crate::api) resource_type: i8,
    pub(in crate::api) resource_name: Text,
}

/// Alters one resource after the other (`ConfigAdminManager.preprocess`). A resource that is named twice is refused each time.
pub(in crate::api) fn alter_each<R>(
    resources: &[R],
    key: fn(&R) -> (i8, &Text),
    mut alter: impl FnMut(&R) -> Result<(), Refusal>,
) -> Vec<Altered> {
    let twice = named_twice(resources.iter().map(key));
    let altered = resources.iter().map(|resource| {
        let (resource_type, resource_name) = key(resource);
        let outcome = if twice.contains(&(resource_type, resource_name)) {
            Err(Refusal::new(ErrorCode::INVALID_REQUEST, "Each resource must appear at most once."))
        } else {
            alter(resource)
        };
        let (error, message) = Refusal::parts(outcome);
        Altered {
            error_code: error,
            error_message: message.map(Text::from),
            resource_type,
            resource_name: resource_name.clone(),
        }
    });
    altered.collect()
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

/// The broker that a resource names; `None` for all brokers.
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
