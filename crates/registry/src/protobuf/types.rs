//! What the names of types mean.

use std::collections::{HashMap, HashSet};

use super::{FieldType, Message, ProtoFile, Type, Value};

const SCALARS: [&str; 15] = [
    "double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64", "sfixed32",
    "sfixed64", "bool", "string", "bytes",
];

pub(super) fn is_scalar(name: &str) -> bool {
    SCALARS.contains(&name)
}

/// A type with what is known of it by its place.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) package: &'a str,
    /// The subject and version of its file; an empty subject for the file itself, none for a file that is built in or behind
    /// another reference.
    pub(super) reference: Option<(&'a str, i32)>,
    pub(super) definition: &'a Type,
}

impl Known<'_> {
    /// Key and value, of the messages that stand for the entries of a map.
    pub(super) fn map_entry(&self) -> Option<(&FieldType, &FieldType)> {
        let Type::Message(message) = self.definition else { return None };
        let is_entry = message
            .options
            .iter()
            .any(|option| option.name == "map_entry" && option.value == Value::Word("true".to_owned()));
        let field = |name| message.fields.iter().find(|field| field.name == name).map(|field| &field.kind);
        is_entry.then(|| field("key").zip(field("value"))).flatten()
    }
}

/// All types that a file can name, by their full names.
pub(super) struct Types<'a> {
    by_name: HashMap<String, Known<'a>>,
}

impl<'a> Types<'a> {
    pub(super) fn of(file: &'a ProtoFile) -> Self {
        let mut types = Self { by_name: HashMap::new() };
        for imported in &file.dependencies {
            let reference = imported.reference.as_ref().map(|(subject, version)| (subject.as_str(), *version));
            types.add_file(&imported.file, reference);
        }
        types.add_file(file, Some(("", -1)));
        types
    }

    fn add_file(&mut self, file: &'a ProtoFile, reference: Option<(&'a str, i32)>) {
        let package = file.package.as_deref().unwrap_or_default();
        self.add(&file.types, package, package, reference);
    }

    fn add(&mut self, types: &'a [Type], around: &str, package: &'a str, reference: Option<(&'a str, i32)>) {
        for definition in types {
            let name = join(around, definition.name());
            if let Type::Message(message) = definition {
                self.add(&message.types, &name, package, reference);
            }
            self.by_name.insert(name, Known { package, reference, definition });
        }
    }

    /// The full name of a type and what it is, as it is named inside of a scope.
    pub(super) fn resolve(&self, name: &str, scope: &str) -> Option<(String, Known<'a>)> {
        if let Some(full) = name.strip_prefix('.') {
            return self.by_name.get(full).map(|known| (full.to_owned(), *known));
        }
        let mut scope = scope;
        loop {
            let full = join(scope, name);
            if let Some(known) = self.by_name.get(&full) {
                return Some((full, *known));
            }
            if scope.is_empty() {
                return None;
            }
            scope = scope.rsplit_once('.').map_or("", |(around, _)| around);
        }
    }
}

pub(super) fn join(around: &str, name: &str) -> String {
    if around.is_empty() { name.to_owned() } else { format!("{around}.{name}") }
}

/// Refuses types that are there twice, and names that mean nothing.
pub(super) fn check(file: &ProtoFile) -> Result<(), String> {
    let types = Types::of(file);
    let package = file.package.as_deref().unwrap_or_default();
    unique(&file.types, package)?;
    for kind in &file.types {
        if let Type::Message(message) = kind {
            check_message(&types, message, &join(package, &message.name))?;
        }
    }
    for extend in &file.extends {
        known(&types, &extend.name, package)?;
        for field in &extend.fields {
            check_kind(&types, &field.kind, package)?;
        }
    }
    for rpc in file.services.iter().flat_map(|service| &service.rpcs) {
        known(&types, &rpc.request.1, package)?;
        known(&types, &rpc.response.1, package)?;
    }
    Ok(())
}

fn unique(types: &[Type], around: &str) -> Result<(), String> {
    let mut seen = HashSet::new();
    match types.iter().find(|kind| !seen.insert(kind.name())) {
        Some(twice) => Err(format!("{} is defined twice", join(around, twice.name()))),
        None => Ok(()),
    }
}

fn check_message(types: &Types<'_>, message: &Message, name: &str) -> Result<(), String> {
    unique(&message.types, name)?;
    let in_oneofs = message.oneofs.iter().flat_map(|oneof| &oneof.fields);
    let in_groups = message.groups.iter().flat_map(|group| &group.fields);
    let in_extends = message.extends.iter().flat_map(|extend| &extend.fields);
    for field in message.fields.iter().chain(in_oneofs).chain(in_groups).chain(in_extends) {
        check_kind(types, &field.kind, name).map_err(|error| format!("{error} (field {} of {name})", field.name))?;
    }
    for inner in &message.types {
        if let Type::Message(message) = inner {
            check_message(types, message, &join(name, &message.name))?;
        }
    }
    Ok(())
}

fn check_kind(types: &Types<'_>, kind: &FieldType, scope: &str) -> Result<(), String> {
    match kind {
        FieldType::Named(name) => known(types, name, scope),
        FieldType::Map(key, value) => {
            if !is_scalar(key) || ["double", "float", "bytes"].contains(&key.as_str()) {
                return Err(format!("{key} cannot be the key of a map"));
            }
            known(types, value, scope)
        }
    }
}

fn known(types: &Types<'_>, name: &str, scope: &str) -> Result<(), String> {
    if is_scalar(name) || types.resolve(name, scope).is_some() {
        Ok(())
    } else {
        Err(format!("\"{name}\" is not defined: define it, or import its file and name that as a reference"))
    }
}
