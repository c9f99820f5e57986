//! A cluster with a request topic, a response topic and what stands beside them.

use std::time::Duration;

use bytes::Bytes;
use kafka_trial::client::{Client, Deadline, NewRecord, now_millis};
use kafka_trial::flow::{Flow, FlowTracker, Follow, Route};
use kafka_trial::{Cluster, ClusterConfig, TopicSpec};
use serde_json::Value as Json;

pub(crate) const LIMIT: Duration = Duration::from_secs(10);
pub(crate) const REQUESTS: &str = "requests";
pub(crate) const RESPONSES: &str = "responses";

/// A cluster and a client of it.
pub(crate) struct Scene {
    pub(crate) cluster: Cluster,
    pub(crate) client: Client,
    pub(crate) now: i64,
}

impl Scene {
    pub(crate) fn new(topics: &[(&str, i32)]) -> Self {
        let topics = topics.iter().map(|(name, partitions)| TopicSpec::new(*name, *partitions)).collect();
        let cluster = Cluster::start(ClusterConfig { topics, ..ClusterConfig::default() }).unwrap();
        let client = Client::connect(&cluster.bootstrap_servers(), Deadline::after(LIMIT)).unwrap();
        Self { cluster, client, now: now_millis() }
    }

    pub(crate) fn usual() -> Self {
        Self::new(&[(REQUESTS, 3), (RESPONSES, 3), ("requests.dlq", 1), ("audit", 1)])
    }

    pub(crate) fn send(&mut self, topic: &str, partition: i32, record: NewRecord) -> i64 {
        self.client.produce(topic, partition, &[record], Deadline::after(LIMIT)).unwrap()
    }

    pub(crate) fn event(&mut self, topic: &str, partition: i32, event: Json) -> i64 {
        self.send(topic, partition, self.record(0, &event.to_string()))
    }

    pub(crate) fn record(&self, after: i64, value: &str) -> NewRecord {
        NewRecord {
            value: Some(Bytes::copy_from_slice(value.as_bytes())),
            timestamp: self.now + after,
            ..NewRecord::default()
        }
    }

    pub(crate) fn tracker(&self) -> FlowTracker {
        FlowTracker::connect(&self.cluster.bootstrap_servers(), Deadline::after(LIMIT)).unwrap()
    }

    /// What there is of an id, without waiting.
    pub(crate) fn flow(&self, id: &str) -> Flow {
        self.tracker().follow(&follow(id), Duration::ZERO)
    }
}

pub(crate) fn follow(id: &str) -> Follow {
    Follow::new(id, Route::through([REQUESTS, RESPONSES]))
}

pub(crate) fn anomalies(flow: &Flow) -> Vec<String> {
    flow.anomalies.iter().map(ToString::to_string).collect()
}
