//! Whether data of one schema (the writer) can be read by another (the reader), as Avro's `SchemaCompatibility` decides.

use std::collections::HashMap;

use super::{Avro, Definition, Field, Named, Node};
use crate::difference::Difference;

/// What keeps the reader from reading data of the writer; empty when nothing does.
pub(crate) fn differences(reader: &Avro, writer: &Avro) -> Vec<Difference> {
    let mut comparison = Comparison { reader, writer, known: HashMap::new(), ambiguous: None };
    let differences = comparison.compare(&reader.root, &writer.root, "");
    comparison.ambiguous.map_or(differences, |ambiguous| vec![ambiguous])
}

struct Comparison<'a> {
    reader: &'a Avro,
    writer: &'a Avro,
    /// The pairs of named types that were compared, or are being compared: those are taken for readable.
    known: HashMap<(usize, usize), Vec<Difference>>,
    /// A field of the reader that is several fields of the writer. Avro gives up then, so it is the only difference.
    ambiguous: Option<Difference>,
}

impl<'a> Comparison<'a> {
    fn compare(&mut self, reader: &'a Node, writer: &'a Node, path: &str) -> Vec<Difference> {
        match (reader, writer) {
            (_, Node::Union(branches)) => {
                let mut differences = Vec::new();
                let is_union = matches!(reader, Node::Union(_));
                for (branch, index) in branches.iter().zip(0..) {
                    let path = format!("{path}/{index}");
                    if !is_union {
                        differences.extend(self.compare(reader, branch, &path));
                    } else if !self.compare(reader, branch, &path).is_empty() {
                        differences.push(self.missing_branch(branch, &path));
                    }
                }
                differences
            }
            (Node::Union(branches), _) => {
                let is_read = branches.iter().any(|branch| self.compare(branch, writer, path).is_empty());
                if is_read { Vec::new() } else { vec![self.missing_branch(writer, path)] }
            }
            (Node::Array { items: reader, .. }, Node::Array { items: writer, .. }) => {
                self.compare(reader, writer, &format!("{path}/items"))
            }
            (Node::Map { values: reader, .. }, Node::Map { values: writer, .. }) => {
                self.compare(reader, writer, &format!("{path}/values"))
            }
            (Node::Named(reader), Node::Named(writer)) => self.named(*reader, *writer, path),
            (Node::Primitive { kind: reader, .. }, Node::Primitive { kind: writer, .. })
                if reader == writer || is_promoted(writer, reader) =>
            {
                Vec::new()
            }
            _ => vec![self.mismatch(reader, writer, path)],
        }
    }

    fn named(&mut self, reader: usize, writer: usize, path: &str) -> Vec<Difference> {
        if let Some(known) = self.known.get(&(reader, writer)) {
            return known.clone();
        }
        let (Some(old), Some(new)) = (self.writer.named(writer), self.reader.named(reader)) else {
            return Vec::new();
        };
        self.known.insert((reader, writer), Vec::new());
        let differences = self
            .definitions(new, old, path)
            .unwrap_or_else(|| vec![self.mismatch(&Node::Named(reader), &Node::Named(writer), path)]);
        self.known.insert((reader, writer), differences.clone());
        differences
    }

    /// None for two kinds of types.
    fn definitions(&mut self, reader: &'a Named, writer: &'a Named, path: &str) -> Option<Vec<Difference>> {
        let mut differences = Vec::new();
        if reader.definition.kind() == writer.definition.kind()
            && reader.name.name != writer.name.name
            && !reader.aliases.contains(&writer.name)
        {
            let description = format!("The name of the schema has changed (path '{path}/name')");
            let additional = format!("expected: {}", writer.name.full());
            differences.push(difference("NAME_MISMATCH", description, additional, format!("{path}/name")));
        }
        match (&reader.definition, &writer.definition) {
            (Definition::Fixed { size: new }, Definition::Fixed { size: old }) => {
                if new != old {
                    let path = format!("{path}/size");
                    let description = format!(
                        "The size of FIXED type field at path '{path}' in the %s schema does not match with the %s schema"
                    );
                    let additional = format!("expected: {old}, found: {new}");
                    differences.push(difference("FIXED_SIZE_MISMATCH", description, additional, path));
                }
            }
            (Definition::Enum { symbols: new, default }, Definition::Enum { symbols: old, .. }) => {
                let missing: Vec<_> = old.iter().filter(|symbol| !new.contains(symbol)).map(String::as_str).collect();
                if !missing.is_empty() && default.is_none() {
                    let (path, missing) = (format!("{path}/symbols"), format!("[{}]", missing.join(", ")));
                    let description =
                        format!("The %s schema is missing enum symbols '{missing}' at path '{path}' in the %s schema");
                    differences.push(difference("MISSING_ENUM_SYMBOLS", description, missing, path));
                }
            }
            (Definition::Record { fields: new, .. }, Definition::Record { fields: old, .. }) => {
                differences.extend(self.fields(new, old, path));
            }
            _ => return None,
        }
        Some(differences)
    }

