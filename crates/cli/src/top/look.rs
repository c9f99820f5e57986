//! One look at a cluster, and what has changed between two.

use std::collections::BTreeMap;

use kafka_trial::client::{Client, ClientError, Deadline, OffsetAt, Stopwatch, TopicPartition};
use serde_json::{Value as Json, json};

/// What a cluster holds.
pub(super) struct Look {
    pub(super) brokers: usize,
    pub(super) topics: Vec<Topic>,
    pub(super) groups: Vec<Group>,
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
}

impl Look {
    pub(super) fn at(client: &mut Client, internal: bool, deadline: Deadline) -> Result<Self, ClientError> {
        let taken = Stopwatch::start();
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
            groups.push(Group {
                lag: (!committed.is_empty()).then(|| lags.sum()),
                id: listed.id,
                state: view.as_ref().map_or(listed.state, |view| view.state.clone()),
                members: view.map(|view| view.members.len()),
                committed: committed.values().sum(),
                topics,
            });
        }
        Ok(Self { brokers, topics, groups, taken })
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
            })
        };
        json!({
            "brokers": self.brokers,
            "topics": self.topics.iter().map(topic).collect::<Vec<_>>(),
            "groups": self.groups.iter().map(group).collect::<Vec<_>>(),
        })
    }
}

/// What came and went in a second, between two looks.
pub(super) struct Rates {
    appended: BTreeMap<String, f64>,
    committed: BTreeMap<String, f64>,
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
        Self { appended: topics.collect(), committed: groups.collect() }
    }

    pub(super) fn appended(&self, topic: &str) -> Option<f64> {
        self.appended.get(topic).copied()
    }

    pub(super) fn committed(&self, group: &str) -> Option<f64> {
        self.committed.get(group).copied()
    }
}
