//! Whether defaults fit their types.

use super::{Avro, Definition, Node};
use crate::json::Json;

pub(super) struct Defaults<'a> {
    avro: &'a Avro,
}

impl<'a> Defaults<'a> {
    pub(super) fn new(avro: &'a Avro) -> Self {
        Self { avro }
    }

    pub(super) fn check(&self) -> Result<(), String> {
        for named in self.avro.named.iter().filter(|named| !named.is_foreign) {
            let Definition::Record { fields, .. } = &named.definition else { continue };
            for field in fields {
                if let Some(default) = &field.default
                    && !self.fits(&field.node, default)
                {
                    let (field, record) = (&field.name, named.name.full());
                    return Err(format!("invalid default for field {field} of {record}: {default} is not of its type"));
                }
            }
        }
        Ok(())
    }

    /// A default may be of any branch of a union.
    fn fits(&self, node: &Node, value: &Json) -> bool {
        match node {
            Node::Union(branches) => branches.iter().any(|branch| self.fits(branch, value)),
            Node::Array { items, .. } => {
                value.as_array().is_some_and(|values| values.iter().all(|value| self.fits(items, value)))
            }
            Node::Map { values, .. } => {
                value.as_object().is_some_and(|members| members.values().all(|value| self.fits(values, value)))
            }
            Node::Primitive { kind, .. } => fits_primitive(kind, value),
            Node::Named(index) => match self.avro.named(*index).map(|named| &named.definition) {
                Some(Definition::Record { fields, .. }) => value.as_object().is_some_and(|members| {
                    fields.iter().all(|field| match members.get(&field.name) {
                        Some(value) => self.fits(&field.node, value),
                        None => field.default.is_some(),
                    })
                }),
                _ => value.as_str().is_some(),
            },
        }
    }
}

fn fits_primitive(kind: &str, value: &Json) -> bool {
    match (kind, value) {
        ("null", Json::Null) | ("boolean", Json::Bool(_)) | ("string" | "bytes", Json::String(_)) => true,
        ("int", Json::Number(text)) => text.parse::<i32>().is_ok(),
        ("long", Json::Number(text)) => text.parse::<i64>().is_ok(),
        ("float" | "double", Json::Number(_)) => true,
        _ => false,
    }
}
