//! `host:port`, as clients are given it.

use super::ClientError;

/// The host; none where this is no address.
pub(crate) fn host(address: &str) -> Option<&str> {
    let (host, port) = address.rsplit_once(':')?;
    (!host.is_empty() && !host.contains("//") && port.parse::<u16>().is_ok()).then_some(host)
}

/// Whether each of the comma-separated addresses is one; nothing is connected to.
///
/// Fails with [`ClientError::Address`], which has the first that is none.
pub fn check_addresses(bootstrap_servers: &str) -> Result<(), ClientError> {
    let mut addresses = bootstrap_servers.split(',').map(str::trim).filter(|address| !address.is_empty()).peekable();
    let nothing = addresses.peek().is_none().then_some(bootstrap_servers);
    match nothing.or_else(|| addresses.find(|address| host(address).is_none())) {
        Some(text) => Err(ClientError::Address(text.to_owned())),
        None => Ok(()),
    }
}

/// What is missing, for the error about a text that is no address.
pub(crate) fn expected(text: &str) -> &'static str {
    let port = text.rsplit_once(':').map_or("", |(_, port)| port);
    if text.contains("://") {
        "host:port expected, without the scheme in front of it"
    } else if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_err() {
        "a port is at most 65535"
    } else {
        "host:port expected"
    }
}

#[cfg(test)]
mod tests {
    use super::{check_addresses, expected, host};

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for (address, wanted) in [("localhost:9092", "localhost"), ("[::1]:9092", "[::1]"), ("10.0.0.7:0", "10.0.0.7")]
        {
            assert_eq!(host(address), Some(wanted));
        }
        for (text, wanted) in [
            ("localhost", "host:port expected"),
            (":9092", "host:port expected"),
            ("[::1]", "host:port expected"),
            ("localhost:", "host:port expected"),
            ("localhost:99999", "a port is at most 65535"),
            ("PLAINTEXT://localhost:9092", "host:port expected, without the scheme in front of it"),
        ] {
            assert_eq!((host(text), expected(text)), (None, wanted), "{text}");
        }
    }

    #[test]
    fn of_several_addresses_the_first_that_is_none_is_told() {
        assert!(check_addresses("a:1, b:2,").is_ok());
        for (servers, wanted) in [("a:1,b,c", "\"b\""), ("", "\"\""), ("http://a:1", "\"http://a:1\"")] {
            let told = check_addresses(servers).unwrap_err().to_string();
            assert!(told.starts_with(&format!("{wanted} is no address")), "{told}");
        }
    }
}
