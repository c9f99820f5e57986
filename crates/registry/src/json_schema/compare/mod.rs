//! The differences between two schemas, by path.
//!
//! A pair of schemas is compared once. A pair that is met again while it is compared is taken to fit; when it turns out not
//! to, all is compared again with that known. `objects`, `arrays`: what is in them; `rest`: what is allowed beside that.

mod arrays;
mod objects;
mod rest;

use std::collections::{BTreeSet, HashMap, HashSet};

use super::kinds::{description, is_compatible};
use super::path::{Found, Path};
use super::values::{numbers, strings};
use super::{Criterion, Index, JsonSchema, Kind, Node, matching};
use crate::difference::Difference;

/// The most pairs that are compared.
const MOST_PAIRS: usize = 500_000;
/// The deepest that they may stand in one another.
const DEEPEST: usize = 1_000;
/// How much the differences of all pairs may take, in bytes: each pair that others refer to twice doubles its own.
const MOST_BYTES: usize = 4_000_000;
/// Roughly what a difference takes besides its path.
const DIFFERENCE: usize = 64;
const TOO_LARGE: &str = "TOO_LARGE_TO_COMPARE";

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
            bytes: 0,
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
    /// What the differences take that were found so far.
    bytes: usize,
}

impl<'a> Comparison<'a> {
    fn compare(&mut self, old: Option<Index>, new: Option<Index>, path: &mut Path, found: &mut Found) {
        match (old, new) {
            (None, None) => {}
            (None, Some(_)) => path.add("SCHEMA_ADDED", found),
            (Some(_), None) => path.add("SCHEMA_REMOVED", found),
            (Some(_), Some(_)) if self.bytes > MOST_BYTES => found.push((TOO_LARGE, String::new())),
            (Some(old), Some(new)) => {
                for (kind, inner) in self.pair(old, new) {
                    let steps =
                        path.0.iter().map(String::as_str).chain(Some(inner.as_str()).filter(|inner| !inner.is_empty()));
                    let place = steps.collect::<Vec<_>>().join("/");
                    self.bytes += place.len() + DIFFERENCE;
                    found.push((kind, place));
                    if self.bytes > MOST_BYTES {
                        found.push((TOO_LARGE, String::new()));
                        return;
                    }
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
            return vec![(TOO_LARGE, String::new())];
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
            bytes: self.bytes,
        };
        let found = comparison.pair(new, old);
        self.pairs = comparison.pairs;
        self.bytes = comparison.bytes;
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

    /// Compares and says whether the two fit.
    fn covered(&mut self, old: Index, new: Index, path: &mut Path, found: &mut Found) -> bool {
        let mut inner = Vec::new();
        self.compare(Some(old), Some(new), path, &mut inner);
        let fits = fits(&inner);
        found.extend(inner);
        fits
    }
}

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
