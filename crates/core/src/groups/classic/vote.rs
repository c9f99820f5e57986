//! Which assignor the members of a group agree on.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::ClassicGroup;

/// The assignors that all of these members know, each given by its list; `None` where there are no members, which
/// agree on anything.
pub(crate) fn known_by_all<'a>(mut members: impl Iterator<Item = &'a [(String, Bytes)]>) -> Option<BTreeSet<&'a str>> {
    let first = names(members.next()?).collect();
    // A list may be as long as its frame: none is searched name by name.
    Some(members.fold(first, |known, member| names(member).filter(|name| known.contains(name)).collect()))
}

/// The names of a member's assignors, the one it likes best first.
fn names(protocols: &[(String, Bytes)]) -> impl Iterator<Item = &str> {
    protocols.iter().map(|(name, _)| name.as_str())
}

impl ClassicGroup {
    /// Whether a member with these assignors could join: the same type, and an assignor that all know.
    pub(super) fn supports(&self, protocol_type: &str, protocols: &[(String, Bytes)]) -> bool {
        match self.known_by_all() {
            None => !protocol_type.is_empty() && !protocols.is_empty(),
            Some(known) => {
                self.protocol_type.as_deref() == Some(protocol_type)
                    && names(protocols).any(|name| known.contains(name))
            }
        }
    }

    /// The assignor with the most votes among those that all members know; of equals the one that the first member
    /// likes best.
    pub(crate) fn elect_protocol(&self) -> Option<String> {
        let candidates = self.known_by_all()?;
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for member in self.members.values() {
            if let Some(vote) = names(&member.protocols).find(|name| candidates.contains(name)) {
                *votes.entry(vote).or_default() += 1;
            }
        }
        let most = votes.values().max()?;
        let first = self.members.values().next()?;
        names(&first.protocols).find(|name| votes.get(name) == Some(most)).map(str::to_owned)
    }

    fn known_by_all(&self) -> Option<BTreeSet<&str>> {
        known_by_all(self.members.values().map(|member| member.protocols.as_slice()))
    }
}
