//! The differences between two schemas, by path.
//!
//! A pair of schemas is compared once. A pair that is met again while it is compared is taken to fit; when it turns out not
//! to, all is compared again with that known.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::kinds::{description, is_compatible};
use super::path::{Found, Path};
use super::values::{
    MAX_CONTAINS, MAX_ITEMS, MAX_PROPERTIES, MIN_CONTAINS, MIN_ITEMS, MIN_PROPERTIES, bound, numbers, strings,
};
use super::{Array, Criterion, Index, JsonSchema, Kind, Node, Object, Rest, matching};
use crate::difference::Difference;

/// The most pairs that are compared.
const MOST_PAIRS: usize = 500_000;
/// The deepest that they may stand in one another.
const DEEPEST: usize = 1_000;

/// What keeps the reader from reading data of the writer; empty when nothing does.
pub(crate) fn differences(reader: &JsonSchema, writer: &JsonSchema) -> Vec<Difference> {
    let mut seed: HashMap<Pair, Found> = HashMap::new();
    loop {
        let mut comparison = Comparison {
            old: writer,
            new: reader,
            known: HashMap::new(),
            open: HashSet::new(),
            seed: &seed,
            is_optimistic: false,
            pairs: 0,
            depth: 0,
        };
        let mut found = Vec::new();
        comparison.compare(Some(writer.root), Some(reader.root), &mut Path::default(), &mut found);
        let is_optimistic = comparison.is_optimistic;
        let broken: HashMap<Pair, Found> = comparison.known.into_iter().filter(|(_, found)| !fits(found)).collect();
        if !is_optimistic || broken.len() == seed.len() {
            let breaking = found.into_iter().filter(|(kind, _)| !is_compatible(kind));
            return breaking
                .map(|(kind, path)| {
                    let path = format!("#/{path}");
                    Difference { kind, description: description(kind, &path), additional: None, path }
                })
                .collect();
        }
        seed = broken;
    }
}

type Pair = (Index, Index);
fn fits(found: &Found) -> bool {
    found.iter().all(|(kind, _)| is_compatible(kind))
}

struct Comparison<'a> {
    old: &'a JsonSchema,
    new: &'a JsonSchema,
    known: HashMap<Pair, Found>,
    open: HashSet<Pair>,
    seed: &'a HashMap<Pair, Found>,
    is_optimistic: bool,
    pairs: usize,
    depth: usize,
}

impl<'a> Comparison<'a> {
    fn compare(&mut self, old: Option<Index>, new: Option<Index>, path: &mut Path, found: &mut Found) {
        match (old, new) {
            (None, None) => {}
            (None, Some(_)) => path.add("SCHEMA_ADDED", found),
            (Some(_), None) => path.add("SCHEMA_REMOVED", found),
            (Some(old), Some(new)) => {
                for (kind, inner) in self.pair(old, new) {
                    let steps =
                        path.0.iter().map(String::as_str).chain(Some(inner.as_str()).filter(|inner| !inner.is_empty()));
                    found.push((kind, steps.collect::<Vec<_>>().join("/")));
                }
            }
        }
    }

    /// The differences of a pair, their paths from there.
    fn pair(&mut self, old: Index, new: Index) -> Found {
        let (old_schema, new_schema) = (self.old, self.new);
        let ((old, old_node), (new, new_node)) = (old_schema.node(old), new_schema.node(new));
        if let Some(known) = self.known.get(&(old, new)) {
            return known.clone();
        }
        if self.open.contains(&(old, new)) {
            self.is_optimistic |= !self.seed.contains_key(&(old, new));
            return self.seed.get(&(old, new)).cloned().unwrap_or_default();
        }
        self.pairs += 1;
        if self.pairs > MOST_PAIRS || self.depth > DEEPEST {
            return vec![("TOO_LARGE_TO_COMPARE", String::new())];
        }
        self.open.insert((old, new));
        self.depth += 1;
        let mut found = Vec::new();
        self.nodes(old_node, new_node, (old, new), &mut found);
        self.depth -= 1;
        self.open.remove(&(old, new));
        self.known.insert((old, new), found.clone());
        found
    }

