//! Producing records, each to the partition that it names or that Kafka's own producer would choose.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_trial_wire::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_trial_wire::messages::{MetadataResponse, ProduceRequest};
use kafka_trial_wire::records::{BatchBuilder, Header};
use kafka_trial_wire::{ApiKey, ErrorCode};

use super::cluster::{LEADER_REST, millis};
use super::{Client, ClientError, Deadline, TopicView, now_millis, partition_of, pause};
use crate::record::{Record, Sent};

/// The newest version that knows topics by name.
const PRODUCE: i16 = 12;
/// The broker property that lets a producer create its topic.
const AUTO_CREATE: &str = "auto.create.topics.enable";

impl Client {
    /// Produces a record with acks=all.
    pub fn produce(&mut self, record: &Record, deadline: Deadline) -> Result<Sent, ClientError> {
        let view = self.topic_to_write(&record.topic, deadline)?;
        let partition = partition_for(&view, record)?;
        let offset = self.append(&view, partition, std::slice::from_ref(&record), deadline)?;
        Ok(Sent { partition, offset })
    }

    /// Produces records with acks=all, one batch a partition. Returns where each was written, in their order.
    ///
    /// A record goes to the partition that it names, otherwise to that of its key, as Kafka's producer chooses it.
    /// Without a key Kafka's producer may take any; this takes the first that has a leader. A topic that does not exist
    /// is created where the cluster creates topics by itself (`auto.create.topics.enable`).
    pub fn produce_all(&mut self, records: &[Record], deadline: Deadline) -> Result<Vec<Sent>, ClientError> {
        let mut views: BTreeMap<&str, TopicView> = BTreeMap::new();
        let mut batches: BTreeMap<(&str, i32), Vec<(usize, &Record)>> = BTreeMap::new();
        for (place, record) in records.iter().enumerate() {
            let topic = record.topic.as_str();
            if !views.contains_key(topic) {
                views.insert(topic, self.topic_to_write(topic, deadline)?);
            }
            let Some(view) = views.get(topic) else { continue };
            batches.entry((topic, partition_for(view, record)?)).or_default().push((place, record));
        }
        let mut sent = BTreeMap::new();
        for ((topic, partition), batch) in batches {
            let Some(view) = views.get(topic) else { continue };
            let (places, records): (Vec<usize>, Vec<&Record>) = batch.into_iter().unzip();
            let first = self.append(view, partition, &records, deadline)?;
            sent.extend(places.into_iter().zip((first..).map(|offset| Sent { partition, offset })));
        }
        Ok(sent.into_values().collect())
    }

    /// Appends a batch to a partition. Returns the offset of its first record.
    fn append(
        &mut self,
        view: &TopicView,
        partition: i32,
        records: &[&Record],
        deadline: Deadline,
    ) -> Result<i64, ClientError> {
        let subject = format!("{}-{partition}", view.name);
        let mut builder = BatchBuilder::new();
        for record in records {
            let headers: Vec<Header> = record.headers.iter().map(header).collect();
            let timestamp = record.timestamp.unwrap_or_else(now_millis);
            builder.push(timestamp, record.key.as_deref(), record.value.as_deref(), &headers);
        }
        let batch = builder.build();
        let batch =
            batch.map_err(|error| ClientError::Records { subject: subject.clone(), reason: error.to_string() })?;
        let data = PartitionProduceData { index: partition, records: Some(batch.into()), ..Default::default() };
        let topic = TopicProduceData {
            name: view.name.as_str().into(),
            partition_data: vec![data],
            ..TopicProduceData::default()
        };
        let request = ProduceRequest {
            acks: -1,
            timeout_ms: millis(deadline),
            topic_data: vec![topic],
            ..ProduceRequest::default()
        };
        let mut leader = view.leader(partition)?;
        loop {
            let response = self.broker(leader, deadline)?.ask(&request, PRODUCE, deadline)?;
            let answer = response.responses.into_iter().flat_map(|topic| topic.partition_responses).next();
            let answer = answer.unwrap_or_default();
            match answer.error_code {
                ErrorCode::NONE => return Ok(answer.base_offset),
                // The leader has just changed, or does not know yet that it leads a new topic. Nothing was written.
                ErrorCode::NOT_LEADER_OR_FOLLOWER if !deadline.is_past() => pause(LEADER_REST),
                code => {
                    let text = answer.error_message.unwrap_or_default().as_str().to_owned();
                    return Err(ClientError::Kafka { api: ApiKey::Produce, subject, code, text });
                }
            }
            leader = self.topic_to_write(&view.name, deadline)?.leader(partition)?;
        }
    }

