//! Schemas in the files of a folder.
//!
//! ```text
//! schemas/orders-value.avsc          the subject orders-value
//! schemas/shop/people-value.json     the subject people-value: folders group
//! schemas/orders-value/v1.avsc       its first version, v2.avsc the second
//! schemas/common.proto               what `import "common.proto"` of the others means
//! ```
//! A file that uses what another one defines refers to it: an Avro type by its name, a JSON Schema by a `$ref` to the file, a
//! `.proto` by its import.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::{RegistryError, Schema, SchemaRegistry};

/// How deep folders may be nested.
const DEEPEST: usize = 32;

/// What came of loading a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadedSchemas {
    /// The subjects that have their schemas now, with the version's number in the folder and the id.
    pub registered: Vec<(String, i32)>,
    /// The files that were refused, each with the reason: no schema, or not compatible with the version before.
    pub refused: Vec<(PathBuf, String)>,
}

impl SchemaRegistry {
    /// Registers the schemas of a folder, `SUBJECT.avsc`, `SUBJECT.json` and `SUBJECT.proto`, or `SUBJECT/v1.avsc` and on for
    /// several versions of one subject. What is refused is told and holds up no other file. The error says why the folder
    /// cannot be read, or that the registry cannot be reached.
    pub fn load_folder(&self, folder: impl AsRef<Path>) -> Result<LoadedSchemas, RegistryError> {
        let mut files = Vec::new();
        collect(folder.as_ref(), &mut files, 0)?;
        files.sort_by(|one, other| {
            (&one.subject, one.version, &one.path).cmp(&(&other.subject, other.version, &other.path))
        });
        let mut loaded = LoadedSchemas::default();
        for index in in_order(&files) {
            let Some(file) = files.get(index) else { continue };
            let schema = file
                .needs(&files)
                .into_iter()
                .fold(file.schema.clone(), |schema, (name, other)| schema.reference(name, &other.subject, -1));
            match self.register(&file.subject, &schema) {
                Ok(id) => loaded.registered.push((file.subject.clone(), id)),
                Err(RegistryError::Refused { message, .. }) => loaded.refused.push((file.path.clone(), message)),
                Err(error) => return Err(error),
            }
        }
        Ok(loaded)
    }
}

struct File {
    path: PathBuf,
    subject: String,
    version: u32,
    schema: Schema,
    /// The names by which others can refer to it.
    defines: BTreeSet<String>,
    /// The names that it refers to.
    uses: BTreeSet<String>,
}

impl File {
    fn read(path: &Path, kind: &'static str) -> Result<Self, RegistryError> {
        let folder = |source| RegistryError::Folder { path: path.to_owned(), source };
        let text = fs::read_to_string(path).map_err(folder)?;
        let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let version = stem.strip_prefix('v').and_then(|digits| digits.parse().ok());
        let subject = match version {
            Some(_) => path.parent().map(name).unwrap_or_default(),
            None => stem,
        };
        let mut file = Self {
            path: path.to_owned(),
            subject,
            version: version.unwrap_or_default(),
            schema: Schema { kind, ..Schema::avro(text) },
            defines: BTreeSet::new(),
            uses: BTreeSet::new(),
        };
        match kind {
            "PROTOBUF" => {
                file.defines.extend([name(path), format!("{}.proto", file.subject)]);
                file.uses = imports(&file.schema.text);
            }
            kind => {
                // What does not parse is refused by the registry, with the place of the mistake.
                let json: Json = serde_json::from_str(&file.schema.text).unwrap_or_default();
                if kind == "JSON" {
                    file.defines.extend([name(path), format!("{}.json", file.subject)]);
                    refs(&json, &mut file.uses);
                } else {
                    avro_names(&json, "", &mut file.defines, &mut file.uses);
                    file.uses = file.uses.difference(&file.defines).cloned().collect();
                }
            }
        }
        Ok(file)
    }

    /// The files that it refers to, by the name that it has for each; of several versions the last.
    fn needs<'a>(&self, files: &'a [Self]) -> Vec<(&str, &'a Self)> {
        let known = |name: &String| {
            let file_name = name.rsplit('/').next().unwrap_or(name);
            let others =
                files.iter().filter(|file| file.schema.kind == self.schema.kind && file.subject != self.subject);
            others
                .rev()
                .find(|file| file.defines.contains(name) || (name != file_name && file.defines.contains(file_name)))
        };
        self.uses.iter().filter_map(|name| Some((name.as_str(), known(name)?))).collect()
    }
}

