//! Evidence from the journal of an embedded broker: who has produced, fetched and committed what, and when.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Weak};

use kafka_trial_broker::journal::{Detail, Ending, Entry, ErrorCode, Membership};

use super::handling::Handling;
use super::log::CLIENT;
use super::place::Place;
use crate::EmbeddedCluster;
use crate::client::TopicPartition;

/// The most readings of one record that are told.
const HANDLINGS: usize = 50;

/// What the journal has told of the records of each partition.
#[derive(Debug)]
pub(crate) struct Tap {
    entries: Entries,
    logs: BTreeMap<TopicPartition, LogTraffic>,
    /// Who each client has been, by the name it gives itself.
    members: BTreeMap<Arc<str>, BTreeSet<Member>>,
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

/// A group and the id of a member of it.
type Member = (Arc<str>, Arc<str>);

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
        Self { entries, logs: BTreeMap::new(), members: BTreeMap::new() }
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
        if entry.error == ErrorCode::NONE && !membership.member.is_empty() {
            let who = (Arc::clone(&membership.group), Arc::clone(&membership.member));
            self.members.entry(Arc::clone(&entry.client_id)).or_default().insert(who);
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
        let (group, member) = self.who(log, &reading.client);
        let is_behind = |commit: &&Commit| {
            Some(&commit.group) == group.as_ref() && commit.offset > offset && commit.at >= reading.at
        };
        Handling {
            client_id: reading.client.to_string(),
            fetched_at: reading.at,
            committed_at: log.committed.iter().find(is_behind).map(|commit| commit.at),
            group: group.map(|group| group.to_string()),
            member: member.map(|member| member.to_string()),
        }
    }

    /// The group and the member behind a client's name. A fetch names neither, so clients of one name are told apart by
    /// what their groups commit, as far as that goes.
    fn who(&self, log: &LogTraffic, client: &Arc<str>) -> (Option<Arc<str>>, Option<Arc<str>>) {
        let Some(known) = self.members.get(client) else { return (None, None) };
        let groups: BTreeSet<&Arc<str>> = known.iter().map(|(group, _)| group).collect();
        let commits = |group: &&Arc<str>| log.committed.iter().any(|commit| commit.group == **group);
        let mut likely = groups.iter().copied().filter(commits);
        let group = match (groups.len(), likely.next(), likely.next()) {
            (1, _, _) => groups.first().copied(),
            (_, Some(only), None) => Some(only),
            _ => None,
        };
        let Some(group) = group else { return (None, None) };
        let mut members = known.iter().filter(|(of, _)| of == group).map(|(_, member)| member);
        let member = members.next().filter(|_| members.next().is_none());
        (Some(Arc::clone(group)), member.cloned())
    }
}
