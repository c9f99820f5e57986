//! One connection to one broker.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::ops::RangeInclusive;

use bytes::Bytes;
use kafka_trial_wire::messages::{ApiVersionsRequest, ApiVersionsResponse, Request};
use kafka_trial_wire::{ApiKey, ErrorCode, RequestHeader, Writer, decode};

use super::{ClientError, Deadline};

/// What this client calls itself.
const CLIENT: &str = "kafka-trial";
/// The largest answer that is read, in bytes.
const LARGEST: usize = 128 << 20;
/// How much room is made at a time for bytes that are announced but not there yet.
const STEP: usize = 64 * 1024;

/// A connection that knows which versions its broker serves.
#[derive(Debug)]
pub struct Connection {
    address: String,
    stream: TcpStream,
    next_correlation_id: i32,
    served: BTreeMap<i16, RangeInclusive<i16>>,
}

impl Connection {
    /// Connects to `host:port`, trying each of its addresses, and asks what is served.
    pub fn open(address: &str, deadline: Deadline) -> Result<Self, ClientError> {
        let stream = connect(address, deadline)?;
        let mut connection =
            Self { address: address.to_owned(), stream, next_correlation_id: 0, served: BTreeMap::new() };
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
        if response.error_code != 0 {
            let code = ErrorCode(response.error_code);
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
        let encode = |source| ClientError::Encode { api, source };
        let mut writer = Writer::new();
        let header = RequestHeader { api_key: api, version, correlation_id, client_id: Some(CLIENT.into()) };
        header.write(&mut writer).map_err(encode)?;
        request.write(&mut writer, version).map_err(encode)?;
        let segments = writer.finish_frame().map_err(encode)?;
        let sent = self.send(&segments, deadline).and_then(|()| self.receive(deadline));
        let reply = sent.map_err(|source| self.failed(api, source, deadline))?;
        let garbage =
            |reason: &str| ClientError::Garbage { address: self.address.clone(), api, reason: reason.to_owned() };
        let Some((echo, _)) = reply.split_first_chunk::<4>() else { return Err(garbage("it is too short")) };
        if i32::from_be_bytes(*echo) != correlation_id {
            return Err(garbage("its correlation id is another request's"));
        }
        let mut reader = kafka_trial_wire::Reader::new(reply.slice(4..));
        if api.response_header_version(version) >= 1 && reader.tags(|_, _| Ok(false)).is_err() {
            return Err(garbage("its header cannot be read"));
        }
        Ok(reader.rest())
    }

    fn failed(&self, api: ApiKey, source: io::Error, deadline: Deadline) -> ClientError {
        let address = self.address.clone();
        match source.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                ClientError::TimedOut { address, api, limit: deadline.limit() }
            }
            io::ErrorKind::InvalidData => ClientError::Garbage { address, api, reason: source.to_string() },
            _ => ClientError::Broken { address, api, source },
        }
    }

    fn send(&mut self, segments: &[Bytes], deadline: Deadline) -> io::Result<()> {
        self.stream.set_write_timeout(Some(some_time(deadline)?))?;
        segments.iter().try_for_each(|segment| self.stream.write_all(segment))
    }

    fn receive(&mut self, deadline: Deadline) -> io::Result<Bytes> {
        let mut size = [0; 4];
        self.fill(&mut size, deadline)?;
        let size = usize::try_from(i32::from_be_bytes(size)).ok().filter(|size| *size <= LARGEST).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, format!("a size of {}", i32::from_be_bytes(size)))
        })?;
        let mut reply = Vec::new();
        while reply.len() < size {
            let have = reply.len();
            reply.resize(size.min(have + STEP.max(have)), 0);
            if let Some(room) = reply.get_mut(have..) {
                self.fill(room, deadline)?;
            }
        }
        Ok(reply.into())
    }

    fn fill(&mut self, mut room: &mut [u8], deadline: Deadline) -> io::Result<()> {
        while !room.is_empty() {
            self.stream.set_read_timeout(Some(some_time(deadline)?))?;
            match self.stream.read(room) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => room = room.get_mut(count..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// What is left of a deadline; none left is a time-out, as the system has no zero time-out.
fn some_time(deadline: Deadline) -> io::Result<std::time::Duration> {
    let left = deadline.left();
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

pub(crate) fn connect(address: &str, deadline: Deadline) -> Result<TcpStream, ClientError> {
    let has_port = address.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    if !has_port {
        return Err(ClientError::Address(address.to_owned()));
    }
    let resolved = address
        .to_socket_addrs()
        .map_err(|error| ClientError::Resolve { address: address.to_owned(), reason: error.to_string() })?;
    let mut last = io::Error::new(io::ErrorKind::AddrNotAvailable, "the name has no address");
    for socket in resolved {
        let attempt = some_time(deadline).and_then(|left| TcpStream::connect_timeout(&socket, left));
        match attempt.and_then(|stream| stream.set_nodelay(true).map(|()| stream)) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(ClientError::Connect { address: address.to_owned(), source: last })
}
