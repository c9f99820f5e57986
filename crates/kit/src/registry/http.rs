//! HTTP/1.1 as far as a schema registry needs it: one request and its answer on a connection of their own.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use crate::client::Deadline;

/// How long a registry may take for an answer.
const LIMIT: Duration = Duration::from_secs(5);
/// The largest answer that is read.
const MOST: u64 = 64 << 20;

/// Where requests go: host and port, and what stands before each path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) host: String,
    pub(super) prefix: String,
    /// The value of the header `Authorization`.
    pub(super) authorization: Option<String>,
}

impl Place {
    /// Asks, and gives the status and the body of the answer.
    pub(super) fn ask(&self, method: &str, path: &str, body: Option<&str>) -> io::Result<(u16, Vec<u8>)> {
        let deadline = Deadline::after(LIMIT);
        let mut stream = self.connect(deadline)?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.set_write_timeout(Some(LIMIT))?;
        stream.set_nodelay(true)?;
        let mut request = format!(
            "{method} {}{path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAccept: application/vnd.schemaregistry.v1+json, \
             application/json\r\nUser-Agent: kafka-trial\r\n",
            self.prefix, self.host
        );
        if let Some(authorization) = &self.authorization {
            request.push_str(&format!("Authorization: {authorization}\r\n"));
        }
        if let Some(body) = body {
            request.push_str(&format!(
                "Content-Type: application/vnd.schemaregistry.v1+json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            ));
        } else {
            request.push_str("\r\n");
        }
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.take(MOST).read_to_end(&mut answer)?;
        parse(&answer).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "its answer is not HTTP/1.1"))
    }

    fn connect(&self, deadline: Deadline) -> io::Result<TcpStream> {
        let mut failed = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        for address in self.host.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, deadline.left().max(Duration::from_millis(1))) {
                Ok(stream) => return Ok(stream),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }
}

/// Status and body of a whole answer.
fn parse(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, body) = answer.split_at_checked(end)?;
    let body = body.get(4..)?;
    let head = std::str::from_utf8(head).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok()?;
    let headers = lines.filter_map(|line| line.split_once(':'));
    let header = |wanted: &str| {
        let mut headers = headers.clone();
        headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
    };
    if header("Transfer-Encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        return Some((status, chunks(body)?));
    }
    match header("Content-Length") {
        Some(length) => Some((status, body.get(..length.parse().ok()?)?.to_vec())),
        None => Some((status, body.to_vec())),
    }
}

fn chunks(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = body.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(body.get(..end)?).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        body = body.get(end + 2..)?;
        if size == 0 {
            return Some(whole);
        }
        let (chunk, rest) = body.split_at_checked(size)?;
        whole.extend_from_slice(chunk);
        body = rest.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_by_length_in_chunks_and_to_the_end_of_the_connection() {
        for (answer, expected) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", Some((200, "[]"))),
            ("HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\nX: y\r\n\r\n{}ignored", Some((404, "{}"))),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n1;x=y\r\n]\r\n0\r\n\r\n",
                Some((200, "[1]")),
            ),
            ("HTTP/1.0 200 OK\r\n\r\n[]", Some((200, "[]"))),
            ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[]", None),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n[]", None),
            ("SSH-2.0-OpenSSH\r\n", None),
            ("", None),
        ] {
            let expected = expected.map(|(status, body): (u16, &str)| (status, body.as_bytes().to_vec()));
            assert_eq!(parse(answer.as_bytes()), expected, "{answer:?}");
        }
    }
}
