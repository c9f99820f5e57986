//! A fork is a copy of a cluster that goes on by itself: at addresses of its own, and without the clients of the original.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::{GroupKind, Node, State, TransactionState};

/// What a fork has not taken along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftBehind {
    /// The members of groups, each by its group and member id. They left as by LeaveGroup.
    pub members: Vec<(String, String)>,
    /// The transactional ids whose ongoing transactions were aborted; their producers are fenced.
    pub transactions: Vec<String>,
}

impl State {
    /// Gives brokers the addresses of these nodes, by their ids. Racks stay, and so does which of them run.
    pub fn readdress(&mut self, addresses: &[Node]) {
        let known = Arc::make_mut(&mut self.brokers.nodes).iter_mut().chain(&mut self.brokers.unregistered);
        for node in known {
            if let Some(address) = addresses.iter().find(|address| address.id == node.id) {
                node.host.clone_from(&address.host);
                node.port = address.port;
            }
        }
    }

    /// Makes all members leave their groups. Otherwise a first rebalance would wait for members that nobody is.
    pub fn leave_members(&mut self) -> Vec<(String, String)> {
        let mut left = Vec::new();
        for group in self.groups.iter() {
            let members: Vec<&String> = match &group.kind {
                GroupKind::Classic(group) => group.members.keys().chain(group.pending.keys()).collect(),
                GroupKind::Consumer(group) => group.members.keys().collect(),
            };
            left.extend(members.into_iter().map(|member| (group.id.to_string(), member.clone())));
        }
        for (group, member) in &left {
            self.step_group(group, None, |group, view, effects| match &mut group.kind {
                // A group of classic members may have become a different one with the member before.
                GroupKind::Classic(group) => drop(group.leave(member, None, effects)),
                GroupKind::Consumer(_) => group.fence(&BTreeSet::from([member.clone()]), view, effects),
            });
        }
        left
    }

    /// Aborts all ongoing transactions, and fences their producers. Returns the transactional ids.
    pub fn abort_transactions(&mut self) -> Vec<String> {
        let ongoing = self.transactions.iter().filter(|(_, one)| one.state == TransactionState::Ongoing);
        let ongoing: Vec<String> = ongoing.map(|(id, _)| id.to_owned()).collect();
        for id in &ongoing {
            // It is known and ongoing.
            let _ = self.time_out_transaction(id);
        }
        self.advance(self.now);
        ongoing
    }
}
