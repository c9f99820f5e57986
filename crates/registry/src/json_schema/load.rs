//! From JSON to the model. Several keywords of different kinds in one schema are an `allOf` of schemas of one kind each.
//!
//! Nothing here recurses: schemas wait in a list, so that neither nesting nor chains of references use up the stack.

use std::collections::HashMap;
use std::ptr;

use fancy_regex::{Regex, RegexBuilder};
use indexmap::IndexMap;

use super::references::{Anchors, Documents, Place};
use super::validity::Draft;
use super::{Array, Criterion, Index, Kind, Node, Numbers, Object, Rest, Strings};
use crate::json::Json;

/// The most schemas in one.
const MOST_NODES: usize = 200_000;

/// The longest list whose parts are compared with one another.
const MOST_COMPARED: usize = 1_000;

pub(super) fn load(documents: &Documents) -> Result<(Vec<Node>, Index), String> {
    let root = documents.root().ok_or("there is no schema")?;
    let mut loader =
        Loader { documents, anchors: documents.anchors(), nodes: Vec::new(), known: HashMap::new(), left: Vec::new() };
    let index = loader.node(root);
    while let Some((index, place)) = loader.left.pop() {
        if loader.nodes.len() > MOST_NODES {
            return Err(format!("it has more than {MOST_NODES} schemas"));
        }
        let node = loader.load(place)?;
        if let Some(slot) = loader.nodes.get_mut(index) {
            *slot = node;
        }
    }
    Ok((loader.nodes, index))
}

struct Loader<'a> {
    documents: &'a Documents,
    anchors: Anchors<'a>,
    nodes: Vec<Node>,
    /// The schemas that have a place already, by where they stand.
    known: HashMap<*const Json, Index>,
    left: Vec<(Index, Place<'a>)>,
}

type Members = IndexMap<String, Json>;

impl<'a> Loader<'a> {
    /// The place of a schema; it is loaded later.
    fn node(&mut self, place: Place<'a>) -> Index {
        let next = self.nodes.len();
        let index = *self.known.entry(ptr::from_ref(place.json)).or_insert(next);
        if index == next {
            self.nodes.push(Node::default());
            self.left.push((index, place));
        }
        index
    }

    fn add(&mut self, kind: Kind) -> Index {
        self.nodes.push(Node { kind, ..Node::default() });
        self.nodes.len() - 1
    }

    fn load(&mut self, place: Place<'a>) -> Result<Node, String> {
        let members = match place.json {
            Json::Bool(false) => return Ok(Node { kind: Kind::False, ..Node::default() }),
            Json::Object(members) => members,
            _ => return Ok(Node::default()),
        };
        let at = |json: &'a Json| Place { json, ..place };
        let draft = self.documents.document(place.document).map_or(Draft::Unknown, Draft::of);
        let mut kinds = Vec::new();
        if let Some(reference) = members.get("$ref").and_then(Json::as_str) {
            let target = self.documents.find(place.document, reference, &self.anchors)?;
            kinds.push(target.map_or(Kind::Empty, |target| Kind::Reference(self.node(target))));
        }
        // Before 2019, what stands beside a reference says nothing.
        if kinds.is_empty() || draft.is_modern() {
            if let Some(values) = members.get("enum").and_then(Json::as_array) {
                kinds.push(Kind::Enum(values.iter().map(Json::sorted).collect()));
            }
            for criterion in [Criterion::All, Criterion::Any, Criterion::One] {
                if let Some(parts) = members.get(criterion.name()).and_then(Json::as_array) {
                    let parts = distinct(parts).into_iter().map(|part| self.node(at(part))).collect();
                    kinds.push(Kind::Combined { criterion, parts });
                }
            }
            if let Some(not) = members.get("not") {
                kinds.push(Kind::Not(self.node(at(not))));
            }
            if let Some(value) = members.get("const").filter(|_| draft != Draft::Four) {
                kinds.push(Kind::Const(value.sorted()));
            }
            self.typed(members, place, draft, &mut kinds)?;
            if ["if", "then", "else"].iter().any(|key| members.contains_key(*key)) && draft != Draft::Four {
                for key in ["if", "then", "else"] {
                    if let Some(part) = members.get(key) {
                        self.node(at(part));
                    }
                }
                kinds.push(Kind::Conditional);
            }
        }
        let kind = match kinds.len() {
            0 => Kind::Empty,
            1 => kinds.pop().unwrap_or_default(),
            _ => {
                let parts = kinds.into_iter().map(|kind| self.add(kind)).collect();
                Kind::Combined { criterion: Criterion::All, parts }
            }
        };
        let is_bytes = members.get("connect.type").and_then(Json::as_str) == Some("bytes");
        Ok(Node { kind, has_default: members.contains_key("default"), is_bytes })
    }

    /// What `type` says; without it, what the keywords of each type say.
    fn typed(
        &mut self,
        members: &'a Members,
        place: Place<'a>,
        draft: Draft,
        kinds: &mut Vec<Kind>,
    ) -> Result<(), String> {
        match members.get("type") {
            Some(Json::String(name)) => kinds.push(self.of_type(name, members, place, draft)?),
            Some(Json::Array(names)) => {
                let mut parts = Vec::new();
                for name in names.iter().filter_map(Json::as_str) {
                    let kind = self.of_type(name, members, place, draft)?;
                    parts.push(self.add(kind));
                }
                kinds.push(Kind::Combined { criterion: Criterion::Any, parts });
            }
            _ => {
                for (name, keywords) in SNIFFED {
                    if keywords.iter().any(|keyword| members.contains_key(*keyword)) {
                        kinds.push(self.of_type(name, members, place, draft)?);
                    }
                }
            }
        }
        Ok(())
    }

