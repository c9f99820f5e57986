//! Both halves of a connection, for requests that do not wait for each other's answers.

use std::marker::PhantomData;
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use kafka_trial_wire::decode;
use kafka_trial_wire::messages::Request;

use super::frames::{encode, failed, open_reply, receive, send};
use super::{ClientError, Deadline};

/// The half that sends. When it is dropped the connection ends, and so do its [`Replies`].
#[derive(Debug)]
pub struct Requests<R> {
    address: String,
    client_id: Arc<str>,
    stream: TcpStream,
    version: i16,
    last: i32,
    kind: PhantomData<fn(R)>,
}

impl<R: Request> Requests<R> {
    pub(super) fn new(address: String, client_id: Arc<str>, stream: TcpStream, version: i16, last: i32) -> Self {
        Self { address, client_id, stream, version, last, kind: PhantomData }
    }

    /// Sends a request and gives the correlation id that its reply will carry.
    pub fn send(&mut self, request: &R, deadline: Deadline) -> Result<i32, ClientError> {
        self.last = self.last.wrapping_add(1);
        let segments = encode(request, self.version, self.last, &self.client_id)?;
        send(&mut self.stream, &segments, deadline)
            .map_err(|source| failed(&self.address, R::API, source, deadline.limit()))?;
        Ok(self.last)
    }
}

impl<R> Drop for Requests<R> {
    fn drop(&mut self) {
        // The other half waits for replies without a time-out; this is how it learns that there are no more.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

/// The half that receives, in the order in which the requests were sent.
#[derive(Debug)]
pub struct Replies<R> {
    address: String,
    stream: TcpStream,
    version: i16,
    kind: PhantomData<fn() -> R>,
}

impl<R: Request> Replies<R> {
    pub(super) fn new(address: String, stream: TcpStream, version: i16) -> Self {
        Self { address, stream, version, kind: PhantomData }
    }

    /// Waits for the next reply: the correlation id of its request, and its body. It ends with an error when the
    /// connection does.
    pub fn receive(&mut self) -> Result<(i32, R::Response), ClientError> {
        let failed = |source| failed(&self.address, R::API, source, Duration::ZERO);
        self.stream.set_read_timeout(None).map_err(failed)?;
        let reply = receive(&mut self.stream, None).map_err(failed)?;
        let (correlation_id, body) = open_reply(&reply, R::API, self.version).map_err(|reason| {
            ClientError::Garbage { address: self.address.clone(), api: R::API, reason: reason.to_owned() }
        })?;
        let body = decode(body, self.version).map_err(|error| ClientError::garbage(&self.address, R::API, &error))?;
        Ok((correlation_id, body))
    }
}
