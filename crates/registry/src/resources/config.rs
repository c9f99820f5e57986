//! `/config`: levels of compatibility and how schemas are taken.

use std::sync::Arc;

use crate::config::Config;
use crate::error::Refusal;
use crate::registry::Registry;
use crate::reply::Reply;
use crate::route::Call;
use crate::subject_name::{DEFAULT_CONTEXT, SubjectName};

/// The key of the level where it is asked for.
const ASKED: &str = "compatibilityLevel";
/// The key of the level where it was sent.
const SENT: &str = "compatibility";

pub(crate) fn get_global(registry: &Registry, call: &Call<'_>) -> Reply {
    let scope = SubjectName { context: call.context.clone(), name: String::new() };
    Reply::ok(&registry.config_in_scope(&scope).to_json(ASKED))
}

pub(crate) fn get(registry: &Registry, call: &Call<'_>, subject: &SubjectName) -> Result<Reply, Refusal> {
    if is_global(subject) {
        return Ok(get_global(registry, call));
    }
    if call.target.flag("defaultToGlobal") {
        return Ok(Reply::ok(&registry.config_in_scope(subject).to_json(ASKED)));
    }
    let own = registry.own_config(subject).ok_or_else(|| Refusal::no_level(&subject.to_string()))?;
    let level = own.level.unwrap_or_else(|| registry.level_in_scope(subject));
    Ok(Reply::ok(&Config { level: Some(level), ..(**own).clone() }.to_json(ASKED)))
}

/// What is not sent stays.
pub(crate) fn put(registry: &mut Registry, call: &Call<'_>, subject: Option<&SubjectName>) -> Result<Reply, Refusal> {
    let sent = Config::parse(&call.request.body)?;
    let here = SubjectName { context: call.context.clone(), name: String::new() };
    let subject = subject.unwrap_or(&here);
    if !subject.is_context() && subject.is_reserved() {
        return Err(Refusal::invalid_subject(&subject.to_string()));
    }
    registry.must_be_writable(subject)?;
    let stored = if is_global(subject) {
        let stored = registry.config.completing(&sent);
        registry.config = Arc::new(stored.clone());
        stored
    } else {
        let stored = registry.own_config(subject).map_or(sent.clone(), |own| own.completing(&sent));
        registry.change(&subject.context, |context| {
            context.configs.insert_mut(subject.name.clone(), Arc::new(stored.clone()));
        });
        stored
    };
    Ok(Reply::ok(&stored.to_json(SENT)))
}

pub(crate) fn delete(registry: &mut Registry, subject: Option<&SubjectName>) -> Result<Reply, Refusal> {
    let old = match subject.filter(|subject| !is_global(subject)) {
        None => {
            let old = Config { level: Some(registry.config.level()), ..(*registry.config).clone() };
            registry.config = Arc::default();
            old
        }
        Some(subject) => {
            let own = registry.own_config(subject).ok_or_else(|| Refusal::subject_not_found(&subject.to_string()))?;
            let old = (**own).clone();
            registry.must_be_writable(subject)?;
            registry.change(&subject.context, |context| context.configs.remove_mut(&subject.name));
            old
        }
    };
    Ok(Reply::ok(&old.to_json(ASKED)))
}

/// `/config` of the default context is the global one.
fn is_global(subject: &SubjectName) -> bool {
    subject.is_context() && subject.context == DEFAULT_CONTEXT
}
