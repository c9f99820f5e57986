//! The registry: who owns the state, and what the resources share.

use std::collections::HashSet;
use std::sync::Arc;

use rpds::RedBlackTreeMapSync;

use crate::associations::Association;
use crate::config::Config;
use crate::error::Refusal;
use crate::level::{Level, Mode};
use crate::reply::{Reply, Request};
use crate::schema::{Dependency, Parsed, Reference};
use crate::state::{Context, Schema, Subject, Version};
use crate::subject_name::{DEFAULT_CONTEXT, SubjectName};

/// The most schemas that one may refer to, through others too.
const MOST_DEPENDENCIES: usize = 1_000;
/// The most bytes that they may have together.
const MOST_DEPENDENCY_BYTES: usize = 20 << 20;

/// A schema registry as a value: it answers requests, and a clone of it is an independent registry.
///
/// It does no I/O and has no clock: each request brings its time. The same requests give the same answers. A clone costs the
/// same whatever the registry holds.
///
/// ```
/// use std::time::Duration;
/// use kafka_trial_registry::{Registry, Request};
///
/// let mut registry = Registry::new();
/// let body = r#"{"schema": "\"string\""}"#;
/// let reply = registry.answer(&Request::new("POST", "/subjects/orders-value/versions", body, Duration::ZERO));
/// assert_eq!(reply.status, 200);
/// let reply = registry.answer(&Request::new("GET", "/subjects", "", Duration::ZERO));
/// assert_eq!(reply.body, r#"["orders-value"]"#);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Registry {
    pub(crate) contexts: RedBlackTreeMapSync<String, Arc<Context>>,
    pub(crate) config: Arc<Config>,
    pub(crate) mode: Option<Mode>,
    pub(crate) associations: Arc<Vec<Association>>,
    /// Counts what was written, so that whoever keeps copies knows which is newer.
    pub(crate) writes: u64,
}

impl Registry {
    /// An empty registry: `BACKWARD`, `READWRITE`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers a request. Unknown paths, methods and bodies are answered by the errors of a registry.
    pub fn answer(&mut self, request: &Request) -> Reply {
        self.try_answer(request).unwrap_or_else(Reply::from)
    }

    /// Sets the compatibility level of all subjects, and of these, whatever they have of their own. `level`: as
    /// `FULL_TRANSITIVE`, in any case; an unknown one changes nothing.
    pub fn set_level(&mut self, level: &str, subjects: &[&str]) {
        let body = serde_json::json!({ "compatibility": level }).to_string();
        let own = subjects.iter().map(|subject| format!("/config/{}", crate::query::encode(subject)));
        for target in own.chain(["/config".to_owned()]) {
            self.answer(&Request::new("PUT", target, body.as_str(), std::time::Duration::ZERO));
        }
    }

    pub(crate) fn try_answer(&mut self, request: &Request) -> Result<Reply, Refusal> {
        self.writes += u64::from(crate::route::changes(request));
        crate::route::answer(self, request)
    }

    pub(crate) fn context(&self, name: &str) -> Option<&Context> {
        self.contexts.get(name).map(Arc::as_ref)
    }

    /// A context to change; it is there when this returns.
    pub(crate) fn change<T>(&mut self, name: &str, change: impl FnOnce(&mut Context) -> T) -> T {
        let mut context = self.contexts.get(name).map(|context| (**context).clone()).unwrap_or_default();
        let result = change(&mut context);
        self.contexts.insert_mut(name.to_owned(), Arc::new(context));
        result
    }

    pub(crate) fn subject(&self, subject: &SubjectName) -> Option<&Arc<Subject>> {
        self.context(&subject.context)?.subjects.get(subject.name.as_str())
    }

    /// A subject that has versions, or versions that are not deleted.
    pub(crate) fn known_subject(&self, subject: &SubjectName, with_deleted: bool) -> Result<&Arc<Subject>, Refusal> {
        let known = self.subject(subject).filter(|known| with_deleted || known.latest().is_some());
        known.ok_or_else(|| Refusal::subject_not_found(&subject.to_string()))
    }

    /// The subject that is meant: where the default context has none of this name, that of the first context that has.
    pub(crate) fn anywhere(&self, subject: &SubjectName) -> SubjectName {
        let is_elsewhere = subject.context == DEFAULT_CONTEXT && self.subject(subject).is_none();
        let contexts = self.contexts.keys().filter(|_| is_elsewhere);
        let mut others = contexts.map(|context| SubjectName { context: context.clone(), ..subject.clone() });
        others.find(|other| self.subject(other).is_some()).unwrap_or_else(|| subject.clone())
    }

    /// A subject as it is called, or the one that answers for it.
    pub(crate) fn behind_alias(&self, subject: SubjectName) -> SubjectName {
        let alias = self.own_config(&subject).and_then(|config| config.settings.alias.clone());
        alias
            .filter(|alias| !alias.is_empty())
            .map_or(subject.clone(), |alias| SubjectName::seen_from(&alias, &subject))
    }

    pub(crate) fn own_config(&self, subject: &SubjectName) -> Option<&Arc<Config>> {
        self.context(&subject.context)?.configs.get(&subject.name)
    }

