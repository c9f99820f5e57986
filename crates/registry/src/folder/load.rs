//! Registering the files of a folder, and what became of each.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::SchemaFolder;
use super::file::SchemaFile;
use super::references::{Catalog, Target};
use crate::error::Refusal;
use crate::place::Place;
use crate::query::encode;
use crate::subject_name::SubjectName;
use crate::{Registry, Request};

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadedSchema {
    /// The file, from its folder.
    pub path: PathBuf,
    /// Its subject.
    pub subject: String,
    /// `AVRO`, `JSON` or `PROTOBUF`.
    pub schema_type: &'static str,
    /// The version that the registry gave it, or had; `None` if it was refused.
    pub version: Option<i32>,
    /// The id that the registry gave it, or had; `None` if it was refused.
    pub id: Option<i32>,
    /// Whether the registry did not have it before.
    pub is_new: bool,
    /// Why it was refused.
    pub problem: Option<SchemaProblem>,
}

/// Why a schema was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SchemaProblem {
    /// It parses, and is incompatible with an earlier version.
    pub is_incompatible: bool,
    /// What is wrong: one reason, or each difference that the level forbids.
    pub reasons: Vec<String>,
    /// Where in the file the mistake is, if it is at one place.
    pub place: Option<Place>,
}

impl SchemaProblem {
    /// A schema that is no schema, or refers to none. A place at the end of the reason is that of the mistake.
    pub fn invalid(reason: String) -> Self {
        Self { is_incompatible: false, place: Place::ending(&reason), reasons: vec![reason] }
    }

    /// A schema that is incompatible with an earlier version.
    pub fn incompatible(reasons: Vec<String>) -> Self {
        Self { is_incompatible: true, place: None, reasons }
    }
}

/// A file as it is registered: after all that it refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FolderSchema<'a> {
    /// Its subject.
    pub subject: &'a str,
    /// `AVRO`, `JSON` or `PROTOBUF`.
    pub schema_type: &'static str,
    /// Its text.
    pub text: &'a str,
    /// What it refers to: the name, the subject and the version.
    pub references: Vec<(String, String, i32)>,
}

/// What a registry has made of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The version of its subject.
    pub version: i32,
    /// Its id.
    pub id: i32,
    /// Whether the registry did not have it before.
    pub is_new: bool,
}

type Register<'a> = &'a mut dyn FnMut(&FolderSchema<'_>) -> Result<Registered, SchemaProblem>;

impl From<Refusal> for SchemaProblem {
    fn from(refusal: Refusal) -> Self {
        if refusal.code == 40901 { Self::incompatible(refusal.reasons) } else { Self::invalid(refusal.message) }
    }
}

impl LoadedSchema {
    /// The file with the place of the mistake, as compilers print it: `orders-value.avsc:3:17`.
    pub fn location(&self) -> String {
        let path = self.path.display();
        match self.problem.as_ref().and_then(|problem| problem.place) {
            Some(Place { line, column }) => format!("{path}:{line}:{column}"),
            None => path.to_string(),
        }
    }
}

impl fmt::Display for LoadedSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let location = self.location();
        match &self.problem {
            Some(problem) => {
                let what = if problem.is_incompatible { "incompatible: " } else { "" };
                write!(f, "{location}: {what}{}", problem.reasons.join("; "))
            }
            None => write!(f, "{location}: {} version {}", self.subject, self.version.unwrap_or_default()),
        }
    }
}

impl SchemaFolder {
    /// Registers all files, each after those that it refers to, and says what became of each, in the order of subjects and
    /// versions. A schema that the registry has already stays as it is. `now`: the time of the registration, since the Unix
    /// epoch.
    pub fn register(&self, registry: &mut Registry, now: Duration) -> Vec<LoadedSchema> {
        self.register_with(|schema| {
            let reference = |(name, subject, version): &(String, String, i32)| json!({ "name": name, "subject": subject, "version": version });
            let references: Vec<Value> = schema.references.iter().map(reference).collect();
            let body = json!({ "schema": schema.text, "schemaType": schema.schema_type, "references": references });
            let target = format!("/subjects/{}/versions", encode(schema.subject));
            let request = Request::new("POST", target, body.to_string(), now);
            let known = registry.subject(&SubjectName::parse(schema.subject));
            let last = known.and_then(|known| known.versions.keys().next_back().copied()).unwrap_or_default();
            let reply = registry.try_answer(&request)?;
            let answer: Value = serde_json::from_str(&reply.body).unwrap_or_default();
            let number = |key: &str| answer.get(key).and_then(Value::as_i64).and_then(|number| i32::try_from(number).ok());
            let (version, id) = (number("version").unwrap_or_default(), number("id").unwrap_or_default());
            Ok(Registered { version, id, is_new: version > last })
        })
    }

