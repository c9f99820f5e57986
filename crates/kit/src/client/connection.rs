//! One connection to one broker.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::ops::RangeInclusive;
use std::sync::Arc;

use bytes::Bytes;
use kafka_trial_wire::messages::{ApiVersionsRequest, ApiVersionsResponse, Request};
use kafka_trial_wire::{ApiKey, ErrorCode, decode};

use super::endpoint::{Address, Endpoint, Security, ToEndpoint};
use super::frames::{CLIENT, encode, failed, open_reply, receive, send};
use super::reach::{connect, first_of};
use super::{ClientError, Deadline, Replies, Requests};

/// A connection that knows which versions its broker serves.
#[derive(Debug)]
pub struct Connection {
    address: String,
    client_id: Arc<str>,
    stream: TcpStream,
    next_correlation_id: i32,
    served: BTreeMap<i16, RangeInclusive<i16>>,
}

impl Connection {
    /// Connects to the first of the servers that answers, and asks what is served.
    pub fn open(endpoint: impl ToEndpoint, deadline: Deadline) -> Result<Self, ClientError> {
        let endpoint = endpoint.to_endpoint()?;
        first_of(endpoint.servers(), deadline, |address, deadline| Self::open_at(&endpoint, address, deadline))
    }

    /// Connects to one server of a cluster, as its endpoint says how.
    pub(super) fn open_at(endpoint: &Endpoint, address: &Address, deadline: Deadline) -> Result<Self, ClientError> {
        if *endpoint.protection() != Security::Plaintext {
            let (servers, protocol) = (endpoint.to_string(), endpoint.protection().protocol());
            return Err(ClientError::Security { servers, protocol });
        }
        let stream = connect(address, deadline)?;
        let (address, client_id) = (address.to_string(), Arc::clone(endpoint.name()));
        let mut connection = Self { address, client_id, stream, next_correlation_id: 0, served: BTreeMap::new() };
        connection.ask_versions(deadline)?;
        Ok(connection)
    }

    /// The `host:port` it was opened with.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Asks for the versions; an older broker answers in version 0 with those it has.
    fn ask_versions(&mut self, deadline: Deadline) -> Result<(), ClientError> {
        let request = ApiVersionsRequest {
            client_software_name: CLIENT.into(),
            client_software_version: env!("CARGO_PKG_VERSION").into(),
            ..ApiVersionsRequest::default()
        };
        let api = ApiKey::ApiVersions;
        let (mut body, mut version) = (self.exchange(&request, 3, deadline)?, 3);
        if body.first_chunk::<2>() == Some(&ErrorCode::UNSUPPORTED_VERSION.0.to_be_bytes()) {
            body = self.exchange(&request, 0, deadline)?;
            version = 0;
        }
        let response: ApiVersionsResponse =
            decode(body, version).map_err(|error| ClientError::garbage(&self.address, api, &error))?;
        if response.error_code != ErrorCode::NONE {
            let code = response.error_code;
            return Err(ClientError::Kafka { api, subject: self.address.clone(), code, text: String::new() });
        }
        self.served = response.api_keys.iter().map(|api| (api.api_key, api.min_version..=api.max_version)).collect();
        Ok(())
    }

    /// Sends a request in the highest version that both sides know, `newest` at most, and waits for its answer.
    pub fn ask<R: Request>(
        &mut self,
        request: &R,
        newest: i16,
        deadline: Deadline,
    ) -> Result<R::Response, ClientError> {
        let version = self.version::<R>(newest)?;
        let body = self.exchange(request, version, deadline)?;
        decode(body, version).map_err(|error| ClientError::garbage(&self.address, R::API, &error))
    }

    /// The version in which [`Connection::ask`] would send a request.
    pub fn version<R: Request>(&self, newest: i16) -> Result<i16, ClientError> {
        let (oldest, newest) = (*R::VERSIONS.start(), newest.min(*R::VERSIONS.end()));
        let theirs = self.served.get(&R::API.0);
        let common = theirs.map(|theirs| (oldest.max(*theirs.start()), newest.min(*theirs.end())));
        match common {
            Some((least, most)) if least <= most => Ok(most),
            _ => Err(ClientError::Versions {
                address: self.address.clone(),
                api: R::API,
                theirs: theirs.map_or("none".to_owned(), |range| format!("{} to {}", range.start(), range.end())),
                ours: format!("{oldest} to {newest}"),
            }),
        }
    }

    /// Whether the broker serves a request in some version.
    pub fn serves<R: Request>(&self) -> bool {
        self.served.contains_key(&R::API.0)
    }

    fn exchange<R: Request>(&mut self, request: &R, version: i16, deadline: Deadline) -> Result<Bytes, ClientError> {
        let api = R::API;
        self.next_correlation_id = self.next_correlation_id.wrapping_add(1);
        let correlation_id = self.next_correlation_id;
        let segments = encode(request, version, correlation_id, &self.client_id)?;
        let sent = send(&mut self.stream, &segments, deadline).and_then(|()| receive(&mut self.stream, Some(deadline)));
        let reply = sent.map_err(|source| failed(&self.address, api, source, deadline.limit()))?;
        match open_reply(&reply, api, version) {
            Ok((echo, body)) if echo == correlation_id => Ok(body),
            Ok(_) => Err(self.garbage(api, "its correlation id is another request's")),
            Err(reason) => Err(self.garbage(api, reason)),
        }
    }

    fn garbage(&self, api: ApiKey, reason: &str) -> ClientError {
        ClientError::Garbage { address: self.address.clone(), api, reason: reason.to_owned() }
    }

    /// Takes the connection apart, for requests of one kind that do not wait for each other's answers.
    pub fn pipeline<R: Request>(self, newest: i16) -> Result<(Requests<R>, Replies<R>), ClientError> {
        let version = self.version::<R>(newest)?;
        let address = self.address.clone();
        let reading = self.stream.try_clone().map_err(|source| ClientError::Broken { address, api: R::API, source })?;
        let replies = Replies::new(self.address.clone(), reading, version);
        Ok((Requests::new(self.address, self.client_id, self.stream, version, self.next_correlation_id), replies))
    }
}
