//! The differences between two schemas of objects: properties, which of them are required, and what depends on them.

use std::collections::BTreeSet;

use super::rest::kind_of;
use super::{Comparison, set_change};
use crate::json_schema::path::{Found, Path};
use crate::json_schema::values::{MAX_PROPERTIES, MIN_PROPERTIES, bound};
use crate::json_schema::{Index, JsonSchema, Kind, Object, Rest};

const REMOVED_COVERED: &str = "PROPERTY_REMOVED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL";
const REMOVED_NOT_COVERED: &str = "PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL";
const ADDED_COVERED: &str = "PROPERTY_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL";
const ADDED_NOT_COVERED: &str = "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL";
const PROPERTIES: [&str; 4] = [
    "UNEVALUATED_PROPERTIES_ADDED",
    "UNEVALUATED_PROPERTIES_REMOVED",
    "UNEVALUATED_PROPERTIES_EXTENDED",
    "UNEVALUATED_PROPERTIES_NARROWED",
];

impl<'a> Comparison<'a> {
    pub(super) fn objects(&mut self, old: &'a Object, new: &'a Object, path: &mut Path, found: &mut Found) {
        path.within("required", |path| {
            for name in old.properties.keys().filter(|name| new.properties.contains_key(*name)) {
                let (was, is) = (old.required.contains(name), new.required.contains(name));
                if was && !is {
                    path.at(name, "REQUIRED_ATTRIBUTE_REMOVED", found);
                } else if !was && is {
                    let kind = if self.has_default(new, name) {
                        "REQUIRED_ATTRIBUTE_WITH_DEFAULT_ADDED"
                    } else {
                        "REQUIRED_ATTRIBUTE_ADDED"
                    };
                    path.at(name, kind, found);
                }
            }
        });
        path.within("properties", |path| {
            let added = new.properties.keys().filter(|name| !old.properties.contains_key(*name));
            for name in old.properties.keys().chain(added) {
                path.within(name, |path| match (old.properties.get(name), new.properties.get(name)) {
                    (Some(before), None) => self.removed_property(name, *before, new, path, found),
                    (None, Some(after)) => self.added_property(name, *after, old, new, path, found),
                    (before, after) => self.compare(before.copied(), after.copied(), path, found),
                });
            }
        });
        path.within("dependencies", |path| self.dependencies(old, new, path, found));
        path.within("additionalProperties", |path| {
            self.rest(old.additional, new.additional, "PROPERTIES", path, found)
        });
        self.unevaluated("unevaluatedProperties", old.unevaluated, new.unevaluated, PROPERTIES, path, found);
        bound("maxProperties", old.max_properties, new.max_properties, MAX_PROPERTIES, path, found);
        bound("minProperties", old.min_properties, new.min_properties, MIN_PROPERTIES, path, found);
    }

    fn has_default(&self, object: &Object, name: &str) -> bool {
        object.properties.get(name).and_then(|index| self.new.nodes.get(*index)).is_some_and(|node| node.has_default)
    }

    fn removed_property(&mut self, name: &str, before: Index, new: &'a Object, path: &mut Path, found: &mut Found) {
        if is_open(self.new, new) {
            path.add("PROPERTY_REMOVED_FROM_OPEN_CONTENT_MODEL", found);
        } else if let Some(cover) = cover(self.new, new, name) {
            let covered = self.covered(before, cover, path, found);
            path.add(if covered { REMOVED_COVERED } else { REMOVED_NOT_COVERED }, found);
        } else if matches!(self.old.node(before).1.kind, Kind::False) {
            path.add("PROPERTY_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL", found);
        } else {
            path.add("PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL", found);
        }
    }

    fn added_property(
        &mut self,
        name: &str,
        after: Index,
        old: &'a Object,
        new: &'a Object,
        path: &mut Path,
        found: &mut Found,
    ) {
        let is_required = new.required.iter().any(|required| required == name);
        let has_default = self.has_default(new, name);
        if is_open(self.old, old) {
            let is_empty = self.new.nodes.get(after).is_some_and(|node| matches!(node.kind, Kind::Empty));
            path.add(
                match (is_empty, is_required, has_default) {
                    (true, ..) => "PROPERTY_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL",
                    (_, true, true) => "REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN_CONTENT_MODEL",
                    (_, true, false) => "REQUIRED_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL",
                    _ => "OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL",
                },
                found,
            );
            return;
        }
        if let Some(cover) = cover(self.old, old, name) {
            let covered = self.covered(cover, after, path, found);
            path.add(if covered { ADDED_COVERED } else { ADDED_NOT_COVERED }, found);
        }
        path.add(
            match (is_required, has_default) {
                (true, true) => "REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_UNOPEN_CONTENT_MODEL",
                (true, false) => "REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL",
                _ => "OPTIONAL_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL",
            },
            found,
        );
    }

    fn dependencies(&mut self, old: &'a Object, new: &'a Object, path: &mut Path, found: &mut Found) {
        let names: BTreeSet<&String> = old.needed_properties.keys().chain(new.needed_properties.keys()).collect();
        for name in names {
            let change = match (old.needed_properties.get(name), new.needed_properties.get(name)) {
                (Some(old), Some(new)) => {
                    let (old, new) = (old.iter().cloned().collect(), new.iter().cloned().collect());
                    set_change(
                        &old,
                        &new,
                        ["DEPENDENCY_ARRAY_EXTENDED", "DEPENDENCY_ARRAY_NARROWED", "DEPENDENCY_ARRAY_CHANGED"],
                    )
                }
                (None, _) => Some("DEPENDENCY_ARRAY_ADDED"),
                (_, None) => Some("DEPENDENCY_ARRAY_REMOVED"),
            };
            if let Some(change) = change {
                path.at(name, change, found);
            }
        }
        let names: BTreeSet<&String> = old.needed_schemas.keys().chain(new.needed_schemas.keys()).collect();
        for name in names {
            path.within(name.clone(), |path| match (old.needed_schemas.get(name), new.needed_schemas.get(name)) {
                (None, Some(_)) => path.add("DEPENDENCY_SCHEMA_ADDED", found),
                (Some(_), None) => path.add("DEPENDENCY_SCHEMA_REMOVED", found),
                (before, after) => self.compare(before.copied(), after.copied(), path, found),
            });
        }
    }
}

/// Whether anything may stand in an object beside what is named.
fn is_open(schema: &JsonSchema, object: &Object) -> bool {
    let is_evaluated = matches!(kind_of(schema, object.unevaluated), None | Some(Kind::Empty));
    object.additional == Rest::Anything && object.patterns.is_empty() && is_evaluated
}

/// The schema that a property has which is not named.
fn cover(schema: &JsonSchema, object: &Object, name: &str) -> Option<Index> {
    // A pattern that gives up does not match.
    let pattern = object.patterns.iter().find(|(pattern, _)| pattern.is_match(name).unwrap_or(false));
    if let Some((_, index)) = pattern {
        return Some(*index);
    }
    match object.additional {
        Rest::Schema(index) => Some(index),
        Rest::Nothing => None,
        Rest::Anything => object
            .unevaluated
            .filter(|index| !matches!(kind_of(schema, Some(*index)), None | Some(Kind::Empty | Kind::False))),
    }
}
