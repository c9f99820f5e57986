//! One `HOST:PORT`, as clients are given it.

use std::fmt;
use std::str::FromStr;

use crate::client::ClientError;

/// The host and the port of a listener. An IPv6 host stands without its brackets here, and with them in text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    host: String,
    port: u16,
}

impl Address {
    /// The address of a host, by its name or IP, and a port.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        let host = host.into();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        Self { host: bare.map_or_else(|| host.clone(), str::to_owned), port }
    }

    /// The address that a broker advertises; port 0, at which nothing listens, for a number that is no port.
    pub(in crate::client) fn advertised(host: &str, port: i32) -> Self {
        Self::new(host, u16::try_from(port).unwrap_or_default())
    }

    /// The name or the IP.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

impl FromStr for Address {
    type Err = ClientError;

    fn from_str(text: &str) -> Result<Self, ClientError> {
        let split = text.rsplit_once(':').filter(|(host, _)| !host.is_empty() && !host.contains("//"));
        let address = split.and_then(|(host, port)| Some(Self::new(host, port.parse().ok()?)));
        address.ok_or_else(|| ClientError::Address(text.to_owned()))
    }
}

/// What an invalid address lacks, for the error about it.
pub(crate) fn expected(text: &str) -> &'static str {
    let port = text.rsplit_once(':').map_or("", |(_, port)| port);
    if text.contains("://") {
        "expected HOST:PORT, without the scheme"
    } else if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_err() {
        "expected HOST:PORT, and a port is at most 65535"
    } else {
        "expected HOST:PORT"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for (text, host, port) in [("localhost:9092", "localhost", 9092), ("[::1]:9092", "::1", 9092), ("a:0", "a", 0)]
        {
            let address: Address = text.parse().unwrap();
            assert_eq!((address.host(), address.port(), address.to_string()), (host, port, text.to_owned()));
        }
    }

    #[test]
    fn an_invalid_address_says_what_is_expected() {
        for (text, wanted) in [
            ("localhost", "expected HOST:PORT"),
            (":9092", "expected HOST:PORT"),
            ("[::1]", "expected HOST:PORT"),
            ("localhost:", "expected HOST:PORT"),
            ("localhost:99999", "expected HOST:PORT, and a port is at most 65535"),
            ("PLAINTEXT://localhost:9092", "expected HOST:PORT, without the scheme"),
        ] {
            let error = text.parse::<Address>().unwrap_err().to_string();
            assert_eq!(error, format!("invalid address {text:?}: {wanted}"));
        }
    }
}
