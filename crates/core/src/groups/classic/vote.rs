//! The members of a classic group elect an assignor that all of them know.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::{ClassicGroup, ClassicMember};

/// Returns the assignors that occur in the lists of all members; `None` without members, because then any assignor
/// fits.
pub(crate) fn known_by_all<'a>(mut members: impl Iterator<Item = &'a [(String, Bytes)]>) -> Option<BTreeSet<&'a str>> {
    let first = names(members.next()?).collect();
    // A list may be as long as its frame, so it is not searched once per name.
    Some(members.fold(first, |known, member| names(member).filter(|name| known.contains(name)).collect()))
}

/// Returns the names of a member's assignors by preference.
fn names(protocols: &[(String, Bytes)]) -> impl Iterator<Item = &str> {
    protocols.iter().map(|(name, _)| name.as_str())
}

/// Counts the members that know each assignor (`ClassicGroup.supportedProtocols`), so that a join need not read the
/// other members' lists.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownProtocols(BTreeMap<String, usize>);

impl KnownProtocols {
    fn add(&mut self, protocols: &[(String, Bytes)]) {
        for name in names(protocols).collect::<BTreeSet<_>>() {
            match self.0.get_mut(name) {
                Some(count) => *count += 1,
                None => _ = self.0.insert(name.to_owned(), 1),
            }
        }
    }

    fn remove(&mut self, protocols: &[(String, Bytes)]) {
        for name in names(protocols).collect::<BTreeSet<_>>() {
            if let Some(count) = self.0.get_mut(name) {
                *count -= 1;
                if *count == 0 {
                    self.0.remove(name);
                }
            }
        }
    }
}

impl ClassicGroup {
    /// Adds a member; its id must be new.
    pub(crate) fn put_member(&mut self, member: ClassicMember) {
        self.known.add(&member.protocols);
        self.members.insert(member.id.clone(), member);
    }

    /// Removes a member.
    pub(super) fn take_member(&mut self, id: &str) -> Option<ClassicMember> {
        let member = self.members.remove(id)?;
        self.known.remove(&member.protocols);
        Some(member)
    }

    /// Returns whether a member with these assignors could join: its type is the group's, and all members know one of
    /// its assignors (`ClassicGroup.supportsProtocols`).
    pub(super) fn supports(&self, protocol_type: &str, protocols: &[(String, Bytes)]) -> bool {
        if self.members.is_empty() {
            return !protocol_type.is_empty() && !protocols.is_empty();
        }
        self.protocol_type.as_deref() == Some(protocol_type) && names(protocols).any(|name| self.is_known_by_all(name))
    }

    /// Elects the assignor with the most votes among those that all members know (`ClassicGroup.selectProtocol`). In a
    /// tie, the preference of the first member by id decides.
    pub(crate) fn elect_protocol(&self) -> Option<String> {
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for member in self.members.values() {
            if let Some(vote) = names(&member.protocols).find(|name| self.is_known_by_all(name)) {
                *votes.entry(vote).or_default() += 1;
            }
        }
        let most = votes.values().max()?;
        let first = self.members.values().next()?;
        names(&first.protocols).find(|name| votes.get(name) == Some(most)).map(str::to_owned)
    }

    fn is_known_by_all(&self, name: &str) -> bool {
        self.known.0.get(name) == Some(&self.members.len())
    }
}
