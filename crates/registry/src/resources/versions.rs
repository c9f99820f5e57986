//! `/subjects/{subject}/versions`: the versions of a subject, and how they are registered.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::body::SchemaRequest;
use crate::candidate::{Candidate, metadata_in_scope};
use crate::error::Refusal;
use crate::level::Mode;
use crate::registry::{LATEST, Registry, version_number};
use crate::reply::Reply;
use crate::resources::compatibility;
use crate::route::Call;
use crate::state::{Identified, Schema, Subject, Version};
use crate::subject_name::SubjectName;

/// A version as clients see it. `facts`: with its time and whether it is deleted.
pub(crate) fn record(subject: &SubjectName, number: i32, version: &Version, has_facts: bool) -> Map<String, Value> {
    let mut record = Map::new();
    record.insert("subject".to_owned(), json!(subject.to_string()));
    record.insert("version".to_owned(), json!(number));
    record.insert("id".to_owned(), json!(version.id));
    record.extend(content(&version.schema));
    if has_facts {
        let milliseconds = u64::try_from(version.registered.as_millis()).unwrap_or(u64::MAX);
        record.insert("ts".to_owned(), json!(milliseconds));
        record.insert("deleted".to_owned(), json!(version.is_deleted));
    }
    record
}

/// What a schema is, wherever it stands; what is empty is left out.
fn content(schema: &Schema) -> Map<String, Value> {
    let mut content = Map::new();
    content.insert("guid".to_owned(), json!(schema.guid.to_string()));
    content.insert("schemaType".to_owned(), json!(schema.kind.name()));
    if !schema.references.is_empty() {
        content.insert("references".to_owned(), json!(schema.references));
    }
    if let Some(metadata) = &schema.metadata {
        content.insert("metadata".to_owned(), json!(metadata));
    }
    content.insert("schema".to_owned(), json!(schema.text));
    content
}

/// Puts the text into another format, where one is asked for.
pub(crate) fn format_record(
    registry: &Registry,
    call: &Call<'_>,
    subject: &SubjectName,
    schema: &Schema,
    record: &mut Map<String, Value>,
) -> Result<(), Refusal> {
    if let Some(format) = call.target.get("format").filter(|format| !format.trim().is_empty()) {
        record.insert("schema".to_owned(), json!(registry.parsed(schema, subject)?.formatted(format)));
    }
    Ok(())
}

pub(crate) fn list(registry: &Registry, call: &Call<'_>, subject: &SubjectName) -> Result<Reply, Refusal> {
    let (deleted, only) = (call.target.flag("deleted"), call.target.flag("deletedOnly"));
    let known = registry.known_subject(subject, deleted || only)?;
    let shown = known.versions.iter().filter(
        |(_, version)| {
            if only { version.is_deleted } else { deleted || !version.is_deleted }
        },
    );
    Ok(Reply::ok(&call.target.page(shown.map(|(number, _)| *number))))
}

/// A version; one that only another context has is found too, when the subject names none.
fn find<'a>(
    registry: &'a Registry,
    subject: &SubjectName,
    version: &str,
    with_deleted: bool,
) -> Result<(SubjectName, i32, &'a Version), Refusal> {
    let number = version_number(version)?;
    let subject = &registry.anywhere(subject);
    if let Some((number, version)) = registry.version(subject, number, with_deleted) {
        return Ok((subject.clone(), number, version));
    }
    registry.known_subject(subject, with_deleted)?;
    Err(Refusal::version_not_found(number))
}

pub(crate) fn get(
    registry: &Registry,
    call: &Call<'_>,
    subject: &SubjectName,
    version: &str,
) -> Result<Reply, Refusal> {
    let (subject, number, version) = find(registry, subject, version, call.target.flag("deleted"))?;
    let mut record = record(&subject, number, version, true);
    format_record(registry, call, &subject, &version.schema, &mut record)?;
    Ok(Reply::ok(&record))
}

