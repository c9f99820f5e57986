//! What listens at an address: told apart by how it answers three greetings.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::time::Duration;

use super::Problem;
use crate::client::{Address, ClientError, Connection, Deadline, connect};

/// How long the second and the third greeting wait for an answer: whoever speaks TLS or HTTP answers at once.
const GREETING: Duration = Duration::from_secs(1);

/// What a listener that is not Kafka did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It answered as HTTP servers do.
    Http,
    /// It said nothing.
    Silence,
    /// It closed the connection.
    Close,
    /// It answered with something else.
    OtherBytes,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "it is an HTTP server",
            Self::Silence => "it accepts connections but does not answer",
            Self::Close => "it closes the connection without an answer",
            Self::OtherBytes => "it answers with bytes of a different protocol",
        })
    }
}

/// The protocol of a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spoken {
    Kafka,
    Tls,
    Other(Seen),
}

/// The sockets of an address.
pub(super) fn resolve(address: &Address) -> Result<Vec<SocketAddr>, Problem> {
    let sockets = (address.host(), address.port()).to_socket_addrs();
    sockets
        .map(Iterator::collect)
        .map_err(|error| Problem::NameUnresolved { host: address.host().to_owned(), reason: error.to_string() })
}

/// Whether anything accepts connections there.
pub(super) fn accepts(at: &Address, deadline: Deadline) -> Result<(), Problem> {
    let address = at.to_string();
    match connect(at, deadline) {
        Ok(_) => Ok(()),
        Err(ClientError::Connect { source, .. }) if source.kind() == io::ErrorKind::ConnectionRefused => {
            Err(Problem::NothingListens { address })
        }
        Err(error) => Err(Problem::Unreachable { address, reason: error.reason() }),
    }
}

/// Which protocol is spoken there. Most TLS servers answer a plain request with an alert, others just close; most HTTP
/// servers wait for the end of a line. So whoever does not answer as Kafka is greeted again in those two protocols.
pub(super) fn spoken(address: &Address, deadline: Deadline) -> Result<Spoken, ClientError> {
    let seen = match Connection::open(address, deadline) {
        Ok(_) => return Ok(Spoken::Kafka),
        Err(ClientError::TimedOut { .. }) => Seen::Silence,
        Err(ClientError::Broken { .. }) => Seen::Close,
        Err(ClientError::Garbage { .. }) => Seen::OtherBytes,
        Err(error) => return Err(error),
    };
    // ContentType alert (21) or handshake (22), then the major version 3 (RFC 8446, section 5.1).
    if matches!(greet(address, &client_hello()).as_deref(), Ok([21 | 22, 3, ..])) {
        return Ok(Spoken::Tls);
    }
    match greet(address, b"GET / HTTP/1.0\r\n\r\n").as_deref() {
        Ok([b'H', b'T', b'T', b'P', b'/', ..]) => Ok(Spoken::Other(Seen::Http)),
        _ => Ok(Spoken::Other(seen)),
    }
}

/// The first bytes of the answer to a greeting on a connection of its own.
fn greet(address: &Address, greeting: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = connect(address, Deadline::after(GREETING)).map_err(io::Error::other)?;
    stream.set_read_timeout(Some(GREETING))?;
    stream.set_write_timeout(Some(GREETING))?;
    stream.write_all(greeting)?;
    let mut answer = Vec::new();
    stream.take(5).read_to_end(&mut answer)?;
    Ok(answer)
}

/// A TLS 1.2 ClientHello (RFC 5246, section 7.4.1.2) that any TLS server answers: with its own hello, or with an alert
/// where it wants another version.
fn client_hello() -> Vec<u8> {
    let mut hello = vec![3, 3];
    hello.extend(b"kafka-trial looks for a handshake"[..32].iter());
    hello.push(0); // no session
    hello.extend([0, 6, 0xc0, 0x2f, 0xc0, 0x2b, 0, 0x9c]); // ECDHE-RSA, ECDHE-ECDSA, RSA; each AES-128-GCM-SHA256
    hello.extend([1, 0]); // no compression
    let extensions = [
        [0, 10, 0, 6, 0, 4, 0, 29, 0, 23].as_slice(), // supported_groups: x25519, secp256r1
        &[0, 13, 0, 8, 0, 6, 4, 1, 4, 3, 8, 4],       // signature_algorithms: RSA, ECDSA, RSA-PSS; each SHA-256
    ]
    .concat();
    hello.extend([0, u8::try_from(extensions.len()).unwrap_or(0)]);
    hello.extend(extensions);
    let length = u8::try_from(hello.len()).unwrap_or(0);
    [[22, 3, 1, 0, length + 4, 1, 0, 0, length].as_slice(), &hello].concat()
}
