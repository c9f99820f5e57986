//! Sending requests without waiting for what became of the ones before.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use kafka_trial::ValueEncoder;
use kafka_trial::client::{Client, ClientError, Deadline, Replies, Requests, Stopwatch, now_millis, partition_of};
use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::ProduceRequest;
use kafka_trial_wire::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_trial_wire::records::BatchBuilder;

use super::engine::Outlet;
use super::event::Event;
use super::payload::Built;
use super::{LiveError, Payload, Tag, Target};
use crate::Due;

/// The newest version that knows topics by name.
const PRODUCE: i16 = 12;
/// How long a socket may refuse to take a request.
const WRITE: Duration = Duration::from_secs(10);

/// The requests of one Produce, by partition.
type Sent = Vec<(i32, Vec<u64>)>;
/// What waits for its acknowledgement, by correlation id.
type InFlight = Arc<Mutex<VecDeque<(i32, Sent)>>>;

/// The connections to the leaders of the request topic.
pub(super) struct Sender {
    topic: String,
    payload: Payload,
    encoder: Option<ValueEncoder>,
    tag: Tag,
    /// The leader of each partition, in their order.
    leaders: Vec<i32>,
    brokers: BTreeMap<i32, (Requests<ProduceRequest>, InFlight)>,
    /// How many brokers the cluster has.
    cluster: usize,
}

impl Sender {
    pub(super) fn open(
        target: &Target,
        tag: Tag,
        events: mpsc::Sender<Event>,
        deadline: Deadline,
    ) -> Result<Self, LiveError> {
        let topic = target.request_topic.clone();
        let mut client = Client::connect(&target.endpoint, deadline)?;
        let views = client.topics(Some(&[topic.as_str()]), deadline)?;
        let view = views.into_iter().find(|view| view.name == topic);
        let view = view.ok_or_else(|| LiveError::NoTopic(topic.clone()))?;
        let cluster = client.brokers(deadline)?.len();
        let mut leaders = Vec::with_capacity(view.partitions.len());
        let mut brokers = BTreeMap::new();
        for partition in &view.partitions {
            let no_leader = || ClientError::NoLeader { topic: topic.clone(), partition: partition.index };
            let leader = partition.leader.ok_or_else(no_leader)?;
            leaders.push(leader);
            if brokers.contains_key(&leader) {
                continue;
            }
            let connection = client.connection_to(leader, deadline)?;
            let address = connection.address().to_owned();
            let (requests, replies) = connection.pipeline::<ProduceRequest>(PRODUCE)?;
            let in_flight = InFlight::default();
            let (shared, events) = (Arc::clone(&in_flight), events.clone());
            std::thread::Builder::new()
                .name("kafka-trial-acks".to_owned())
                .spawn(move || read_acknowledgements(replies, &shared, &events))
                .map_err(|source| ClientError::Connect { address, source })?;
            brokers.insert(leader, (requests, in_flight));
        }
        let (payload, encoder) = (target.payload.clone(), target.encoder.clone());
        // A payload that its schema refuses is found before anything is sent.
        encoded(encoder.as_ref(), &payload.build(tag, 0).body)?;
        Ok(Self { topic, payload, encoder, tag, leaders, brokers, cluster })
    }

    /// Marks the requests from now on.
    pub(super) fn mark_with(&mut self, tag: Tag) {
        self.tag = tag;
    }

    /// How many partitions there are.
    pub(super) fn lanes(&self) -> usize {
        self.leaders.len()
    }

    /// The partition of a request: that of its key, where it has one of its own, else they take turns.
    fn lane(&self, number: u64, request: &Built) -> u32 {
        let count = self.leaders.len();
        match &request.key {
            Some(key) if self.payload.is_keyed() => partition_of(key, count),
            _ => {
                let count = u64::try_from(count).unwrap_or(1).max(1);
                u32::try_from(number % count).unwrap_or_default()
            }
        }
    }

    /// How many brokers the cluster has.
    pub(super) fn brokers(&self) -> usize {
        self.cluster
    }
}

