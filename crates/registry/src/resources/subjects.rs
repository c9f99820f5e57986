//! `/subjects`: the names of subjects, lookups, and subjects that go.

use std::ops::Bound;

use serde_json::json;

use crate::body::SchemaRequest;
use crate::candidate::{Candidate, metadata_in_scope};
use crate::error::Refusal;
use crate::registry::Registry;
use crate::reply::Reply;
use crate::resources::versions::{self, record};
use crate::route::Call;
use crate::state::Subject;
use crate::subject_name::{DEFAULT_CONTEXT, SubjectName};

/// The subjects behind a prefix, in order; `:*:` is that of all contexts.
pub(crate) fn with_prefix<'a>(registry: &'a Registry, call: &Call<'_>) -> Vec<(SubjectName, &'a Subject)> {
    let everywhere = if call.context == DEFAULT_CONTEXT { ":*:".to_owned() } else { format!(":{}:", call.context) };
    let prefix = SubjectName::parse(call.target.get("subjectPrefix").unwrap_or(&everywhere));
    let contexts = registry.contexts.iter().filter(|(name, _)| prefix.context == "*" || **name == prefix.context);
    let mut subjects = Vec::new();
    for (context, state) in contexts {
        let from = (Bound::Included(prefix.name.as_str()), Bound::Unbounded);
        let from = state.subjects.range::<str, _>(from);
        for (name, subject) in from.take_while(|(name, _)| name.starts_with(&prefix.name)) {
            subjects.push((SubjectName { context: context.clone(), name: name.to_string() }, subject.as_ref()));
        }
    }
    subjects
}

pub(crate) fn list(registry: &Registry, call: &Call<'_>) -> Reply {
    let (deleted, only) = (call.target.flag("deleted"), call.target.flag("deletedOnly"));
    let shown = with_prefix(registry, call).into_iter().filter(|(_, subject)| {
        if only {
            subject.versions.values().any(|version| version.is_deleted)
        } else {
            deleted || subject.latest().is_some()
        }
    });
    Reply::ok(&call.target.page(shown.map(|(name, _)| name.to_string())))
}

/// Whether a subject has a schema, and as which version.
pub(crate) fn look_up(registry: &Registry, call: &Call<'_>, subject: &SubjectName) -> Result<Reply, Refusal> {
    let deleted = call.target.flag("deleted");
    let subject = &registry.anywhere(subject);
    let request: SchemaRequest = crate::body::parse(&call.request.body)?;
    if request.schema.as_deref().is_none_or(|schema| schema.trim().is_empty()) {
        registry.known_subject(subject, deleted)?;
        return Err(Refusal::schema_not_found());
    }
    let config = registry.config_in_scope(subject);
    let candidate = Candidate::new(registry, subject, request, &config, call.target.flag("normalize"))?;
    let known = registry.known_subject(subject, deleted)?;
    let schema = candidate.schema(metadata_in_scope(candidate.metadata.clone(), &config));
    let exact = known
        .versions
        .iter()
        .rev()
        .find(|(_, version)| version.schema.guid == schema.guid && (deleted || !version.is_deleted));
    // What is only alike is answered as it is kept, with its time.
    let found = exact.map(|(number, version)| record(subject, *number, version, false)).or_else(|| {
        let alike = versions::look_up_alike(known, &schema, candidate.metadata.is_none(), deleted);
        alike.map(|(number, version)| record(subject, number, version, true))
    });
    let mut found = found.ok_or_else(Refusal::schema_not_found)?;
    versions::format_record(registry, call, subject, &schema, &mut found)?;
    Ok(Reply::ok(&found))
}

/// The newest version whose metadata has all the properties of the query.
pub(crate) fn latest_with_metadata(
    registry: &Registry,
    call: &Call<'_>,
    subject: &SubjectName,
) -> Result<Reply, Refusal> {
    let deleted = call.target.flag("deleted");
    let subject = &registry.anywhere(subject);
    let known = registry.known_subject(subject, deleted)?;
    let wanted: Vec<_> = call.target.all("key").zip(call.target.all("value")).collect();
    let found =
        known.versions.iter().rev().filter(|(_, version)| deleted || !version.is_deleted).find(|(_, version)| {
            let properties = version.schema.metadata.as_ref().map(|metadata| &metadata.properties);
            let has = |key: &str| properties.and_then(|properties| properties.get(key)).map(String::as_str);
            wanted.iter().all(|(key, value)| has(key) == Some(value))
        });
    let (number, version) = found.ok_or_else(Refusal::schema_not_found)?;
    let mut record = record(subject, *number, version, true);
    versions::format_record(registry, call, subject, &version.schema, &mut record)?;
    Ok(Reply::ok(&json!(record)))
}

pub(crate) fn delete(registry: &mut Registry, call: &Call<'_>, subject: &SubjectName) -> Result<Reply, Refusal> {
    let permanent = call.target.flag("permanent");
    let mut known = (**registry.known_subject(subject, true)?).clone();
    let name = subject.to_string();
    if !permanent && known.latest().is_none() {
        return Err(Refusal::subject_soft_deleted(&name));
    }
    registry.must_be_writable(subject)?;
    let numbers: Vec<i32> = known
        .versions
        .iter()
        .filter(|(_, version)| permanent || !version.is_deleted)
        .map(|(number, _)| *number)
        .collect();
    for number in &numbers {
        versions::must_be_unused(registry, subject, *number, permanent)?;
    }
    if !permanent {
        known.versions.values_mut().for_each(|version| version.is_deleted = true);
    } else if known.latest().is_some() {
        return Err(Refusal::subject_not_soft_deleted(&name));
    } else {
        for (number, version) in std::mem::take(&mut known.versions) {
            versions::forget(registry, subject, number, &version);
        }
    }
    versions::store(registry, subject, known);
    Ok(Reply::ok(&numbers))
}
