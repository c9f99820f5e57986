//! Metrics in Prometheus' text format, and a listener on loopback that gives them out.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long one scraper may take to ask and to read.
const LIMIT: Duration = Duration::from_secs(2);
/// The longest request that is read.
const LONGEST: u64 = 8192;

/// What a family of metrics is, in Prometheus' words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
}

/// A text in Prometheus' format (version 0.0.4), made family by family.
///
/// ```
/// use kafka_trial::metrics::{Exposition, Kind};
///
/// let mut text = Exposition::default();
/// text.family("orders_total", Kind::Counter, "Orders.", [(vec![("state", "new")], 3.0)]);
/// assert_eq!(
///     text.to_string(),
///     "# HELP orders_total Orders.\n# TYPE orders_total counter\norders_total{state=\"new\"} 3\n"
/// );
/// ```
#[derive(Clone, Debug, Default)]
pub struct Exposition(String);

impl Exposition {
    /// Adds a family: its name, what it is, what it means, and its values by labels.
    pub fn family<'a>(
        &mut self,
        name: &str,
        kind: Kind,
        help: &str,
        samples: impl IntoIterator<Item = (Vec<(&'a str, &'a str)>, f64)>,
    ) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        };
        // A String takes all text.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in samples {
            let labels: Vec<String> =
                labels.into_iter().map(|(label, value)| format!("{label}=\"{}\"", escaped(value))).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            let _ = writeln!(self.0, "{name}{labels} {value}");
        }
    }
}

impl std::fmt::Display for Exposition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Answers `GET /metrics` on loopback until it is dropped. One scraper at a time.
#[derive(Debug)]
#[must_use = "nothing answers any more when this is dropped"]
pub struct MetricsListener {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl MetricsListener {
    /// Listens on a port of 127.0.0.1, 0 for any free one. `render` gives the text at each scrape.
    pub fn start(port: u16, render: impl Fn() -> String + Send + 'static) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("kafka-trial-metrics".to_owned()).spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                // A scraper that goes away, or asks for nothing that is there, concerns nobody else.
                let _ = stream.and_then(|stream| answer(stream, &render));
            }
        })?;
        Ok(Self { address, stop, thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for MetricsListener {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Only a connection wakes a thread that accepts; without one the thread would never see that it is to end.
        if TcpStream::connect(self.address).is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
    }
}

fn answer(stream: TcpStream, render: &impl Fn() -> String) -> io::Result<()> {
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    let mut request = BufReader::new((&stream).take(LONGEST));
    let mut line = String::new();
    request.read_line(&mut line)?;
    // The rest is read too: closing with unread bytes would take the answer away with a reset.
    let mut header = String::new();
    while request.read_line(&mut header)? > 0 && header.trim() != "" {
        header.clear();
    }
    let mut words = line.split_whitespace();
    let (status, body) = match (words.next(), words.next()) {
        (Some("GET"), Some("/metrics" | "/")) => ("200 OK", render()),
        (Some("GET"), _) => ("404 Not Found", "there is only /metrics\n".to_owned()),
        _ => ("405 Method Not Allowed", "GET /metrics is served\n".to_owned()),
    };
    let length = body.len();
    write!(
        &stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    )
}
