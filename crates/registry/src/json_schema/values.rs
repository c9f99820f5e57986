//! Bounds of strings and numbers, and how they changed.

use super::numbers::multiple_of;
use super::path::{Found, Path};
use super::{Numbers, Strings};

/// Added, removed, increased, decreased.
pub(super) type Changes = [&'static str; 4];
pub(super) const MAX_PROPERTIES: Changes =
    ["MAX_PROPERTIES_ADDED", "MAX_PROPERTIES_REMOVED", "MAX_PROPERTIES_INCREASED", "MAX_PROPERTIES_DECREASED"];
pub(super) const MIN_PROPERTIES: Changes =
    ["MIN_PROPERTIES_ADDED", "MIN_PROPERTIES_REMOVED", "MIN_PROPERTIES_INCREASED", "MIN_PROPERTIES_DECREASED"];
pub(super) const MAX_ITEMS: Changes =
    ["MAX_ITEMS_ADDED", "MAX_ITEMS_REMOVED", "MAX_ITEMS_INCREASED", "MAX_ITEMS_DECREASED"];
pub(super) const MIN_ITEMS: Changes =
    ["MIN_ITEMS_ADDED", "MIN_ITEMS_REMOVED", "MIN_ITEMS_INCREASED", "MIN_ITEMS_DECREASED"];
pub(super) const MAX_CONTAINS: Changes =
    ["MAX_CONTAINS_ADDED", "MAX_CONTAINS_REMOVED", "MAX_CONTAINS_INCREASED", "MAX_CONTAINS_DECREASED"];
pub(super) const MIN_CONTAINS: Changes =
    ["MIN_CONTAINS_ADDED", "MIN_CONTAINS_REMOVED", "MIN_CONTAINS_INCREASED", "MIN_CONTAINS_DECREASED"];
const MAX_LENGTH: Changes = ["MAX_LENGTH_ADDED", "MAX_LENGTH_REMOVED", "MAX_LENGTH_INCREASED", "MAX_LENGTH_DECREASED"];
const MIN_LENGTH: Changes = ["MIN_LENGTH_ADDED", "MIN_LENGTH_REMOVED", "MIN_LENGTH_INCREASED", "MIN_LENGTH_DECREASED"];
const MAXIMUM: Changes = ["MAXIMUM_ADDED", "MAXIMUM_REMOVED", "MAXIMUM_INCREASED", "MAXIMUM_DECREASED"];
const MINIMUM: Changes = ["MINIMUM_ADDED", "MINIMUM_REMOVED", "MINIMUM_INCREASED", "MINIMUM_DECREASED"];
const EXCLUSIVE_MAXIMUM: Changes = [
    "EXCLUSIVE_MAXIMUM_ADDED",
    "EXCLUSIVE_MAXIMUM_REMOVED",
    "EXCLUSIVE_MAXIMUM_INCREASED",
    "EXCLUSIVE_MAXIMUM_DECREASED",
];
const EXCLUSIVE_MINIMUM: Changes = [
    "EXCLUSIVE_MINIMUM_ADDED",
    "EXCLUSIVE_MINIMUM_REMOVED",
    "EXCLUSIVE_MINIMUM_INCREASED",
    "EXCLUSIVE_MINIMUM_DECREASED",
];

pub(super) fn bound(step: &str, old: Option<f64>, new: Option<f64>, changes: Changes, path: &Path, found: &mut Found) {
    let [added, removed, increased, decreased] = changes;
    let kind = match (old, new) {
        (None, Some(_)) => added,
        (Some(_), None) => removed,
        (Some(old), Some(new)) if old < new => increased,
        (Some(old), Some(new)) if old > new => decreased,
        _ => return,
    };
    path.at(step, kind, found);
}

pub(super) fn strings(old: &Strings, new: &Strings, path: &Path, found: &mut Found) {
    bound("maxLength", old.max_length, new.max_length, MAX_LENGTH, path, found);
    bound("minLength", old.min_length, new.min_length, MIN_LENGTH, path, found);
    let kind = match (&old.pattern, &new.pattern) {
        (None, Some(_)) => "PATTERN_ADDED",
        (Some(_), None) => "PATTERN_REMOVED",
        (old, new) if old != new => "PATTERN_CHANGED",
        _ => return,
    };
    path.at("pattern", kind, found);
}

pub(super) fn numbers(old: &Numbers, new: &Numbers, path: &Path, found: &mut Found) {
    bound("maximum", old.maximum, new.maximum, MAXIMUM, path, found);
    bound("minimum", old.minimum, new.minimum, MINIMUM, path, found);
    bound("exclusiveMaximum", old.exclusive_maximum, new.exclusive_maximum, EXCLUSIVE_MAXIMUM, path, found);
    bound("exclusiveMinimum", old.exclusive_minimum, new.exclusive_minimum, EXCLUSIVE_MINIMUM, path, found);
    let change = match (&old.multiple_of, &new.multiple_of) {
        (None, None) => None,
        (None, Some(_)) => Some("MULTIPLE_OF_ADDED"),
        (Some(_), None) => Some("MULTIPLE_OF_REMOVED"),
        (Some(old), Some(new)) => multiple_of(old, new),
    };
    if let Some(change) = change {
        path.at("multipleOf", change, found);
    }
    match (old.is_integer, new.is_integer) {
        (true, false) => path.add("TYPE_EXTENDED", found),
        (false, true) => path.add("TYPE_NARROWED", found),
        _ => {}
    }
}
