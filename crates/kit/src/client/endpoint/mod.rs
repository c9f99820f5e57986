//! Where a cluster is and how it is spoken to: parsed once, then handed around.

mod address;
mod security;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

pub use self::address::Address;
pub(crate) use self::address::expected;
pub use self::security::{Sasl, Security, Tls};
use super::ClientError;
use super::frames::CLIENT;

/// The bootstrap servers of a cluster, how they are spoken to, and the name by which a client is known there.
///
/// ```
/// use kafka_trial::client::Endpoint;
///
/// let endpoint: Endpoint = "broker-1:9092, broker-2:9092".parse()?;
/// assert_eq!(endpoint.bootstrap_servers(), "broker-1:9092,broker-2:9092");
/// let endpoint = endpoint.client_id("nightly");
/// assert_eq!(endpoint.servers().len(), 2);
/// # Ok::<(), kafka_trial::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    servers: Arc<[Address]>,
    /// The servers as other clients take them.
    text: Arc<str>,
    security: Arc<Security>,
    client_id: Arc<str>,
}

impl Endpoint {
    /// A cluster by its bootstrap servers, in the order in which they are tried; `None` if there are none.
    pub fn new(servers: impl IntoIterator<Item = Address>) -> Option<Self> {
        let servers: Arc<[Address]> = servers.into_iter().collect();
        let texts: Vec<String> = servers.iter().map(Address::to_string).collect();
        let endpoint =
            Self { servers, text: texts.join(",").into(), security: Arc::default(), client_id: CLIENT.into() };
        (!texts.is_empty()).then_some(endpoint)
    }

    /// The same cluster, spoken to in this way; [`Security::Plaintext`] by default.
    pub fn security(mut self, security: Security) -> Self {
        self.security = Arc::new(security);
        self
    }

    /// The same cluster, for a client of this name; `kafka-trial` by default. Journals tell clients apart by it.
    pub fn client_id(mut self, client_id: &str) -> Self {
        self.client_id = client_id.into();
        self
    }

    /// The bootstrap servers.
    pub fn servers(&self) -> &[Address] {
        &self.servers
    }

    /// The bootstrap servers, comma-separated, as every client takes them.
    pub fn bootstrap_servers(&self) -> &str {
        &self.text
    }

    pub(super) fn protection(&self) -> &Security {
        &self.security
    }

    pub(super) fn name(&self) -> &Arc<str> {
        &self.client_id
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Endpoint {
    type Err = ClientError;

    /// Comma-separated `HOST:PORT`. Fails with [`ClientError::Address`], which has the first invalid one.
    fn from_str(servers: &str) -> Result<Self, ClientError> {
        let addresses = servers.split(',').map(str::trim).filter(|address| !address.is_empty());
        let addresses = addresses.map(str::parse).collect::<Result<Vec<Address>, _>>()?;
        Self::new(addresses).ok_or_else(|| ClientError::Address(servers.to_owned()))
    }
}

/// What names a cluster: an [`Endpoint`], or its bootstrap servers as text.
pub trait ToEndpoint {
    /// The endpoint; [`ClientError::Address`] for text that is none.
    fn to_endpoint(&self) -> Result<Endpoint, ClientError>;
}

impl ToEndpoint for Endpoint {
    fn to_endpoint(&self) -> Result<Endpoint, ClientError> {
        Ok(self.clone())
    }
}

impl ToEndpoint for Address {
    fn to_endpoint(&self) -> Result<Endpoint, ClientError> {
        Endpoint::new([self.clone()]).ok_or_else(|| ClientError::Address(self.to_string()))
    }
}

impl ToEndpoint for str {
    fn to_endpoint(&self) -> Result<Endpoint, ClientError> {
        self.parse()
    }
}

impl ToEndpoint for String {
    fn to_endpoint(&self) -> Result<Endpoint, ClientError> {
        self.parse()
    }
}

impl<T: ToEndpoint + ?Sized> ToEndpoint for &T {
    fn to_endpoint(&self) -> Result<Endpoint, ClientError> {
        (**self).to_endpoint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_are_trimmed_and_empty_ones_left_out() {
        let endpoint: Endpoint = " a:1, b:2,,[::1]:3,".parse().unwrap();
        assert_eq!(endpoint.bootstrap_servers(), "a:1,b:2,[::1]:3");
        assert_eq!(endpoint.servers(), [Address::new("a", 1), Address::new("b", 2), Address::new("::1", 3)]);
    }

    #[test]
    fn the_first_invalid_address_is_named() {
        for (servers, wanted) in [("a:1,b,c", "\"b\""), ("", "\"\""), (",", "\",\""), ("http://a:1", "\"http://a:1\"")]
        {
            let error = servers.parse::<Endpoint>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("invalid address {wanted}: expected HOST:PORT")), "{error}");
        }
    }
}
