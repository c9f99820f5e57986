//! What a `$ref` leads to: a place in its own document, or in one that is named as a reference.

use std::collections::HashMap;

use crate::json::Json;
use crate::schema::Dependency;

/// A schema and those that it refers to.
pub(super) struct Documents {
    documents: Vec<Document>,
}

struct Document {
    /// What a `$ref` calls it, resolved against the id of the schema that refers to it.
    names: Vec<String>,
    id: String,
    json: Json,
}

/// A place in one of the documents.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) document: usize,
    pub(super) json: &'a Json,
}

/// The ids and anchors in a document, with what they name.
pub(super) type Anchors<'a> = HashMap<(usize, String), &'a Json>;

impl Documents {
    pub(super) fn new(json: &Json, dependencies: &[Dependency]) -> Result<Self, String> {
        let id = id_of(json);
        let mut documents = vec![Document { names: vec![id.clone()], id: id.clone(), json: json.clone() }];
        for dependency in dependencies {
            let json = Json::parse(&dependency.text).map_err(|error| format!("{}: {error}", dependency.name))?;
            let names = vec![dependency.name.clone(), join(&id, &dependency.name), id_of(&json)];
            let own = id_of(&json);
            // Its own references are seen from its name where it has no id.
            let id = if own.is_empty() { join(&id, &dependency.name) } else { own };
            documents.push(Document { names, id, json });
        }
        Ok(Self { documents })
    }

    pub(super) fn root(&self) -> Option<Place<'_>> {
        self.documents.first().map(|document| Place { document: 0, json: &document.json })
    }

    pub(super) fn document(&self, index: usize) -> Option<&Json> {
        self.documents.get(index).map(|document| &document.json)
    }

    /// Everything in the documents that has an id or an anchor.
    pub(super) fn anchors(&self) -> Anchors<'_> {
        let mut anchors = Anchors::new();
        for (document, index) in self.documents.iter().zip(0..) {
            let mut left = vec![(&document.json, document.id.clone())];
            while let Some((json, base)) = left.pop() {
                match json {
                    Json::Object(members) => {
                        let mut base = base;
                        for key in ["$id", "id", "$anchor", "$dynamicAnchor"] {
                            let Some(name) = members.get(key).and_then(Json::as_str) else { continue };
                            let name = if key.ends_with("nchor") { format!("#{name}") } else { name.to_owned() };
                            let full = join(&base, &name);
                            if !name.starts_with('#') {
                                base.clone_from(&full);
                            }
                            anchors.entry((index, full)).or_insert(json);
                        }
                        left.extend(members.values().map(|member| (member, base.clone())));
                    }
                    Json::Array(items) => left.extend(items.iter().map(|item| (item, base.clone()))),
                    _ => {}
                }
            }
        }
        anchors
    }

    /// The place behind a `$ref`. `None` for a meta-schema, which everything may refer to.
    pub(super) fn find<'a>(
        &'a self,
        from: usize,
        reference: &str,
        anchors: &Anchors<'a>,
    ) -> Result<Option<Place<'a>>, String> {
        let nowhere = || format!("$ref \"{reference}\" leads nowhere: define it, or name its schema as a reference");
        let (file, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let base = self.documents.get(from).map(|document| document.id.as_str()).unwrap_or_default();
        let full = join(base, file);
        if file.contains("json-schema.org/") {
            return Ok(None);
        }
        let mut document = from;
        let mut within = None;
        if !file.is_empty() && full != base {
            within = anchors.get(&(from, full.clone())).copied();
            if within.is_none() {
                let named = |document: &Document| {
                    document.names.iter().any(|name| !name.is_empty() && (*name == file || *name == full))
                };
                document = self.documents.iter().position(named).ok_or_else(nowhere)?;
            }
        }
        let whole = within.or_else(|| self.document(document)).ok_or_else(nowhere)?;
        let json = if fragment.is_empty() {
            whole
        } else if fragment.starts_with('/') {
            pointer(whole, fragment).ok_or_else(nowhere)?
        } else {
            let id = self.documents.get(document).map(|document| document.id.as_str()).unwrap_or_default();
            let named = anchors.get(&(document, join(id, &format!("#{fragment}"))));
            named.or_else(|| anchors.get(&(document, format!("#{fragment}")))).copied().ok_or_else(nowhere)?
        };
        Ok(Some(Place { document, json }))
    }
}

fn id_of(json: &Json) -> String {
    let id = json.get("$id").or_else(|| json.get("id")).and_then(Json::as_str).unwrap_or_default();
    id.trim_end_matches('#').to_owned()
}

/// A relative URI seen from a base, as far as schemas need it.
fn join(base: &str, relative: &str) -> String {
    if relative.contains("://") || relative.starts_with("urn:") || base.is_empty() {
        return relative.to_owned();
    }
    if relative.is_empty() {
        return base.to_owned();
    }
    if relative.starts_with('#') {
        return format!("{}{relative}", base.split('#').next().unwrap_or_default());
    }
    if relative.starts_with('/') {
        let host_end = base.find("://").and_then(|at| base.get(at + 3..)?.find('/').map(|slash| at + 3 + slash));
        return format!("{}{relative}", base.get(..host_end.unwrap_or(base.len())).unwrap_or_default());
    }
    let folder = base.rfind('/').map_or("", |slash| base.get(..=slash).unwrap_or_default());
    format!("{folder}{}", relative.trim_start_matches("./"))
}

/// The place that a JSON pointer names; it may be percent-encoded.
fn pointer<'a>(json: &'a Json, pointer: &str) -> Option<&'a Json> {
    let mut json = json;
    for step in pointer.split('/').skip(1) {
        let step =
            step.replace("~1", "/").replace("~0", "~").replace("%25", "%").replace("%22", "\"").replace("%20", " ");
        json = match json {
            Json::Object(members) => members.get(&step)?,
            Json::Array(items) => items.get(step.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(json)
}
