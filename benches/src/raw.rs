//! A client that is nothing but a socket and the codec: one system call to send, and as few as can be to receive.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use kafka_trial_wire::messages::{Request, decode};
use kafka_trial_wire::{Bytes, Reader, RequestHeader, Writer};

/// How long an answer may take before the run fails.
const PATIENCE: Duration = Duration::from_secs(60);
/// How much is read when it is not known how much will come.
const READ: usize = 64 * 1024;

/// The bytes of a request, its size included, to be sent as often as one likes.
pub(crate) fn frame<R: Request>(request: &R, version: i16) -> Result<Vec<u8>> {
    let mut writer = Writer::frame();
    let header =
        RequestHeader { api_key: R::API, version, correlation_id: 1, client_id: Some("kafka-trial-bench".into()) };
    header.write(&mut writer)?;
    request.write(&mut writer, version)?;
    Ok(writer.finish_frame()?.concat())
}

/// Decodes an answer: its header, and what follows.
pub(crate) fn answer<R: Request>(reply: &[u8], version: i16) -> Result<R::Response> {
    let mut reader = Reader::new(Bytes::copy_from_slice(reply));
    ensure!(reader.i32()? == 1, "an answer to another request");
    if R::API.response_header_version(version) >= 1 {
        reader.tags(|_, _| Ok(false))?;
    }
    Ok(decode(reader.rest(), version)?)
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Raw {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// What of the buffer has been read and not been handed out.
    pending: std::ops::Range<usize>,
}

impl Raw {
    pub(crate) fn connect(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).with_context(|| address.to_owned())?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, buffer: vec![0; READ], pending: 0..0 })
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.stream.write_all(bytes)?)
    }

    /// The next frame, less its size.
    pub(crate) fn receive(&mut self) -> Result<&[u8]> {
        let size = loop {
            if let Some(size) = self.pending().first_chunk::<4>() {
                break usize::try_from(i32::from_be_bytes(*size))?;
            }
            self.read(READ)?;
        };
        self.pending.start += 4;
        self.take(size)
    }

    /// The next `size` bytes. What does not belong to them is not read with them, unless it came with their first part.
    pub(crate) fn take(&mut self, size: usize) -> Result<&[u8]> {
        while self.pending.len() < size {
            self.read(size - self.pending.len())?;
        }
        let start = self.pending.start;
        self.pending.start += size;
        Ok(self.buffer.get(start..start + size).unwrap_or_default())
    }

    /// Sends a request and gives the whole answer, decoded.
    pub(crate) fn ask<R: Request>(&mut self, request: &R, version: i16) -> Result<R::Response> {
        self.send(&frame(request, version)?)?;
        answer::<R>(self.receive()?, version)
    }

    /// Fails when something has arrived that nobody has asked for yet.
    pub(crate) fn expect_silence(&self) -> Result<()> {
        self.stream.set_nonblocking(true)?;
        let seen = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false)?;
        match seen {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            other => bail!("the answer came before there was a reason for it: {other:?}"),
        }
    }

    fn pending(&self) -> &[u8] {
        self.buffer.get(self.pending.clone()).unwrap_or_default()
    }

    /// Reads once, up to `most` bytes.
    fn read(&mut self, most: usize) -> Result<()> {
        if self.pending.end + most > self.buffer.len() {
            self.buffer.copy_within(self.pending.clone(), 0);
            self.pending = 0..self.pending.len();
            let needed = self.pending.end + most;
            self.buffer.resize(self.buffer.len().max(needed), 0);
        }
        let room = self.buffer.get_mut(self.pending.end..self.pending.end + most).unwrap_or_default();
        let count = self.stream.read(room)?;
        ensure!(count > 0, "the server closed the connection");
        self.pending.end += count;
        Ok(())
    }
}
