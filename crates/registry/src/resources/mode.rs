//! `/mode`: what may be written.

use serde::Deserialize;
use serde_json::json;

use crate::error::Refusal;
use crate::level::Mode;
use crate::registry::Registry;
use crate::reply::Reply;
use crate::resources::versions;
use crate::route::Call;
use crate::subject_name::{DEFAULT_CONTEXT, SubjectName};

#[derive(Deserialize)]
struct Sent {
    mode: Option<String>,
}

pub(crate) fn get_global(registry: &Registry) -> Reply {
    reply(registry.mode.unwrap_or_default())
}

pub(crate) fn get(registry: &Registry, call: &Call<'_>, subject: &SubjectName) -> Result<Reply, Refusal> {
    if is_global(subject) {
        return Ok(get_global(registry));
    }
    if call.target.flag("defaultToGlobal") {
        return Ok(reply(registry.mode_in_scope(subject)));
    }
    registry.own_mode(subject).map(reply).ok_or_else(|| Refusal::no_mode(&subject.to_string()))
}

/// Schemas are imported into what is empty, unless the client insists.
pub(crate) fn put(registry: &mut Registry, call: &Call<'_>, subject: Option<&SubjectName>) -> Result<Reply, Refusal> {
    let sent: Sent = crate::body::parse(&call.request.body)?;
    let mode = sent.mode.as_deref().and_then(Mode::parse).ok_or_else(|| {
        Refusal::new(42204, "Invalid Mode. Valid values are READWRITE, READONLY, READONLY_OVERRIDE and IMPORT.")
    })?;
    let subject = subject.filter(|subject| !is_global(subject));
    if let Some(subject) = subject.filter(|subject| !subject.is_context() && subject.is_reserved()) {
        return Err(Refusal::invalid_subject(&subject.to_string()));
    }
    let current = subject.map_or(registry.mode.unwrap_or_default(), |subject| registry.mode_in_scope(subject));
    let starts_import = mode == Mode::Import && current != Mode::Import && !call.target.flag("force");
    if starts_import && has_versions(registry, subject) {
        return Err(Refusal::not_permitted("Cannot import since found existing subjects"));
    }
    if starts_import {
        clear_deleted(registry, subject)?;
    }
    match subject {
        None => registry.mode = Some(mode),
        Some(subject) => registry.change(&subject.context, |context| {
            context.modes.insert_mut(subject.name.clone(), mode);
        }),
    }
    Ok(reply(mode))
}

pub(crate) fn delete(registry: &mut Registry, subject: Option<&SubjectName>) -> Result<Reply, Refusal> {
    let old = match subject.filter(|subject| !is_global(subject)) {
        None => registry.mode.take().unwrap_or_default(),
        Some(subject) => {
            let own = registry.own_mode(subject).ok_or_else(|| Refusal::subject_not_found(&subject.to_string()))?;
            registry.change(&subject.context, |context| context.modes.remove_mut(&subject.name));
            own
        }
    };
    Ok(reply(old))
}

fn reply(mode: Mode) -> Reply {
    Reply::ok(&json!({ "mode": mode.name() }))
}

fn has_versions(registry: &Registry, subject: Option<&SubjectName>) -> bool {
    match subject {
        Some(subject) if !subject.is_context() => registry.known_subject(subject, false).is_ok(),
        Some(subject) => registry.context(&subject.context).is_some_and(has_live),
        None => registry.contexts.values().any(|context| has_live(context)),
    }
}

fn has_live(context: &crate::state::Context) -> bool {
    context.subjects.values().any(|subject| subject.latest().is_some())
}

/// Takes away for good what was soft-deleted, so that its numbers are free for what is imported.
fn clear_deleted(registry: &mut Registry, scope: Option<&SubjectName>) -> Result<(), Refusal> {
    let mut cleared = Vec::new();
    for (context, state) in registry.contexts.iter() {
        for (name, known) in state.subjects.iter() {
            let subject = SubjectName { context: context.clone(), name: name.to_string() };
            let is_meant = |scope: &SubjectName| {
                scope.context == subject.context && (scope.is_context() || scope.name == subject.name)
            };
            if scope.is_none_or(is_meant) {
                for number in known.versions.keys() {
                    versions::must_be_unused(registry, &subject, *number, true)?;
                }
                cleared.push((subject, (**known).clone()));
            }
        }
    }
    for (subject, mut known) in cleared {
        for (number, version) in std::mem::take(&mut known.versions) {
            versions::forget(registry, &subject, number, &version);
        }
        versions::store(registry, &subject, known);
    }
    Ok(())
}

fn is_global(subject: &SubjectName) -> bool {
    subject.is_context() && subject.context == DEFAULT_CONTEXT
}