    /// The same with any registry: `register` is called for one file after the other.
    pub fn register_with(
        &self,
        mut register: impl FnMut(&FolderSchema<'_>) -> Result<Registered, SchemaProblem>,
    ) -> Vec<LoadedSchema> {
        let catalog = Catalog::new(&self.files);
        let states = vec![State::Waiting; self.files.len()];
        let mut loading = Loading { folder: self, catalog, register: &mut register, states };
        (0..self.files.len()).for_each(|at| loading.file(at));
        loading
            .states
            .into_iter()
            .filter_map(|state| if let State::Loaded(loaded) = state { Some(loaded) } else { None })
            .collect()
    }
}

#[derive(Clone)]
enum State {
    Waiting,
    /// It waits for those that it refers to.
    Open,
    Loaded(LoadedSchema),
}

struct Loading<'a> {
    folder: &'a SchemaFolder,
    catalog: Catalog<'a>,
    register: Register<'a>,
    states: Vec<State>,
}

impl Loading<'_> {
    /// Registers a file after all that must come before it. No recursion: chains of references may be long.
    fn file(&mut self, at: usize) {
        let mut path = vec![at];
        while let Some(at) = path.last().copied() {
            if matches!(self.states.get(at), Some(State::Loaded(_)) | None) {
                path.pop();
                continue;
            }
            let targets = self.catalog.targets(at);
            let before = self.before(at, targets.as_deref().unwrap_or_default());
            let next = before.iter().find(|before| !matches!(self.states.get(**before), Some(State::Loaded(_))));
            let circle = next.filter(|next| matches!(self.states.get(**next), Some(State::Open)) || **next == at);
            let outcome = match (targets, next, circle) {
                (Err(reason), ..) => Err(SchemaProblem::invalid(reason)),
                (Ok(_), _, Some(circle)) => Err(SchemaProblem::invalid(format!(
                    "it refers to {}, which refers back to it: break the circle",
                    self.path(*circle).display()
                ))),
                (Ok(_), Some(next), None) => {
                    self.set(at, State::Open);
                    path.push(*next);
                    continue;
                }
                (Ok(targets), None, None) => self.register(at, &targets),
            };
            path.pop();
            if let Some(file) = self.folder.files.get(at) {
                self.set(at, State::Loaded(loaded(file, outcome)));
            }
        }
    }

    fn set(&mut self, at: usize, state: State) {
        if let Some(slot) = self.states.get_mut(at) {
            *slot = state;
        }
    }

    fn path(&self, at: usize) -> &Path {
        self.folder.files.get(at).map_or(Path::new(""), |file| Path::new(&file.path))
    }

    /// The files that come before one: what it refers to, and the version before it.
    fn before(&self, at: usize, targets: &[Target]) -> Vec<usize> {
        let subject = |at: usize| self.folder.files.get(at).map(|file| &file.subject);
        let earlier = at.checked_sub(1).filter(|earlier| subject(*earlier) == subject(at));
        targets.iter().map(|target| target.file).chain(earlier).collect()
    }

    fn register(&mut self, at: usize, targets: &[Target]) -> Result<Registered, SchemaProblem> {
        let gone = || SchemaProblem::invalid("the folder has no such file".to_owned());
        let file = self.folder.files.get(at).ok_or_else(gone)?;
        let earlier = at.checked_sub(1).and_then(|earlier| self.folder.files.get(earlier));
        if let Some(earlier) =
            earlier.filter(|earlier| earlier.subject == file.subject && earlier.number == file.number)
        {
            return Err(SchemaProblem::invalid(format!(
                "the subject {} is also that of {}: rename one of them, or number them as versions: {}/v1.avsc",
                file.subject, earlier.path, file.subject
            )));
        }
        let mut references = Vec::new();
        for target in targets {
            let Some(State::Loaded(loaded)) = self.states.get(target.file) else { continue };
            let Some(version) = loaded.version else {
                let path = loaded.path.display();
                return Err(SchemaProblem::invalid(format!("it refers to {path}, which was refused")));
            };
            references.push((target.name.clone(), loaded.subject.clone(), version));
        }
        let (subject, text) = (file.subject.as_str(), file.text.as_str());
        (self.register)(&FolderSchema { subject, schema_type: file.kind.name(), text, references })
    }
}

fn loaded(file: &SchemaFile, outcome: Result<Registered, SchemaProblem>) -> LoadedSchema {
    let mut schema = LoadedSchema {
        path: file.relative(),
        subject: file.subject.clone(),
        schema_type: file.kind.name(),
        version: None,
        id: None,
        is_new: false,
        problem: None,
    };
    match outcome {
        Ok(Registered { version, id, is_new }) => {
            (schema.version, schema.id, schema.is_new) = (Some(version), Some(id), is_new);
        }
        Err(problem) => schema.problem = Some(problem),
    }
    schema
}
