//! What is allowed beside what is named: `additionalProperties`, `unevaluatedItems` and the like.

use super::Comparison;
use crate::json_schema::path::{Found, Path};
use crate::json_schema::{Index, JsonSchema, Kind, Rest};

impl Comparison<'_> {
    /// What is allowed beside what is named.
    pub(super) fn rest(&mut self, old: Rest, new: Rest, what: &str, path: &mut Path, found: &mut Found) {
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

    pub(super) fn unevaluated(
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
}

pub(super) fn kind_of(schema: &JsonSchema, index: Option<Index>) -> Option<&Kind> {
    index.and_then(|index| schema.nodes.get(index)).map(|node| &node.kind)
}
