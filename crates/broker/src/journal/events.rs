//! The journal keeps the latest events of the cluster.

use std::collections::VecDeque;

use kafka_trial_core::Happened;

/// Events from a number on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventPage {
    /// The kept events, in order.
    pub events: Vec<Happened>,
    /// The number of the next event, from which a reader continues.
    pub next: u64,
    /// How many of the requested events are no longer kept.
    pub dropped: u64,
}

/// A ring of events.
#[derive(Clone, Debug, Default)]
pub(super) struct Events {
    kept: VecDeque<Happened>,
    /// How many events there have been.
    next: u64,
}

impl Events {
    pub(super) fn push(&mut self, happened: Happened, capacity: usize) {
        if self.kept.len() >= capacity {
            self.kept.pop_front();
        }
        self.kept.push_back(happened);
        self.next += 1;
    }

    pub(super) fn since(&self, sequence: u64) -> EventPage {
        let oldest = self.next.saturating_sub(u64::try_from(self.kept.len()).unwrap_or(u64::MAX));
        let start = usize::try_from(sequence.saturating_sub(oldest)).unwrap_or(usize::MAX).min(self.kept.len());
        let events = self.kept.range(start..).cloned().collect();
        EventPage { events, next: self.next, dropped: oldest.saturating_sub(sequence) }
    }
}

#[cfg(test)]
mod tests {
    use kafka_trial_core::{Event, Time};

    use super::*;

    #[test]
    fn a_slow_reader_learns_how_many_events_it_missed() {
        let mut events = Events::default();
        for broker in 0..5 {
            events.push(Happened { at: Time(broker.into()), event: Event::BrokerStarted { broker } }, 3);
        }
        let brokers = |page: &EventPage| page.events.iter().map(|happened| happened.at.0).collect::<Vec<_>>();
        let all = events.since(0);
        assert_eq!((brokers(&all), all.next, all.dropped), (vec![2, 3, 4], 5, 2));
        let last = events.since(4);
        assert_eq!((brokers(&last), last.next, last.dropped), (vec![4], 5, 0));
        assert_eq!(events.since(9), EventPage { next: 5, ..EventPage::default() });
    }
}
