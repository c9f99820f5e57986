//! Requests have lists as long as their frames: the broker soon serves other clients again.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it cannot go on")]

mod raw;

use kafka_trial_wire::ErrorCode;
use std::time::Duration;

use kafka_trial_broker::{Cluster, served_apis};
use kafka_trial_wire::messages::fetch_request::{FetchPartition, ForgottenTopic};
use kafka_trial_wire::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_trial_wire::messages::{FetchRequest, JoinGroupRequest};
use kafka_trial_wire::schema::{Field, Message, Struct, Type};
use kafka_trial_wire::view::{Schema, Value};
use kafka_trial_wire::{ApiKey, Bytes, RequestHeader, Uuid, Writer};

use self::raw::{Bystander, FETCH, Raw, fetch, frame, now, sized};

/// How many elements a list has. A loop over all of them for each of them would take minutes.
const LENGTH: i64 = 10_000;
/// How long other clients may wait, in a build without optimisations on a busy machine.
const LIMIT: Duration = Duration::from_secs(5);

/// A request in which each list has one element, except for one long list.
struct Request<'a> {
    message: &'a Message,
    version: i16,
    long: &'a [&'a str],
    /// Whether the elements of the long list differ.
    differ: bool,
}

impl<'a> Request<'a> {
    fn fields(&self, part: &'a Struct, path: &mut Vec<&'a str>, number: i64) -> Value {
        let fields = part.fields.iter().filter(|field| field.versions.contains(self.version));
        let value = |field: &'a Field| {
            path.push(&field.name);
            let count = if *path == self.long { LENGTH } else { 1 };
            let element = |index: i64| self.element(field, path, if self.differ { number + index } else { number });
            let mut elements: Vec<Value> = (0..count).map(element).collect();
            path.pop();
            (field.name.clone(), if field.is_array { Value::Array(elements) } else { elements.remove(0) })
        };
        Value::Struct(fields.map(value).collect())
    }

    fn element(&self, field: &'a Field, path: &mut Vec<&'a str>, number: i64) -> Value {
        match &field.r#type {
            Type::Bool => Value::Bool(false),
            Type::Float64 => Value::Float(0.0),
            Type::Uuid => Value::Uuid(Uuid::ZERO),
            Type::Bytes | Type::Records => Value::Bytes(Bytes::new()),
            Type::Struct(name) => self.fields(self.message.find(name).unwrap(), path, number),
            Type::String => Value::Text(match field.name.as_str() {
                "ProtocolType" => "consumer".to_owned(),
                _ if number == 0 => "topic".to_owned(),
                _ => format!("t.{number}"),
            }),
            _ => Value::Int(match field.name.as_str() {
                "SessionTimeoutMs" | "RebalanceTimeoutMs" => 6000,
                "ResourceType" => 2,
                "NumPartitions" | "ReplicationFactor" => 1,
                _ => number % 100,
            }),
        }
    }
}

/// Returns the paths of all lists of a message.
fn lists<'a>(message: &'a Message, version: i16, part: &'a Struct, path: &mut Vec<&'a str>) -> Vec<Vec<&'a str>> {
    let mut found = Vec::new();
    for field in part.fields.iter().filter(|field| field.versions.contains(version)) {
        path.push(&field.name);
        if field.is_array {
            found.push(path.clone());
        }
        if let Type::Struct(name) = &field.r#type {
            found.extend(lists(message, version, message.find(name).unwrap(), path));
        }
        path.pop();
    }
    found
}

/// Sends a request, and checks that a second connection is soon answered.
fn holds_up_nobody(cluster: &Cluster, bystander: &mut Bystander, request: &[u8], what: &str) -> Raw {
    let mut hostile = Raw::connect(cluster.addresses()[0]);
    let start = now();
    hostile.send_bytes(request);
    bystander.works();
    assert!(start.elapsed() < LIMIT, "{what} delayed other clients for {:?}", start.elapsed());
    hostile
}

#[test]
fn a_long_list_in_any_request_delays_no_other_client() {
    let (cluster, mut bystander) = Bystander::with_cluster(&[]);
    let schema = Schema::load();
    for api in served_apis() {
        let message = schema.request(ApiKey(api.key)).unwrap();
        let (top, version) = (&message.structs[0], api.max);
        for (long, differ) in
            lists(message, version, top, &mut Vec::new()).iter().flat_map(|path| [(path, true), (path, false)])
        {
            let request = Request { message, version, long, differ };
            let value = request.fields(top, &mut Vec::new(), 0);
            let header = RequestHeader { api_key: ApiKey(api.key), version, correlation_id: 1, client_id: None };
            let mut writer = Writer::new();
            header.write(&mut writer).unwrap();
            writer.put_raw(&message.encode(&value, version).unwrap());
            let frame = sized(&writer.into_bytes());
            let what = format!("{} v{version} with {LENGTH} {}", api.name, long.join("."));
            // Some requests wait for an answer that never comes; they end with their connections.
            drop(holds_up_nobody(&cluster, &mut bystander, &frame, &what));
        }
    }
    bystander.has_noticed_nothing(&cluster);
}

#[test]
fn members_with_long_lists_of_assignors_delay_no_other_client() {
    let (cluster, mut bystander) = Bystander::with_cluster(&[]);
    let assignor = |index| JoinGroupRequestProtocol { name: format!("a{index}").into(), ..Default::default() };
    let join = JoinGroupRequest {
        group_id: "group".into(),
        session_timeout_ms: 6000,
        rebalance_timeout_ms: 6000,
        protocol_type: "consumer-like".into(),
        protocols: (0..LENGTH).map(assignor).collect(),
        ..JoinGroupRequest::default()
    };
    let request = frame(&join, 3, 1);
    let mut members: Vec<Raw> = Vec::new();
    for number in 0..3 {
        members.push(holds_up_nobody(&cluster, &mut bystander, &request, &format!("member {number}")));
    }
    assert_eq!(members[0].receive::<JoinGroupRequest>(3, 1).error_code, ErrorCode::NONE);
    bystander.has_noticed_nothing(&cluster);
}

#[test]
fn a_fetch_session_of_many_partitions_delays_no_other_client() {
    let (cluster, mut bystander) = Bystander::with_cluster(&[]);
    let mut request = fetch("topic", 0, 1 << 20, 0);
    let partition = request.topics[0].partitions[0].clone();
    let partitions =
        (0..i32::try_from(LENGTH).unwrap()).map(|index| FetchPartition { partition: index, ..partition.clone() });
    request.topics[0].partitions = partitions.collect();
    request.session_epoch = 0;
    let mut hostile = Raw::connect(cluster.addresses()[0]);
    request.session_id = hostile.ask(&request, FETCH).session_id;
    assert_ne!(request.session_id, 0);
    for epoch in 1..4 {
        request.session_epoch = epoch;
        let start = now();
        hostile.send(&request, FETCH);
        bystander.works();
        assert!(start.elapsed() < LIMIT, "epoch {epoch} delayed other clients for {:?}", start.elapsed());
        assert_eq!(hostile.receive::<FetchRequest>(FETCH, epoch + 1).error_code, ErrorCode::NONE);
    }
    let all = (0..i32::try_from(LENGTH).unwrap()).collect();
    let forgotten = ForgottenTopic { topic: "topic".into(), partitions: all, ..ForgottenTopic::default() };
    request.session_epoch = 4;
    request.topics.clear();
    request.forgotten_topics_data = vec![forgotten];
    assert_eq!(hostile.ask(&request, FETCH).error_code, ErrorCode::NONE);
    bystander.has_noticed_nothing(&cluster);
}
