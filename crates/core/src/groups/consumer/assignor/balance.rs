//! A balancer names the subscribers of a topic that give and take the next partition (`MemberAssignmentBalancer`).
//!
//! ```text
//!  partitions |                 givers: down from the heaviest, level by level
//!             |         . # # <
//!             | > # # # # # #
//!             | # # # # # # #   takers: up from the lightest, level by level
//!             +--------------- members by their load
//! ```

/// The subscribers of one topic by their load, with the positions of both sides.
#[derive(Debug)]
pub(super) struct Balancer {
    /// The subscribers by load, then by index.
    members: Vec<usize>,
    takers: usize,
    taker: usize,
    taker_level: usize,
    /// The first member that gives; the members from `end` on have nothing to give.
    start: usize,
    end: usize,
    /// The position after the next member that gives.
    giver: usize,
    giver_level: usize,
}

impl Balancer {
    /// Returns a balancer; `loads` has the number of partitions of each member of the group.
    pub(super) fn new(subscribers: &[usize], loads: &[usize]) -> Self {
        let mut members = subscribers.to_vec();
        members.sort_by_key(|member| (load(loads, *member), *member));
        let lightest = members.first().map_or(0, |member| load(loads, *member));
        let heaviest = members.last().map_or(0, |member| load(loads, *member));
        let size = members.len();
        // Both sides start before their first level.
        Self {
            members,
            takers: 0,
            taker: 0,
            taker_level: lightest,
            start: size,
            end: size,
            giver: size,
            giver_level: heaviest + 1,
        }
    }

    /// Returns how many more partitions the heaviest member has than the lightest.
    pub(super) fn imbalance(&self, loads: &[usize]) -> usize {
        let of = |member: Option<&usize>| member.map_or(0, |member| load(loads, *member));
        of(self.members.last()) - of(self.members.first())
    }

    /// Returns whether the levels of both sides differ by one at most: no further move helps.
    pub(super) fn is_balanced(&self) -> bool {
        self.giver_level <= self.taker_level + 1
    }

    /// Returns the next member to take a partition: each of the lightest once, then each at the next level up.
    pub(super) fn next_taker(&mut self, loads: &[usize]) -> Option<usize> {
        if self.taker >= self.takers {
            self.taker_level += usize::from(self.takers > 0);
            let stands_here = |member: &usize| load(loads, *member) == self.taker_level;
            self.takers += self.members.iter().skip(self.takers).take_while(|member| stands_here(member)).count();
            self.taker = 0;
        }
        self.taker += 1;
        self.members.get(self.taker - 1).copied()
    }

    /// Returns the next member to give a partition: each of the heaviest once from the end, then each at the next level
    /// down.
    pub(super) fn next_giver(&mut self, loads: &[usize]) -> Option<usize> {
        if self.giver <= self.start {
            let below = self.start.checked_sub(1).and_then(|place| self.members.get(place));
            self.giver_level = match below {
                // All members of this level had nothing to give.
                Some(member) if self.end <= self.start => load(loads, *member),
                _ => self.giver_level.saturating_sub(1),
            };
            let stands_here = |member: &&usize| load(loads, **member) == self.giver_level;
            self.start -= self.members.iter().take(self.start).rev().take_while(stands_here).count();
            self.giver = self.end;
        }
        self.giver = self.giver.checked_sub(1)?;
        self.members.get(self.giver).copied()
    }

    /// Excludes the last giver, which has nothing to give.
    pub(super) fn exclude_giver(&mut self) {
        self.end -= 1;
        self.members.swap(self.giver, self.end);
    }
}

fn load(loads: &[usize], member: usize) -> usize {
    loads.get(member).copied().unwrap_or(0)
}
