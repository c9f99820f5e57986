//! The names in a schema that may be incomplete: which it defines, and which it takes from elsewhere.

use indexmap::IndexSet;

use super::{Name, PRIMITIVES};
use crate::json::Json;

/// The full names in a schema.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// That of the schema itself, if it is a named type.
    pub(crate) root: Option<String>,
    pub(crate) defined: IndexSet<String>,
    /// Each with the name that is meant where nothing in the namespace has it.
    used: IndexSet<(String, String)>,
}

impl Names {
    pub(crate) fn of(schema: &Json) -> Self {
        let mut names = Self::default();
        names.add(schema, "");
        let root = schema.get("name").and_then(Json::as_str);
        names.root = root.and_then(|_| names.defined.first().cloned());
        names
    }

    /// The names that are used and not defined, each as its namespace has it and as it stands.
    pub(crate) fn missing(&self) -> impl Iterator<Item = (&str, &str)> {
        let is_defined = |name: &str| self.defined.contains(name);
        let missing = self.used.iter().filter(move |(full, bare)| !is_defined(full) && !is_defined(bare));
        missing.map(|(full, bare)| (full.as_str(), bare.as_str()))
    }

    fn add(&mut self, json: &Json, namespace: &str) {
        match json {
            Json::String(name) => self.add_used(name, namespace),
            Json::Array(branches) => branches.iter().for_each(|branch| self.add(branch, namespace)),
            Json::Object(object) => match object.get("type") {
                Some(Json::String(kind)) => match kind.as_str() {
                    "array" => object.get("items").into_iter().for_each(|items| self.add(items, namespace)),
                    "map" => object.get("values").into_iter().for_each(|values| self.add(values, namespace)),
                    "record" | "error" | "enum" | "fixed" => self.add_defined(json, namespace),
                    name => self.add_used(name, namespace),
                },
                Some(nested) => self.add(nested, namespace),
                None => {}
            },
            _ => {}
        }
    }

    fn add_used(&mut self, name: &str, namespace: &str) {
        if !PRIMITIVES.contains(&name) {
            self.used.insert((Name::new(name, namespace).full(), name.to_owned()));
        }
    }

    fn add_defined(&mut self, json: &Json, around: &str) {
        let Some(name) = json.get("name").and_then(Json::as_str) else { return };
        let name = Name::new(name, json.get("namespace").and_then(Json::as_str).unwrap_or(around));
        self.defined.insert(name.full());
        for field in json.get("fields").and_then(Json::as_array).into_iter().flatten() {
            field.get("type").into_iter().for_each(|node| self.add(node, &name.namespace));
        }
    }
}
