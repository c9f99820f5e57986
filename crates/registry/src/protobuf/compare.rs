//! Which changes keep a reader from reading data of another version: fields are compared by number, messages by name.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::types::{Known, Types, is_scalar, join};
use super::{Enum, Field, FieldType, Label, Message, ProtoFile, Type};
use crate::difference::Difference;

/// What keeps the reader from reading data of the writer; empty when nothing does.
pub(crate) fn differences(reader: &ProtoFile, writer: &ProtoFile) -> Vec<Difference> {
    let package = |file: &ProtoFile| file.package.clone().unwrap_or_default();
    let mut comparison =
        Comparison { old: Types::of(writer), new: Types::of(reader), compared: HashMap::new(), found: Vec::new() };
    if writer.package != reader.package {
        comparison.add("PACKAGE_CHANGED", &[], PACKAGE);
    }
    let scopes = (package(writer), package(reader));
    comparison.types(&writer.types, &reader.types, &scopes, &mut Vec::new());
    comparison.found
}

const PACKAGE: &str = "The package at '%p' in the %s schema does not match the package in the %s schema";

struct Comparison<'a> {
    old: Types<'a>,
    new: Types<'a>,
    /// Messages of references by their full names, with whether they fit; those being compared are taken to fit.
    compared: HashMap<(String, String), bool>,
    found: Vec<Difference>,
}

/// The full names around what is compared, old and new.
type Scopes = (String, String);

impl<'a> Comparison<'a> {
    fn add(&mut self, kind: &'static str, path: &[String], description: &str) {
        let path = format!("#/{}", path.join("/"));
        self.found.push(Difference { kind, description: description.replace("%p", &path), additional: None, path });
    }

    fn at(&mut self, path: &mut Vec<String>, step: impl ToString, kind: &'static str, description: &str) {
        path.push(step.to_string());
        self.add(kind, path, description);
        path.pop();
    }

