//! JSON Schemas: kept by token, checked by the meta-schema, compared by path.
//!
//! `load`: from JSON to the model, which is that of the library in Confluent's registry, since differences are defined on it.
//! `references`: what a `$ref` leads to. `validity`: what is refused. `compare`: the differences, `values` those of bounds. `kinds`: which differences
//! break a reader, and how they read.

mod compare;
mod conformity;
mod kinds;
mod load;
mod matching;
mod numbers;
mod path;
mod references;
mod validity;
mod values;

use fancy_regex::Regex;
use indexmap::IndexMap;

pub(crate) use self::compare::differences;
pub(crate) use self::conformity::Conformity;
use self::references::Documents;
use crate::json::Json;
use crate::schema::Dependency;

/// A parsed schema.
#[derive(Clone, Debug)]
pub(crate) struct JsonSchema {
    json: Json,
    nodes: Vec<Node>,
    root: usize,
}

/// A schema in a schema, by its place in [`JsonSchema::nodes`].
type Index = usize;

#[derive(Clone, Debug, Default)]
struct Node {
    kind: Kind,
    /// What says nothing about data: title, description, default, id.
    has_default: bool,
    /// Kafka Connect's bytes: their types are not compared.
    is_bytes: bool,
}

#[derive(Clone, Debug, Default)]
enum Kind {
    /// All data fits: `{}` and `true`.
    #[default]
    Empty,
    /// None does.
    False,
    Reference(Index),
    String(Strings),
    Number(Numbers),
    Boolean,
    Null,
    Object(Box<Object>),
    Array(Box<Array>),
    Enum(Vec<Json>),
    Const(Json),
    Combined {
        criterion: Criterion,
        parts: Vec<Index>,
    },
    Not(Index),
    Conditional,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Criterion {
    All,
    Any,
    One,
}

impl Criterion {
    fn name(self) -> &'static str {
        match self {
            Self::All => "allOf",
            Self::Any => "anyOf",
            Self::One => "oneOf",
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Strings {
    max_length: Option<f64>,
    min_length: Option<f64>,
    pattern: Option<String>,
}

#[derive(Clone, Debug, Default)]
struct Numbers {
    is_integer: bool,
    maximum: Option<f64>,
    minimum: Option<f64>,
    exclusive_maximum: Option<f64>,
    exclusive_minimum: Option<f64>,
    /// As written.
    multiple_of: Option<String>,
}

#[derive(Clone, Debug, Default)]
struct Object {
    properties: IndexMap<String, Index>,
    patterns: Vec<(Regex, Index)>,
    required: Vec<String>,
    additional: Rest,
    unevaluated: Option<Index>,
    needed_properties: IndexMap<String, Vec<String>>,
    needed_schemas: IndexMap<String, Index>,
    max_properties: Option<f64>,
    min_properties: Option<f64>,
}

#[derive(Clone, Debug, Default)]
struct Array {
    every_item: Option<Index>,
    items: Vec<Index>,
    additional: Rest,
    unevaluated: Option<Index>,
    max_items: Option<f64>,
    min_items: Option<f64>,
    max_contains: Option<f64>,
    min_contains: Option<f64>,
    is_unique: bool,
}

/// What is allowed beside what is named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Rest {
    #[default]
    Anything,
    Nothing,
    Schema(Index),
}

impl JsonSchema {
    pub(crate) fn parse(text: &str, dependencies: &[Dependency]) -> Result<Self, String> {
        let json = Json::parse(text).map_err(|error| error.to_string())?;
        validity::check(&json)?;
        let documents = Documents::new(&json, dependencies)?;
        let (nodes, root) = load::load(&documents)?;
        Ok(Self { nodes, root, json })
    }

    /// The canonical text: white space goes, the rest stays.
    pub(crate) fn text(&self) -> String {
        self.json.decimal_text()
    }

    /// The same schema with its keys in order.
    pub(crate) fn normalized(&self) -> Self {
        Self { json: self.json.sorted(), ..self.clone() }
    }

    /// The names of all properties.
    pub(crate) fn properties(&self) -> Vec<String> {
        let objects = self
            .nodes
            .iter()
            .filter_map(|node| if let Kind::Object(object) = &node.kind { Some(object) } else { None });
        objects.flat_map(|object| object.properties.keys().cloned()).collect()
    }

    /// A node, behind its references.
    fn node(&self, index: Index) -> (Index, &Node) {
        let mut index = index;
        // A chain of references that ends nowhere goes round; all of it is nothing.
        for _ in 0..=self.nodes.len() {
            match self.nodes.get(index) {
                Some(Node { kind: Kind::Reference(target), .. }) => index = *target,
                Some(node) => return (index, node),
                None => break,
            }
        }
        (index, &Node { kind: Kind::Empty, has_default: false, is_bytes: false })
    }
}
