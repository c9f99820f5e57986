//! Requests to frames, and frames to replies, on a blocking socket.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use bytes::Bytes;
use kafka_trial_wire::messages::Request;
use kafka_trial_wire::{ApiKey, Reader, RequestHeader, Segments, Writer};

use super::{ClientError, Deadline};

/// What this client calls itself, unless its owner has another name for it.
pub(crate) const CLIENT: &str = "kafka-trial";
/// The largest answer that is read, in bytes.
const LARGEST: usize = 128 << 20;
/// How much room is made at a time for bytes that are announced but not there yet.
const STEP: usize = 64 * 1024;

/// A request as the wire has it.
pub(super) fn encode<R: Request>(
    request: &R,
    version: i16,
    correlation_id: i32,
    client_id: &str,
) -> Result<Segments, ClientError> {
    let api = R::API;
    let encode = |source| ClientError::Encode { api, source };
    let mut writer = Writer::frame();
    let header = RequestHeader { api_key: api, version, correlation_id, client_id: Some(client_id.into()) };
    header.write(&mut writer).map_err(encode)?;
    request.write(&mut writer, version).map_err(encode)?;
    writer.finish_frame().map_err(encode)
}

/// The correlation id of a reply and its body; else what is wrong with it.
pub(super) fn open_reply(reply: &Bytes, api: ApiKey, version: i16) -> Result<(i32, Bytes), &'static str> {
    let (echo, _) = reply.split_first_chunk::<4>().ok_or("it is too short")?;
    let mut reader = Reader::new(reply.slice(4..));
    if api.response_header_version(version) >= 1 && reader.tags(|_, _| Ok(false)).is_err() {
        return Err("its header cannot be read");
    }
    Ok((i32::from_be_bytes(*echo), reader.rest()))
}

/// What went wrong with a socket, in a client's words.
pub(super) fn failed(address: &str, api: ApiKey, source: io::Error, limit: Duration) -> ClientError {
    let address = address.to_owned();
    match source.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => ClientError::TimedOut { address, api, limit },
        io::ErrorKind::InvalidData => ClientError::Garbage { address, api, reason: source.to_string() },
        _ => ClientError::Broken { address, api, source },
    }
}

pub(super) fn send(stream: &mut TcpStream, segments: &[Bytes], deadline: Deadline) -> io::Result<()> {
    stream.set_write_timeout(Some(some_time(deadline)?))?;
    segments.iter().try_for_each(|segment| stream.write_all(segment))
}

/// Reads one frame, less its size. Without a deadline it waits until there is one or the socket is shut down.
pub(super) fn receive(stream: &mut TcpStream, deadline: Option<Deadline>) -> io::Result<Bytes> {
    let mut size = [0; 4];
    fill(stream, &mut size, deadline)?;
    let size = usize::try_from(i32::from_be_bytes(size))
        .ok()
        .filter(|size| *size <= LARGEST)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("a size of {}", i32::from_be_bytes(size))))?;
    let mut reply = Vec::new();
    while reply.len() < size {
        let have = reply.len();
        reply.resize(size.min(have + STEP.max(have)), 0);
        if let Some(room) = reply.get_mut(have..) {
            fill(stream, room, deadline)?;
        }
    }
    Ok(reply.into())
}

fn fill(stream: &mut TcpStream, mut room: &mut [u8], deadline: Option<Deadline>) -> io::Result<()> {
    while !room.is_empty() {
        if let Some(deadline) = deadline {
            stream.set_read_timeout(Some(some_time(deadline)?))?;
        }
        match stream.read(room) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => room = room.get_mut(count..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What is left of a deadline; none left is a time-out, as the system has no zero time-out.
pub(super) fn some_time(deadline: Deadline) -> io::Result<Duration> {
    let left = deadline.left();
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}