    /// New enums and values break nobody.
    fn types(&mut self, old: &'a [Type], new: &'a [Type], scopes: &Scopes, path: &mut Vec<String>) {
        let messages = |types: &'a [Type]| -> BTreeMap<&'a str, &'a Message> {
            let messages =
                types.iter().filter_map(|kind| if let Type::Message(message) = kind { Some(message) } else { None });
            messages.map(|message| (message.name.as_str(), message)).collect()
        };
        let new = messages(new);
        for (name, old) in messages(old) {
            path.push(name.to_owned());
            let scopes = (join(&scopes.0, name), join(&scopes.1, name));
            match new.get(name) {
                Some(new) => self.message(old, new, &scopes, path),
                // The entries of a map are no messages of their own.
                None if self.old.resolve(&scopes.0, "").is_some_and(|(_, known)| known.map_entry().is_some()) => {}
                None => self.add(
                    "MESSAGE_REMOVED",
                    path,
                    "The %s schema is missing a MESSAGE type at path '%p' in the %s schema",
                ),
            }
            path.pop();
        }
    }

    fn message(&mut self, old: &'a Message, new: &'a Message, scopes: &Scopes, path: &mut Vec<String>) {
        self.members(old, new, scopes, path);
        self.types(&old.types, &new.types, scopes, path);
    }

    fn members(&mut self, old: &'a Message, new: &'a Message, scopes: &Scopes, path: &mut Vec<String>) {
        let (before, after) = (Members::of(old), Members::of(new));
        for oneof in &new.oneofs {
            let mut origins = BTreeSet::new();
            let mut moved_in = 0;
            for field in &oneof.fields {
                if let Some(from) = before.oneofs.get(&field.number) {
                    origins.insert(format!("oneof {from}"));
                } else if before.fields.contains_key(&field.number) {
                    origins.insert(format!("field {}", field.number));
                    moved_in += 1;
                }
            }
            if origins.len() > 1 && moved_in > 1 {
                let description =
                    "Multiple fields in the oneof at path '%p' in the %s schema are outside a oneof in the %s schema";
                self.at(path, &oneof.name, "MULTIPLE_FIELDS_MOVED_TO_ONEOF", description);
            } else if origins.len() > 1 {
                let description =
                    "A field in the oneof at path '%p' in the %s schema is outside an existing oneof in the %s schema";
                self.at(path, &oneof.name, "FIELD_MOVED_TO_EXISTING_ONEOF", description);
            }
        }
        let numbers: BTreeSet<i64> = before.fields.keys().chain(after.fields.keys()).copied().collect();
        for number in numbers {
            match (before.fields.get(&number), after.fields.get(&number)) {
                (Some(old), Some(new)) => {
                    let oneof = after.oneofs.get(&number).map(|name| (*name).to_owned());
                    let steps = oneof.into_iter().chain([number.to_string()]);
                    let length = path.len();
                    path.extend(steps);
                    self.field(old, new, scopes, path);
                    path.truncate(length);
                }
                (Some(field), None) => match before.oneofs.get(&number) {
                    Some(oneof) if before.survives(oneof, &after) => {
                        path.push((*oneof).to_owned());
                        let description = "The %s schema is missing a oneof field at path '%p' in the %s schema";
                        self.at(path, number, "ONEOF_FIELD_REMOVED", description);
                        path.pop();
                    }
                    None if field.label == Some(Label::Required) => {
                        let description = "The %s schema is missing a required field at path: '%p' in the %s schema";
                        self.at(path, number, "REQUIRED_FIELD_REMOVED", description);
                    }
                    _ => {}
                },
                (None, Some(field)) if field.label == Some(Label::Required) && !after.oneofs.contains_key(&number) => {
                    let description = "A required field  at path '%p' in the %s schema is missing in the %s schema";
                    self.at(path, number, "REQUIRED_FIELD_ADDED", description);
                }
                (None, _) => {}
            }
        }
    }

    fn field(&mut self, old: &'a Field, new: &'a Field, scopes: &Scopes, path: &mut Vec<String>) {
        self.kinds((&old.kind, old.label), (&new.kind, new.label), scopes, path);
    }

    fn kinds(
        &mut self,
        old: (&FieldType, Option<Label>),
        new: (&FieldType, Option<Label>),
        scopes: &Scopes,
        path: &mut Vec<String>,
    ) {
        let (before, after) = (Kind::of(&self.old, old.0, &scopes.0), Kind::of(&self.new, new.0, &scopes.1));
        match (before, after) {
            (Kind::Scalar(before), Kind::Scalar(after)) => {
                if before != after {
                    let description = "The kind of a SCALAR field at path '%p' in the %s schema does not match its kind in the %s schema";
                    self.add("FIELD_SCALAR_KIND_CHANGED", path, description);
                } else if before != Scalar::Text && old.1.is_some() && new.1.is_some() && old.1 != new.1 {
                    let description = "The label for a NUMERIC field at path '%p' in the %s schema does not match its label in the %s schema";
                    self.add("FIELD_NUMERIC_LABEL_CHANGED", path, description);
                }
            }
            (Kind::Map(before), Kind::Map(after)) => {
                for (before, after) in [(before.0, after.0), (before.1, after.1)] {
                    self.kinds((&FieldType::Named(before), None), (&FieldType::Named(after), None), scopes, path);
                }
            }
            (Kind::Message(before), Kind::Message(after)) => self.named(before, after, path),
            _ => {
                let description = "The type of a field at path '%p' in the %s schema does not match the %s schema";
                self.add("FIELD_KIND_CHANGED", path, description);
            }
        }
    }

    /// Two messages by their names without package; those of other files are compared, unless they are the same version.
    fn named(&mut self, old: Option<(String, Known<'a>)>, new: Option<(String, Known<'a>)>, path: &[String]) {
        const CHANGED: &str =
            "The type of a MESSAGE field at path '%p' in the %s schema does not match its type in the %s schema";
        let (Some((old_name, old)), Some((new_name, new))) = (old, new) else { return };
        let local = |name: &str, known: &Known<'_>| {
            name.strip_prefix(known.package).and_then(|rest| rest.strip_prefix('.')).unwrap_or(name).to_owned()
        };
        if local(&old_name, &old) != local(&new_name, &new) {
            self.add("FIELD_NAMED_TYPE_CHANGED", path, CHANGED);
            return;
        }
        let (Type::Message(before), Type::Message(after)) = (old.definition, new.definition) else { return };
        if old.reference.is_some() && old.reference == new.reference {
            return;
        }
        let key = (old_name, new_name);
        let fits = match self.compared.get(&key) {
            Some(fits) => *fits,
            None => {
                self.compared.insert(key.clone(), true);
                let count = self.found.len();
                self.members(before, after, &key, &mut local(&key.0, &old).split('.').map(str::to_owned).collect());
                let fits = self.found.len() == count;
                self.compared.insert(key, fits);
                fits
            }
        };
        if !fits {
            self.add("FIELD_NAMED_TYPE_CHANGED", path, CHANGED);
        }
    }
}

