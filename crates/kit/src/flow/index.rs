//! All records that were seen, by their ids, places and causes.

use std::collections::{BTreeMap, BTreeSet};

use kafka_trial_wire::records::TimestampType;

use super::body::Body;
use super::facts::Facts;
use super::locators::{Located, Locators};
use super::observation::{ProducerStamp, Transaction};
use super::place::Place;
use crate::client::{ReceivedRecord, TopicPartition};

/// A record with what it says about itself.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) record: ReceivedRecord,
    pub(super) timestamp_type: TimestampType,
    pub(super) producer: Option<ProducerStamp>,
    pub(super) transaction: Transaction,
    pub(super) found: Vec<Located>,
    pub(super) facts: Facts,
}

impl Entry {
    pub(super) fn place(&self) -> Place {
        Place { topic: self.record.topic.clone(), partition: self.record.partition, offset: self.record.offset }
    }
}

/// Records by what flows are followed by. Those of other flows stay, so that the next question finds them at once.
#[derive(Debug, Default)]
pub(super) struct Index {
    entries: Vec<Entry>,
    by_id: BTreeMap<String, Vec<usize>>,
    by_event: BTreeMap<String, Vec<usize>>,
    by_cause: BTreeMap<String, Vec<usize>>,
    by_place: BTreeMap<TopicPartition, BTreeMap<i64, usize>>,
    by_origin: BTreeMap<Place, Vec<usize>>,
}

impl Index {
    /// Takes a record and gives its number; none for one that is there already.
    pub(super) fn add(
        &mut self,
        record: ReceivedRecord,
        timestamp_type: TimestampType,
        producer: Option<ProducerStamp>,
        transaction: Transaction,
        locators: &Locators,
    ) -> Option<usize> {
        let partition = TopicPartition { topic: record.topic.clone(), partition: record.partition };
        let number = self.entries.len();
        match self.by_place.entry(partition).or_default().entry(record.offset) {
            std::collections::btree_map::Entry::Occupied(_) => return None,
            std::collections::btree_map::Entry::Vacant(free) => free.insert(number),
        };
        let body = Body::of(record.value.as_ref());
        let found = locators.find_in(&record, &body);
        let facts = Facts::of(&record, &body);
        let ids: BTreeSet<&str> = found.iter().map(|located| located.id.as_str()).collect();
        for id in ids {
            post(&mut self.by_id, id.to_owned(), number);
        }
        if let Some(event) = &facts.event_id {
            post(&mut self.by_event, event.clone(), number);
        }
        if let Some(cause) = &facts.cause {
            post(&mut self.by_cause, cause.clone(), number);
        }
        if let Some(origin) = &facts.origin {
            post(&mut self.by_origin, origin.clone(), number);
        }
        self.entries.push(Entry { record, timestamp_type, producer, transaction, found, facts });
        Some(number)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn get(&self, number: usize) -> Option<&Entry> {
        self.entries.get(number)
    }

    /// A transaction has ended, and with it what its records are worth.
    pub(super) fn settle(&mut self, numbers: &[usize], transaction: Transaction) {
        for number in numbers {
            if let Some(entry) = self.entries.get_mut(*number) {
                entry.transaction = transaction;
            }
        }
    }

    /// How many records of a topic were seen.
    pub(super) fn count(&self, topic: &str) -> usize {
        self.by_place.iter().filter(|(partition, _)| partition.topic == topic).map(|(_, records)| records.len()).sum()
    }

    /// The records of a flow: those with its id; dead letters of them; and in `answers` those that name one of them as
    /// their cause, although they carry another id.
    pub(super) fn flow(&self, id: &str, answers: &BTreeSet<&str>) -> Vec<usize> {
        let mut members: BTreeSet<usize> = self.by_id.get(id).into_iter().flatten().copied().collect();
        let mut fresh: Vec<usize> = members.iter().copied().collect();
        while let Some(entry) = fresh.pop().and_then(|number| self.entries.get(number)) {
            let letters = self.by_origin.get(&entry.place()).into_iter().flatten();
            let caused = entry.facts.event_id.as_ref().filter(|event| self.is_of_one_flow(event, id));
            let caused = caused.and_then(|event| self.by_cause.get(event)).into_iter().flatten();
            let caused = caused.filter(|number| {
                self.entries.get(**number).is_some_and(|entry| answers.contains(entry.record.topic.as_str()))
            });
            let related: Vec<usize> = letters.chain(caused).copied().collect();
            fresh.extend(related.into_iter().filter(|number| members.insert(*number)));
        }
        members.into_iter().collect()
    }

    /// Whether an event id is used by this flow alone; counters that every service begins at 1 are not.
    fn is_of_one_flow(&self, event: &str, id: &str) -> bool {
        let mut holders = self.by_event.get(event).into_iter().flatten().filter_map(|number| self.entries.get(*number));
        holders.all(|entry| entry.found.iter().any(|located| located.id == id))
    }

    /// Records of a topic whose ids no record of `requests` has.
    pub(super) fn orphans<'a>(&'a self, topic: &'a str, requests: &'a str) -> impl Iterator<Item = &'a Entry> {
        let has_request = move |id: &str| {
            let mut holders = self.by_id.get(id).into_iter().flatten().filter_map(|number| self.entries.get(*number));
            holders.any(|entry| entry.record.topic == requests)
        };
        self.entries.iter().filter(move |entry| {
            entry.record.topic == topic
                && entry.transaction != Transaction::Aborted
                && !entry.found.is_empty()
                && !entry.found.iter().any(|located| has_request(&located.id))
        })
    }

    /// An id in a topic that differs from this one in case or in space around it alone.
    pub(super) fn nearly(&self, id: &str, topic: &str) -> Option<(&str, Place)> {
        let plain = |text: &str| text.trim().to_lowercase();
        let wanted = plain(id);
        let mut near = self.by_id.iter().filter(|(known, _)| plain(known) == wanted && known.as_str() != id);
        near.find_map(|(known, numbers)| {
            let entry = numbers.iter().filter_map(|number| self.entries.get(*number));
            let mut entry = entry.filter(|entry| entry.record.topic == topic);
            Some((known.as_str(), entry.next()?.place()))
        })
    }
}

fn post<K: Ord>(postings: &mut BTreeMap<K, Vec<usize>>, key: K, number: usize) {
    postings.entry(key).or_default().push(number);
}
