//! The differences between two schemas of arrays: of all items, of those of a tuple, and of what may follow them.

use super::Comparison;
use super::rest::kind_of;
use crate::json_schema::path::{Found, Path};
use crate::json_schema::values::{MAX_CONTAINS, MAX_ITEMS, MIN_CONTAINS, MIN_ITEMS, bound};
use crate::json_schema::{Array, Index, JsonSchema, Kind, Rest};

const ITEM_REMOVED_COVERED: &str = "ITEM_REMOVED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL";
const ITEM_REMOVED_NOT_COVERED: &str = "ITEM_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL";
const ITEM_ADDED_COVERED: &str = "ITEM_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL";
const ITEM_ADDED_NOT_COVERED: &str = "ITEM_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL";
const ITEMS: [&str; 4] = [
    "UNEVALUATED_ITEMS_ADDED",
    "UNEVALUATED_ITEMS_REMOVED",
    "UNEVALUATED_ITEMS_EXTENDED",
    "UNEVALUATED_ITEMS_NARROWED",
];

impl<'a> Comparison<'a> {
    pub(super) fn arrays(&mut self, old: &'a Array, new: &'a Array, path: &mut Path, found: &mut Found) {
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
