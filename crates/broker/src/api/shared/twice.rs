//! Entries that a request names twice.

use std::collections::BTreeSet;

/// Returns the keys that come more than once.
pub(in crate::api) fn named_twice<K: Clone + Ord>(keys: impl IntoIterator<Item = K>) -> BTreeSet<K> {
    let mut seen = BTreeSet::new();
    keys.into_iter().filter(|key| !seen.insert(key.clone())).collect()
}
