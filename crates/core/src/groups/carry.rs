//! A jump of the clock carries the members of groups along: their clients are alive, but could send no heartbeat meanwhile.

use super::GroupKind;
use crate::state::Timer;
use crate::{State, Time};

impl State {
    /// Puts off all deadlines of members and rebalances by `micros`, except in the groups that `stays` names: their
    /// sessions may end in a jump of that size.
    pub fn carry_groups(&mut self, micros: i64, stays: impl Fn(&str) -> bool) {
        let later = |time: &mut Time| time.0 = time.0.saturating_add(micros);
        let carried: Vec<_> = self.groups.iter().map(|group| group.id.clone()).filter(|id| !stays(id)).collect();
        for id in carried {
            match self.groups.get_mut(&id).map(|group| &mut group.kind) {
                Some(GroupKind::Classic(group)) => {
                    group.pending.values_mut().for_each(later);
                    for member in group.members.values_mut() {
                        later(&mut member.session_ends);
                        later(&mut member.session_timer);
                    }
                }
                Some(GroupKind::Consumer(group)) => {
                    group.members.values_mut().for_each(|member| member.deadlines.put_off(micros));
                }
                None => {}
            }
        }
        self.timers.put_off(micros, |timer| matches!(timer, Timer::Group { group, .. } if !stays(group)));
    }
}
