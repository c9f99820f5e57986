//! All records that were seen, by their ids, places and causes.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Entry, Stored};
use super::facts::Facts;
use super::place::Place;
use super::reading::Reading;
use super::transaction::Transaction;
use crate::client::TopicPartition;

/// Records by what flows are followed by. Those of other flows stay, so that the next question finds them at once, until
/// there are too many: then the oldest go that belong to no flow asked for.
#[derive(Debug)]
pub(crate) struct Index {
    entries: BTreeMap<usize, Entry>,
    /// The number of the next record.
    next: usize,
    by_id: BTreeMap<String, Vec<usize>>,
    by_event: BTreeMap<String, Vec<usize>>,
    by_cause: BTreeMap<String, Vec<usize>>,
    by_place: BTreeMap<TopicPartition, BTreeMap<i64, usize>>,
    by_origin: BTreeMap<Place, Vec<usize>>,
    /// How many records of each partition were seen, those that were let go too.
    seen: BTreeMap<TopicPartition, usize>,
    /// The ids asked for, each with the topics of its answers.
    asked: BTreeMap<String, BTreeSet<String>>,
    /// How many bytes are to be held at most.
    limit: usize,
    /// How many are, roughly.
    held: usize,
    /// When it has to be looked next for what can go.
    sweep_at: usize,
    /// How many records went.
    let_go: usize,
}

