//! What `serve --metrics` tells beside what any client may ask: errors by API, and rebalances.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};

use kafka_trial::client::Deadline;

/// The most that is read of an answer.
const LONGEST: u64 = 64 << 20;

/// One look at the metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scrape {
    /// How many requests ended with an error, by API and error.
    pub(super) errors: BTreeMap<(String, String), u64>,
    /// How often each group has rebalanced since the cluster started.
    pub(super) rebalances: BTreeMap<String, u64>,
}

impl Scrape {
    /// Asks at `PORT`, `HOST:PORT` or `http://HOST:PORT/metrics`.
    pub(super) fn at(address: &str, deadline: Deadline) -> Result<Self, String> {
        let host = address.strip_prefix("http://").unwrap_or(address).trim_end_matches("/metrics");
        let host = if host.contains(':') { host.to_owned() } else { format!("127.0.0.1:{host}") };
        let text = get(&host, deadline).map_err(|error| format!("metrics of {host}: {error}"))?;
        Self::read(&text).ok_or_else(|| format!("metrics of {host}: these are not those of `kafka-trial serve`"))
    }

    fn read(text: &str) -> Option<Self> {
        if !text.contains("# TYPE kafka_trial_") {
            return None;
        }
        let mut scrape = Self::default();
        for (name, mut labels, value) in text.lines().filter_map(sample) {
            let mut label = |name: &str| labels.remove(name).unwrap_or_default();
            match name {
                "kafka_trial_request_errors_total" => {
                    scrape.errors.insert((label("api"), label("error")), value);
                }
                "kafka_trial_group_rebalances_total" => {
                    scrape.rebalances.insert(label("group"), value);
                }
                _ => {}
            }
        }
        Some(scrape)
    }
}

fn get(host: &str, deadline: Deadline) -> io::Result<String> {
    let address = host.to_socket_addrs()?.next().ok_or(io::ErrorKind::NotFound)?;
    let mut stream = TcpStream::connect_timeout(&address, deadline.left())?;
    stream.set_read_timeout(Some(deadline.left()))?;
    stream.set_write_timeout(Some(deadline.left()))?;
    write!(stream, "GET /metrics HTTP/1.0\r\n\r\n")?;
    let mut text = String::new();
    stream.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

/// A line `name{label="value",...} number` in Prometheus' text format.
fn sample(line: &str) -> Option<(&str, BTreeMap<&str, String>, u64)> {
    let (name, rest) = line.split_once('{')?;
    let mut labels = BTreeMap::new();
    let mut rest = rest;
    while let Some((label, quoted)) = rest.split_once("=\"") {
        let mut value = String::new();
        let mut characters = quoted.chars();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => match characters.next()? {
                    'n' => value.push('\n'),
                    escaped => value.push(escaped),
                },
                other => value.push(other),
            }
        }
        labels.insert(label, value);
        rest = characters.as_str();
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => break,
        }
    }
    Some((name, labels, rest.strip_prefix('}')?.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_any_text_are_read_back() {
        let line = r#"kafka_trial_group_rebalances_total{group="a\"b\\c\nd,e=\"}"} 7"#;
        let (name, labels, value) = sample(line).unwrap();
        assert_eq!((name, value), ("kafka_trial_group_rebalances_total", 7));
        assert_eq!(labels, [("group", "a\"b\\c\nd,e=\"}".to_owned())].into());
        for broken in ["", "name 7", "name{a=\"b} 7", "name{a=\"b\"} x", "name{a=\"b\\", "# HELP a{b=\"c\"} d"] {
            assert_eq!(sample(broken), None, "{broken}");
        }
    }
}
