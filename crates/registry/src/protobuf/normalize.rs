//! The file that is the same for texts that differ by order and by the form of names alone.

use std::collections::BTreeMap;

use super::types::{Types, is_scalar, join};
use super::{Enum, Extend, Field, FieldType, Message, ProtoFile, ProtoOption, Reserved, Type, Value};

impl ProtoFile {
    /// Fields by number, options by name, imports in order, names of types absolute; the order of types stays.
    pub(crate) fn normalized(&self) -> Self {
        let types = Types::of(self);
        let package = self.package.as_deref().unwrap_or_default();
        let mut file = self.clone();
        file.syntax = file.syntax.filter(|syntax| syntax == "proto3");
        for imports in [&mut file.imports, &mut file.public_imports] {
            imports.sort_unstable();
            imports.dedup();
        }
        sort_options(&mut file.options);
        for kind in &mut file.types {
            normalize_type(&types, kind, package);
        }
        normalize_extends(&types, &mut file.extends, package);
        for service in &mut file.services {
            sort_options(&mut service.options);
            for rpc in &mut service.rpcs {
                sort_options(&mut rpc.options);
                for (_, name) in [&mut rpc.request, &mut rpc.response] {
                    *name = absolute(&types, name, package);
                }
            }
        }
        file
    }
}

fn normalize_type(types: &Types<'_>, kind: &mut Type, around: &str) {
    match kind {
        Type::Message(message) => {
            let scope = join(around, &message.name);
            normalize_message(types, message, &scope);
        }
        Type::Enum(enumeration) => normalize_enum(enumeration),
    }
}

fn normalize_message(types: &Types<'_>, message: &mut Message, scope: &str) {
    message.reserved = one_by_one(&message.reserved);
    sort_options(&mut message.options);
    normalize_fields(types, &mut message.fields, scope);
    message.oneofs.retain(|oneof| !oneof.fields.is_empty());
    for oneof in &mut message.oneofs {
        sort_options(&mut oneof.options);
        normalize_fields(types, &mut oneof.fields, scope);
        oneof.groups.sort_by_key(|group| group.number);
    }
    message.oneofs.sort_by_key(|oneof| oneof.fields.first().map(|field| field.number));
    message.groups.sort_by_key(|group| group.number);
    for group in &mut message.groups {
        normalize_fields(types, &mut group.fields, scope);
    }
    let extensions = std::mem::take(&mut message.extensions);
    for extensions in extensions {
        for range in extensions.ranges {
            message
                .extensions
                .push(super::Extensions { ranges: vec![single(range)], options: extensions.options.clone() });
        }
    }
    message.extensions.sort_by_key(|extensions| extensions.ranges.first().map(order));
    normalize_extends(types, &mut message.extends, scope);
    for kind in &mut message.types {
        normalize_type(types, kind, scope);
    }
    // Maps are written as maps.
    let is_entry = |kind: &Type| match kind {
        Type::Message(message) => message
            .options
            .contains(&ProtoOption { name: "map_entry".to_owned(), value: Value::Word("true".to_owned()) }),
        Type::Enum(_) => false,
    };
    message.types.retain(|kind| !is_entry(kind));
}

fn normalize_enum(enumeration: &mut Enum) {
    enumeration.reserved = one_by_one(&enumeration.reserved);
    sort_options(&mut enumeration.options);
    enumeration.values.sort_by(|a, b| (a.number, &a.name).cmp(&(b.number, &b.name)));
    for value in &mut enumeration.values {
        sort_options(&mut value.options);
    }
}

/// One block for each extended type.
fn normalize_extends(types: &Types<'_>, extends: &mut Vec<Extend>, scope: &str) {
    let mut grouped: Vec<Extend> = Vec::new();
    for mut extend in std::mem::take(extends) {
        extend.name = absolute(types, &extend.name, scope);
        match grouped.iter_mut().find(|known| known.name == extend.name) {
            Some(known) => known.fields.append(&mut extend.fields),
            None => grouped.push(extend),
        }
    }
    for extend in &mut grouped {
        normalize_fields(types, &mut extend.fields, scope);
    }
    *extends = grouped;
}

fn normalize_fields(types: &Types<'_>, fields: &mut [Field], scope: &str) {
    fields.sort_by_key(|field| field.number);
    for field in fields {
        sort_options(&mut field.options);
        let kind = match &field.kind {
            FieldType::Named(name) => {
                let entry = types.resolve(name, scope).and_then(|(full, known)| {
                    let (key, value) = known.map_entry()?;
                    match (key, value) {
                        (FieldType::Named(key), FieldType::Named(value)) => {
                            Some(FieldType::Map(key.clone(), absolute(types, value, &full)))
                        }
                        _ => None,
                    }
                });
                entry.unwrap_or_else(|| FieldType::Named(absolute(types, name, scope)))
            }
            FieldType::Map(key, value) => FieldType::Map(key.clone(), absolute(types, value, scope)),
        };
        if matches!(kind, FieldType::Map(..)) {
            field.label = None;
        }
        field.kind = kind;
    }
}

fn absolute(types: &Types<'_>, name: &str, scope: &str) -> String {
    if is_scalar(name) {
        return name.to_owned();
    }
    types.resolve(name, scope).map_or_else(|| name.to_owned(), |(full, _)| format!(".{full}"))
}

fn sort_options(options: &mut [ProtoOption]) {
    options.sort_by(|a, b| a.name.cmp(&b.name));
    for option in options {
        sort_value(&mut option.value);
    }
}

fn sort_value(value: &mut Value) {
    match value {
        Value::Map(members) => {
            let sorted: BTreeMap<String, Value> = std::mem::take(members).into_iter().collect();
            members.extend(sorted);
            members.iter_mut().for_each(|(_, member)| sort_value(member));
        }
        Value::List(values) => values.iter_mut().for_each(sort_value),
        Value::String(_) | Value::Word(_) => {}
    }
}

/// Each on a line of its own, by number, names last.
fn one_by_one(reserved: &[Vec<Reserved>]) -> Vec<Vec<Reserved>> {
    let mut lines: Vec<Reserved> = reserved.iter().flatten().cloned().map(single).collect();
    lines.sort_by_key(order);
    lines.into_iter().map(|one| vec![one]).collect()
}

fn single(range: Reserved) -> Reserved {
    match range {
        Reserved::Range(first, Some(last)) if first == last => Reserved::Number(first),
        other => other,
    }
}

fn order(reserved: &Reserved) -> (i64, String) {
    match reserved {
        Reserved::Name(name) => (i64::MAX, name.clone()),
        Reserved::Number(number) | Reserved::Range(number, _) => (*number, String::new()),
    }
}
