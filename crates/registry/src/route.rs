//! From a path to the resource that answers, and the errors for paths and methods that none has.

use serde_json::json;

use crate::error::Refusal;
use crate::query::Target;
use crate::registry::Registry;
use crate::reply::{Reply, Request};
use crate::resources::{associations, compatibility, config, contexts, metadata, mode, schemas, subjects, versions};
use crate::subject_name::{DEFAULT_CONTEXT, SubjectName};

/// What a resource needs of a request.
pub(crate) struct Call<'a> {
    pub(crate) request: &'a Request,
    pub(crate) target: Target,
    /// The context of `/contexts/{context}/...`.
    pub(crate) context: String,
}

impl Call<'_> {
    /// A subject of the path, in the context of the path unless it names another.
    fn subject(&self, text: &str) -> SubjectName {
        let around = SubjectName { context: self.context.clone(), name: String::new() };
        SubjectName::seen_from(text, &around)
    }
}

type Answer = Result<Reply, Refusal>;

pub(crate) fn answer(registry: &mut Registry, request: &Request) -> Answer {
    let mut target = Target::parse(&request.target);
    let mut context = DEFAULT_CONTEXT.to_owned();
    if let [first, name, _, ..] = target.path.as_slice()
        && first == "contexts"
    {
        context = if name.starts_with('.') { name.clone() } else { format!(".{name}") };
        target.path.drain(..2);
    }
    let call = Call { request, target, context };
    let path: Vec<&str> = call.target.path.iter().map(String::as_str).collect();
    let subject = match path.as_slice() {
        ["subjects", subject, ..] | ["compatibility", "subjects", subject, ..] => {
            registry.behind_alias(call.subject(subject))
        }
        ["config" | "mode", subject] => call.subject(subject),
        _ => call.subject(""),
    };
    let (method, call, subject) = (request.method.as_str(), &call, &subject);
    match (method, path.as_slice()) {
        ("GET", []) => Ok(Reply::ok(&json!({}))),
        ("GET", ["v1", "metadata", "id"]) => Ok(metadata::id()),
        ("GET", ["v1", "metadata", "version"]) => Ok(metadata::version()),
        ("GET", ["contexts"]) => Ok(contexts::list(registry, call)),
        ("GET", ["schemas"]) => Ok(schemas::list(registry, call)),
        ("GET", ["schemas", "types"]) => Ok(schemas::types()),
        ("GET", ["schemas", "ids", id]) => schemas::by_id(registry, call, number(id, call)?),
        ("GET", ["schemas", "ids", id, "schema"]) => schemas::text_by_id(registry, call, number(id, call)?),
        ("GET", ["schemas", "ids", id, "subjects"]) => schemas::subjects(registry, call, number(id, call)?),
        ("GET", ["schemas", "ids", id, "versions"]) => schemas::versions(registry, call, number(id, call)?),
        ("GET", ["schemas", "guids", guid]) => schemas::by_guid(registry, call, guid),
        ("GET", ["schemas", "guids", guid, "ids"]) => schemas::ids_of_guid(registry, guid),
        ("GET", ["subjects"]) => Ok(subjects::list(registry, call)),
        ("POST", ["subjects", _]) => subjects::look_up(registry, call, subject),
        ("DELETE", ["subjects", _]) => subjects::delete(registry, call, subject),
        ("GET", ["subjects", _, "metadata"]) => subjects::latest_with_metadata(registry, call, subject),
        ("GET", ["subjects", _, "versions"]) => versions::list(registry, call, subject),
        ("POST", ["subjects", _, "versions"]) => versions::register(registry, call, subject),
        ("GET", ["subjects", _, "versions", version]) => versions::get(registry, call, subject, version),
        ("DELETE", ["subjects", _, "versions", version]) => versions::delete(registry, call, subject, version),
        ("GET", ["subjects", _, "versions", version, "schema"]) => versions::text(registry, call, subject, version),
        ("GET", ["subjects", _, "versions", version, "referencedby"]) => {
            versions::referenced_by(registry, call, subject, version)
        }
        ("GET", ["config"]) => Ok(config::get_global(registry, call)),
        ("PUT", ["config"]) => config::put(registry, call, None),
        ("DELETE", ["config"]) => config::delete(registry, None),
        ("GET", ["config", _]) => config::get(registry, call, subject),
        ("PUT", ["config", _]) => config::put(registry, call, Some(subject)),
        ("DELETE", ["config", _]) => config::delete(registry, Some(subject)),
        ("GET", ["mode"]) => Ok(mode::get_global(registry)),
        ("PUT", ["mode"]) => mode::put(registry, call, None),
        ("DELETE", ["mode"]) => mode::delete(registry, None),
        ("GET", ["mode", _]) => mode::get(registry, call, subject),
        ("PUT", ["mode", _]) => mode::put(registry, call, Some(subject)),
        ("DELETE", ["mode", _]) => mode::delete(registry, Some(subject)),
        ("POST", ["compatibility", "subjects", _, "versions"]) => compatibility::check_all(registry, call, subject),
        ("POST", ["compatibility", "subjects", _, "versions", version]) => {
            compatibility::check(registry, call, subject, version)
        }
        ("POST", ["associations"]) => associations::create(registry, call),
        ("GET", ["associations", "resources", namespace, name]) => {
            Ok(associations::of_resource(registry, call, namespace, name))
        }
        ("GET", ["associations", "resources", id]) => Ok(associations::of_resource_id(registry, call, id)),
        ("DELETE", ["associations", "resources", id]) => associations::delete(registry, call, id),
        ("GET", ["associations", "subjects", subject]) => Ok(associations::of_subject(registry, call, subject)),
        (_, path) if is_known(path) => Err(Refusal::new(405, "HTTP 405 Method Not Allowed")),
        _ => Err(not_found(call)),
    }
}