impl Index {
    /// Empty, and never more than about `limit` bytes beside the flows that are asked for.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            entries: BTreeMap::new(),
            next: 0,
            by_id: BTreeMap::new(),
            by_event: BTreeMap::new(),
            by_cause: BTreeMap::new(),
            by_place: BTreeMap::new(),
            by_origin: BTreeMap::new(),
            seen: BTreeMap::new(),
            asked: BTreeMap::new(),
            limit,
            held: 0,
            sweep_at: limit,
            let_go: 0,
        }
    }

    /// The flows that are asked for from now on, which are kept whatever they take. Whether all that there is of them is
    /// here still: where it is not, everything has to be read again, into an index that is empty then.
    pub(crate) fn ask(&mut self, asked: BTreeMap<String, BTreeSet<String>>) -> bool {
        let is_whole = self.let_go == 0 || asked.keys().all(|id| self.asked.contains_key(id));
        if !is_whole {
            *self = Self::new(self.limit);
        }
        self.asked = asked;
        is_whole
    }

    /// Takes a record and returns its number; none for one that is there already.
    pub(super) fn add(&mut self, stored: Stored, reading: &Reading) -> Option<usize> {
        let record = &stored.record;
        let partition = TopicPartition { topic: record.topic.clone(), partition: record.partition };
        let number = self.next;
        match self.by_place.entry(partition.clone()).or_default().entry(record.offset) {
            std::collections::btree_map::Entry::Occupied(_) => return None,
            std::collections::btree_map::Entry::Vacant(free) => free.insert(number),
        };
        let body = reading.values.of(record);
        let found = reading.locators.find_in(record, &body);
        let facts = Facts::of(record, &body);
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
        let entry = Entry { stored, found, facts };
        self.held += entry.size();
        *self.seen.entry(partition).or_default() += 1;
        self.next += 1;
        self.entries.insert(number, entry);
        if self.held > self.sweep_at {
            self.sweep();
        }
        Some(number)
    }

    /// Lets the oldest records go that belong to no flow asked for, until a quarter of the room is free.
    fn sweep(&mut self) {
        let asked = self.asked.iter();
        let flows = asked.map(|(id, answers)| self.flow(id, &answers.iter().map(String::as_str).collect()));
        let kept: BTreeSet<usize> = flows.flatten().collect();
        let enough = self.limit / 4 * 3;
        let numbers: Vec<usize> = self.entries.keys().copied().collect();
        for number in numbers {
            if self.held <= enough {
                break;
            }
            if !kept.contains(&number) {
                self.remove(number);
                self.let_go += 1;
            } else if let Some(entry) = self.entries.get_mut(&number) {
                entry.detach();
            }
        }
        self.sweep_at = self.limit.max(self.held + self.limit / 4);
    }

    fn remove(&mut self, number: usize) {
        let Some(entry) = self.entries.remove(&number) else { return };
        self.held -= entry.size();
        entry.found.iter().for_each(|located| unpost(&mut self.by_id, &located.id, number));
        entry.facts.event_id.iter().for_each(|event| unpost(&mut self.by_event, event, number));
        entry.facts.cause.iter().for_each(|cause| unpost(&mut self.by_cause, cause, number));
        entry.facts.origin.iter().for_each(|origin| unpost(&mut self.by_origin, origin, number));
        let partition = TopicPartition { topic: entry.stored.record.topic, partition: entry.stored.record.partition };
        if let Some(places) = self.by_place.get_mut(&partition) {
            places.remove(&entry.stored.record.offset);
        }
    }

    /// Drops all that was read of some partitions: other records have taken the places.
    pub(crate) fn forget(&mut self, is_gone: impl Fn(&TopicPartition) -> bool) {
        let gone = self.by_place.iter().filter(|(partition, _)| is_gone(partition));
        let numbers: Vec<usize> = gone.flat_map(|(_, places)| places.values().copied()).collect();
        numbers.into_iter().for_each(|number| self.remove(number));
        self.seen.retain(|partition, _| !is_gone(partition));
    }

    /// How many records were let go, and how many bytes are held at most.
    pub(crate) fn let_go(&self) -> Option<(usize, usize)> {
        (self.let_go > 0).then_some((self.let_go, self.limit))
    }

    pub(crate) fn get(&self, number: usize) -> Option<&Entry> {
        self.entries.get(&number)
    }

    /// The number that the next record gets.
    pub(crate) fn next(&self) -> usize {
        self.next
    }

    /// The records from this number on, in the order in which they were read.
    pub(crate) fn since(&self, number: usize) -> impl Iterator<Item = (usize, &Entry)> {
        self.entries.range(number..).map(|(number, entry)| (*number, entry))
    }

    /// The records of a topic that consumers of committed records see, in the order in which they were read.
    pub(crate) fn visible<'a>(&'a self, topic: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.entries.values().filter(move |entry| entry.stored.record.topic == topic).filter(|entry| entry.is_visible())
    }

    /// A transaction has ended, and with it what its records are worth.
    pub(crate) fn settle(&mut self, numbers: &[usize], transaction: Transaction) {
        for number in numbers {
            if let Some(entry) = self.entries.get_mut(number) {
                entry.stored.transaction = transaction;
            }
        }
    }

    /// How many records of a topic were seen.
    pub(crate) fn count(&self, topic: &str) -> usize {
        self.seen.iter().filter(|(partition, _)| partition.topic == topic).map(|(_, count)| count).sum()
    }

    /// The records of a flow: those with its id; dead letters of them; and in `answers` those that name one of them as
    /// their cause, although they carry another id.
    pub(crate) fn flow(&self, id: &str, answers: &BTreeSet<&str>) -> Vec<usize> {
        let mut members: BTreeSet<usize> = self.by_id.get(id).into_iter().flatten().copied().collect();
        let mut fresh: Vec<usize> = members.iter().copied().collect();
        while let Some(entry) = fresh.pop().and_then(|number| self.entries.get(&number)) {
            let letters = self.by_origin.get(&entry.place()).into_iter().flatten();
            let caused = entry.facts.event_id.as_ref().filter(|event| self.is_of_one_flow(event, id));
            let caused = caused.and_then(|event| self.by_cause.get(event)).into_iter().flatten();
            let caused = caused.filter(|number| {
                self.entries.get(*number).is_some_and(|entry| answers.contains(entry.stored.record.topic.as_str()))
            });
            let related: Vec<usize> = letters.chain(caused).copied().collect();
            fresh.extend(related.into_iter().filter(|number| members.insert(*number)));
        }
        members.into_iter().collect()
    }

    /// Whether an event id is used by this flow alone; counters that every service begins at 1 are not.
    fn is_of_one_flow(&self, event: &str, id: &str) -> bool {
        let mut holders = self.by_event.get(event).into_iter().flatten().filter_map(|number| self.entries.get(number));
        holders.all(|entry| entry.found.iter().any(|located| located.id == id))
    }

    /// Records of a topic whose ids no record of `requests` has.
    pub(crate) fn orphans<'a>(&'a self, topic: &'a str, requests: &'a str) -> impl Iterator<Item = &'a Entry> {
        let has_request = move |id: &str| {
            let mut holders = self.by_id.get(id).into_iter().flatten().filter_map(|number| self.entries.get(number));
            holders.any(|entry| entry.stored.record.topic == requests)
        };
        self.entries.values().filter(move |entry| {
            entry.stored.record.topic == topic
                && entry.stored.transaction != Transaction::Aborted
                && !entry.found.is_empty()
                && !entry.found.iter().any(|located| has_request(&located.id))
        })
    }

    /// An id in a topic that differs from this one in case or in space around it alone.
    pub(crate) fn nearly(&self, id: &str, topic: &str) -> Option<(&str, Place)> {
        let plain = |text: &str| text.trim().to_lowercase();
        let wanted = plain(id);
        let mut near = self.by_id.iter().filter(|(known, _)| plain(known) == wanted && known.as_str() != id);
        near.find_map(|(known, numbers)| {
            let entry = numbers.iter().filter_map(|number| self.entries.get(number));
            let mut entry = entry.filter(|entry| entry.stored.record.topic == topic);
            Some((known.as_str(), entry.next()?.place()))
        })
    }
}

