//! The text of a schema: printed anew as Java's Avro does, properties of records before their aliases.

use std::collections::HashSet;

use super::{Avro, Definition, Field, Named, Node, Properties};
use crate::json::{Json, as_double, quote};

impl Avro {
    /// The canonical text.
    pub(crate) fn text(&self) -> String {
        let mut printer = Printer { avro: self, out: String::new(), printed: HashSet::new() };
        printer.node(&self.root, "");
        printer.out
    }

    /// The same schema with its properties in order and the defaults of fractions as fractions.
    pub(crate) fn normalized(&self) -> Self {
        let mut normalized = self.clone();
        let root = &mut normalized.root;
        sort_node(root);
        for named in normalized.named.iter_mut().filter(|named| !named.is_foreign) {
            sort_properties(&mut named.properties);
            if let Definition::Record { fields, .. } = &mut named.definition {
                for field in fields {
                    sort_properties(&mut field.properties);
                    sort_node(&mut field.node);
                    if let Some(default) = &mut field.default {
                        widen(&field.node, default);
                    }
                }
            }
        }
        normalized
    }

    /// A text that is the same for schemas that differ by the order of properties alone.
    pub(crate) fn identity(&self) -> String {
        let mut sorted = self.clone();
        sort_node(&mut sorted.root);
        for named in &mut sorted.named {
            sort_deep(&mut named.properties);
            if let Definition::Record { fields, .. } = &mut named.definition {
                for field in fields {
                    sort_deep(&mut field.properties);
                    sort_node(&mut field.node);
                    field.default = field.default.as_ref().map(Json::sorted);
                }
            }
        }
        sorted.text()
    }
}

fn sort_node(node: &mut Node) {
    match node {
        Node::Primitive { properties, .. } => sort_properties(properties),
        Node::Array { items: inner, properties } | Node::Map { values: inner, properties } => {
            sort_properties(properties);
            sort_node(inner);
        }
        Node::Union(branches) => branches.iter_mut().for_each(sort_node),
        Node::Named(_) => {}
    }
}

/// What a logical type is made of comes first.
fn sort_properties(properties: &mut Properties) {
    let rank = |key: &str| ["logicalType", "precision", "scale"].iter().position(|first| *first == key).unwrap_or(3);
    let is_logical = properties.contains_key("logicalType");
    properties.sort_by(|a, _, b, _| {
        let by_rank = if is_logical { rank(a).cmp(&rank(b)) } else { std::cmp::Ordering::Equal };
        by_rank.then_with(|| a.cmp(b))
    });
}

fn sort_deep(properties: &mut Properties) {
    sort_properties(properties);
    for value in properties.values_mut() {
        *value = value.sorted();
    }
}

/// `1` as the default of a double is `1.0`.
fn widen(node: &Node, value: &mut Json) {
    match (node, value) {
        (Node::Primitive { kind: "float" | "double", .. }, Json::Number(text)) => *text = as_double(text),
        (Node::Array { items, .. }, Json::Array(values)) => values.iter_mut().for_each(|value| widen(items, value)),
        (Node::Map { values: node, .. }, Json::Object(members)) => {
            members.values_mut().for_each(|value| widen(node, value));
        }
        (Node::Union(branches), value @ Json::Number(_)) => {
            let is_whole = |branch: &&Node| matches!(branch, Node::Primitive { kind: "int" | "long", .. });
            let is_fraction = |branch: &&Node| matches!(branch, Node::Primitive { kind: "float" | "double", .. });
            if !branches.iter().any(|branch| is_whole(&branch))
                && let Some(branch) = branches.iter().find(is_fraction)
            {
                widen(branch, value);
            }
        }
        _ => {}
    }
}

struct Printer<'a> {
    avro: &'a Avro,
    out: String,
    /// The named types whose definition stands already.
    printed: HashSet<usize>,
}

