//! A client of a whole cluster.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use kafka_trial_wire::messages::metadata_request::MetadataRequestTopic;
use kafka_trial_wire::messages::metadata_response::MetadataResponseBroker;
use kafka_trial_wire::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_trial_wire::messages::{MetadataRequest, MetadataResponse, ProduceRequest, Request};
use kafka_trial_wire::records::{BatchBuilder, Header};
use kafka_trial_wire::{ApiKey, ErrorCode};

use super::endpoint::{Address, Endpoint, ToEndpoint};
use super::reach::first_of;
use super::{ClientError, Connection, Deadline, pause};

/// The newest versions this client speaks: those that know topics by name.
const PRODUCE: i16 = 12;
const METADATA: i16 = 12;
/// The rest before a partition's leader is looked for again.
pub(super) const LEADER_REST: Duration = Duration::from_millis(20);

/// A broker as the cluster advertises it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerView {
    /// Its `node.id`.
    pub id: i32,
    /// The `host:port` that clients are told to connect to.
    pub address: String,
}

/// A record to be produced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewRecord {
    /// The key.
    pub key: Option<Bytes>,
    /// The value.
    pub value: Option<Bytes>,
    /// Headers in order.
    pub headers: Vec<(String, Bytes)>,
    /// Milliseconds since the Unix epoch.
    pub timestamp: i64,
}

/// Connections to the brokers of one cluster.
#[derive(Debug)]
pub struct Client {
    pub(super) bootstrap: Connection,
    endpoint: Endpoint,
    /// Connections to brokers by id, opened when first needed.
    brokers: BTreeMap<i32, Connection>,
    /// Where each broker is.
    pub(super) addresses: BTreeMap<i32, Address>,
}

impl Client {
    /// Connects to the first of the bootstrap servers that answers. While there are others to try, a server gets only a
    /// part of the time, so a dead one does not eat the deadline of the rest.
    pub fn connect(endpoint: impl ToEndpoint, deadline: Deadline) -> Result<Self, ClientError> {
        let endpoint = endpoint.to_endpoint()?;
        let bootstrap = first_of(endpoint.servers(), deadline, |address, deadline| {
            Connection::open_at(&endpoint, address, deadline)
        })?;
        Ok(Self { bootstrap, endpoint, brokers: BTreeMap::new(), addresses: BTreeMap::new() })
    }

    /// The cluster that it was connected to.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(super) fn metadata(
        &mut self,
        topics: Option<&[&str]>,
        deadline: Deadline,
    ) -> Result<MetadataResponse, ClientError> {
        let topics = topics.map(|names| {
            let topic = |name: &&str| MetadataRequestTopic { name: Some((*name).into()), ..Default::default() };
            names.iter().map(topic).collect()
        });
        let request = MetadataRequest { topics, allow_auto_topic_creation: false, ..MetadataRequest::default() };
        let response = self.bootstrap.ask(&request, METADATA, deadline)?;
        let address = |broker: &MetadataResponseBroker| Address::advertised(&broker.host, broker.port);
        self.addresses = response.brokers.iter().map(|broker| (broker.node_id, address(broker))).collect();
        Ok(response)
    }

    /// The brokers of the cluster by id, at the addresses that they advertise.
    pub fn brokers(&mut self, deadline: Deadline) -> Result<Vec<BrokerView>, ClientError> {
        self.metadata(Some(&[]), deadline)?;
        Ok(self.addresses.iter().map(|(id, address)| BrokerView { id: *id, address: address.to_string() }).collect())
    }

    /// Produces records to one partition with acks=all, and gives the offset of the first.
    pub fn produce(
        &mut self,
        topic: &str,
        partition: i32,
        records: &[NewRecord],
        deadline: Deadline,
    ) -> Result<i64, ClientError> {
        let mut batch = BatchBuilder::new();
        for record in records {
            let headers: Vec<Header> = record
                .headers
                .iter()
                .map(|(key, value)| Header { key: Bytes::copy_from_slice(key.as_bytes()), value: Some(value.clone()) })
                .collect();
            batch.push(record.timestamp, record.key.as_deref(), record.value.as_deref(), &headers);
        }
        let subject = format!("{topic}-{partition}");
        let batch = batch
            .build()
            .map_err(|error| ClientError::Records { subject: subject.clone(), reason: error.to_string() })?;
        let request = ProduceRequest {
            acks: -1,
            timeout_ms: millis(deadline),
            topic_data: vec![TopicProduceData {
                name: topic.into(),
                partition_data: vec![PartitionProduceData {
                    index: partition,
                    records: Some(batch.into()),
                    ..PartitionProduceData::default()
                }],
                ..TopicProduceData::default()
            }],
            ..ProduceRequest::default()
        };
        loop {
            let leader = self.leader(topic, partition, deadline)?;
            let response = self.broker(leader, deadline)?.ask(&request, PRODUCE, deadline)?;
            let answer = response.responses.into_iter().flat_map(|topic| topic.partition_responses).next();
            let answer = answer.unwrap_or_default();
            match ErrorCode(answer.error_code) {
                ErrorCode::NONE => return Ok(answer.base_offset),
                // The leader has just changed, or does not know yet that it leads a new topic. Nothing was written.
                ErrorCode::NOT_LEADER_OR_FOLLOWER if !deadline.is_past() => pause(LEADER_REST),
                code => {
                    let text = answer.error_message.unwrap_or_default().as_str().to_owned();
                    return Err(ClientError::Kafka { api: ApiKey::Produce, subject, code, text });
                }
            }
        }
    }

    fn leader(&mut self, topic: &str, partition: i32, deadline: Deadline) -> Result<i32, ClientError> {
        let views = self.topics(Some(&[topic]), deadline)?;
        let view = views.iter().find(|view| view.name == topic);
        view.ok_or_else(|| ClientError::UnknownTopic(topic.to_owned()))?.leader(partition)
    }

    /// Asks the controller, or in a KRaft cluster any broker: they pass it on.
    pub(super) fn ask_controller<R: Request>(
        &mut self,
        request: &R,
        newest: i16,
        deadline: Deadline,
    ) -> Result<R::Response, ClientError> {
        let controller = self.metadata(Some(&[]), deadline)?.controller_id;
        if self.addresses.contains_key(&controller) {
            return self.broker(controller, deadline)?.ask(request, newest, deadline);
        }
        self.bootstrap.ask(request, newest, deadline)
    }

    /// A connection of its own to a broker of the cluster.
    pub fn connection_to(&mut self, broker: i32, deadline: Deadline) -> Result<Connection, ClientError> {
        if !self.addresses.contains_key(&broker) {
            self.metadata(Some(&[]), deadline)?;
        }
        let address = self.addresses.get(&broker).ok_or(ClientError::UnknownBroker(broker))?;
        Connection::open_at(&self.endpoint, address, deadline)
    }

    /// The connection to a broker, opened when there is none yet.
    pub(super) fn broker(&mut self, id: i32, deadline: Deadline) -> Result<&mut Connection, ClientError> {
        use std::collections::btree_map::Entry;
        match self.brokers.entry(id) {
            Entry::Occupied(open) => Ok(open.into_mut()),
            Entry::Vacant(place) => match self.addresses.get(&id) {
                Some(address) => Ok(place.insert(Connection::open_at(&self.endpoint, address, deadline)?)),
                None => Ok(&mut self.bootstrap),
            },
        }
    }
}

/// What is left of a deadline, as requests carry it.
pub(super) fn millis(deadline: Deadline) -> i32 {
    i32::try_from(deadline.left().as_millis()).unwrap_or(i32::MAX)
}
