//! Members are removed as the end of their sessions would remove them, without a clock.

use std::collections::BTreeSet;

use super::GroupKind;
use crate::{DueRefusal, State};

impl State {
    /// Removes the members of a group whose member id, `group.instance.id` or `client.id` is `member`, as the end of
    /// their sessions would; all members for `*`. Returns how many those were.
    pub fn expire_members(&mut self, group: &str, member: &str) -> Result<usize, DueRefusal> {
        let found = self.groups.get(group).ok_or_else(|| DueRefusal::UnknownGroup(group.to_owned()))?;
        let all: Vec<(String, Option<String>, String)> = match &found.kind {
            GroupKind::Classic(group) => {
                let named = group.members.values();
                named.map(|one| (one.id.clone(), one.instance_id.clone(), one.client_id.clone())).collect()
            }
            GroupKind::Consumer(group) => {
                let named = group.members.values();
                named.map(|one| (one.id.clone(), one.instance_id.clone(), one.client_id.clone())).collect()
            }
        };
        let is_meant = |(id, instance, client): &&(String, Option<String>, String)| {
            member == "*" || id == member || instance.as_deref() == Some(member) || client == member
        };
        let meant: BTreeSet<String> = all.iter().filter(is_meant).map(|(id, ..)| id.clone()).collect();
        if meant.is_empty() {
            let ids: Vec<String> = all.into_iter().map(|(id, ..)| id).collect();
            let known = if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
            return Err(DueRefusal::UnknownMember { group: group.to_owned(), member: member.to_owned(), known });
        }
        self.step_group(group, None, |group, view, effects| match &mut group.kind {
            GroupKind::Classic(group) => meant.iter().for_each(|id| group.expire(id, effects)),
            GroupKind::Consumer(_) => {
                meant.iter().for_each(|id| effects.expired(id));
                group.fence(&meant, view, effects);
            }
        });
        Ok(meant.len())
    }
}