impl Printer<'_> {
    fn node(&mut self, node: &Node, namespace: &str) {
        match node {
            Node::Primitive { kind, properties } if properties.is_empty() => quote(kind, &mut self.out),
            Node::Primitive { kind, properties } => {
                self.head(kind);
                self.properties(properties);
                self.out.push('}');
            }
            Node::Array { items, properties } => self.container("array", "items", items, properties, namespace),
            Node::Map { values, properties } => self.container("map", "values", values, properties, namespace),
            Node::Union(branches) => {
                self.out.push('[');
                for (index, branch) in branches.iter().enumerate() {
                    if index > 0 {
                        self.out.push(',');
                    }
                    self.node(branch, namespace);
                }
                self.out.push(']');
            }
            Node::Named(index) => {
                let Some(named) = self.avro.named(*index) else { return };
                if named.is_foreign || !self.printed.insert(*index) {
                    quote(&named.name.seen_from(namespace), &mut self.out);
                } else {
                    self.definition(named, namespace);
                }
            }
        }
    }

    fn head(&mut self, kind: &str) {
        self.out.push_str("{\"type\":");
        quote(kind, &mut self.out);
    }

    fn container(&mut self, kind: &str, key: &str, inner: &Node, properties: &Properties, namespace: &str) {
        self.head(kind);
        self.key(key);
        self.node(inner, namespace);
        self.properties(properties);
        self.out.push('}');
    }

    fn definition(&mut self, named: &Named, around: &str) {
        let namespace = &named.name.namespace;
        self.head(match &named.definition {
            Definition::Record { is_error: true, .. } => "error",
            definition => definition.kind(),
        });
        self.string("name", &named.name.name);
        if namespace != around {
            self.string("namespace", namespace);
        }
        if let Some(doc) = &named.doc {
            self.string("doc", doc);
        }
        match &named.definition {
            Definition::Record { fields, .. } => {
                self.key("fields");
                self.out.push('[');
                for (index, field) in fields.iter().enumerate() {
                    if index > 0 {
                        self.out.push(',');
                    }
                    self.field(field, namespace);
                }
                self.out.push(']');
            }
            Definition::Enum { symbols, default } => {
                self.strings("symbols", symbols);
                if let Some(default) = default {
                    self.string("default", default);
                }
            }
            Definition::Fixed { size } => {
                self.key("size");
                self.out.push_str(&size.to_string());
            }
        }
        self.properties(&named.properties);
        if named.has_aliases {
            let aliases: Vec<_> = named.aliases.iter().map(|alias| alias.seen_from(namespace)).collect();
            self.strings("aliases", &aliases);
        }
        self.out.push('}');
    }

    fn field(&mut self, field: &Field, namespace: &str) {
        self.out.push_str("{\"name\":");
        quote(&field.name, &mut self.out);
        self.key("type");
        self.node(&field.node, namespace);
        if let Some(doc) = &field.doc {
            self.string("doc", doc);
        }
        if let Some(default) = &field.default {
            self.key("default");
            self.out.push_str(&default.double_text());
        }
        if let Some(order) = &field.order {
            self.string("order", order);
        }
        if let Some(aliases) = &field.aliases {
            self.strings("aliases", aliases);
        }
        self.properties(&field.properties);
        self.out.push('}');
    }

    fn key(&mut self, key: &str) {
        self.out.push(',');
        quote(key, &mut self.out);
        self.out.push(':');
    }

    fn string(&mut self, key: &str, value: &str) {
        self.key(key);
        quote(value, &mut self.out);
    }

    fn strings(&mut self, key: &str, values: &[String]) {
        self.key(key);
        let values = values.iter().cloned().map(Json::String).collect();
        self.out.push_str(&Json::Array(values).to_string());
    }

    fn properties(&mut self, properties: &Properties) {
        for (key, value) in properties {
            self.key(key);
            self.out.push_str(&value.double_text());
        }
    }
}

impl Avro {
    /// The text with the types of its references in it.
    pub(crate) fn resolved_text(&self) -> String {
        let mut whole = self.clone();
        for named in &mut whole.named {
            named.is_foreign = false;
        }
        whole.text()
    }
}
