//! `/compatibility`: whether a schema could be registered, and why not.

use serde_json::json;

use crate::body::SchemaRequest;
use crate::candidate::{Candidate, metadata_in_scope};
use crate::config::Config;
use crate::error::Refusal;
use crate::level::Level;
use crate::registry::{LATEST, Registry, version_number};
use crate::reply::Reply;
use crate::route::Call;
use crate::schema::{Metadata, Parsed};
use crate::state::Version;
use crate::subject_name::SubjectName;

/// The longest old schema that a refusal shows as a whole.
const LONGEST_SHOWN: usize = 10 * 1024;

/// Against one version.
pub(crate) fn check(
    registry: &Registry,
    call: &Call<'_>,
    subject: &SubjectName,
    version: &str,
) -> Result<Reply, Refusal> {
    let number = version_number(version)?;
    let request: SchemaRequest = crate::body::parse(&call.request.body)?;
    let config = registry.config_in_scope(subject);
    let old = registry.version(subject, number, false);
    if old.is_none() && number != LATEST {
        return Err(Refusal::version_not_found(number));
    }
    let candidate = Candidate::new(registry, subject, request, &config, call.target.flag("normalize"));
    reply(call, candidate.and_then(|candidate| compare(registry, subject, &config, &candidate.parsed, old)))
}

/// Against what the level asks for: the latest version, or all.
pub(crate) fn check_all(registry: &Registry, call: &Call<'_>, subject: &SubjectName) -> Result<Reply, Refusal> {
    let request: SchemaRequest = crate::body::parse(&call.request.body)?;
    let config = registry.config_in_scope(subject);
    let candidate = Candidate::new(registry, subject, request, &config, call.target.flag("normalize"));
    reply(
        call,
        candidate.and_then(|candidate| {
            let metadata = metadata_in_scope(candidate.metadata.clone(), &config);
            with_versions(registry, subject, &config, &candidate, metadata.as_ref())
        }),
    )
}

/// A schema that does not parse is a reason too, where reasons are asked for.
fn reply(call: &Call<'_>, checked: Result<Vec<String>, Refusal>) -> Result<Reply, Refusal> {
    if !call.target.flag("verbose") {
        return Ok(Reply::ok(&json!({ "is_compatible": checked?.is_empty() })));
    }
    let problems = match checked {
        Err(refusal) if refusal.code == 42201 => vec![refusal.message],
        checked => checked?,
    };
    Ok(Reply::ok(&json!({ "is_compatible": problems.is_empty(), "messages": problems })))
}

/// What the level of a subject has against a schema as its next version; empty for nothing. Deleted versions do not count, nor
/// those of another compatibility group.
pub(crate) fn with_versions(
    registry: &Registry,
    subject: &SubjectName,
    config: &Config,
    candidate: &Candidate,
    metadata: Option<&Metadata>,
) -> Result<Vec<String>, Refusal> {
    let Some(known) = registry.subject(subject) else {
        return Ok(Vec::new());
    };
    let group = |metadata: Option<&Metadata>| {
        let key = config.settings.compatibility_group.as_ref()?;
        metadata?.properties.get(key).cloned()
    };
    let own = group(metadata);
    let compared = known.live().rev().filter(|(_, version)| group(version.schema.metadata.as_ref()) == own);
    let count = if config.level().is_transitive() { usize::MAX } else { 1 };
    compare(registry, subject, config, &candidate.parsed, compared.take(count))
}

/// The problems with the first version that has any.
fn compare<'a>(
    registry: &Registry,
    subject: &SubjectName,
    config: &Config,
    new: &Parsed,
    versions: impl IntoIterator<Item = (i32, &'a Version)>,
) -> Result<Vec<String>, Refusal> {
    let level = config.level();
    if level == Level::None {
        return Ok(Vec::new());
    }
    for (number, version) in versions {
        let old = registry.parsed(&version.schema, subject)?;
        let mut problems = Vec::new();
        if std::mem::discriminant(new) == std::mem::discriminant(&old) {
            if level.is_backward() {
                problems.extend(new.cannot_read(&old).iter().map(|difference| difference.message("new", "old")));
            }
            if level.is_forward() {
                problems.extend(old.cannot_read(new).iter().map(|difference| difference.message("old", "new")));
            }
        } else {
            problems.push("Incompatible because of different schema type".to_owned());
        }
        if !problems.is_empty() {
            problems.push(format!("{{oldSchemaVersion: {number}}}"));
            let text = &version.schema.text;
            let shown = text.char_indices().nth(LONGEST_SHOWN).map(|(end, _)| text.get(..end).unwrap_or_default());
            problems.push(shown.map_or_else(
                || format!("{{oldSchema: '{text}'}}"),
                |start| format!("{{oldSchema: <truncated> '{start}...'}}"),
            ));
            let validates = config.settings.validate_fields == Some(true);
            problems.push(format!("{{validateFields: '{validates}', compatibility: '{}'}}", level.name()));
            return Ok(problems);
        }
    }
    Ok(Vec::new())
}

/// The differences among problems as they read best: kind and description. The schemas and settings that are also named there
/// are left out, but for the number of the old version.
pub(crate) fn in_words(problems: &[String]) -> Vec<String> {
    let version = problems.iter().find_map(|problem| problem.strip_prefix("{oldSchemaVersion: ")?.strip_suffix('}'));
    let version = version.map_or(String::new(), |version| format!(" (against version {version})"));
    let others = ["{oldSchemaVersion: ", "{oldSchema: ", "{validateFields: "];
    let differences = problems.iter().filter(|problem| !others.iter().any(|other| problem.starts_with(other)));
    let words = differences.map(|problem| {
        let told = problem.strip_prefix("{errorType:").and_then(|rest| {
            let quote = rest.chars().next()?;
            let (kind, rest) = rest.get(1..)?.split_once(&format!("{quote}, description:{quote}"))?;
            let end = rest.rfind(&format!("{quote}, additionalInfo:")).or_else(|| rest.rfind(&format!("{quote}}}")));
            Some(format!("{kind}: {}", rest.get(..end?)?))
        });
        told.unwrap_or_else(|| problem.clone()) + &version
    });
    words.collect()
}
