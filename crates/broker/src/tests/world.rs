//! A cluster to ask in tests, in JSON by Kafka's field names.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_trial_core::{Node, Settings, State, Time};
use kafka_trial_wire::view::{Schema, Value};
use kafka_trial_wire::{ApiKey, RequestHeader, Segments, Writer};
use serde_json::Value as Json;

use crate::api::Outcome;
use crate::cluster::create;
use crate::driver::Driver;
use crate::journal::Journal;
use crate::traffic::ConnectionId;
use crate::{Release, TopicSpec};

/// When the time of a [`World`] starts.
pub(super) const START: Time = Time(1_700_000_000_000_000);

/// A cluster without network or clock.
pub(super) struct World {
    pub(super) driver: Driver,
    pub(super) schema: Schema,
    /// The broker that is asked.
    pub(super) node: i32,
    /// A connection to each broker that was asked.
    pub(super) connections: BTreeMap<i32, ConnectionId>,
    next: u64,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(&[])
    }

    /// A world with these broker properties.
    pub(super) fn with(properties: &[(&str, &str)]) -> Self {
        Self::of_brokers(1, properties)
    }

    /// A world that passes for a release of Kafka.
    pub(super) fn of_release(release: &str) -> Self {
        let world = Self::new();
        let driver = Driver::new(world.driver.state, Journal::default(), release.parse().unwrap(), 7);
        Self { driver, ..world }
    }

    /// A world of brokers that count up from 0, each in a rack of its own.
    pub(super) fn of_brokers(count: i32, properties: &[(&str, &str)]) -> Self {
        let properties = properties.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let (settings, _) = Settings::parse(&properties).unwrap();
        let node = |id: i32| Node {
            id,
            host: "127.0.0.1".to_owned(),
            port: 9092 + u16::try_from(id).unwrap(),
            rack: (count > 1).then(|| format!("rack-{id}")),
        };
        let state = State::new(settings, (0..count).map(node).collect(), 7, START);
        let driver = Driver::new(state, Journal::default(), Release::LATEST, 7);
        Self { driver, schema: Schema::load(), node: 0, connections: BTreeMap::new(), next: 0 }
    }

    /// Creates a topic without configs of its own.
    pub(super) fn create(&mut self, name: &str, partitions: i32) {
        create(&mut self.driver.state, &TopicSpec::new(name, partitions)).unwrap();
    }

    /// Sends a request given as JSON and gives the response as JSON; the connection must stay open.
    pub(super) fn json(&mut self, api: ApiKey, version: i16, request: &Json) -> Json {
        let answer = self.ask(api, version, request);
        answer.unwrap_or_else(|| panic!("{api} v{version} closed the connection on {request}")).to_json()
    }

    /// Sends a request that has to wait for its answer.
    pub(super) fn park(&mut self, api: ApiKey, version: i16, request: &Json) {
        let outcome = self.send(api, version, request);
        assert!(matches!(outcome, Outcome::Parked), "{api} v{version} did not wait: {outcome:?}");
    }

    /// How many waiting requests were answered since it was last asked.
    pub(super) fn completed(&mut self) -> usize {
        self.driver.settle();
        self.driver.take_finished().len()
    }

    /// Sends a request given as JSON and gives the response; `None` when the connection would be closed.
    pub(super) fn ask(&mut self, api: ApiKey, version: i16, request: &Json) -> Option<Value> {
        let segments = match self.send(api, version, request) {
            Outcome::Reply(segments) | Outcome::Paced(segments, _) => segments,
            Outcome::Parked => self.parked(),
            Outcome::Silent | Outcome::Torn(..) | Outcome::Close(_) => return None,
        };
        let reply: Bytes = segments.concat().into();
        assert_eq!(reply.len() - 4, u32::from_be_bytes(*reply.first_chunk().unwrap()) as usize);
        assert_eq!(reply[4..8], 77i32.to_be_bytes());
        let body = reply.slice(8 + usize::from(api.response_header_version(version) == 1)..);
        let response = self.schema.response(api).unwrap();
        Some(response.decode(body, version).unwrap_or_else(|error| panic!("{api} v{version}: {error}")))
    }

    fn send(&mut self, api: ApiKey, version: i16, request: &Json) -> Outcome {
        let message = self.schema.request(api).unwrap();
        let value = message.value_from_json(request).unwrap();
        let body = message.encode(&value, version).unwrap_or_else(|error| panic!("{api} v{version}: {error}"));
        let mut writer = Writer::new();
        let header = RequestHeader { api_key: api, version, correlation_id: 77, client_id: Some("sweep".into()) };
        header.write(&mut writer).unwrap();
        writer.put_raw(&body);
        self.frame(writer.into_bytes())
    }

    /// Sends the bytes of a request, without their size.
    pub(super) fn frame(&mut self, frame: Bytes) -> Outcome {
        self.next += 1;
        let (driver, node) = (&mut self.driver, self.node);
        let connection = *self.connections.entry(node).or_insert_with(|| driver.connect(node, "/127.0.0.1".into()));
        driver.handle(connection, self.next, frame)
    }

    fn parked(&mut self) -> Segments {
        for _ in 0..100 {
            if let Some((_, outcome)) = self.driver.take_finished().pop() {
                let Outcome::Reply(segments) = outcome else { panic!("a parked request ended by {outcome:?}") };
                return segments;
            }
            let next = self.driver.next_deadline().unwrap();
            self.driver.advance(next);
        }
        panic!("a parked request was never completed");
    }
}

/// Bytes as the JSON of requests has them.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
