//! Evidence from the journal of an embedded broker: who has produced, fetched and committed what, and when.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Weak};

use kafka_trial_broker::journal::{ApiKey, Detail, Ending, Entry, ErrorCode, Membership};

use super::handling::Handling;
use super::log::CLIENT;
use super::place::Place;
use crate::EmbeddedCluster;
use crate::client::TopicPartition;

/// The most readings of one record that are told.
const HANDLINGS: usize = 50;
/// How long a member may be silent, in microseconds: longer than the usual session timeouts.
const LONGEST_SILENCE: i64 = 60_000_000;

/// What the journal has told of the records of each partition.
#[derive(Debug)]
pub(crate) struct Tap {
    entries: Entries,
    logs: BTreeMap<TopicPartition, LogTraffic>,
    /// When each client was in which group, by the name it gives itself.
    spells: BTreeMap<Arc<str>, Vec<Spell>>,
}

/// Where the entries of the journal come from.
enum Entries {
    /// A cluster of this process, and the entry to go on from. It ends when its owner drops it, whoever looks at its
    /// journal.
    Cluster(Weak<EmbeddedCluster>, u64),
    /// Somebody who gives those that are new.
    Given(Box<dyn FnMut() -> Vec<Entry> + Send + Sync>),
}

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cluster(..) => "Cluster",
            Self::Given(_) => "Given",
        })
    }
}

/// A time that a client was a member of a group, in microseconds.
#[derive(Debug)]
struct Spell {
    group: Arc<str>,
    member: Arc<str>,
    from: i64,
    /// The last sign of it.
    last: i64,
    has_left: bool,
}

impl Spell {
    /// Whether it was a member at this moment, as far as can be seen: one that gave no sign for longer than any session
    /// lasts was not.
    fn holds(&self, at: i64) -> bool {
        let end = if self.has_left { self.last } else { self.last.saturating_add(LONGEST_SILENCE) };
        (self.from..=end).contains(&at)
    }
}

/// What happened to a partition.
#[derive(Debug, Default)]
struct LogTraffic {
    /// By the first offset of each batch.
    produced: BTreeMap<i64, Span>,
    /// By the first offset of what was fetched.
    fetched: BTreeMap<i64, Vec<Span>>,
    /// The most offsets that one fetch had.
    longest: i64,
    committed: Vec<Commit>,
}

/// Records that were appended or read at once.
#[derive(Debug)]
struct Span {
    last: i64,
    at: i64,
    client: Arc<str>,
}

#[derive(Debug)]
struct Commit {
    group: Arc<str>,
    offset: i64,
    at: i64,
}

/// What is known of one record.
pub(crate) struct Traffic {
    /// When the broker appended it, in microseconds.
    pub(crate) appended: i64,
    pub(crate) produced_by: String,
    /// Who has fetched it, in the order of time.
    pub(crate) handled: Vec<Handling>,
}

impl Tap {
    pub(crate) fn new(cluster: &Arc<EmbeddedCluster>) -> Self {
        Self::of_entries(Entries::Cluster(Arc::downgrade(cluster), 0))
    }

    pub(crate) fn given(entries: impl FnMut() -> Vec<Entry> + Send + Sync + 'static) -> Self {
        Self::of_entries(Entries::Given(Box::new(entries)))
    }

    fn of_entries(entries: Entries) -> Self {
        Self { entries, logs: BTreeMap::new(), spells: BTreeMap::new() }
    }

    /// Takes in what has happened since. A cluster that has stopped has told all it will.
    pub(crate) fn refresh(&mut self) {
        match &mut self.entries {
            Entries::Given(news) => news().iter().for_each(|entry| self.take(entry)),
            Entries::Cluster(cluster, next) => {
                let page = cluster.upgrade().and_then(|cluster| cluster.journal(*next).ok());
                if let Some(page) = page {
                    *next = page.next;
                    page.entries.iter().for_each(|entry| self.take(entry));
                }
            }
        }
    }

