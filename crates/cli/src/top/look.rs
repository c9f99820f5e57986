//! One look at a cluster, and what has changed between two.

use std::collections::BTreeMap;
use std::error::Error;

use kafka_trial::client::{Client, Deadline, MemberView, OffsetAt, Stopwatch, TopicPartition};
use serde_json::{Value as Json, json};

use super::scrape::Scrape;

/// What a cluster holds.
pub(super) struct Look {
    pub(super) brokers: usize,
    pub(super) topics: Vec<Topic>,
    pub(super) groups: Vec<Group>,
    /// None where nobody gives out metrics.
    pub(super) scrape: Option<Scrape>,
    taken: Stopwatch,
}

/// A topic and how much is in it.
pub(super) struct Topic {
    pub(super) name: String,
    pub(super) partitions: usize,
    /// The offsets between the beginning and the end.
    pub(super) records: i64,
    /// The sum of its partitions' ends: it grows by one with each record.
    pub(super) ends: i64,
}

/// A group and where it stands.
pub(super) struct Group {
    pub(super) id: String,
    pub(super) state: String,
    /// None for a type of group that cannot be described.
    pub(super) members: Option<usize>,
    /// None where nothing is committed.
    pub(super) lag: Option<i64>,
    /// The sum of what it has committed.
    pub(super) committed: i64,
    /// The topics that it has committed to.
    pub(super) topics: Vec<String>,
    /// How often it has rebalanced, as far as that is known.
    pub(super) rebalances: Option<u64>,
    /// Who has which partitions.
    makeup: Makeup,
}

type Makeup = BTreeMap<String, Vec<TopicPartition>>;

impl Look {
    /// Asks the cluster, and for what no client can ask the metrics at this address.
    pub(super) fn at(
        client: &mut Client,
        metrics: Option<&str>,
        internal: bool,
        deadline: Deadline,
    ) -> Result<Self, Box<dyn Error>> {
        let taken = Stopwatch::start();
        let scrape = metrics.map(|address| Scrape::at(address, deadline)).transpose()?;
        let brokers = client.brokers(deadline)?.len();
        let views = client.topics(None, deadline)?;
        let places: Vec<TopicPartition> = views
            .iter()
            .flat_map(|view| {
                let led = view.partitions.iter().filter(|partition| partition.leader.is_some());
                led.map(|partition| TopicPartition { topic: view.name.clone(), partition: partition.index })
            })
            .collect();
        let starts = client.offsets(&places, OffsetAt::Earliest, deadline)?;
        let ends = client.offsets(&places, OffsetAt::Latest, deadline)?;
        let sum = |offsets: &BTreeMap<TopicPartition, i64>, name: &str| -> i64 {
            offsets.iter().filter(|(place, _)| place.topic == name).map(|(_, offset)| offset).sum()
        };
        let shown = views.iter().filter(|view| internal || !view.is_internal);
        let topics = shown.map(|view| {
            let end = sum(&ends, &view.name);
            let records = end - sum(&starts, &view.name);
            Topic { name: view.name.clone(), partitions: view.partitions.len(), records, ends: end }
        });
        let topics = topics.collect();
        let mut groups = Vec::new();
        for listed in client.groups(deadline)? {
            let view = client.group(&listed.id, deadline)?;
            let committed = match view {
                Some(_) => client.committed(&listed.id, deadline)?,
                None => BTreeMap::new(),
            };
            let lags = committed.iter().filter_map(|(place, offset)| Some((ends.get(place)? - offset).max(0)));
            let mut topics: Vec<String> = committed.keys().map(|place| place.topic.clone()).collect();
            topics.dedup();
            let members = view.as_ref().map_or(&[][..], |view| view.members.as_slice());
            let assigned = |member: &MemberView| (member.id.clone(), member.assigned.clone());
            groups.push(Group {
                makeup: members.iter().map(assigned).collect(),
                rebalances: scrape.as_ref().and_then(|scrape| scrape.rebalances.get(&listed.id).copied()),
                lag: (!committed.is_empty()).then(|| lags.sum()),
                id: listed.id,
                state: view.as_ref().map_or(listed.state, |view| view.state.clone()),
                members: view.map(|view| view.members.len()),
                committed: committed.values().sum(),
                topics,
            });
        }
        Ok(Self { brokers, topics, groups, scrape, taken })
    }

    pub(super) fn to_json(&self) -> Json {
        let topic = |topic: &Topic| {
            json!({
                "topic": topic.name,
                "partitions": topic.partitions,
                "records": topic.records,
            })
        };
        let group = |group: &Group| {
            json!({
                "group": group.id,
                "state": group.state,
                "members": group.members,
                "lag": group.lag,
                "topics": group.topics,
                "rebalances": group.rebalances,
            })
        };
        let errors = self.scrape.as_ref().map(|scrape| {
            let errors = scrape.errors.iter();
            errors.map(|((api, error), count)| json!({"api": api, "error": error, "count": count})).collect::<Vec<_>>()
        });
        json!({
            "brokers": self.brokers,
            "topics": self.topics.iter().map(topic).collect::<Vec<_>>(),
            "groups": self.groups.iter().map(group).collect::<Vec<_>>(),
            "errors": errors,
        })
    }
}

/// Rebalances as two looks at a group that is settled show them: its members or their partitions have changed.
#[derive(Default)]
pub(super) struct Rebalances(BTreeMap<String, (Makeup, u64)>);

impl Rebalances {
    /// Counts on, and fills in the count where nobody else has told it.
    pub(super) fn note(&mut self, look: &mut Look) {
        for group in &mut look.groups {
            let (makeup, count) = self.0.entry(group.id.clone()).or_insert_with(|| (group.makeup.clone(), 0));
            if matches!(group.state.as_str(), "Stable" | "Empty") && *makeup != group.makeup {
                *count += 1;
                makeup.clone_from(&group.makeup);
            }
            group.rebalances.get_or_insert(*count);
        }
    }
}

/// What came and went in a second, between two looks.
pub(super) struct Rates {
    appended: BTreeMap<String, f64>,
    committed: BTreeMap<String, f64>,
    failed: BTreeMap<(String, String), f64>,
}

impl Rates {
    pub(super) fn between(older: &Look, newer: &Look) -> Self {
        let seconds = older.taken.elapsed().saturating_sub(newer.taken.elapsed()).as_secs_f64().max(1e-3);
        #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
        let rate = |before: i64, now: i64| (now - before).max(0) as f64 / seconds;
        let topics = newer.topics.iter().filter_map(|topic| {
            let before = older.topics.iter().find(|known| known.name == topic.name)?;
            Some((topic.name.clone(), rate(before.ends, topic.ends)))
        });
        let groups = newer.groups.iter().filter_map(|group| {
            let before = older.groups.iter().find(|known| known.id == group.id)?;
            Some((group.id.clone(), rate(before.committed, group.committed)))
        });
        let errors = newer.scrape.iter().flat_map(|scrape| &scrape.errors).map(|(of, count)| {
            let before = older.scrape.as_ref().and_then(|scrape| scrape.errors.get(of)).copied().unwrap_or_default();
            (of.clone(), rate(to_i64(before), to_i64(*count)))
        });
        Self { appended: topics.collect(), committed: groups.collect(), failed: errors.collect() }
    }

    pub(super) fn appended(&self, topic: &str) -> Option<f64> {
        self.appended.get(topic).copied()
    }

    pub(super) fn committed(&self, group: &str) -> Option<f64> {
        self.committed.get(group).copied()
    }
    pub(super) fn failed(&self, of: &(String, String)) -> Option<f64> {
        self.failed.get(of).copied()
    }
}

fn to_i64(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