    fn of_type(&mut self, name: &str, members: &'a Members, place: Place<'a>, draft: Draft) -> Result<Kind, String> {
        let number = |key: &str| members.get(key).and_then(Json::as_f64);
        Ok(match name {
            "string" => {
                let pattern = members.get("pattern").and_then(Json::as_str);
                pattern.map(compiled).transpose()?;
                Kind::String(Strings {
                    max_length: number("maxLength"),
                    min_length: number("minLength"),
                    pattern: pattern.map(str::to_owned),
                })
            }
            "integer" | "number" => Kind::Number(Numbers {
                is_integer: name == "integer",
                maximum: number("maximum"),
                minimum: number("minimum"),
                exclusive_maximum: number("exclusiveMaximum"),
                exclusive_minimum: number("exclusiveMinimum"),
                multiple_of: members.get("multipleOf").map(Json::to_string),
            }),
            "boolean" => Kind::Boolean,
            "null" => Kind::Null,
            "array" => Kind::Array(Box::new(self.array(members, place, draft))),
            "object" => Kind::Object(Box::new(self.object(members, place, draft)?)),
            _ => Kind::Empty,
        })
    }

    fn rest(&mut self, json: Option<&'a Json>, place: Place<'a>) -> Rest {
        match json {
            None | Some(Json::Bool(true)) => Rest::Anything,
            Some(Json::Bool(false)) => Rest::Nothing,
            Some(json) => Rest::Schema(self.node(Place { json, ..place })),
        }
    }

    fn array(&mut self, members: &'a Members, place: Place<'a>, draft: Draft) -> Array {
        let at = |json: &'a Json| Place { json, ..place };
        let number = |key: &str| members.get(key).and_then(Json::as_f64);
        let tuple = if draft == Draft::Of2020 { "prefixItems" } else { "items" };
        let tuple = members.get(tuple).and_then(Json::as_array);
        let items = members.get("items").filter(|items| items.as_array().is_none());
        let (every_item, additional) = match (draft, tuple) {
            (Draft::Of2020, Some(_)) => (None, items),
            // Not a schema of items, but whether there may be any.
            (Draft::Of2020, None) if items.is_some_and(|items| items.as_bool().is_some()) => (None, items),
            _ => (items, members.get("additionalItems").filter(|_| draft != Draft::Of2020)),
        };
        if let Some(contained) = members.get("contains") {
            self.node(at(contained));
        }
        Array {
            every_item: every_item.map(|item| self.node(at(item))),
            items: tuple.into_iter().flatten().map(|item| self.node(at(item))).collect(),
            additional: self.rest(additional, place),
            unevaluated: members.get("unevaluatedItems").filter(|_| draft.is_modern()).map(|json| self.node(at(json))),
            max_items: number("maxItems"),
            min_items: number("minItems"),
            max_contains: number("maxContains"),
            min_contains: number("minContains"),
            is_unique: members.get("uniqueItems").and_then(Json::as_bool).unwrap_or_default(),
        }
    }

    fn object(&mut self, members: &'a Members, place: Place<'a>, draft: Draft) -> Result<Object, String> {
        let at = |json: &'a Json| Place { json, ..place };
        let number = |key: &str| members.get(key).and_then(Json::as_f64);
        let named = |key: &str| members.get(key).and_then(Json::as_object).into_iter().flatten();
        let mut object = Object {
            properties: named("properties").map(|(name, json)| (name.clone(), self.node(at(json)))).collect(),
            additional: self.rest(members.get("additionalProperties"), place),
            max_properties: number("maxProperties"),
            min_properties: number("minProperties"),
            ..Object::default()
        };
        object.required = strings(members.get("required"));
        for (pattern, json) in named("patternProperties") {
            object.patterns.push((compiled(pattern)?, self.node(at(json))));
        }
        for (name, json) in named("dependencies").chain(named("dependentRequired")).chain(named("dependentSchemas")) {
            if json.as_array().is_some() {
                object.needed_properties.insert(name.clone(), strings(Some(json)));
            } else {
                object.needed_schemas.insert(name.clone(), self.node(at(json)));
            }
        }
        if let Some(names) = members.get("propertyNames") {
            self.node(at(names));
        }
        object.unevaluated =
            members.get("unevaluatedProperties").filter(|_| draft.is_modern()).map(|json| self.node(at(json)));
        Ok(object)
    }
}

/// The types that a schema without `type` is of, by their keywords.
const SNIFFED: [(&str, &[&str]); 4] = [
    ("array", &["items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems", "contains"]),
    ("string", &["minLength", "maxLength", "pattern", "format"]),
    ("number", &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
    (
        "object",
        &[
            "properties",
            "required",
            "minProperties",
            "maxProperties",
            "dependencies",
            "dependentRequired",
            "dependentSchemas",
            "patternProperties",
            "additionalProperties",
            "propertyNames",
        ],
    ),
];

/// The parts of a combined schema, each once; very long lists are left as they are.
fn distinct(parts: &[Json]) -> Vec<&Json> {
    let mut distinct: Vec<&Json> = Vec::new();
    for part in parts {
        if parts.len() > MOST_COMPARED || !distinct.contains(&part) {
            distinct.push(part);
        }
    }
    distinct
}

/// A pattern that gives up where it would go on for ever.
fn compiled(pattern: &str) -> Result<Regex, String> {
    let regex = RegexBuilder::new(pattern).backtrack_limit(100_000).delegate_size_limit(1 << 20).build();
    regex.map_err(|error| format!("invalid pattern \"{pattern}\": {error}"))
}

fn strings(json: Option<&Json>) -> Vec<String> {
    json.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect()
}