/// Whether a path is there, for any method.
pub(crate) fn knows(target: &str) -> bool {
    let target = Target::parse(target);
    let path: Vec<&str> = target.path.iter().map(String::as_str).collect();
    is_known(match path.as_slice() {
        ["contexts", _, rest @ ..] if !rest.is_empty() => rest,
        path => path,
    })
}

/// Whether a request may change anything: lookups and checks do not.
pub(crate) fn changes(request: &Request) -> bool {
    if request.method != "POST" {
        return request.method != "GET";
    }
    let target = Target::parse(&request.target);
    let path: Vec<&str> = target.path.iter().map(String::as_str).collect();
    !matches!(path.as_slice(), ["subjects", _] | ["compatibility", ..])
}

/// An id in a path; anything else is a path that is not there.
fn number(text: &str, call: &Call<'_>) -> Result<i32, Refusal> {
    text.parse().map_err(|_error| not_found(call))
}

/// What is not there says so, also what only Confluent's registry has: exporters, DEKs, tags.
fn not_found(call: &Call<'_>) -> Refusal {
    let path = call.request.target.split('?').next().unwrap_or_default();
    Refusal::new(404, format!("HTTP 404 Not Found: this registry has no {path}"))
}

/// Whether a path is there for other methods.
fn is_known(path: &[&str]) -> bool {
    matches!(
        path,
        [] | ["contexts" | "schemas" | "subjects" | "config" | "mode" | "associations"]
            | ["v1", "metadata", "id" | "version"]
            | ["schemas", "types"]
            | ["schemas", "ids" | "guids", _]
            | ["schemas", "ids", _, "schema" | "subjects" | "versions"]
            | ["schemas", "guids", _, "ids"]
            | ["subjects" | "config" | "mode", _]
            | ["subjects", _, "metadata" | "versions"]
            | ["subjects", _, "versions", _]
            | ["subjects", _, "versions", _, "schema" | "referencedby"]
            | ["compatibility", "subjects", _, "versions"]
            | ["compatibility", "subjects", _, "versions", _]
            | ["associations", "resources", _]
            | ["associations", "resources", _, _]
            | ["associations", "subjects", _]
    )
}
