//! A core to ask in tests, in JSON by Kafka's field names.

use bytes::Bytes;
use kafka_trial_wire::view::{Schema, Value};
use kafka_trial_wire::{ApiKey, RequestHeader, Segments, Writer};
use serde_json::Value as Json;

use super::{Outcome, Sender};
use crate::TopicSpec;
use crate::core::{Core, Node, Settings, Time};

/// When the time of a [`World`] starts.
pub(super) const START: Time = Time(1_700_000_000_000_000);

/// A cluster without network or clock.
pub(super) struct World {
    pub(super) core: Core,
    pub(super) schema: Schema,
    /// The broker that is asked.
    pub(super) node: i32,
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
        let core = Core::new(settings, (0..count).map(node).collect(), 7, START);
        Self { core, schema: Schema::load(), node: 0, next: 0 }
    }

    /// Creates a topic without configs of its own.
    pub(super) fn create(&mut self, name: &str, partitions: i32) {
        self.core.create(&TopicSpec::new(name, partitions)).unwrap();
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
        self.core.take_completed().len()
    }

    /// Sends a request given as JSON and gives the response; `None` when the connection would be closed.
    pub(super) fn ask(&mut self, api: ApiKey, version: i16, request: &Json) -> Option<Value> {
        let segments = match self.send(api, version, request) {
            Outcome::Reply(segments) => segments,
            Outcome::Parked => self.parked(),
            Outcome::Silent | Outcome::Close => return None,
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
        self.next += 1;
        let sender = Sender { connection: 1, node: self.node, host: "/127.0.0.1".to_owned() };
        self.core.handle(&sender, self.next, writer.into_bytes())
    }

    fn parked(&mut self) -> Segments {
        for _ in 0..100 {
            if let Some((_, segments)) = self.core.take_completed().pop() {
                return segments;
            }
            let next = self.core.next_deadline().unwrap();
            self.core.advance(next);
        }
        panic!("a parked request was never completed");
    }
}

/// Bytes as the JSON of requests has them.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
