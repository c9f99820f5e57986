//! A cluster with a request topic, a response topic and what stands beside them.

use std::time::Duration;

use kafka_trial::client::{Client, Connection, Deadline, now_millis};
use kafka_trial::flow::{Anomaly, DuplicateClass, Flow, FlowTracker, Follow, Route};
use kafka_trial::{Cluster, ClusterConfig, Record, TopicSpec};
use kafka_trial_wire::messages::ProduceRequest;
use kafka_trial_wire::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_trial_wire::records::BatchBuilder;
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
        Self::of(ClusterConfig { topics, ..ClusterConfig::default() })
    }

    pub(crate) fn of(config: ClusterConfig) -> Self {
        let cluster = Cluster::start(config).unwrap();
        let client = Client::connect(cluster.bootstrap_servers(), Deadline::after(LIMIT)).unwrap();
        Self { cluster, client, now: now_millis() }
    }

    pub(crate) fn usual() -> Self {
        Self::new(&[(REQUESTS, 3), (RESPONSES, 3), ("requests.dlq", 1), ("audit", 1)])
    }

    pub(crate) fn send(&mut self, topic: &str, partition: i32, record: Record) -> i64 {
        let record = Record { topic: topic.to_owned(), ..record.partition(partition) };
        self.client.produce(&record, Deadline::after(LIMIT)).unwrap().offset
    }

    pub(crate) fn event(&mut self, topic: &str, partition: i32, event: Json) -> i64 {
        self.send(topic, partition, self.record(0, &event.to_string()))
    }

    /// A record for whichever topic it is sent to.
    pub(crate) fn record(&self, after: i64, value: &str) -> Record {
        Record::new("", value).timestamp(self.now + after)
    }

    pub(crate) fn tracker(&self) -> FlowTracker {
        FlowTracker::connect(self.cluster.bootstrap_servers(), Deadline::after(LIMIT)).unwrap()
    }

    /// One that reads the journal too.
    pub(crate) fn witness(&self) -> FlowTracker {
        FlowTracker::on(&self.cluster, Deadline::after(LIMIT)).unwrap()
    }

    /// A connection of its own, for requests that no client would send.
    pub(crate) fn connection(&self) -> Connection {
        Connection::open(self.cluster.bootstrap_servers(), Deadline::after(LIMIT)).unwrap()
    }

    /// What there is of an id, without waiting.
    pub(crate) fn flow(&self, id: &str) -> Flow {
        self.tracker().follow(&follow(id), Duration::ZERO)
    }
}

pub(crate) fn follow(id: &str) -> Follow {
    Follow::new(id, Route::through([REQUESTS, RESPONSES]))
}

/// A Produce request of one batch for partition 0.
pub(crate) fn produce(topic: &str, batch: &BatchBuilder) -> ProduceRequest {
    let partition = PartitionProduceData { records: Some(batch.build().unwrap().into()), ..Default::default() };
    ProduceRequest {
        acks: -1,
        timeout_ms: 10_000,
        topic_data: vec![TopicProduceData {
            name: topic.into(),
            partition_data: vec![partition],
            ..Default::default()
        }],
        ..ProduceRequest::default()
    }
}

/// Each duplicate with its class and the place of the second.
pub(crate) fn duplicates(flow: &Flow) -> Vec<(DuplicateClass, String)> {
    let duplicate = |anomaly: &Anomaly| match anomaly {
        Anomaly::Duplicate { class, second, .. } => Some((*class, second.to_string())),
        _ => None,
    };
    flow.anomalies.iter().filter_map(duplicate).collect()
}

pub(crate) fn anomalies(flow: &Flow) -> Vec<String> {
    flow.anomalies.iter().map(ToString::to_string).collect()
}