    fn take(&mut self, entry: &Entry) {
        if *entry.client_id == *CLIENT {
            return;
        }
        let log = |topic: &str, partition| TopicPartition { topic: topic.to_owned(), partition };
        match &entry.detail {
            Detail::Produce(produce) => {
                for batch in produce.partitions.iter().filter(|batch| !batch.is_duplicate) {
                    let Some(offsets) = batch.offsets else { continue };
                    let (last, at, client) = (offsets.last, entry.received.0, Arc::clone(&entry.client_id));
                    let log = self.logs.entry(log(&batch.topic, batch.partition)).or_default();
                    log.produced.insert(offsets.first, Span { last, at, client });
                }
            }
            Detail::Fetch(fetch) if entry.ending == Ending::Answered => {
                let at = entry.ended.unwrap_or(entry.received).0;
                for fetched in &fetch.partitions {
                    let Some(offsets) = fetched.offsets else { continue };
                    let log = self.logs.entry(log(&fetched.topic, fetched.partition)).or_default();
                    log.longest = log.longest.max(offsets.last - offsets.first);
                    let reading = Span { last: offsets.last, at, client: Arc::clone(&entry.client_id) };
                    log.fetched.entry(offsets.first).or_default().push(reading);
                }
            }
            Detail::Commit(commit) => {
                self.meet(entry, &commit.membership);
                for committed in commit.partitions.iter().filter(|committed| committed.error == ErrorCode::NONE) {
                    let log = self.logs.entry(log(&committed.topic, committed.partition)).or_default();
                    let group = Arc::clone(&commit.membership.group);
                    log.committed.push(Commit { group, offset: committed.offset, at: entry.received.0 });
                }
            }
            Detail::Members(members) => members.iter().for_each(|member| self.meet(entry, member)),
            _ => {}
        }
    }

    fn meet(&mut self, entry: &Entry, membership: &Membership) {
        if entry.error != ErrorCode::NONE || membership.member.is_empty() {
            return;
        }
        // A member that leaves by the consumer protocol has a negative epoch (KIP-848).
        let has_left =
            entry.api == ApiKey::LeaveGroup || entry.api == ApiKey::ConsumerGroupHeartbeat && membership.generation < 0;
        let (at, Membership { group, member, .. }) = (entry.received.0, membership);
        let spells = self.spells.entry(Arc::clone(&entry.client_id)).or_default();
        let known = spells.iter_mut().find(|s| s.group == *group && s.member == *member && !s.has_left);
        match known {
            Some(spell) => (spell.last, spell.has_left) = (at, has_left),
            None => {
                // Who gives another sign than joining has joined before.
                let from = if entry.api == ApiKey::JoinGroup { at } else { at.saturating_sub(LONGEST_SILENCE) };
                let (group, member) = (Arc::clone(group), Arc::clone(member));
                spells.push(Spell { group, member, from, last: at, has_left });
            }
        }
    }

    /// What is known of a record; nothing where the journal no longer has its being appended.
    pub(crate) fn of(&self, place: &Place) -> Option<Traffic> {
        let log = self.logs.get(&place.topic_partition())?;
        let (_, batch) = log.produced.range(..=place.offset).next_back()?;
        if batch.last < place.offset {
            return None;
        }
        let begin = place.offset.saturating_sub(log.longest);
        let readings = log.fetched.range(begin..=place.offset).flat_map(|(_, readings)| readings);
        let mut readings: Vec<&Span> = readings.filter(|reading| reading.last >= place.offset).collect();
        readings.sort_by_key(|reading| reading.at);
        let handled = readings.into_iter().take(HANDLINGS).map(|reading| self.handling(log, reading, place.offset));
        Some(Traffic { appended: batch.at, produced_by: batch.client.to_string(), handled: handled.collect() })
    }

    fn handling(&self, log: &LogTraffic, reading: &Span, offset: i64) -> Handling {
        let Who { group, member, candidates } = self.who(log, reading);
        let is_behind = |commit: &&Commit| {
            Some(&commit.group) == group.as_ref() && commit.offset > offset && commit.at >= reading.at
        };
        Handling {
            client_id: reading.client.to_string(),
            fetched_at: reading.at,
            committed_at: log.committed.iter().find(is_behind).map(|commit| commit.at),
            group: group.map(|group| group.to_string()),
            member: member.map(|member| member.to_string()),
            candidates,
        }
    }

