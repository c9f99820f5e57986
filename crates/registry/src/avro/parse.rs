//! From JSON to a schema, with every refusal of Java's Avro.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use super::defaults::Defaults;
use super::{Avro, Definition, Field, Name, Named, Node, PRIMITIVES, Properties};
use crate::json::{self, Json, Step};

const OF_TYPES: [&str; 10] =
    ["doc", "fields", "items", "name", "namespace", "size", "symbols", "values", "type", "aliases"];
const OF_FIELDS: [&str; 6] = ["default", "doc", "name", "order", "type", "aliases"];

impl Avro {
    /// Reads a schema; the texts of its references come first, those that they need before them.
    pub(crate) fn parse<'a>(text: &str, references: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut parser = Parser::default();
        for reference in references {
            parser.text(reference).map_err(|error| format!("a reference of it: {error}"))?;
        }
        for named in &mut parser.named {
            named.is_foreign = true;
        }
        let root = parser.text(text)?;
        let avro = Self { named: parser.named, root };
        Defaults::new(&avro).check()?;
        Ok(avro)
    }
}

#[derive(Default)]
struct Parser {
    named: Vec<Named>,
    places: HashMap<Name, usize>,
    /// The steps to what is read; after a mistake, to the mistake.
    steps: Vec<Step>,
}

impl Parser {
    fn text(&mut self, text: &str) -> Result<Node, String> {
        let json = Json::parse(text).map_err(|error| error.to_string())?;
        self.node(&json, "").map_err(|error| match json::place(text, &self.steps) {
            Some(place) => format!("{error} {place}"),
            None => error,
        })
    }

    /// Reads a part, which stands a step or two inside of what is read.
    fn inside<T>(&mut self, steps: &[Step], read: impl FnOnce(&mut Self) -> Result<T, String>) -> Result<T, String> {
        let depth = self.steps.len();
        self.steps.extend_from_slice(steps);
        let part = read(self)?;
        self.steps.truncate(depth);
        Ok(part)
    }

    fn node(&mut self, json: &Json, namespace: &str) -> Result<Node, String> {
        match json {
            Json::String(name) => self.by_name(name, namespace),
            Json::Array(branches) => self.union(branches, namespace),
            Json::Object(object) => self.object(object, namespace),
            other => Err(format!("expected a type, found {other}")),
        }
    }

    fn by_name(&self, text: &str, namespace: &str) -> Result<Node, String> {
        if let Some(kind) = PRIMITIVES.iter().find(|kind| **kind == text) {
            return Ok(Node::Primitive { kind, properties: Properties::new() });
        }
        let here = Name::new(text, namespace);
        let place = self.places.get(&here).or_else(|| self.places.get(&Name::new(text, "")));
        place.copied().map(Node::Named).ok_or_else(|| format!("undefined name: \"{text}\""))
    }

    fn union(&mut self, branches: &[Json], namespace: &str) -> Result<Node, String> {
        let mut seen = HashSet::new();
        let mut nodes = Vec::new();
        for (branch, index) in branches.iter().zip(0..) {
            let node = self.inside(&[Step::Index(index)], |parser| parser.node(branch, namespace))?;
            let name = match &node {
                Node::Union(_) => return Err("a union holds a union: name its branches in one list".to_owned()),
                Node::Named(index) => self.named.get(*index).map(|named| named.name.full()).unwrap_or_default(),
                Node::Primitive { kind, .. } => (*kind).to_owned(),
                Node::Array { .. } => "array".to_owned(),
                Node::Map { .. } => "map".to_owned(),
            };
            if !seen.insert(name.clone()) {
                return Err(format!("a union holds {name} twice"));
            }
            nodes.push(node);
        }
        Ok(Node::Union(nodes))
    }

