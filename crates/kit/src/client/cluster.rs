//! A client of a whole cluster.

use std::collections::BTreeMap;
use std::time::Duration;

use kafka_trial_wire::messages::metadata_request::MetadataRequestTopic;
use kafka_trial_wire::messages::metadata_response::MetadataResponseBroker;
use kafka_trial_wire::messages::{MetadataRequest, MetadataResponse, Request};

use super::endpoint::{Address, Endpoint, ToEndpoint};
use super::reach::first_of;
use super::{ClientError, Connection, Deadline};

/// The newest version that knows topics by name.
const METADATA: i16 = 12;
/// The rest before a partition's leader is looked for again.
pub(super) const LEADER_REST: Duration = Duration::from_millis(20);

/// A broker as the cluster advertises it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BrokerView {
    /// Its `node.id`.
    pub id: i32,
    /// The `host:port` that clients are told to connect to.
    pub address: String,
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
    /// Another client of the same cluster.
    pub(super) fn again(&self, deadline: Deadline) -> Result<Self, ClientError> {
        Self::connect(&self.endpoint, deadline)
    }

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
        self.ask_metadata(topics, false, deadline)
    }

    /// Metadata of a topic, which the cluster may create for that.
    pub(super) fn metadata_creating(
        &mut self,
        topic: &str,
        deadline: Deadline,
    ) -> Result<MetadataResponse, ClientError> {
        self.ask_metadata(Some(&[topic]), true, deadline)
    }

    fn ask_metadata(
        &mut self,
        topics: Option<&[&str]>,
        allow_auto_topic_creation: bool,
        deadline: Deadline,
    ) -> Result<MetadataResponse, ClientError> {
        let topics = topics.map(|names| {
            let topic = |name: &&str| MetadataRequestTopic { name: Some((*name).into()), ..Default::default() };
            names.iter().map(topic).collect()
        });
        let request = MetadataRequest { topics, allow_auto_topic_creation, ..MetadataRequest::default() };
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