    /// The group and the member behind a client's name. A fetch names neither, so clients of one name are told apart by
    /// when they were in their groups, and by what these commit, as far as that goes.
    fn who(&self, log: &LogTraffic, reading: &Span) -> Who {
        let spells = self.spells.get(&reading.client).into_iter().flatten().filter(|spell| spell.holds(reading.at));
        let known: BTreeSet<(&Arc<str>, &Arc<str>)> = spells.map(|spell| (&spell.group, &spell.member)).collect();
        let groups: BTreeSet<&Arc<str>> = known.iter().map(|(group, _)| *group).collect();
        let commits = |group: &&Arc<str>| log.committed.iter().any(|commit| commit.group == **group);
        let mut likely = groups.iter().copied().filter(commits);
        let group = match (groups.len(), likely.next(), likely.next()) {
            (1, _, _) => groups.first().copied(),
            (_, Some(only), None) => Some(only),
            _ => None,
        };
        let Some(group) = group else {
            let candidates = groups.iter().map(ToString::to_string).collect();
            return Who { group: None, member: None, candidates };
        };
        let mut members = known.iter().filter(|(of, _)| *of == group).map(|(_, member)| *member);
        let member = members.next().filter(|_| members.next().is_none()).cloned();
        Who { group: Some(Arc::clone(group)), member, candidates: Vec::new() }
    }
}

/// Who has read something, as far as that can be told.
struct Who {
    group: Option<Arc<str>>,
    member: Option<Arc<str>>,
    /// The groups that it may have read for, where it is not clear for which.
    candidates: Vec<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    const SECOND: i64 = 1_000_000;

    fn entry(at: i64, api: &str, detail: Json) -> Entry {
        let json = json!({
            "sequence": 0, "broker": 0, "connection": 0, "client_id": "pricing", "api": api, "version": 1,
            "correlation_id": 1, "received": at, "ended": at, "ending": "answered", "detail": detail,
        });
        serde_json::from_value(json).unwrap()
    }

    fn sign(at: i64, api: &str, group: &str) -> Entry {
        entry(at, api, json!({"members": [{"group": group, "member": format!("{group}-1"), "generation": 1}]}))
    }

    /// Who has read the one record there is, after these signs.
    fn reader(signs: Vec<Entry>, fetched: i64) -> Handling {
        let partition =
            |offsets: Json| json!({"topic": "a", "partition": 0, "from": 0, "offsets": offsets, "bytes": 1});
        let offsets = json!({"first": 0, "last": 0});
        let produced =
            entry(0, "Produce", json!({"produce": {"acks": -1, "partitions": [partition(offsets.clone())]}}));
        let fetch = json!({"fetch": {"read_committed": false, "partitions": [partition(offsets)]}});
        let mut entries: Vec<Entry> = std::iter::once(produced).chain(signs).collect();
        entries.push(entry(fetched, "Fetch", fetch));
        let mut tap = Tap::given(move || std::mem::take(&mut entries));
        tap.refresh();
        tap.of(&Place { topic: "a".to_owned(), partition: 0, offset: 0 }).unwrap().handled.remove(0)
    }

    #[test]
    fn a_client_of_a_name_that_others_had_before_is_in_its_own_group() {
        let by =
            reader(vec![sign(0, "JoinGroup", "old"), sign(9, "LeaveGroup", "old"), sign(20, "JoinGroup", "new")], 30);
        assert_eq!((by.group.as_deref(), by.member.as_deref()), (Some("new"), Some("new-1")));
        let by = reader(vec![sign(0, "JoinGroup", "old"), sign(9, "LeaveGroup", "old")], 30);
        assert_eq!((by.group, by.candidates), (None, Vec::new()), "it has left");
        let by = reader(vec![sign(0, "JoinGroup", "old")], 100 * SECOND);
        assert_eq!((by.group, by.candidates), (None, Vec::new()), "it has been silent for too long");
        let by = reader(vec![sign(0, "JoinGroup", "old"), sign(9, "LeaveGroup", "old")], 5);
        assert_eq!(by.group.as_deref(), Some("old"), "it left later");
    }

    #[test]
    fn a_client_in_two_groups_is_in_one_of_them_and_not_in_none() {
        let by = reader(vec![sign(0, "JoinGroup", "a"), sign(1, "JoinGroup", "b")], 30);
        assert_eq!((by.group, by.candidates), (None, vec!["a".to_owned(), "b".to_owned()]));
    }
}
