//! The brokers of a cluster advertise the addresses to which their clients connect.

use super::StartError;
use crate::{Advertised, ClusterConfig};

/// The property with the addresses to which a broker's clients connect.
pub(super) const ADVERTISED: &str = "advertised.listeners";

/// Returns the address that a broker advertises: its `advertised.listeners`, otherwise the config's; `None` if neither
/// is set.
pub(super) fn advertised_of(config: &ClusterConfig, index: u16, id: i32) -> Result<Option<Advertised>, StartError> {
    let own = config.broker_properties.get(&id).and_then(|properties| properties.get(ADVERTISED));
    if let Some(listeners) = own.or_else(|| config.properties.get(ADVERTISED)) {
        // Clients use the first plaintext listener; TLS and SASL are not supported yet.
        let plain = listeners.split(',').map(str::trim).find_map(|listener| listener.strip_prefix("PLAINTEXT://"));
        let refused = |why: &str| Err(StartError::Advertised(format!("{ADVERTISED}={listeners}: {why}")));
        return match plain.map(str::parse::<Advertised>) {
            None => refused("expected PLAINTEXT://HOST:PORT"),
            Some(Err(why)) => refused(&why),
            Some(Ok(Advertised { port: None, .. })) => refused("expected PLAINTEXT://HOST:PORT"),
            Some(Ok(_)) if own.is_none() && config.brokers > 1 => {
                refused("one address for several brokers; set it for each of them")
            }
            Some(Ok(advertised)) => Ok(Some(advertised)),
        };
    }
    match config.advertised.as_slice() {
        [Advertised { port: Some(_), .. }] if config.brokers > 1 => {
            let why = format!("one port for {} brokers: name an address for each of them", config.brokers);
            Err(StartError::Advertised(why))
        }
        [all] => Ok(Some(all.clone())),
        each => Ok(each.get(usize::from(index)).cloned()),
    }
}

/// Returns `host:port`, with an IPv6 address in brackets.
pub(super) fn host_and_port(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}
