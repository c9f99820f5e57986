//! Which subject belongs to which resource, as a topic: clients ask before they derive a subject from the topic's name.

use std::time::Duration;

use serde::Serialize;

/// A subject of a resource.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Association {
    pub(crate) subject: String,
    pub(crate) guid: String,
    pub(crate) resource_name: String,
    pub(crate) resource_namespace: String,
    pub(crate) resource_id: String,
    pub(crate) resource_type: String,
    /// `key` or `value`.
    pub(crate) association_type: String,
    pub(crate) lifecycle: String,
    #[serde(rename = "createTs", serialize_with = "milliseconds")]
    pub(crate) created: Duration,
    #[serde(rename = "updateTs", serialize_with = "milliseconds")]
    pub(crate) updated: Duration,
}

fn milliseconds<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}
