//! Which files a file refers to: Avro by full names, JSON Schema by the file or the `$id` of a `$ref`, Protobuf by the path of an
//! import.

use std::collections::{BTreeSet, HashMap};

use super::file::SchemaFile;
use crate::avro::Names;
use crate::json::Json;
use crate::protobuf;
use crate::schema::SchemaType;

/// A file that another one refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// What the referring schema calls it.
    pub(super) name: String,
    /// Its place in the folder's files.
    pub(super) file: usize,
}

/// What the files of a folder can be called.
pub(super) struct Catalog<'a> {
    files: &'a [SchemaFile],
    by_path: HashMap<&'a str, usize>,
    by_id: HashMap<String, usize>,
    names: HashMap<usize, Names>,
    /// The newest file of each subject that defines a name as the schema itself, and those that have it inside.
    roots: HashMap<String, BTreeSet<usize>>,
    inside: HashMap<String, BTreeSet<usize>>,
}

impl<'a> Catalog<'a> {
    /// Files that do not parse have no names here; the registry says what is wrong with them.
    pub(super) fn new(files: &'a [SchemaFile]) -> Self {
        let mut catalog = Self {
            files,
            by_path: HashMap::new(),
            by_id: HashMap::new(),
            names: HashMap::new(),
            roots: HashMap::new(),
            inside: HashMap::new(),
        };
        let newest: HashMap<&str, usize> =
            files.iter().zip(0..).map(|(file, at)| (file.subject.as_str(), at)).collect();
        for (file, at) in files.iter().zip(0..) {
            catalog.by_path.insert(&file.path, at);
            let is_newest = newest.get(file.subject.as_str()) == Some(&at);
            match (file.kind, Json::parse(&file.text)) {
                (SchemaType::Json, Ok(json)) if is_newest => {
                    if let Some(id) = json.get("$id").or_else(|| json.get("id")).and_then(Json::as_str) {
                        catalog.by_id.insert(id.trim_end_matches('#').to_owned(), at);
                    }
                }
                (SchemaType::Avro, Ok(json)) => {
                    let names = Names::of(&json);
                    for name in names.defined.iter().filter(|_| is_newest) {
                        let is_root = names.root.as_ref() == Some(name);
                        let index = if is_root { &mut catalog.roots } else { &mut catalog.inside };
                        index.entry(name.clone()).or_default().insert(at);
                    }
                    catalog.names.insert(at, names);
                }
                _ => {}
            }
        }
        catalog
    }

    /// The files that one refers to, or why it cannot be said. What no file has is left to the registry to miss.
    pub(super) fn targets(&self, at: usize) -> Result<Vec<Target>, String> {
        let Some(file) = self.files.get(at) else { return Ok(Vec::new()) };
        let mut targets: Vec<Target> = match file.kind {
            SchemaType::Avro => self.by_names(at)?,
            SchemaType::Json => self.by_refs(file),
            SchemaType::Protobuf => self.by_imports(file),
        };
        targets.retain(|target| target.file != at);
        Ok(targets)
    }

    fn by_names(&self, at: usize) -> Result<Vec<Target>, String> {
        let mut targets: Vec<Target> = Vec::new();
        let missing = self.names.get(&at).into_iter().flat_map(Names::missing);
        let own = self.files.get(at).map(|file| file.subject.as_str());
        for (full, bare) in missing {
            let found =
                [full, bare].into_iter().find_map(|name| self.roots.get(name).or_else(|| self.inside.get(name)));
            let others = found.into_iter().flatten().copied();
            let others: Vec<usize> =
                others.filter(|other| self.files.get(*other).map(|file| file.subject.as_str()) != own).collect();
            match others.as_slice() {
                [] => {}
                // A reference brings all names of its file.
                [file] if targets.iter().any(|target| target.file == *file) => {}
                [file] => {
                    let root = self.names.get(file).and_then(|names| names.root.clone());
                    targets.push(Target { name: root.unwrap_or_else(|| full.to_owned()), file: *file });
                }
                several => {
                    let files = several.iter().filter_map(|file| self.files.get(*file));
                    let paths: Vec<&str> = files.map(|file| file.path.as_str()).collect();
                    let paths = paths.join(" and ");
                    return Err(format!("{full} is defined in {paths}: keep it in a file of its own"));
                }
            }
        }
        Ok(targets)
    }

    fn by_refs(&self, file: &SchemaFile) -> Vec<Target> {
        let Ok(json) = Json::parse(&file.text) else { return Vec::new() };
        let mut names = BTreeSet::new();
        let mut left = vec![&json];
        while let Some(json) = left.pop() {
            match json {
                Json::Object(members) => {
                    let name = members.get("$ref").and_then(Json::as_str);
                    names.extend(name.and_then(|name| name.split('#').next()).filter(|name| !name.is_empty()));
                    left.extend(members.values());
                }
                Json::Array(items) => left.extend(items),
                _ => {}
            }
        }
        let found = names.into_iter().filter_map(|name| {
            let target = self.by_id.get(name).copied().or_else(|| self.at_path(file, name));
            target.map(|target| Target { name: name.to_owned(), file: target })
        });
        found.collect()
    }

    fn by_imports(&self, file: &SchemaFile) -> Vec<Target> {
        let imports = protobuf::imports(&file.text);
        let found = imports.into_iter().filter_map(|import| {
            let target = self.by_path.get(import.as_str()).copied().or_else(|| self.at_path(file, &import));
            target.map(|file| Target { name: import, file })
        });
        found.collect()
    }

    /// The file at a path that is seen from another file.
    fn at_path(&self, from: &SchemaFile, path: &str) -> Option<usize> {
        let mut parts: Vec<&str> = from.around().split('/').filter(|part| !part.is_empty()).collect();
        for part in path.split('/') {
            match part {
                "." | "" => {}
                ".." => drop(parts.pop()?),
                part => parts.push(part),
            }
        }
        self.by_path.get(parts.join("/").as_str()).copied()
    }
}

/// The Protobuf files that others import.
pub(super) fn imported(files: &[SchemaFile]) -> BTreeSet<usize> {
    let catalog = Catalog::new(files);
    let protos = files.iter().filter(|file| file.kind == SchemaType::Protobuf);
    let targets = protos.flat_map(|file| catalog.by_imports(file));
    // One that is imported by a path of its importer's own folder has no name of its own.
    targets.filter(|target| catalog.by_path.contains_key(target.name.as_str())).map(|target| target.file).collect()
}
