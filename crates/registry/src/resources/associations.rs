//! `/associations`: which subjects belong to a resource. They can be made, read and deleted; a strong one protects nothing.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::associations::Association;
use crate::error::Refusal;
use crate::guid::Guid;
use crate::registry::Registry;
use crate::reply::Reply;
use crate::route::Call;
use crate::schema::SchemaType;
use crate::subject_name::SubjectName;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    resource_name: Option<String>,
    resource_namespace: Option<String>,
    resource_id: Option<String>,
    resource_type: Option<String>,
    associations: Option<Vec<SentAssociation>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SentAssociation {
    subject: Option<String>,
    association_type: Option<String>,
    lifecycle: Option<String>,
}

pub(crate) fn create(registry: &mut Registry, call: &Call<'_>) -> Result<Reply, Refusal> {
    let sent: Sent = crate::body::parse(&call.request.body)?;
    let needed = |value: Option<String>, name: &str| {
        let value = value.filter(|value| !value.is_empty());
        value.ok_or_else(|| Refusal::new(42212, format!("The property {name} is missing")))
    };
    let resource_name = needed(sent.resource_name, "resourceName")?;
    let resource_namespace = needed(sent.resource_namespace, "resourceNamespace")?;
    let resource_id = needed(sent.resource_id, "resourceId")?;
    let resource_type = sent.resource_type.unwrap_or_else(|| "topic".to_owned());
    let mut all = (*registry.associations).clone();
    let mut made: Vec<Value> = Vec::new();
    for association in sent.associations.unwrap_or_default() {
        let subject = needed(association.subject, "subject")?;
        registry.known_subject(&SubjectName::parse(&subject), false).map_err(|_unknown| {
            Refusal::new(40907, format!("No active (non-deleted) version exists for subject '{subject}'"))
        })?;
        let association_type = association.association_type.unwrap_or_else(|| "value".to_owned());
        let lifecycle = association.lifecycle.unwrap_or_else(|| "WEAK".to_owned());
        let is_other =
            |known: &Association| known.resource_id != resource_id || known.association_type != association_type;
        if all.iter().any(|known| !is_other(known) && known.subject != subject) {
            let message =
                format!("An association of type '{association_type}' already exists for resource '{resource_id}'");
            return Err(Refusal::new(40903, message));
        }
        let old = all.iter().find(|known| !is_other(known)).map(|known| known.created);
        all.retain(is_other);
        made.push(json!({ "subject": subject, "associationType": association_type, "lifecycle": lifecycle }));
        let content = format!("{resource_id}\0{association_type}\0{subject}");
        all.push(Association {
            guid: Guid::of(SchemaType::Json, &content, &[], None).to_string(),
            subject,
            resource_name: resource_name.clone(),
            resource_namespace: resource_namespace.clone(),
            resource_id: resource_id.clone(),
            resource_type: resource_type.clone(),
            association_type,
            lifecycle,
            created: old.unwrap_or(call.request.now),
            updated: call.request.now,
        });
    }
    registry.associations = Arc::new(all);
    Ok(Reply::ok(&json!({
        "resourceName": resource_name, "resourceNamespace": resource_namespace, "resourceId": resource_id,
        "resourceType": resource_type, "associations": made,
    })))
}

/// The resources of namespace `-` are those of all.
pub(crate) fn of_resource(registry: &Registry, call: &Call<'_>, namespace: &str, name: &str) -> Reply {
    list(registry, call, |known| {
        known.resource_name == name && (namespace == "-" || known.resource_namespace == namespace)
    })
}

pub(crate) fn of_resource_id(registry: &Registry, call: &Call<'_>, id: &str) -> Reply {
    list(registry, call, |known| known.resource_id == id)
}

pub(crate) fn of_subject(registry: &Registry, call: &Call<'_>, subject: &str) -> Reply {
    list(registry, call, |known| known.subject == subject)
}

pub(crate) fn delete(registry: &mut Registry, call: &Call<'_>, id: &str) -> Result<Reply, Refusal> {
    let is_meant = |known: &Association| known.resource_id == id && is_asked(known, call);
    if !registry.associations.iter().any(is_meant) {
        return Err(Refusal::new(40410, format!("Association for '{id}' not found.")));
    }
    registry.associations = Arc::new(registry.associations.iter().filter(|known| !is_meant(known)).cloned().collect());
    Ok(Reply::empty())
}

fn list(registry: &Registry, call: &Call<'_>, is_meant: impl Fn(&Association) -> bool) -> Reply {
    let all = registry.associations.iter();
    Reply::ok(&call.target.page(all.filter(|known| is_meant(known) && is_asked(known, call))))
}

/// Whether an association is of the types in the query.
fn is_asked(known: &Association, call: &Call<'_>) -> bool {
    let mut types = call.target.all("associationType").peekable();
    let is_type = types.peek().is_none() || types.any(|asked| asked == known.association_type);
    let is = |key: &str, value: &str| call.target.get(key).is_none_or(|asked| asked.eq_ignore_ascii_case(value));
    is_type && is("resourceType", &known.resource_type) && is("lifecycle", &known.lifecycle)
}
