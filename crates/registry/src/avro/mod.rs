//! Avro schemas: read, printed and compared as Java's Avro does.
//!
//! `parse`: from JSON to [`Avro`], with every refusal. `print`: its text, and the text that ignores order. `compare`: whether
//! data of one schema can be read by another. `names`: the names in a schema that may be incomplete. `read`, `write`: values
//! in Avro's bytes, `logical` what some of them mean.

mod compare;
mod defaults;
mod logical;
mod names;
mod parse;
mod print;
mod read;
mod write;

use indexmap::IndexMap;

pub(crate) use self::compare::differences;
pub(crate) use self::names::Names;
pub(crate) use self::read::{double, single};
pub(crate) use self::write::{excerpt, floating, whole};
use crate::json::Json;

const PRIMITIVES: [&str; 8] = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];

/// Properties that mean nothing to Avro itself, in their order.
type Properties = IndexMap<String, Json>;

/// A parsed schema, with the named types of its references.
#[derive(Clone, Debug)]
pub(crate) struct Avro {
    named: Vec<Named>,
    root: Node,
}

/// A type where it is used.
#[derive(Clone, Debug)]
enum Node {
    Primitive {
        kind: &'static str,
        properties: Properties,
    },
    Array {
        items: Box<Node>,
        properties: Properties,
    },
    Map {
        values: Box<Node>,
        properties: Properties,
    },
    Union(Vec<Node>),
    /// A record, enum or fixed, by its place in [`Avro::named`].
    Named(usize),
}

/// A record, enum or fixed.
#[derive(Clone, Debug)]
struct Named {
    name: Name,
    doc: Option<String>,
    aliases: Vec<Name>,
    has_aliases: bool,
    definition: Definition,
    properties: Properties,
    /// It belongs to a reference: it is printed by its name alone.
    is_foreign: bool,
}

#[derive(Clone, Debug)]
enum Definition {
    Record { fields: Vec<Field>, is_error: bool },
    Enum { symbols: Vec<String>, default: Option<String> },
    Fixed { size: u64 },
}

impl Definition {
    fn kind(&self) -> &'static str {
        match self {
            Self::Record { .. } => "record",
            Self::Enum { .. } => "enum",
            Self::Fixed { .. } => "fixed",
        }
    }
}

#[derive(Clone, Debug)]
struct Field {
    name: String,
    doc: Option<String>,
    node: Node,
    default: Option<Json>,
    order: Option<String>,
    aliases: Option<Vec<String>>,
    properties: Properties,
}

/// A name in its namespace; the namespace is empty for none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Name {
    name: String,
    namespace: String,
}

impl Name {
    fn new(name: &str, namespace: &str) -> Self {
        let (namespace, name) = name.rsplit_once('.').unwrap_or((namespace, name));
        Self { name: name.to_owned(), namespace: namespace.to_owned() }
    }

    fn full(&self) -> String {
        if self.namespace.is_empty() { self.name.clone() } else { format!("{}.{}", self.namespace, self.name) }
    }

    /// As it is written inside of a namespace: what has the name of a primitive type there is written in full.
    fn seen_from(&self, namespace: &str) -> String {
        if self.namespace == namespace && !PRIMITIVES.contains(&self.name.as_str()) {
            self.name.clone()
        } else {
            self.full()
        }
    }
}

impl Avro {
    fn named(&self, index: usize) -> Option<&Named> {
        self.named.get(index)
    }

    /// The kind of a type, as in JSON.
    fn kind(&self, node: &Node) -> &'static str {
        match node {
            Node::Primitive { kind, .. } => kind,
            Node::Array { .. } => "array",
            Node::Map { .. } => "map",
            Node::Union(_) => "union",
            Node::Named(index) => self.named(*index).map_or("record", |named| named.definition.kind()),
        }
    }
}
