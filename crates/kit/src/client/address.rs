//! `host:port`, as clients are given it.

/// The host; none where this is no address.
pub(crate) fn host(address: &str) -> Option<&str> {
    let (host, port) = address.rsplit_once(':')?;
    (!host.is_empty() && !host.contains("//") && port.parse::<u16>().is_ok()).then_some(host)
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
    use super::{expected, host};

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
}
