//! The ring: its bound, its numbers, what it says of what it dropped.

use std::sync::Arc;

use kafka_trial_wire::ApiKey;
use proptest::prelude::*;

use kafka_trial_core::Time;

use crate::Release;
use crate::journal::{CloseReason, ClosedConnection, Detail, Ending, Entry, Journal, Names, Page};
use crate::traffic::Context;
use crate::traffic::Ticket;

fn context(ticket: u64, connection: u64) -> Context {
    Context {
        ticket: Ticket { id: ticket, connection, api: ApiKey::Metadata, version: 9, correlation_id: 7 },
        node: 0,
        client_id: "ring".into(),
        client_host: "/127.0.0.1".into(),
        release: Release::LATEST,
    }
}

/// A request with this many topics, from its receipt to its end.
fn run(journal: &mut Journal, ticket: u64, topics: usize) {
    journal.open(&context(ticket, 0), Time(1000));
    if let Some(detail) = journal.detail(ticket) {
        *detail = Detail::Topics(vec![Arc::from("a-topic"); topics]);
    }
    journal.end(ticket, Ending::Answered, None);
}

fn sequences(entries: &[Arc<Entry>]) -> Vec<u64> {
    entries.iter().map(|entry| entry.sequence).collect()
}

proptest! {
    #[test]
    fn the_newest_are_kept_within_the_bound_and_the_rest_is_counted(
        capacity in 1..40usize,
        // Up to 2,000 topics take some ninety times the room of an ordinary entry.
        sizes in proptest::collection::vec(prop_oneof![4 => 0..5usize, 1 => 0..2000usize], 0..60),
        since in 0..70u64,
    ) {
        let mut journal = Journal::of(capacity);
        for (ticket, size) in (0..).zip(&sizes) {
            run(&mut journal, ticket, *size);
            journal.stamp(Time(2000));
            prop_assert!(journal.since(0).entries.len() <= capacity);
        }
        let all = journal.since(0);
        let total = u64::try_from(sizes.len()).unwrap();
        prop_assert_eq!(all.next, total);
        prop_assert_eq!(all.dropped, total - u64::try_from(all.entries.len()).unwrap());
        let kept = sequences(&all.entries);
        prop_assert!(kept.is_sorted() && kept.iter().all(|sequence| *sequence < total), "{:?}", kept);
        // What is small and came last is there, however much came before it.
        if sizes.last().is_some_and(|size| *size < 5) {
            prop_assert_eq!(kept.last(), Some(&(total - 1)));
        }
        let page = journal.since(since);
        let wanted: Vec<u64> = kept.into_iter().filter(|sequence| *sequence >= since).collect();
        prop_assert_eq!(page.dropped, total.saturating_sub(since) - u64::try_from(wanted.len()).unwrap());
        prop_assert_eq!(sequences(&page.entries), wanted);
    }
}

#[test]
fn as_many_ordinary_entries_as_the_capacity_are_kept() {
    let mut journal = Journal::of(10);
    (0..25).for_each(|ticket| run(&mut journal, ticket, 1));
    journal.stamp(Time(2000));
    let page = journal.since(0);
    assert_eq!(sequences(&page.entries), (15..25).collect::<Vec<_>>());
    assert_eq!((page.next, page.dropped), (25, 15));
}

#[test]
fn an_entry_that_is_larger_than_the_ring_is_dropped_and_counted() {
    let mut journal = Journal::of(10);
    run(&mut journal, 0, 100_000);
    journal.stamp(Time(2000));
    let page = journal.since(0);
    assert_eq!((page.entries.len(), page.next, page.dropped), (0, 1, 1));
}

#[test]
fn an_entry_ends_with_the_time_that_it_is_given_and_only_then_is_read() {
    let mut journal = Journal::of(10);
    run(&mut journal, 0, 1);
    assert!(journal.has_ended() && journal.since(0).entries.is_empty());
    journal.stamp(Time(3500));
    let page = journal.since(0);
    assert_eq!(page.entries[0].duration(), Some(std::time::Duration::from_micros(2500)));
    assert!(!journal.has_ended());
}

#[test]
fn what_waits_on_a_connection_ends_with_it_and_what_waits_on_others_does_not() {
    let mut journal = Journal::of(10);
    journal.open(&context(1, 5), Time(1000));
    journal.open(&context(2, 6), Time(1000));
    let closed = ClosedConnection { connection: 5, broker: 0, at: Time(1500), reason: CloseReason::Disconnected };
    journal.disconnect(closed);
    journal.stamp(Time(2000));
    let ended = journal.since(0).entries;
    assert_eq!(
        ended.iter().map(|entry| (entry.connection, entry.ending)).collect::<Vec<_>>(),
        [(5, Ending::Disconnected)]
    );
    let waiting = journal.waiting();
    assert_eq!(
        waiting.iter().map(|entry| (entry.connection, entry.ending)).collect::<Vec<_>>(),
        [(6, Ending::Waiting)]
    );
}

#[test]
fn a_journal_without_capacity_keeps_nothing() {
    let mut journal = Journal::of(0);
    run(&mut journal, 0, 1);
    assert!(!journal.has_ended());
    assert_eq!(journal.since(0), Page::default());
}

#[test]
fn names_are_shared_and_those_that_are_remembered_are_bounded() {
    let mut names = Names::default();
    let first = names.shared("orders");
    assert!(Arc::ptr_eq(&first, &names.shared("orders")));
    (0..2000).for_each(|number| drop(names.shared(&number.to_string())));
    assert!(!Arc::ptr_eq(&first, &names.shared("orders")), "2,000 others have taken its place");
    let long = "n".repeat(300);
    assert!(!Arc::ptr_eq(&names.shared(&long), &names.shared(&long)));
}
