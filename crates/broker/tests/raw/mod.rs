//! A raw client sends single frames and blocks, for tests that break the protocol.
#![allow(dead_code, unused_imports, reason = "each test file uses its own part of it")]
#![expect(clippy::panic, reason = "a test ends where it cannot go on")]

mod bystander;
mod process;

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use bytes::Bytes;
use kafka_trial_wire::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_trial_wire::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_trial_wire::messages::{FetchRequest, ProduceRequest, Request};
use kafka_trial_wire::records::BatchBuilder;
use kafka_trial_wire::{Reader, RequestHeader, Writer, decode};

pub(crate) use self::bystander::Bystander;
pub(crate) use self::process::Process;

/// The longest time that a step of a test may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// A connection.
pub(crate) struct Raw {
    pub(crate) stream: TcpStream,
    next_correlation_id: i32,
}

impl Raw {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&address, LIMIT).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        Self { stream, next_correlation_id: 0 }
    }

    /// Sends bytes without change. If the broker has closed the connection already, a later read shows it.
    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Sends a request and returns its correlation id.
    pub(crate) fn send<R: Request>(&mut self, request: &R, version: i16) -> i32 {
        self.next_correlation_id += 1;
        self.stream.write_all(&frame(request, version, self.next_correlation_id)).unwrap();
        self.next_correlation_id
    }

    /// Reads the reply to the request with this correlation id; it must be the next one.
    pub(crate) fn receive<R: Request>(&mut self, version: i16, correlation_id: i32) -> R::Response {
        let frame = self.receive_frame().unwrap_or_else(|error| panic!("no reply to {}: {error}", R::NAME));
        let mut reader = Reader::new(frame);
        assert_eq!(reader.i32().unwrap(), correlation_id, "replies are in request order");
        if R::API.response_header_version(version) >= 1 {
            reader.tags(|_, _| Ok(false)).unwrap();
        }
        decode(reader.rest(), version).unwrap()
    }

    pub(crate) fn ask<R: Request>(&mut self, request: &R, version: i16) -> R::Response {
        let correlation_id = self.send(request, version);
        self.receive::<R>(version, correlation_id)
    }

    pub(crate) fn receive_frame(&mut self) -> io::Result<Bytes> {
        let mut size = [0; 4];
        self.stream.read_exact(&mut size)?;
        let mut frame = vec![0; usize::try_from(i32::from_be_bytes(size)).unwrap()];
        self.stream.read_exact(&mut frame)?;
        Ok(frame.into())
    }

    /// Waits until the broker closes the connection, and returns the bytes before that.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Ok(_) => rest,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => rest,
            Err(error) => panic!("the connection was not closed: {error}"),
        }
    }

    /// Tells the broker that no more requests come.
    pub(crate) fn finish_sending(&self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }
}

/// Returns a request with its header and its size.
pub(crate) fn frame<R: Request>(request: &R, version: i16, correlation_id: i32) -> Vec<u8> {
    let mut writer = Writer::frame();
    let header = RequestHeader { api_key: R::API, version, correlation_id, client_id: Some("raw".into()) };
    header.write(&mut writer).unwrap();
    request.write(&mut writer, version).unwrap();
    writer.finish_frame().unwrap().concat()
}

/// Returns a body with its size in front.
pub(crate) fn sized(body: &[u8]) -> Vec<u8> {
    [&u32::try_from(body.len()).unwrap().to_be_bytes(), body].concat()
}

/// Returns a Produce of one record for partition 0 of a topic.
pub(crate) fn produce(topic: &str, value: &[u8]) -> ProduceRequest {
    let mut batch = BatchBuilder::new();
    batch.push(1_700_000_000_000, None, Some(value), &[]);
    let partition =
        PartitionProduceData { records: Some(batch.build().unwrap().into()), ..PartitionProduceData::default() };
    let data = TopicProduceData { name: topic.into(), partition_data: vec![partition], ..TopicProduceData::default() };
    ProduceRequest { acks: -1, timeout_ms: 1000, topic_data: vec![data], ..ProduceRequest::default() }
}

/// Returns a Fetch of partition 0 of a topic, without a session.
pub(crate) fn fetch(topic: &str, offset: i64, max_bytes: i32, max_wait_ms: i32) -> FetchRequest {
    let partition =
        FetchPartition { fetch_offset: offset, partition_max_bytes: max_bytes, ..FetchPartition::default() };
    let topic = FetchTopic { topic: topic.into(), partitions: vec![partition], ..FetchTopic::default() };
    FetchRequest { max_wait_ms, min_bytes: 1, max_bytes, session_epoch: -1, topics: vec![topic], ..Default::default() }
}

/// The versions of Produce and Fetch that name topics by name.
pub(crate) const PRODUCE: i16 = 9;
pub(crate) const FETCH: i16 = 12;

/// Waits until `look` succeeds, and fails with its last complaint after [`LIMIT`].
pub(crate) fn eventually(mut look: impl FnMut() -> Result<(), String>) {
    let start = now();
    while let Err(complaint) = look() {
        assert!(start.elapsed() < LIMIT, "after {LIMIT:?} still: {complaint}");
        pause();
    }
}

#[expect(clippy::disallowed_methods, reason = "deadlines of tests are in real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "between two looks at a condition that has a deadline")]
fn pause() {
    std::thread::sleep(Duration::from_millis(1));
}
