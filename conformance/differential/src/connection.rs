//! A connection that sends any bytes, and tells an answer from a closed connection and from silence.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use bytes::Bytes;

use crate::clock::Deadline;

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// The bytes behind the correlation id.
    Answer(Bytes),
    /// The broker closed the connection.
    Closed,
    /// Neither, until the deadline.
    Nothing,
}

/// A connection with what has arrived on it.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    answers: BTreeMap<i32, Bytes>,
    closed: bool,
    next_correlation_id: i32,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::new(), answers: BTreeMap::new(), closed: false, next_correlation_id: 1 })
    }

    pub(crate) fn correlation_id(&mut self) -> i32 {
        let id = self.next_correlation_id;
        self.next_correlation_id += 1;
        id
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(crate) fn send(&mut self, frame: &[u8]) {
        // A broker that has closed the connection is seen when the answer is read.
        let _ = self.stream.write_all(frame);
    }

    /// Waits for the answer with this correlation id.
    pub(crate) fn receive(&mut self, correlation_id: i32, patience: Duration) -> Arrival {
        let deadline = Deadline::after(patience);
        loop {
            if let Some(answer) = self.answers.remove(&correlation_id) {
                return Arrival::Answer(answer);
            }
            if self.closed {
                return Arrival::Closed;
            }
            let Some(left) = deadline.left() else { return Arrival::Nothing };
            let _ = self.stream.set_read_timeout(Some(left));
            let mut chunk = [0; 65536];
            match self.stream.read(&mut chunk) {
                Ok(0) => self.closed = true,
                Ok(count) => self.received.extend_from_slice(chunk.get(..count).unwrap_or_default()),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => self.closed = true,
            }
            self.split();
        }
    }

    fn split(&mut self) {
        while let Some(size) = self.received.first_chunk::<4>().copied().map(u32::from_be_bytes) {
            let Ok(size) = usize::try_from(size) else { return };
            let Some(frame) = self.received.get(4..size.saturating_add(4)) else { return };
            if let Some(id) = frame.first_chunk::<4>().copied().map(i32::from_be_bytes) {
                self.answers.insert(id, Bytes::copy_from_slice(frame.get(4..).unwrap_or_default()));
            }
            self.received.drain(..size + 4);
        }
    }
}