fn post<K: Ord>(postings: &mut BTreeMap<K, Vec<usize>>, key: K, number: usize) {
    postings.entry(key).or_default().push(number);
}

fn unpost<K: Ord>(postings: &mut BTreeMap<K, Vec<usize>>, key: &K, number: usize) {
    let Some(numbers) = postings.get_mut(key) else { return };
    numbers.retain(|known| *known != number);
    if numbers.is_empty() {
        postings.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use kafka_trial_wire::records::TimestampType;

    use super::*;
    use crate::client::ReceivedRecord;
    use crate::value::Values;

    #[test]
    fn what_belongs_to_no_flow_asked_for_is_held_as_far_as_there_is_room() {
        const LIMIT: usize = 1 << 20;
        let mut index = Index::new(LIMIT);
        assert!(index.ask([("a".to_owned(), BTreeSet::new())].into()));
        let reading = Reading::default();
        for offset in 0..20_000 {
            let id = if offset % 1000 == 0 { "a".to_owned() } else { offset.to_string() };
            let record = ReceivedRecord {
                topic: "orders".to_owned(),
                partition: 0,
                offset,
                timestamp: 0,
                key: Some(id.into()),
                value: Some(vec![0; 500].into()),
                headers: Vec::new(),
                values: Values::default(),
            };
            let stored = Stored {
                record,
                timestamp_type: TimestampType::CreateTime,
                producer: None,
                transaction: Transaction::None,
            };
            index.add(stored, &reading);
            assert!(index.held <= LIMIT, "{} bytes at offset {offset}", index.held);
        }
        let held: usize = index.entries.values().map(Entry::size).sum();
        assert_eq!((held, index.count("orders"), index.flow("a", &BTreeSet::new()).len()), (index.held, 20_000, 20));
        assert_eq!(index.let_go(), Some((20_000 - index.entries.len(), LIMIT)));
        assert_eq!(index.by_id.len(), index.entries.len() - 20 + 1);
        index.forget(|_| true);
        assert!(index.entries.is_empty() && index.by_id.is_empty() && index.held == 0 && index.count("orders") == 0);
    }
}