pub(crate) fn text(
    registry: &Registry,
    call: &Call<'_>,
    subject: &SubjectName,
    version: &str,
) -> Result<Reply, Refusal> {
    let (subject, _, version) = find(registry, subject, version, call.target.flag("deleted"))?;
    match call.target.get("format").filter(|format| !format.trim().is_empty()) {
        Some(format) => Ok(Reply::text(registry.parsed(&version.schema, &subject)?.formatted(format))),
        None => Ok(Reply::text(version.schema.text.clone())),
    }
}

/// The ids of schemas that name this one as a reference.
pub(crate) fn referenced_by(
    registry: &Registry,
    call: &Call<'_>,
    subject: &SubjectName,
    version: &str,
) -> Result<Reply, Refusal> {
    let (subject, number, _) = find(registry, subject, version, true)?;
    let mut ids: Vec<i32> = users(registry, &subject, number, call.target.flag("deleted")).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(Reply::ok(&call.target.page(ids)))
}

/// The ids of the versions that refer to one.
pub(crate) fn users<'a>(
    registry: &'a Registry,
    subject: &SubjectName,
    number: i32,
    with_deleted: bool,
) -> impl Iterator<Item = i32> + 'a {
    let users =
        registry.context(&subject.context).and_then(|context| context.users.get(&(subject.to_string(), number)));
    users.into_iter().flat_map(rpds::HashTrieSetSync::iter).filter_map(move |(user, number)| {
        registry.version(&SubjectName::parse(user), *number, with_deleted).map(|(_, version)| version.id)
    })
}

/// Refuses to take away what somebody refers to.
pub(crate) fn must_be_unused(
    registry: &Registry,
    subject: &SubjectName,
    number: i32,
    with_deleted: bool,
) -> Result<(), Refusal> {
    if users(registry, subject, number, with_deleted).next().is_none() {
        return Ok(());
    }
    let message = format!(
        "One or more references exist to the schema {{magic=1,keytype=SCHEMA,subject={subject},version={number}}}."
    );
    Err(Refusal::new(42206, message))
}

pub(crate) fn register(registry: &mut Registry, call: &Call<'_>, subject: &SubjectName) -> Result<Reply, Refusal> {
    let request: SchemaRequest = crate::body::parse(&call.request.body)?;
    if subject.is_reserved() {
        return Err(Refusal::invalid_subject(&subject.to_string()));
    }
    let (config, mode) = (registry.config_in_scope(subject), registry.mode_in_scope(subject));
    let (wanted_id, wanted_version) = (request.id.filter(|id| *id >= 0), request.version.filter(|number| *number > 0));
    let candidate = Candidate::new(registry, subject, request, &config, call.target.flag("normalize"))?;
    let known = registry.subject(subject).cloned().unwrap_or_default();
    let is_wanted = |number: i32, version: &Version| {
        wanted_id.is_none_or(|id| id == version.id) && wanted_version.is_none_or(|wanted| wanted == number)
    };
    let sent = candidate.schema(metadata_in_scope(candidate.metadata.clone(), &config));
    let is_layered = config.settings.default_metadata.is_some() || config.settings.override_metadata.is_some();
    if let Some((number, version)) = look_up(&known, &sent, candidate.metadata.is_none() && !is_layered)
        && is_wanted(number, version)
    {
        return registered(registry, call, subject, number, version);
    }
    check_mode(registry, subject, mode, wanted_id)?;
    let schema = if mode == Mode::Import {
        sent
    } else {
        let inherited = || known.latest().and_then(|(_, version)| version.schema.metadata.clone());
        candidate.schema(metadata_in_scope(candidate.metadata.clone().or_else(inherited), &config))
    };
    if let Some((number, version)) = look_up(&known, &schema, false)
        && is_wanted(number, version)
    {
        return registered(registry, call, subject, number, version);
    }
    if mode != Mode::Import {
        let problems = compatibility::with_versions(registry, subject, &config, &candidate, schema.metadata.as_ref())?;
        if !problems.is_empty() {
            let message = format!(
                "Schema being registered is incompatible with an earlier schema for subject \"{subject}\", details: [{}]",
                problems.join(", ")
            );
            let reasons = compatibility::in_words(&problems);
            return Err(Refusal { reasons, ..Refusal::new(40901, message) });
        }
    }
    let next = known.versions.keys().next_back().map_or(Some(1), |last| last.checked_add(1));
    let next = next.ok_or_else(|| Refusal::invalid_schema("There is no version after 2147483647"))?;
    let number = match wanted_version {
        Some(wanted) if wanted != next && mode != Mode::Import => {
            return Err(Refusal::invalid_schema("Version is not one more than previous version"));
        }
        wanted => wanted.unwrap_or(next),
    };
    let id = choose_id(registry, subject, &schema, wanted_id)?;
    let version = Version { id, schema: Arc::new(schema), is_deleted: false, registered: call.request.now };
    insert(registry, subject, number, version.clone());
    registered(registry, call, subject, number, &version)
}