    fn fields(&mut self, reader: &'a [Field], writer: &'a [Field], path: &str) -> Vec<Difference> {
        let by_name: HashMap<_, _> = writer.iter().map(|field| (field.name.as_str(), field)).collect();
        let mut differences = Vec::new();
        for (field, index) in reader.iter().zip(0..) {
            let path = format!("{path}/fields/{index}");
            let aliases = field.aliases.iter().flatten().map(String::as_str);
            let mut olds = std::iter::once(field.name.as_str()).chain(aliases).filter_map(|name| by_name.get(name));
            let old = olds.next();
            if let (None, Some(_)) = (&self.ambiguous, olds.next()) {
                let kind = self.reader.kind(&field.node).to_uppercase();
                let description = format!(
                    "Unexpected exception during compatibility check: Reader record field {} type:{kind} pos:{index} matches \
                     multiple fields in writer record schema",
                    field.name
                );
                self.ambiguous = Some(Difference { kind: "", description, additional: None, path: path.clone() });
            }
            if let Some(old) = old {
                differences.extend(self.compare(&field.node, &old.node, &format!("{path}/type")));
            } else if field.default.is_some() {
            } else if self.has_enum_default(&field.node) {
                // Avro compares the enum with the whole record of the writer, which never fits.
                let path = format!("{path}/type");
                differences.push(mismatched("ENUM", "RECORD", &path));
            } else {
                let description = format!(
                    "The field '{}' at path '{path}' in the %s schema has no default value and is missing in the %s schema",
                    field.name
                );
                let kind = "READER_FIELD_MISSING_DEFAULT_VALUE";
                differences.push(difference(kind, description, field.name.clone(), path));
            }
        }
        differences
    }

    fn has_enum_default(&self, node: &Node) -> bool {
        let Node::Named(index) = node else { return false };
        let named = self.reader.named(*index).map(|named| &named.definition);
        matches!(named, Some(Definition::Enum { default: Some(_), .. }))
    }

    fn mismatch(&self, reader: &Node, writer: &Node, path: &str) -> Difference {
        mismatched(&self.reader.kind(reader).to_uppercase(), &self.writer.kind(writer).to_uppercase(), path)
    }

    fn missing_branch(&self, writer: &Node, path: &str) -> Difference {
        let path = if path.is_empty() { "/" } else { path };
        let description =
            format!("The %s schema is missing a type inside a union field at path '{path}' in the %s schema");
        let additional = format!("reader union lacking writer type: {}", self.writer.kind(writer).to_uppercase());
        difference("MISSING_UNION_BRANCH", description, additional, path.to_owned())
    }
}

fn mismatched(new: &str, old: &str, path: &str) -> Difference {
    let path = if path.is_empty() { "/" } else { path };
    let description = format!("The type (path '{path}') of a field in the %s schema does not match with the %s schema");
    let additional = format!("reader type: {new} not compatible with writer type: {old}");
    difference("TYPE_MISMATCH", description, additional, path.to_owned())
}

fn difference(kind: &'static str, description: String, additional: String, path: String) -> Difference {
    Difference { kind, description, additional: Some(additional), path }
}

/// Whether a primitive type may be read as a wider one.
fn is_promoted(from: &str, to: &str) -> bool {
    matches!(
        (from, to),
        ("int", "long" | "float" | "double")
            | ("long", "float" | "double")
            | ("float", "double")
            | ("string", "bytes")
            | ("bytes", "string")
    )
}