    fn nodes(&mut self, old: &'a Node, new: &'a Node, (old_index, new_index): Pair, found: &mut Found) {
        let path = &mut Path::default();
        match (&old.kind, &new.kind) {
            (Kind::Combined { criterion: before, parts: olds }, Kind::Combined { criterion: after, parts: news }) => {
                self.combined((*before, olds), (*after, news), path, found);
                return;
            }
            (_, Kind::Combined { criterion, parts }) => {
                let is_sum = *criterion != Criterion::All && parts.len() != 1;
                for part in parts.iter().filter(|_| is_sum || parts.len() == 1) {
                    let inner = self.pair(old_index, *part);
                    if fits(&inner) {
                        found.extend(inner);
                        if is_sum {
                            path.add("SUM_TYPE_EXTENDED", found);
                        }
                        return;
                    }
                }
            }
            (Kind::Combined { criterion, parts }, _) => {
                let is_product = *criterion == Criterion::All && parts.len() != 1;
                for part in parts.iter().filter(|_| is_product || parts.len() == 1) {
                    let inner = self.pair(*part, new_index);
                    if fits(&inner) {
                        found.extend(inner);
                        if is_product {
                            path.add("PRODUCT_TYPE_NARROWED", found);
                        }
                        return;
                    }
                }
            }
            _ => {}
        }
        match (&old.kind, &new.kind) {
            (Kind::String(old), Kind::String(new)) => strings(old, new, path, found),
            (Kind::Number(old), Kind::Number(new)) => numbers(old, new, path, found),
            (Kind::Object(old), Kind::Object(new)) => self.objects(old, new, path, found),
            (Kind::Array(old), Kind::Array(new)) => self.arrays(old, new, path, found),
            (Kind::Const(old), Kind::Const(new)) if old != new => path.at("const", "ENUM_ARRAY_CHANGED", found),
            (Kind::Enum(old), Kind::Enum(new)) => {
                let texts = |values: &[crate::json::Json]| -> BTreeSet<String> {
                    values.iter().map(ToString::to_string).collect()
                };
                let (old, new) = (texts(old), texts(new));
                if let Some(change) =
                    set_change(&old, &new, ["ENUM_ARRAY_EXTENDED", "ENUM_ARRAY_NARROWED", "ENUM_ARRAY_CHANGED"])
                {
                    path.at("enum", change, found);
                }
            }
            (Kind::Not(old_inner), Kind::Not(new_inner)) => {
                // The other way round: what was not to match is compared as if it were new.
                let fits = self.reversed(*old_inner, *new_inner);
                path.at("not", if fits { "NOT_TYPE_NARROWED" } else { "NOT_TYPE_EXTENDED" }, found);
            }
            (Kind::False, _) | (_, Kind::Empty) => {}
            (old_kind, new_kind) if std::mem::discriminant(old_kind) == std::mem::discriminant(new_kind) => {}
            _ if old.is_bytes && new.is_bytes => {}
            _ => path.add("TYPE_CHANGED", found),
        }
    }

    /// Whether what was forbidden reads what is forbidden now.
    fn reversed(&mut self, old: Index, new: Index) -> bool {
        let depth_left = DEEPEST.saturating_sub(self.depth);
        if depth_left == 0 {
            return false;
        }
        let seed = HashMap::new();
        let mut comparison = Comparison {
            old: self.new,
            new: self.old,
            known: HashMap::new(),
            open: HashSet::new(),
            seed: &seed,
            is_optimistic: false,
            pairs: self.pairs,
            depth: self.depth + 1,
        };
        let found = comparison.pair(new, old);
        self.pairs = comparison.pairs;
        fits(&found)
    }

    fn combined(
        &mut self,
        (before, olds): (Criterion, &[Index]),
        (after, news): (Criterion, &[Index]),
        path: &mut Path,
        found: &mut Found,
    ) {
        if before != after {
            let singles = (olds.len() == 1, news.len() == 1);
            let extends = after == Criterion::Any
                || singles == (true, true)
                || (singles.0 && after == Criterion::One)
                || (singles.1 && before == Criterion::All);
            if !extends {
                path.add("COMBINED_TYPE_CHANGED", found);
                return;
            }
            path.add("COMBINED_TYPE_EXTENDED", found);
        }
        if olds.len() < news.len() {
            path.add(if after == Criterion::All { "PRODUCT_TYPE_EXTENDED" } else { "SUM_TYPE_EXTENDED" }, found);
        } else if olds.len() > news.len() {
            path.add(if before == Criterion::All { "PRODUCT_TYPE_NARROWED" } else { "SUM_TYPE_NARROWED" }, found);
        }
        let mut wishes = Vec::new();
        let mut inner = HashMap::new();
        for (old, row) in olds.iter().zip(0..) {
            let mut fitting = Vec::new();
            for (new, column) in news.iter().zip(0..) {
                let differences = self.pair(*old, *new);
                if fits(&differences) {
                    fitting.push(column);
                    inner.insert((row, column), differences);
                }
            }
            wishes.push(fitting);
        }
        let partners = matching::largest(&wishes, news.len());
        let matched = partners.iter().zip(0..).filter_map(|(partner, column)| Some(((*partner)?, column)));
        let matched: Vec<(usize, usize)> = matched.collect();
        found.extend(matched.iter().filter_map(|pair| inner.get(pair)).flatten().cloned());
        if matched.len() < olds.len().min(news.len()) {
            path.add("COMBINED_TYPE_SUBSCHEMAS_CHANGED", found);
        }
    }