    fn object(&mut self, object: &IndexMap<String, Json>, namespace: &str) -> Result<Node, String> {
        let kind = match object.get("type") {
            Some(Json::String(kind)) => kind.as_str(),
            Some(nested) => return self.inside(&[key("type")], |parser| parser.node(nested, namespace)),
            None => return Err(format!("no type: {}", Json::Object(object.clone()))),
        };
        if let Some(kind) = PRIMITIVES.iter().find(|primitive| **primitive == kind) {
            return Ok(Node::Primitive { kind, properties: others(object, &OF_TYPES) });
        }
        match kind {
            "array" => {
                let items = object.get("items").ok_or("an array has no items: expected their type")?;
                let items = self.inside(&[key("items")], |parser| parser.node(items, namespace).map(Box::new))?;
                Ok(Node::Array { items, properties: others(object, &OF_TYPES) })
            }
            "map" => {
                let values = object.get("values").ok_or("a map has no values: expected their type")?;
                let values = self.inside(&[key("values")], |parser| parser.node(values, namespace).map(Box::new))?;
                Ok(Node::Map { values, properties: others(object, &OF_TYPES) })
            }
            "record" | "error" | "enum" | "fixed" => self.definition(kind, object, namespace),
            name => self.inside(&[key("type")], |parser| parser.by_name(name, namespace)),
        }
    }

    fn definition(&mut self, kind: &str, object: &IndexMap<String, Json>, around: &str) -> Result<Node, String> {
        let text = object.get("name").and_then(Json::as_str).ok_or_else(|| format!("a {kind} has no name"))?;
        let namespace = object.get("namespace").and_then(Json::as_str).unwrap_or(around);
        let name = Name::new(text, namespace);
        is_name(&name.name)?;
        for part in name.namespace.split('.').filter(|_| !name.namespace.is_empty()) {
            is_name(part)?;
        }
        if PRIMITIVES.contains(&name.full().as_str()) {
            return Err(format!("{} is the name of a primitive type: choose another one", name.full()));
        }
        if let Some(known) = self.places.get(&name).copied() {
            return self.again(known, kind, object, &name);
        }
        let index = self.named.len();
        self.places.insert(name.clone(), index);
        let aliases = strings(object, "aliases")?;
        self.named.push(Named {
            doc: object.get("doc").and_then(Json::as_str).map(str::to_owned),
            aliases: aliases.iter().flatten().map(|alias| Name::new(alias, &name.namespace)).collect(),
            has_aliases: aliases.is_some_and(|aliases| !aliases.is_empty()),
            definition: Definition::Record { fields: Vec::new(), is_error: kind == "error" },
            properties: others(object, &OF_TYPES),
            is_foreign: false,
            name: name.clone(),
        });
        let definition = match kind {
            "enum" => {
                if let Some(named) = self.named.get_mut(index) {
                    named.properties.shift_remove("default");
                }
                enumeration(object, &name)?
            }
            "fixed" => Definition::Fixed { size: size(object, &name)? },
            _ => Definition::Record { fields: self.fields(object, &name)?, is_error: kind == "error" },
        };
        if let Some(named) = self.named.get_mut(index) {
            named.definition = definition;
        }
        Ok(Node::Named(index))
    }

    /// A name that is defined again: an enum or a fixed that has the same symbols or size is the one that is known.
    fn again(&self, known: usize, kind: &str, object: &IndexMap<String, Json>, name: &Name) -> Result<Node, String> {
        let is_same = match (self.named.get(known).map(|named| &named.definition), kind) {
            (Some(Definition::Enum { symbols, .. }), "enum") => {
                matches!(enumeration(object, name)?, Definition::Enum { symbols: again, .. } if again == *symbols)
            }
            (Some(Definition::Fixed { size: known }), "fixed") => size(object, name)? == *known,
            _ => false,
        };
        if is_same { Ok(Node::Named(known)) } else { Err(format!("cannot redefine: {}", name.full())) }
    }