fn registered(
    registry: &Registry,
    call: &Call<'_>,
    subject: &SubjectName,
    number: i32,
    version: &Version,
) -> Result<Reply, Refusal> {
    let mut record = Map::new();
    record.insert("id".to_owned(), json!(version.id));
    record.insert("version".to_owned(), json!(number));
    record.extend(content(&version.schema));
    format_record(registry, call, subject, &version.schema, &mut record)?;
    Ok(Reply::ok(&record))
}

/// The newest version with the same content. `any_metadata`: what was sent has none, so that all metadata fits.
pub(crate) fn look_up<'a>(known: &'a Subject, schema: &Schema, any_metadata: bool) -> Option<(i32, &'a Version)> {
    let exact = known.live().rev().find(|(_, version)| version.schema.guid == schema.guid);
    exact.or_else(|| look_up_alike(known, schema, any_metadata, false))
}

/// The newest version that differs by nothing that a lookup looks at.
pub(crate) fn look_up_alike<'a>(
    known: &'a Subject,
    schema: &Schema,
    any_metadata: bool,
    with_deleted: bool,
) -> Option<(i32, &'a Version)> {
    let mut versions = known.versions.iter().rev().filter(|(_, version)| with_deleted || !version.is_deleted);
    let alike = versions.find(|(_, version)| {
        version.schema.identity == schema.identity && (any_metadata || version.schema.metadata == schema.metadata)
    });
    alike.map(|(number, version)| (*number, version))
}

fn check_mode(registry: &Registry, subject: &SubjectName, mode: Mode, id: Option<i32>) -> Result<(), Refusal> {
    registry.must_be_writable(subject)?;
    match (mode, id) {
        (Mode::Import, None) => {
            Err(Refusal::not_permitted(format!("{} is not in read-write mode", subject.described())))
        }
        (Mode::Import, Some(_)) | (_, None) => Ok(()),
        (_, Some(_)) => Err(Refusal::not_permitted(format!("{} is not in import mode", subject.described()))),
    }
}

/// The id of the same content in this context, the one that is imported, or the next.
fn choose_id(registry: &Registry, subject: &SubjectName, schema: &Schema, id: Option<i32>) -> Result<i32, Refusal> {
    let context = registry.context(&subject.context);
    if let Some(id) = id {
        let taken = context.and_then(|context| context.by_id.get(&id));
        if taken.is_some_and(|taken| taken.schema.guid != schema.guid) {
            return Err(Refusal::not_permitted(format!("Overwrite new schema with id {id} is not permitted.")));
        }
        return Ok(id);
    }
    let known = context.and_then(|context| context.by_guid.get(&schema.guid)).copied();
    let last = context.map_or(0, |context| context.last_id);
    let next = || last.checked_add(1).ok_or_else(|| Refusal::new(50001, "There is no id after 2147483647"));
    known.map_or_else(next, Ok)
}

