//! A bystander is a well-behaved client among hostile ones.

use kafka_trial_broker::{Cluster, ClusterConfig, TopicSpec};
use kafka_trial_wire::ErrorCode;

use super::{FETCH, PRODUCE, Raw, fetch, produce};

const TOPIC: &str = "bystander";

/// A client that other clients must not disturb: it gets its answers, and its acknowledged records stay.
pub(crate) struct Bystander {
    connection: Raw,
    acknowledged: Vec<String>,
}

impl Bystander {
    /// Returns a cluster with a topic `topic` for the test, and a bystander.
    pub(crate) fn with_cluster(properties: &[(&str, &str)]) -> (Cluster, Self) {
        let properties = properties.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let topics = vec![TopicSpec::new("topic", 1), TopicSpec::new(TOPIC, 1)];
        let cluster = Cluster::start(ClusterConfig { topics, properties, ..ClusterConfig::default() }).unwrap();
        let connection = Raw::connect(cluster.addresses()[0]);
        let mut bystander = Self { connection, acknowledged: Vec::new() };
        bystander.works();
        (cluster, bystander)
    }

    /// Produces a record and fetches it.
    pub(crate) fn works(&mut self) {
        let value = format!("record {}", self.acknowledged.len());
        let response = self.connection.ask(&produce(TOPIC, value.as_bytes()), PRODUCE);
        let partition = &response.responses[0].partition_responses[0];
        let offset = i64::try_from(self.acknowledged.len()).unwrap();
        assert_eq!((partition.error_code, partition.base_offset), (ErrorCode::NONE, offset));
        self.acknowledged.push(value);
        let response = self.connection.ask(&fetch(TOPIC, offset, 1 << 20, 0), FETCH);
        let partition = &response.responses[0].partitions[0];
        assert_eq!((partition.error_code, partition.high_watermark), (ErrorCode::NONE, offset + 1));
        assert!(partition.records.as_ref().is_some_and(|records| !records.is_empty()));
    }

    /// Works once more, on this connection and a new one; then all acknowledged records must be there.
    pub(crate) fn has_noticed_nothing(mut self, cluster: &Cluster) {
        self.works();
        self.connection = Raw::connect(cluster.addresses()[0]);
        self.works();
        let stored = cluster.records(TOPIC, None, 0).unwrap();
        let stored: Vec<_> = stored.into_iter().filter_map(|record| record.value).collect();
        assert_eq!(stored, self.acknowledged);
    }
}