/// The fields of a message by number, and the oneofs that they are in.
struct Members<'a> {
    fields: BTreeMap<i64, &'a Field>,
    oneofs: HashMap<i64, &'a str>,
    by_oneof: HashMap<&'a str, Vec<i64>>,
    names: BTreeSet<&'a str>,
}

impl<'a> Members<'a> {
    fn of(message: &'a Message) -> Self {
        let mut members = Self {
            fields: message.fields.iter().map(|field| (field.number, field)).collect(),
            oneofs: HashMap::new(),
            by_oneof: HashMap::new(),
            names: message.oneofs.iter().map(|oneof| oneof.name.as_str()).collect(),
        };
        for oneof in &message.oneofs {
            for field in &oneof.fields {
                members.fields.insert(field.number, field);
                members.oneofs.insert(field.number, &oneof.name);
                members.by_oneof.entry(&oneof.name).or_default().push(field.number);
            }
        }
        members
    }

    /// Whether a oneof is still there, or a field that it had.
    fn survives(&self, oneof: &str, after: &Members<'_>) -> bool {
        let mut numbers = self.by_oneof.get(oneof).into_iter().flatten();
        after.names.contains(oneof) || numbers.any(|number| after.fields.contains_key(number))
    }
}

/// Scalars whose bytes read alike.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scalar {
    General,
    Signed,
    Text,
    Fixed32,
    Fixed64,
    Float,
    Double,
}

enum Kind<'a> {
    Scalar(Scalar),
    Map((String, String)),
    Message(Option<(String, Known<'a>)>),
}

impl<'a> Kind<'a> {
    fn of(types: &Types<'a>, kind: &FieldType, scope: &str) -> Self {
        let name = match kind {
            FieldType::Map(key, value) => return Self::Map((key.clone(), value.clone())),
            FieldType::Named(name) => name,
        };
        if is_scalar(name) {
            return Self::Scalar(match name.as_str() {
                "sint32" | "sint64" => Scalar::Signed,
                "string" | "bytes" => Scalar::Text,
                "fixed32" | "sfixed32" => Scalar::Fixed32,
                "fixed64" | "sfixed64" => Scalar::Fixed64,
                "float" => Scalar::Float,
                "double" => Scalar::Double,
                _ => Scalar::General,
            });
        }
        let found = types.resolve(name, scope);
        if let Some((_, known)) = &found {
            if let Some((FieldType::Named(key), FieldType::Named(value))) = known.map_entry() {
                return Self::Map((key.clone(), value.clone()));
            }
            if matches!(known.definition, Type::Enum(Enum { .. })) {
                return Self::Scalar(Scalar::General);
            }
        }
        Self::Message(found)
    }
}