/// The files, those first that others need, and versions in their order; files that need each other come last.
fn in_order(files: &[File]) -> Vec<usize> {
    let mut ordered: Vec<usize> = Vec::new();
    let mut left: Vec<usize> = (0..files.len()).collect();
    while !left.is_empty() {
        let is_ready = |index: &usize| {
            files.get(*index).is_none_or(|file| {
                let needs = file.needs(files);
                let mut others = left.iter().filter_map(|other| files.get(*other));
                others.all(|other| {
                    let is_before = other.subject == file.subject && other.version < file.version;
                    !is_before && !needs.iter().any(|(_, needed)| needed.subject == other.subject)
                })
            })
        };
        let ready: Vec<usize> = left.iter().copied().filter(is_ready).collect();
        if ready.is_empty() {
            ordered.extend(left);
            break;
        }
        left.retain(|index| !ready.contains(index));
        ordered.extend(ready);
    }
    ordered
}

fn collect(folder: &Path, files: &mut Vec<File>, depth: usize) -> Result<(), RegistryError> {
    let wrong = |source| RegistryError::Folder { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() && !is_hidden && depth < DEEPEST {
            collect(&path, files, depth + 1)?;
        }
        let kind = match path.extension().and_then(|extension| extension.to_str()) {
            Some("avsc") => "AVRO",
            Some("json") => "JSON",
            Some("proto") => "PROTOBUF",
            _ => continue,
        };
        files.push(File::read(&path, kind)?);
    }
    Ok(())
}

/// The paths of the imports in a `.proto` file.
fn imports(text: &str) -> BTreeSet<String> {
    let lines = text.split([';', '\n']).filter_map(|line| line.trim().strip_prefix("import "));
    lines.filter_map(|line| line.split(['"', '\'']).nth(1).map(str::to_owned)).collect()
}

/// The files in the references of a JSON Schema.
fn refs(json: &Json, found: &mut BTreeSet<String>) {
    match json {
        Json::Object(fields) => {
            if let Some(reference) = fields.get("$ref").and_then(Json::as_str) {
                let file = reference.split('#').next().unwrap_or_default();
                found.extend(Some(file).filter(|file| !file.is_empty()).map(str::to_owned));
            }
            fields.values().for_each(|value| refs(value, found));
        }
        Json::Array(items) => items.iter().for_each(|item| refs(item, found)),
        _ => {}
    }
}

/// The full names that an Avro schema defines, and those that it uses.
fn avro_names(json: &Json, namespace: &str, defines: &mut BTreeSet<String>, uses: &mut BTreeSet<String>) {
    let full = |name: &str, namespace: &str| {
        if name.contains('.') || namespace.is_empty() { name.to_owned() } else { format!("{namespace}.{name}") }
    };
    match json {
        Json::String(name) => {
            let is_primitive =
                ["null", "boolean", "int", "long", "float", "double", "bytes", "string"].contains(&name.as_str());
            if !is_primitive {
                uses.insert(full(name, namespace));
            }
        }
        Json::Array(branches) => branches.iter().for_each(|branch| avro_names(branch, namespace, defines, uses)),
        Json::Object(fields) => {
            let text = |key: &str| fields.get(key).and_then(Json::as_str);
            let mut within = text("namespace").unwrap_or(namespace).to_owned();
            let is_named = matches!(text("type"), Some("record" | "enum" | "fixed" | "error"));
            if let (true, Some(name)) = (is_named, text("name")) {
                let name = full(name, &within);
                within = name.rsplit_once('.').map_or(String::new(), |(namespace, _)| namespace.to_owned());
                defines.insert(name);
            }
            match fields.get("type") {
                Some(Json::String(kind)) if is_named || ["array", "map"].contains(&kind.as_str()) => {}
                Some(kind) => avro_names(kind, &within, defines, uses),
                None => {}
            }
            for key in ["items", "values"] {
                if let Some(inner) = fields.get(key) {
                    avro_names(inner, &within, defines, uses);
                }
            }
            for field in fields.get("fields").and_then(Json::as_array).into_iter().flatten() {
                if let Some(kind) = field.get("type") {
                    avro_names(kind, &within, defines, uses);
                }
            }
        }
        _ => {}
    }
}