    fn objects(&mut self, old: &'a Object, new: &'a Object, path: &mut Path, found: &mut Found) {
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

    /// Compares and says whether the two fit.
    fn covered(&mut self, old: Index, new: Index, path: &mut Path, found: &mut Found) -> bool {
        let mut inner = Vec::new();
        self.compare(Some(old), Some(new), path, &mut inner);
        let fits = fits(&inner);
        found.extend(inner);
        fits
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

    /// What is allowed beside what is named.
    fn rest(&mut self, old: Rest, new: Rest, what: &str, path: &mut Path, found: &mut Found) {
        let is_items = what == "ITEMS";
        let kind = match (old, new) {
            (Rest::Nothing, Rest::Nothing) | (Rest::Anything, Rest::Anything) => return,
            (Rest::Nothing, _) if is_items => "ADDITIONAL_ITEMS_ADDED",
            (Rest::Nothing, _) => "ADDITIONAL_PROPERTIES_ADDED",
            (_, Rest::Nothing) if is_items => "ADDITIONAL_ITEMS_REMOVED",
            (_, Rest::Nothing) => "ADDITIONAL_PROPERTIES_REMOVED",
            (Rest::Anything, _) if is_items => "ADDITIONAL_ITEMS_NARROWED",
            (Rest::Anything, _) => "ADDITIONAL_PROPERTIES_NARROWED",
            (_, Rest::Anything) if is_items => "ADDITIONAL_ITEMS_EXTENDED",
            (_, Rest::Anything) => "ADDITIONAL_PROPERTIES_EXTENDED",
            (Rest::Schema(old), Rest::Schema(new)) => return self.compare(Some(old), Some(new), path, found),
        };
        path.add(kind, found);
    }

    fn unevaluated(
        &mut self,
        step: &str,
        old: Option<Index>,
        new: Option<Index>,
        [added, removed, extended, narrowed]: [&'static str; 4],
        path: &mut Path,
        found: &mut Found,
    ) {
        let is = |schema: &JsonSchema, index: Option<Index>, kind: &Kind| {
            let node = index.and_then(|index| schema.nodes.get(index));
            node.is_some_and(|node| std::mem::discriminant(&node.kind) == std::mem::discriminant(kind))
        };
        let (old_false, new_false) = (is(self.old, old, &Kind::False), is(self.new, new, &Kind::False));
        let (old_empty, new_empty) = (is(self.old, old, &Kind::Empty), is(self.new, new, &Kind::Empty));
        let kind = match (old, new) {
            (None, None) => return,
            (None, Some(_)) if new_false => removed,
            (None, Some(_)) => narrowed,
            (Some(_), None) if old_false => added,
            (Some(_), None) => extended,
            _ if old_false && !new_false => added,
            _ if new_false && !old_false => removed,
            _ if old_empty && !new_empty => narrowed,
            _ if new_empty && !old_empty => extended,
            _ => return path.within(step, |path| self.compare(old, new, path, found)),
        };
        path.at(step, kind, found);
    }

    fn arrays(&mut self, old: &'a Array, new: &'a Array, path: &mut Path, found: &mut Found) {
        path.within("items", |path| self.compare(old.every_item, new.every_item, path, found));
        for index in 0..old.items.len().max(new.items.len()) {
            path.within(format!("items/{index}"), |path| match (old.items.get(index), new.items.get(index)) {
                (Some(before), None) => self.removed_item(*before, new, path, found),
                (None, Some(after)) => self.added_item(*after, old, path, found),
                (before, after) => self.compare(before.copied(), after.copied(), path, found),
            });
        }
        path.within("additionalItems", |path| self.rest(old.additional, new.additional, "ITEMS", path, found));
        self.unevaluated("unevaluatedItems", old.unevaluated, new.unevaluated, ITEMS, path, found);
        bound("maxItems", old.max_items, new.max_items, MAX_ITEMS, path, found);
        bound("minItems", old.min_items, new.min_items, MIN_ITEMS, path, found);
        if old.is_unique != new.is_unique {
            path.at("uniqueItems", if old.is_unique { "UNIQUE_ITEMS_REMOVED" } else { "UNIQUE_ITEMS_ADDED" }, found);
        }
        bound("maxContains", old.max_contains, new.max_contains, MAX_CONTAINS, path, found);
        bound("minContains", old.min_contains, new.min_contains, MIN_CONTAINS, path, found);
    }

    fn removed_item(&mut self, before: Index, new: &'a Array, path: &mut Path, found: &mut Found) {
        match items_beyond(self.new, new) {
            Beyond::Open => path.add("ITEM_REMOVED_FROM_OPEN_CONTENT_MODEL", found),
            Beyond::Covered(cover) => {
                let covered = self.covered(before, cover, path, found);
                path.add(if covered { ITEM_REMOVED_COVERED } else { ITEM_REMOVED_NOT_COVERED }, found);
            }
            Beyond::Closed if matches!(self.old.node(before).1.kind, Kind::False) => {
                path.add("ITEM_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL", found);
            }
            Beyond::Closed => path.add("ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL", found),
        }
    }

    fn added_item(&mut self, after: Index, old: &'a Array, path: &mut Path, found: &mut Found) {
        match items_beyond(self.old, old) {
            Beyond::Open if matches!(self.new.node(after).1.kind, Kind::Empty) => {
                path.add("ITEM_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL", found);
            }
            Beyond::Open => path.add("ITEM_ADDED_TO_OPEN_CONTENT_MODEL", found),
            Beyond::Covered(cover) => {
                let covered = self.covered(cover, after, path, found);
                path.add(if covered { ITEM_ADDED_COVERED } else { ITEM_ADDED_NOT_COVERED }, found);
            }
            Beyond::Closed => path.add("ITEM_ADDED_TO_CLOSED_CONTENT_MODEL", found),
        }
    }
}

const REMOVED_COVERED: &str = "PROPERTY_REMOVED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL";
const REMOVED_NOT_COVERED: &str = "PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL";
const ADDED_COVERED: &str = "PROPERTY_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL";
const ADDED_NOT_COVERED: &str = "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL";
const ITEM_REMOVED_COVERED: &str = "ITEM_REMOVED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL";
const ITEM_REMOVED_NOT_COVERED: &str = "ITEM_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL";
const ITEM_ADDED_COVERED: &str = "ITEM_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL";
const ITEM_ADDED_NOT_COVERED: &str = "ITEM_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL";
const PROPERTIES: [&str; 4] = [
    "UNEVALUATED_PROPERTIES_ADDED",
    "UNEVALUATED_PROPERTIES_REMOVED",
    "UNEVALUATED_PROPERTIES_EXTENDED",
    "UNEVALUATED_PROPERTIES_NARROWED",
];
const ITEMS: [&str; 4] = [
    "UNEVALUATED_ITEMS_ADDED",
    "UNEVALUATED_ITEMS_REMOVED",
    "UNEVALUATED_ITEMS_EXTENDED",
    "UNEVALUATED_ITEMS_NARROWED",
];

/// How a set changed, if it did: extended, narrowed, changed.
fn set_change(old: &BTreeSet<String>, new: &BTreeSet<String>, kinds: [&'static str; 3]) -> Option<&'static str> {
    let [extended, narrowed, changed] = kinds;
    match () {
        () if old == new => None,
        () if new.is_superset(old) => Some(extended),
        () if old.is_superset(new) => Some(narrowed),
        () => Some(changed),
    }
}

fn kind_of(schema: &JsonSchema, index: Option<Index>) -> Option<&Kind> {
    index.and_then(|index| schema.nodes.get(index)).map(|node| &node.kind)
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

/// What may follow the items of a tuple.
enum Beyond {
    Open,
    Covered(Index),
    Closed,
}

fn items_beyond(schema: &JsonSchema, array: &Array) -> Beyond {
    match (array.additional, kind_of(schema, array.unevaluated), array.unevaluated) {
        (Rest::Nothing, ..) => Beyond::Closed,
        (Rest::Schema(index), ..) => Beyond::Covered(index),
        (Rest::Anything, None | Some(Kind::Empty), _) | (_, _, None) => Beyond::Open,
        (Rest::Anything, Some(Kind::False), _) => Beyond::Closed,
        (Rest::Anything, Some(_), Some(index)) => Beyond::Covered(index),
    }
}
