//! `/schemas`: schemas by what names them everywhere, the id of their context and the guid of their content.

use serde_json::{Value, json};

use crate::error::Refusal;
use crate::guid::Guid;
use crate::registry::Registry;
use crate::reply::Reply;
use crate::resources::subjects::with_prefix;
use crate::resources::versions::{format_record, record};
use crate::route::Call;
use crate::schema::SchemaType;
use crate::state::{Identified, Version};
use crate::subject_name::{DEFAULT_CONTEXT, SubjectName};

pub(crate) fn types() -> Reply {
    Reply::ok(&SchemaType::ALL.map(SchemaType::name))
}

/// All versions, by subject and number.
pub(crate) fn list(registry: &Registry, call: &Call<'_>) -> Reply {
    let (deleted, latest_only) = (call.target.flag("deleted"), call.target.flag("latestOnly"));
    let subjects = with_prefix(registry, call);
    let records = subjects.iter().flat_map(|(name, subject)| {
        let shown = subject.versions.iter().filter(move |(_, version)| deleted || !version.is_deleted);
        let skipped = if latest_only { shown.clone().count().saturating_sub(1) } else { 0 };
        shown.skip(skipped).map(move |(number, version)| record(name, *number, version, true))
    });
    Reply::ok(&call.target.page(records))
}

/// The context that an id is of, and what it names. The subject of the query only tells the context to look in, unless it
/// names none and another context has both.
fn identified<'a>(registry: &'a Registry, call: &Call<'_>, id: i32) -> Result<(String, &'a Identified), Refusal> {
    let subject = call.target.get("subject").map(SubjectName::parse);
    let named = subject.as_ref().map(|subject| subject.context.clone()).filter(|context| context != DEFAULT_CONTEXT);
    let context = named.unwrap_or_else(|| call.context.clone());
    let find = |context: &str| registry.context(context).and_then(|context| context.by_id.get(&id));
    if let Some(found) = find(&context) {
        return Ok((context, found));
    }
    let elsewhere = subject.filter(|subject| context == DEFAULT_CONTEXT && !subject.is_context()).and_then(|subject| {
        let mut others = registry.contexts.keys().filter(|other| **other != DEFAULT_CONTEXT);
        others.find_map(|other| {
            let found = find(other)?;
            found.versions.iter().any(|(name, _)| **name == *subject.name).then(|| (other.clone(), found))
        })
    });
    elsewhere.ok_or_else(|| Refusal::no_such_schema(id))
}

/// The version that a schema is named by: that of the subject in the query, else the first that had it.
fn first<'a>(
    registry: &'a Registry,
    context: &str,
    identified: &Identified,
    subject: Option<&str>,
) -> Option<(SubjectName, i32, &'a Version)> {
    let wanted = subject.map(SubjectName::parse).map(|subject| subject.name);
    let of_wanted = identified.versions.iter().find(|(name, _)| wanted.as_deref() == Some(&**name));
    let (name, number) = of_wanted.or_else(|| identified.versions.first())?;
    let subject = SubjectName { context: context.to_owned(), name: name.to_string() };
    let version = registry.subject(&subject)?.versions.get(number)?;
    Some((subject, *number, version))
}

pub(crate) fn by_id(registry: &Registry, call: &Call<'_>, id: i32) -> Result<Reply, Refusal> {
    let (context, found) = identified(registry, call, id)?;
    let named = first(registry, &context, found, call.target.get("subject"));
    let (subject, number, version) = named.ok_or_else(|| Refusal::no_such_schema(id))?;
    let mut record = record(&subject, number, version, true);
    record.shift_remove("id");
    format_record(registry, call, &subject, &version.schema, &mut record)?;
    if call.target.flag("fetchMaxId") {
        let last = registry.context(&context).map_or(0, |context| context.last_id);
        record.insert("maxId".to_owned(), json!(last));
    }
    Ok(Reply::ok(&record))
}

pub(crate) fn text_by_id(registry: &Registry, call: &Call<'_>, id: i32) -> Result<Reply, Refusal> {
    let (context, found) = identified(registry, call, id)?;
    match call.target.get("format").filter(|format| !format.trim().is_empty()) {
        Some(format) => {
            let subject = SubjectName { context, name: String::new() };
            Ok(Reply::text(registry.parsed(&found.schema, &subject)?.formatted(format)))
        }
        None => Ok(Reply::text(found.schema.text.clone())),
    }
}

/// The versions that have an id, with their subjects.
fn uses(registry: &Registry, call: &Call<'_>, id: i32) -> Result<Vec<(String, i32)>, Refusal> {
    let (context, found) = identified(registry, call, id)?;
    let wanted = call.target.get("subject").map(SubjectName::parse).filter(|subject| !subject.is_context());
    let deleted = call.target.flag("deleted");
    let mut uses = Vec::new();
    for (name, number) in &found.versions {
        let subject = SubjectName { context: context.clone(), name: name.to_string() };
        let is_wanted = wanted.as_ref().is_none_or(|wanted| wanted.name == subject.name);
        if is_wanted && registry.version(&subject, *number, deleted).is_some() {
            uses.push((subject.to_string(), *number));
        }
    }
    Ok(uses)
}

pub(crate) fn subjects(registry: &Registry, call: &Call<'_>, id: i32) -> Result<Reply, Refusal> {
    let mut names: Vec<String> = uses(registry, call, id)?.into_iter().map(|(subject, _)| subject).collect();
    names.sort_unstable();
    names.dedup();
    Ok(Reply::ok(&call.target.page(names)))
}

pub(crate) fn versions(registry: &Registry, call: &Call<'_>, id: i32) -> Result<Reply, Refusal> {
    let uses = uses(registry, call, id)?.into_iter();
    let uses = uses.map(|(subject, version)| json!({ "subject": subject, "version": version }));
    Ok(Reply::ok(&call.target.page(uses)))
}

/// The contexts that have a content, with its id there.
fn places<'a>(registry: &'a Registry, guid: &str) -> Result<Vec<(&'a str, i32)>, Refusal> {
    let places: Vec<_> = match Guid::parse(guid) {
        Some(guid) => {
            let contexts = registry.contexts.iter();
            contexts.filter_map(|(name, context)| Some((name.as_str(), *context.by_guid.get(&guid)?))).collect()
        }
        None => Vec::new(),
    };
    if places.is_empty() { Err(Refusal::no_such_schema(guid)) } else { Ok(places) }
}

pub(crate) fn by_guid(registry: &Registry, call: &Call<'_>, guid: &str) -> Result<Reply, Refusal> {
    let places = places(registry, guid)?;
    let found = places.first().and_then(|(context, id)| {
        let identified = registry.context(context)?.by_id.get(id)?;
        first(registry, context, identified, None)
    });
    let (subject, number, version) = found.ok_or_else(|| Refusal::no_such_schema(guid))?;
    let mut record = record(&subject, number, version, true);
    for key in ["subject", "version", "id", "ts", "deleted"] {
        record.shift_remove(key);
    }
    format_record(registry, call, &subject, &version.schema, &mut record)?;
    Ok(Reply::ok(&record))
}

pub(crate) fn ids_of_guid(registry: &Registry, guid: &str) -> Result<Reply, Refusal> {
    let places = places(registry, guid)?.into_iter();
    let ids: Vec<Value> = places.map(|(context, id)| json!({ "context": context, "id": id })).collect();
    Ok(Reply::ok(&ids))
}