fn insert(registry: &mut Registry, subject: &SubjectName, number: i32, version: Version) {
    let name: Arc<str> = subject.name.as_str().into();
    let mut known = registry.subject(subject).map(|known| (**known).clone()).unwrap_or_default();
    // A deleted twin goes when its schema comes back, unless somebody refers to it.
    let twins = known.versions.iter().filter(|(twin, old)| **twin < number && old.is_deleted && old.id == version.id);
    let twins = twins.map(|(twin, _)| *twin).filter(|twin| users(registry, subject, *twin, true).next().is_none());
    for twin in twins.collect::<Vec<_>>() {
        known.versions.remove(&twin);
        forget(registry, subject, twin, &version);
    }
    for reference in &version.schema.references {
        let target = SubjectName::seen_from(&reference.subject, subject);
        let user: Arc<str> = subject.to_string().into();
        registry.change(&target.context, |context| {
            let key = (target.to_string(), reference.version);
            let users = context.users.get(&key).cloned().unwrap_or_default();
            context.users.insert_mut(key, users.insert((user, number)));
        });
    }
    known.versions.insert(number, version.clone());
    registry.change(&subject.context, |context| {
        context.last_id = context.last_id.max(version.id);
        let mut identified = context.by_id.get(&version.id).cloned();
        let identified =
            identified.get_or_insert_with(|| Identified { schema: Arc::clone(&version.schema), versions: Vec::new() });
        identified.versions.push((Arc::clone(&name), number));
        context.by_id.insert_mut(version.id, identified.clone());
        if !context.by_guid.contains_key(&version.schema.guid) {
            context.by_guid.insert_mut(version.schema.guid, version.id);
        }
        context.subjects.insert_mut(name, Arc::new(known));
    });
}

/// Takes a version out of all that names it.
pub(crate) fn forget(registry: &mut Registry, subject: &SubjectName, number: i32, version: &Version) {
    registry.change(&subject.context, |context| {
        let Some(mut identified) = context.by_id.get(&version.id).cloned() else { return };
        identified.versions.retain(|(known, known_number)| **known != *subject.name || *known_number != number);
        if identified.versions.is_empty() {
            context.by_id.remove_mut(&version.id);
            context.by_guid.remove_mut(&identified.schema.guid);
        } else {
            context.by_id.insert_mut(version.id, identified);
        }
    });
    for reference in &version.schema.references {
        let target = SubjectName::seen_from(&reference.subject, subject);
        registry.change(&target.context, |context| {
            let key = (target.to_string(), reference.version);
            if let Some(users) = context.users.get(&key) {
                let users = users.remove(&(Arc::from(subject.to_string()), number));
                context.users.insert_mut(key, users);
            }
        });
    }
}

pub(crate) fn delete(
    registry: &mut Registry,
    call: &Call<'_>,
    subject: &SubjectName,
    version: &str,
) -> Result<Reply, Refusal> {
    let permanent = call.target.flag("permanent");
    let asked = version_number(version)?;
    let mut known = (**registry.known_subject(subject, true)?).clone();
    let number = if asked == LATEST { known.latest().map_or(LATEST, |(number, _)| number) } else { asked };
    let version = known.versions.get_mut(&number).ok_or_else(|| Refusal::version_not_found(number))?;
    if version.is_deleted && !permanent {
        return Err(Refusal::version_soft_deleted(&subject.to_string(), number));
    }
    registry.must_be_writable(subject)?;
    must_be_unused(registry, subject, number, permanent)?;
    if !permanent {
        version.is_deleted = true;
    } else if version.is_deleted {
        let version = version.clone();
        known.versions.remove(&number);
        forget(registry, subject, number, &version);
    } else {
        return Err(Refusal::version_not_soft_deleted(&subject.to_string(), number));
    }
    store(registry, subject, known);
    Ok(Reply::ok(&number))
}

/// Puts a subject back; one without versions goes, with its configuration and mode.
pub(crate) fn store(registry: &mut Registry, subject: &SubjectName, known: Subject) {
    registry.change(&subject.context, |context| {
        if known.versions.is_empty() {
            context.subjects.remove_mut(subject.name.as_str());
            context.configs.remove_mut(&subject.name);
            context.modes.remove_mut(&subject.name);
        } else {
            context.subjects.insert_mut(subject.name.as_str().into(), Arc::new(known));
        }
    });
}
