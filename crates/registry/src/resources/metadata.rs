//! `/v1/metadata`: which registry this is.

use serde_json::json;

use crate::reply::Reply;

/// The scope: clients show it, nothing depends on it.
pub(crate) fn id() -> Reply {
    let clusters = json!({ "kafka-cluster": "kafka-trial", "schema-registry-cluster": "schema-registry" });
    Reply::ok(&json!({ "scope": { "path": [], "clusters": clusters } }))
}

/// The release of Confluent's registry that the answers follow.
pub(crate) fn version() -> Reply {
    Reply::ok(&json!({ "version": "8.5.0", "commitId": "kafka-trial" }))
}