    /// A topic that records are produced to. The cluster may create it now, as for any producer.
    fn topic_to_write(&mut self, name: &str, deadline: Deadline) -> Result<TopicView, ClientError> {
        let mut is_created = None;
        loop {
            let response: MetadataResponse = self.metadata_creating(name, deadline)?;
            let found = TopicView::all_of(response)?.into_iter().find(|view| view.name == name);
            if let Some(view) = found.filter(|view| !view.partitions.is_empty()) {
                return Ok(view);
            }
            let unknown = || ClientError::UnknownTopic(name.to_owned());
            let is_created = match is_created {
                Some(known) => known,
                None => *is_created.insert(self.broker_config(AUTO_CREATE, deadline)?.as_deref() == Some("true")),
            };
            if !is_created || deadline.is_past() {
                return Err(unknown());
            }
            // A cluster creates it in its own time, and then says so.
            pause(LEADER_REST);
        }
    }
}

fn header((name, value): &(String, Option<Bytes>)) -> Header {
    Header { key: Bytes::copy_from_slice(name.as_bytes()), value: value.clone() }
}

fn partition_for(view: &TopicView, record: &Record) -> Result<i32, ClientError> {
    let led = || view.partitions.iter().find(|partition| partition.leader.is_some());
    match (record.partition, &record.key) {
        (Some(partition), _) => Ok(partition),
        (None, Some(key)) => Ok(i32::try_from(partition_of(key, view.partitions.len())).unwrap_or_default()),
        (None, None) => {
            let no_leader = || ClientError::NoLeader { topic: view.name.clone(), partition: 0 };
            led().map(|partition| partition.index).ok_or_else(no_leader)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Cluster, ClusterConfig, TopicSpec};

    const LIMIT: Duration = Duration::from_secs(10);

    fn scene(config: ClusterConfig) -> (Cluster, Client, Deadline) {
        let cluster = Cluster::start(config).unwrap();
        let deadline = Deadline::after(LIMIT);
        let client = Client::connect(cluster.bootstrap_servers(), deadline).unwrap();
        (cluster, client, deadline)
    }

    #[test]
    fn a_record_has_the_partition_of_its_key_unless_it_names_one() {
        let topics = vec![TopicSpec::new("orders", 7)];
        let (cluster, mut client, deadline) = scene(ClusterConfig { topics, ..ClusterConfig::default() });
        let record = Record::new("orders", "a").key("21");
        // What Kafka's own partitioner has for this key: see `partitioner`.
        assert_eq!(client.produce(&record, deadline).unwrap(), Sent { partition: 3, offset: 0 });
        let named = record.clone().partition(5);
        assert_eq!(client.produce(&named, deadline).unwrap(), Sent { partition: 5, offset: 0 });
        let keyless = Record::new("orders", "b");
        let sent = client.produce_all(&[record, keyless.clone(), named, keyless], deadline).unwrap();
        let places: Vec<(i32, i64)> = sent.iter().map(|sent| (sent.partition, sent.offset)).collect();
        assert_eq!(places, [(3, 1), (0, 0), (5, 1), (0, 1)]);
        assert_eq!(cluster.records("orders", None, 0).unwrap().len(), 6);
    }

    #[test]
    fn headers_keep_their_order_and_may_repeat_or_have_no_value() {
        let topics = vec![TopicSpec::new("orders", 1)];
        let (cluster, mut client, deadline) = scene(ClusterConfig { topics, ..ClusterConfig::default() });
        let mut record = Record::tombstone("orders").header("a", "1").header("a", "2");
        record.headers.push(("b".to_owned(), None));
        client.produce(&record, deadline).unwrap();
        let stored = cluster.records("orders", None, 0).unwrap();
        let headers: Vec<(&[u8], Option<&[u8]>)> =
            stored[0].headers.iter().map(|(name, value)| (&**name, value.as_deref())).collect();
        assert_eq!(headers, [(&b"a"[..], Some(&b"1"[..])), (b"a", Some(b"2")), (b"b", None)]);
        assert_eq!(stored[0].value, None);
    }

    #[test]
    fn a_topic_comes_into_being_where_the_cluster_creates_topics() {
        let (cluster, mut client, deadline) = scene(ClusterConfig::default());
        client.produce(&Record::new("orders", "a"), deadline).unwrap();
        assert_eq!(cluster.records("orders", None, 0).unwrap().len(), 1);

        let properties = [(AUTO_CREATE.to_owned(), "false".to_owned())].into();
        let (_cluster, mut client, deadline) = scene(ClusterConfig { properties, ..ClusterConfig::default() });
        let error = client.produce(&Record::new("orders", "a"), deadline).unwrap_err();
        assert!(matches!(&error, ClientError::UnknownTopic(topic) if topic == "orders"), "{error}");
    }
}