    /// What holds for a subject: its own configuration, its context's where that lacks something, then the global one's.
    pub(crate) fn config_in_scope(&self, subject: &SubjectName) -> Config {
        let of_context = SubjectName { context: subject.context.clone(), name: String::new() };
        let mut config = Config { level: Some(self.config.level()), ..(*self.config).clone() };
        if subject.context != DEFAULT_CONTEXT
            && let Some(own) = self.own_config(&of_context)
        {
            config = config.completing(own);
        }
        match self.own_config(subject) {
            Some(own) if !subject.is_context() => config.completing(own),
            _ => config,
        }
    }

    pub(crate) fn level_in_scope(&self, subject: &SubjectName) -> Level {
        self.config_in_scope(subject).level()
    }

    pub(crate) fn own_mode(&self, subject: &SubjectName) -> Option<Mode> {
        self.context(&subject.context)?.modes.get(&subject.name).copied()
    }

    /// The mode of a subject, its context's or the global one; the global `READONLY_OVERRIDE` is above all.
    pub(crate) fn mode_in_scope(&self, subject: &SubjectName) -> Mode {
        if self.mode == Some(Mode::ReadOnlyOverride) {
            return Mode::ReadOnlyOverride;
        }
        let of_context = SubjectName { context: subject.context.clone(), name: String::new() };
        let own = self.own_mode(subject).or_else(|| self.own_mode(&of_context));
        own.or(self.mode).unwrap_or_default()
    }

    /// Refuses to write where only reading is allowed.
    pub(crate) fn must_be_writable(&self, subject: &SubjectName) -> Result<(), Refusal> {
        if self.mode_in_scope(subject).is_read_only() {
            return Err(Refusal::not_permitted(format!("{} is in read-only mode", subject.described())));
        }
        Ok(())
    }

    /// A version of a subject; deleted ones only where they are asked for, and never as the latest.
    pub(crate) fn version(&self, subject: &SubjectName, number: i32, with_deleted: bool) -> Option<(i32, &Version)> {
        let subject = self.subject(subject)?;
        if number == LATEST {
            return subject.latest();
        }
        let version = subject.versions.get(&number)?;
        (with_deleted || !version.is_deleted).then_some((number, version))
    }

    /// References with their numbers, and the texts behind them, those that others need first.
    pub(crate) fn resolve(
        &self,
        references: &[Reference],
        user: &SubjectName,
    ) -> Result<(Vec<Reference>, Vec<Dependency>), Refusal> {
        let mut dependencies = Vec::new();
        let mut seen = HashSet::new();
        let mut resolved = Vec::new();
        for reference in references {
            let version = self.collect(reference, user, &mut seen, &mut dependencies, 0)?;
            resolved.push(Reference { version, ..reference.clone() });
        }
        Ok((resolved, dependencies))
    }

    fn collect(
        &self,
        reference: &Reference,
        user: &SubjectName,
        seen: &mut HashSet<(String, String, i32)>,
        dependencies: &mut Vec<Dependency>,
        depth: usize,
    ) -> Result<i32, Refusal> {
        let subject = SubjectName::seen_from(&reference.subject, user);
        // A user that is kept may refer to what was deleted since.
        let found = self.version(&subject, reference.version, depth > 0);
        let (number, version) = found.ok_or_else(|| {
            Refusal::invalid_schema(format!(
                "Invalid schema: no schema reference found for subject \"{}\" and version {}",
                reference.subject, reference.version
            ))
        })?;
        if !seen.insert((reference.name.clone(), subject.to_string(), number)) {
            return Ok(number);
        }
        let bytes: usize = dependencies.iter().map(|dependency| dependency.text.len()).sum();
        if seen.len() > MOST_DEPENDENCIES || bytes > MOST_DEPENDENCY_BYTES || depth > 100 {
            let message = format!("Invalid schema: it needs more than {MOST_DEPENDENCIES} schemas, or 20 MB of them");
            return Err(Refusal::invalid_schema(message));
        }
        for inner in &version.schema.references {
            self.collect(inner, &subject, seen, dependencies, depth + 1)?;
        }
        dependencies.push(Dependency {
            name: reference.name.clone(),
            subject: subject.to_string(),
            version: number,
            text: version.schema.text.clone(),
        });
        Ok(number)
    }

    /// Parses what is kept.
    pub(crate) fn parsed(&self, schema: &Schema, subject: &SubjectName) -> Result<Parsed, Refusal> {
        let (_, dependencies) = self.resolve(&schema.references, subject)?;
        Parsed::new(schema.kind, &schema.text, &dependencies).map_err(Refusal::invalid_schema)
    }
}

/// The number that stands for the latest version.
pub(crate) const LATEST: i32 = -1;

/// Reads a version in a path: 1 to 2^31-1, `latest` or `-1`.
pub(crate) fn version_number(text: &str) -> Result<i32, Refusal> {
    match text.parse() {
        Ok(LATEST) => Ok(LATEST),
        Ok(number @ 1..) => Ok(number),
        _ if text == "latest" => Ok(LATEST),
        _ => Err(Refusal::invalid_version(text)),
    }
}