/// A request as it is sent: by its schema, where there is one.
fn encoded(encoder: Option<&ValueEncoder>, body: &Bytes) -> Result<Bytes, LiveError> {
    let Some(encoder) = encoder else { return Ok(body.clone()) };
    let json = serde_json::from_slice(body).map_err(|error| LiveError::Schema(error.to_string()))?;
    encoder.encode(&json).map(Bytes::from).map_err(|error| LiveError::Schema(error.to_string()))
}

impl Outlet for Sender {
    /// Sends requests: one batch a partition, one Produce a broker.
    fn send(&mut self, sends: &[Due]) -> Result<Vec<u32>, LiveError> {
        let now = now_millis();
        let mut batches: BTreeMap<u32, (BatchBuilder, Vec<u64>)> = BTreeMap::new();
        let mut lanes = Vec::with_capacity(sends.len());
        for send in sends {
            let request = self.payload.build(self.tag, send.number);
            let lane = self.lane(send.number, &request);
            lanes.push(lane);
            let (batch, numbers) = batches.entry(lane).or_insert_with(|| (BatchBuilder::new(), Vec::new()));
            let body = encoded(self.encoder.as_ref(), &request.body)?;
            batch.push(now, request.key.as_deref(), Some(&body), &request.headers);
            numbers.push(send.number);
        }
        let mut by_leader: BTreeMap<i32, (Vec<PartitionProduceData>, Sent)> = BTreeMap::new();
        for (lane, (batch, numbers)) in batches {
            let index = i32::try_from(lane).unwrap_or_default();
            let leader = usize::try_from(lane).ok().and_then(|lane| self.leaders.get(lane)).copied().unwrap_or(-1);
            let records = batch.build().map_err(|error| ClientError::Records {
                subject: format!("{}-{index}", self.topic),
                reason: error.to_string(),
            })?;
            let (data, sent) = by_leader.entry(leader).or_default();
            data.push(PartitionProduceData { index, records: Some(records.into()), ..PartitionProduceData::default() });
            sent.push((index, numbers));
        }
        for (leader, (partition_data, sent)) in by_leader {
            let Some((requests, in_flight)) = self.brokers.get_mut(&leader) else { continue };
            let topic =
                TopicProduceData { name: self.topic.as_str().into(), partition_data, ..TopicProduceData::default() };
            let request =
                ProduceRequest { acks: -1, timeout_ms: 30_000, topic_data: vec![topic], ..ProduceRequest::default() };
            // Held while sending, so that the reply finds its entry.
            let Ok(mut in_flight) = in_flight.lock() else { continue };
            let correlation_id = requests.send(&request, Deadline::after(WRITE))?;
            in_flight.push_back((correlation_id, sent));
        }
        Ok(lanes)
    }
}

fn read_acknowledgements(mut replies: Replies<ProduceRequest>, in_flight: &InFlight, events: &mpsc::Sender<Event>) {
    // It ends when the engine drops the other half.
    while let Ok((correlation_id, response)) = replies.receive() {
        let came = Stopwatch::start();
        let Some((_, sent)) = in_flight.lock().ok().and_then(|mut all| {
            let place = all.iter().position(|(id, _)| *id == correlation_id)?;
            all.remove(place)
        }) else {
            continue;
        };
        let answers: BTreeMap<i32, (ErrorCode, i64)> = response
            .responses
            .iter()
            .flat_map(|topic| &topic.partition_responses)
            .map(|partition| (partition.index, (partition.error_code, partition.base_offset)))
            .collect();
        for (index, numbers) in sent {
            let event = match answers.get(&index).copied().unwrap_or((ErrorCode::UNKNOWN_SERVER_ERROR, -1)) {
                (ErrorCode::NONE, first) => Event::Acknowledged(numbers, (index, first), came),
                (code, _) => Event::Refused(numbers, code.to_string()),
            };
            if events.send(event).is_err() {
                return;
            }
        }
    }
}