    fn fields(&mut self, object: &IndexMap<String, Json>, record: &Name) -> Result<Vec<Field>, String> {
        let list = object.get("fields").and_then(Json::as_array);
        let list = list.ok_or_else(|| format!("record {} has no fields", record.full()))?;
        let mut seen = HashSet::new();
        let mut fields = Vec::new();
        for (json, index) in list.iter().zip(0..) {
            let steps = [key("fields"), Step::Index(index)];
            let field = self.inside(&steps, |parser| parser.field(json, index, record))?;
            if !seen.insert(field.name.clone()) {
                self.steps.extend(steps);
                return Err(format!("duplicate field {} in record {}", field.name, record.full()));
            }
            fields.push(field);
        }
        Ok(fields)
    }

    fn field(&mut self, json: &Json, index: usize, record: &Name) -> Result<Field, String> {
        let place = || format!("field {index} of {}", record.full());
        let object = json.as_object().ok_or_else(|| format!("{} is no object", place()))?;
        let name = object.get("name").and_then(Json::as_str).ok_or_else(|| format!("{} has no name", place()))?;
        is_name(name)?;
        let node = object.get("type").ok_or_else(|| format!("{} has no type", place()))?;
        let order = object.get("order").and_then(Json::as_str).map(str::to_lowercase);
        if order.as_deref().is_some_and(|order| !["ascending", "descending", "ignore"].contains(&order)) {
            return Err(format!("{} has an invalid order: expected ascending, descending or ignore", place()));
        }
        let node = self.inside(&[key("type")], |parser| parser.node(node, &record.namespace));
        Ok(Field {
            name: name.to_owned(),
            doc: object.get("doc").and_then(Json::as_str).map(str::to_owned),
            node: node.map_err(|error| format!("{error} ({})", place()))?,
            default: object.get("default").cloned(),
            order: order.filter(|order| order != "ascending"),
            aliases: strings(object, "aliases")?.filter(|aliases| !aliases.is_empty()),
            properties: others(object, &OF_FIELDS),
        })
    }
}

fn key(name: &str) -> Step {
    Step::Key(name.to_owned())
}

fn enumeration(object: &IndexMap<String, Json>, name: &Name) -> Result<Definition, String> {
    let symbols = strings(object, "symbols")?.ok_or_else(|| format!("enum {} has no symbols", name.full()))?;
    let mut seen = HashSet::new();
    for symbol in &symbols {
        is_name(symbol)?;
        if !seen.insert(symbol) {
            return Err(format!("duplicate symbol {symbol} in enum {}", name.full()));
        }
    }
    let default = object.get("default").and_then(Json::as_str).map(str::to_owned);
    if let Some(default) = &default
        && !symbols.contains(default)
    {
        return Err(format!("the default {default} of enum {} is none of its symbols", name.full()));
    }
    Ok(Definition::Enum { symbols, default })
}

fn size(object: &IndexMap<String, Json>, name: &Name) -> Result<u64, String> {
    let Some(Json::Number(size)) = object.get("size") else {
        return Err(format!("fixed {} has no size", name.full()));
    };
    let size = size.parse::<i32>().ok().and_then(|size| u64::try_from(size).ok());
    size.ok_or_else(|| format!("fixed {} has an invalid size: expected 0 to 2^31-1", name.full()))
}

fn others(object: &IndexMap<String, Json>, reserved: &[&str]) -> Properties {
    let others = object.iter().filter(|(key, _)| !reserved.contains(&key.as_str()));
    others.map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn strings(object: &IndexMap<String, Json>, key: &str) -> Result<Option<Vec<String>>, String> {
    let Some(list) = object.get(key) else {
        return Ok(None);
    };
    let list = list.as_array().ok_or_else(|| format!("{key} is no list"))?;
    let strings = list.iter().map(|item| item.as_str().map(str::to_owned));
    strings.collect::<Option<Vec<_>>>().map(Some).ok_or_else(|| format!("{key} holds what is no string"))
}

fn is_name(text: &str) -> Result<(), String> {
    let mut letters = text.chars();
    let starts = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    if starts && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
        Ok(())
    } else {
        Err(format!("invalid name \"{text}\": expected letters, digits and _, and no digit first"))
    }
}
