//! Reaching the first of several servers: a dead one costs a part of the time, never all of it.

use std::io;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use super::endpoint::Address;
use super::frames::some_time;
use super::{ClientError, Deadline};

/// How long a server may take in the first round, if there are others; each further round doubles it.
const FIRST_ROUND: Duration = Duration::from_secs(1);

/// The first of some servers that answers. Each is tried in turn for a part of the time; those that did not answer in
/// time are tried again, for longer, until the deadline. A single server has all the time.
pub(super) fn first_of<T>(
    servers: &[Address],
    deadline: Deadline,
    mut open: impl FnMut(&Address, Deadline) -> Result<T, ClientError>,
) -> Result<T, ClientError> {
    let mut errors: Vec<ClientError> = Vec::new();
    let mut round: Vec<&Address> = servers.iter().collect();
    let mut longest = FIRST_ROUND;
    loop {
        let count = round.len();
        let mut silent = Vec::new();
        for (place, address) in round.into_iter().enumerate() {
            let share = deadline.share(count - place);
            match open(address, if count == 1 { share } else { share.within(longest) }) {
                Ok(opened) => return Ok(opened),
                Err(error) => {
                    if error.is_time_out() {
                        silent.push(address);
                    }
                    // The last word about a server is the one that counts.
                    errors.retain(|known| known.address() != error.address());
                    errors.push(error);
                }
            }
        }
        if silent.is_empty() || deadline.is_past() {
            return Err(match errors.pop() {
                Some(only) if servers.len() == 1 => only,
                last => ClientError::NoServer(errors.into_iter().chain(last).collect()),
            });
        }
        (round, longest) = (silent, longest * 2);
    }
}

/// A stream to an address. Its name may stand for several: they share the time.
pub(crate) fn connect(address: &Address, deadline: Deadline) -> Result<TcpStream, ClientError> {
    let resolved = (address.host(), address.port()).to_socket_addrs();
    let resolved = resolved
        .map_err(|error| ClientError::Resolve { address: address.to_string(), reason: error.to_string() })?
        .collect::<Vec<_>>();
    let mut last = io::Error::new(io::ErrorKind::AddrNotAvailable, "the name has no address");
    for (place, socket) in resolved.iter().enumerate() {
        let attempt =
            some_time(deadline.share(resolved.len() - place)).and_then(|left| TcpStream::connect_timeout(socket, left));
        match attempt.and_then(|stream| stream.set_nodelay(true).map(|()| stream)) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(ClientError::Connect { address: address.to_string(), source: last })
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::client::Client;
    use crate::{Cluster, ClusterConfig};

    /// An address at which nothing answers: a listener whose queue is full drops what comes, as a firewall does.
    fn black_hole() -> (TcpListener, Address, Vec<TcpStream>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = listener.local_addr().unwrap();
        let queued = std::iter::from_fn(|| TcpStream::connect_timeout(&socket, Duration::from_millis(50)).ok());
        let queued = queued.take(10_000).collect();
        (listener, Address::new("127.0.0.1", socket.port()), queued)
    }

    #[test]
    fn a_dead_first_server_leaves_time_for_the_others() {
        let cluster = Cluster::start(ClusterConfig::default()).unwrap();
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let refused = {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap()
        };
        let servers = format!("{refused},{},{}", silent.local_addr().unwrap(), cluster.bootstrap_servers());
        let mut client = Client::connect(&servers, Deadline::after(Duration::from_secs(5))).unwrap();
        assert_eq!(client.brokers(Deadline::after(Duration::from_secs(5))).unwrap().len(), 1);
    }

    #[test]
    fn a_server_that_drops_packets_leaves_time_for_the_others() {
        let cluster = Cluster::start(ClusterConfig::default()).unwrap();
        let (_listener, dead, _queued) = black_hole();
        let servers = format!("{dead},{}", cluster.bootstrap_servers());
        Client::connect(&servers, Deadline::after(Duration::from_secs(5))).unwrap();
    }

    #[test]
    fn a_server_that_is_slow_in_the_first_round_is_tried_again() {
        let servers = [Address::new("a", 1), Address::new("b", 2)];
        let mut tried = Vec::new();
        let opened = first_of(&servers, Deadline::after(Duration::from_secs(60)), |address, deadline| {
            tried.push((address.host().to_owned(), deadline.limit() > Duration::from_millis(1500)));
            match tried.len() {
                1 => Err(timed_out(address)),
                2 => Err(ClientError::Connect {
                    address: address.to_string(),
                    source: io::ErrorKind::ConnectionRefused.into(),
                }),
                _ => Ok("opened"),
            }
        });
        assert_eq!(opened.unwrap(), "opened");
        let tried: Vec<(&str, bool)> = tried.iter().map(|(host, long)| (host.as_str(), *long)).collect();
        assert_eq!(tried, [("a", false), ("b", false), ("a", true)], "what refuses is not tried again");
    }

    #[test]
    fn the_error_has_the_last_word_of_each_server() {
        let servers = [Address::new("a", 1), Address::new("b", 2)];
        let error = first_of(&servers, Deadline::after(Duration::ZERO), |address, _| Err::<(), _>(timed_out(address)));
        let error = error.unwrap_err();
        assert_eq!(error.to_string(), "none of 2 bootstrap servers answers: a:1: timed out; b:2: timed out");
        assert_eq!(error.reason(), "a:1: timed out; b:2: timed out");
    }

    fn timed_out(address: &Address) -> ClientError {
        ClientError::Connect { address: address.to_string(), source: io::ErrorKind::TimedOut.into() }
    }

    #[test]
    fn a_protocol_that_is_not_served_is_refused_with_what_to_do() {
        use crate::client::{Endpoint, Sasl, Security, Tls};
        let endpoint: Endpoint = "broker:9093".parse().unwrap();
        let sasl = Sasl::new("PLAIN", "ada", "secret");
        assert!(!format!("{sasl:?}").contains("secret"));
        for (security, protocol) in [
            (Security::Tls(Tls::default()), "SSL"),
            (Security::Sasl(sasl.clone()), "SASL_PLAINTEXT"),
            (Security::SaslTls(sasl, Tls::default()), "SASL_SSL"),
        ] {
            let endpoint = endpoint.clone().security(security);
            let error = Client::connect(&endpoint, Deadline::after(Duration::ZERO)).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(
                    "broker:9093: security.protocol {protocol} is not supported yet; name a PLAINTEXT listener of the \
                     cluster"
                )
            );
        }
    }
}
