//! A client of a registry elsewhere, for what is checked against it.

use std::collections::HashSet;
use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::query::{decode, encode};
use crate::{Registry, Reply, Request};

/// The longest answer that is read, in bytes.
const LONGEST: u64 = 64 << 20;

/// A client of any registry that speaks Confluent's API over HTTP: an embedded one, Confluent's, Karapace.
///
/// Each request takes a connection of its own. HTTPS is not there.
#[derive(Clone, Debug)]
pub struct RegistryClient {
    host: String,
    /// What stands before each path.
    prefix: String,
    /// For basic authentication.
    authorization: Option<String>,
    timeout: Duration,
}

impl RegistryClient {
    /// A client of the registry at a URL, as `http://localhost:18081` or `http://user:password@host/registry`. Each request
    /// may take `timeout`.
    pub fn new(url: &str, timeout: Duration) -> Result<Self, ClientError> {
        let wrong = |why| ClientError::Url { url: url.to_owned(), why };
        let rest = url.strip_prefix("http://").ok_or_else(|| {
            wrong(if url.starts_with("https://") {
                "HTTPS is not there; use a proxy"
            } else {
                "expected http://HOST:PORT"
            })
        })?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        if host.is_empty() {
            return Err(wrong("expected http://HOST:PORT"));
        }
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let host = if has_port { host.to_owned() } else { format!("{host}:80") };
        let prefix = if path.is_empty() { String::new() } else { format!("/{}", path.trim_end_matches('/')) };
        let authorization = user.map(|user| STANDARD.encode(decode(user).as_bytes()));
        Ok(Self { host, prefix, authorization, timeout })
    }

    /// Sends a request and returns the answer, also one that is an error of the registry. `target`: the path and the query,
    /// percent-encoded.
    pub fn ask(&self, method: &str, target: &str, body: &str) -> Result<Reply, ClientError> {
        let failed = |source| ClientError::Unreachable { host: self.host.clone(), source };
        let answer = self.exchange(method, target, body).map_err(failed)?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| ClientError::NoRegistry { host: self.host.clone() })?;
        Ok(Reply { status, body: body.to_owned() })
    }

    fn exchange(&self, method: &str, target: &str, body: &str) -> io::Result<String> {
        let mut error = io::Error::from(io::ErrorKind::NotFound);
        let mut stream = None;
        for address in self.host.to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, self.timeout) {
                Ok(connected) => {
                    stream = Some(connected);
                    break;
                }
                Err(refused) => error = refused,
            }
        }
        let mut stream = stream.ok_or(error)?;
        stream.set_read_timeout(Some(self.timeout))?;
        stream.set_write_timeout(Some(self.timeout))?;
        let (host, prefix) = (&self.host, &self.prefix);
        // HTTP/1.0: the answer ends with the connection, and comes in one piece.
        let mut request = format!("{method} {prefix}{target} HTTP/1.0\r\nHost: {host}\r\nAccept: application/json\r\n");
        if let Some(authorization) = &self.authorization {
            request.push_str(&format!("Authorization: Basic {authorization}\r\n"));
        }
        if !body.is_empty() {
            request.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
        }
        write!(stream, "{request}\r\n{body}")?;
        let mut answer = String::new();
        stream.take(LONGEST).read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// The JSON of an answer; `None` for a 404.
    fn get(&self, target: &str) -> Result<Option<Value>, ClientError> {
        let reply = self.ask("GET", target, "")?;
        match reply.status {
            200 => {
                let value = serde_json::from_str(&reply.body);
                value.map(Some).map_err(|_error| ClientError::NoRegistry { host: self.host.clone() })
            }
            404 => Ok(None),
            status => Err(ClientError::Refused { target: target.to_owned(), status, answer: reply.body }),
        }
    }

    /// A registry of its own that holds these subjects as they are there now: their versions that are not deleted, with ids
    /// and numbers, the schemas that they refer to, and their levels. Subjects that are not there are left out.
    pub fn copy(&self, subjects: &[&str]) -> Result<Registry, ClientError> {
        let mut copy = Copy { client: self, registry: Registry::new(), known: HashSet::new() };
        copy.put("/mode?force=true", &json!({ "mode": "IMPORT" }))?;
        for subject in subjects {
            let versions = self.get(&format!("/subjects/{}/versions", encode(subject)))?;
            for number in versions.iter().filter_map(Value::as_array).flatten().filter_map(Value::as_i64) {
                copy.version(subject, number, 0)?;
            }
        }
        copy.put("/mode?force=true", &json!({ "mode": "READWRITE" }))?;
        copy.config("/config")?;
        for subject in subjects {
            copy.config(&format!("/config/{}", encode(subject)))?;
        }
        Ok(copy.registry)
    }
}

/// A copy that is being made.
struct Copy<'a> {
    client: &'a RegistryClient,
    registry: Registry,
    known: HashSet<(String, i64)>,
}

impl Copy<'_> {
    /// Copies a version after those that it refers to.
    fn version(&mut self, subject: &str, number: i64, depth: usize) -> Result<(), ClientError> {
        // No registry holds a circle of references.
        if depth > 100 || !self.known.insert((subject.to_owned(), number)) {
            return Ok(());
        }
        let target = format!("/subjects/{}/versions/{number}", encode(subject));
        // What is referred to may have been deleted since.
        let found = self.client.get(&if depth > 0 { target.clone() + "?deleted=true" } else { target.clone() })?;
        let Some(found) = found else { return Ok(()) };
        for reference in found.get("references").and_then(Value::as_array).into_iter().flatten() {
            let subject = reference.get("subject").and_then(Value::as_str).unwrap_or_default();
            self.version(subject, reference.get("version").and_then(Value::as_i64).unwrap_or_default(), depth + 1)?;
        }
        self.send("POST", format!("/subjects/{}/versions", encode(subject)), &found, &target)
    }

    fn config(&mut self, target: &str) -> Result<(), ClientError> {
        let Some(Value::Object(mut config)) = self.client.get(target)? else { return Ok(()) };
        if let Some(level) = config.remove("compatibilityLevel") {
            config.insert("compatibility".to_owned(), level);
        }
        self.put(target, &Value::Object(config))
    }

    fn put(&mut self, target: &str, body: &Value) -> Result<(), ClientError> {
        self.send("PUT", target.to_owned(), body, target)
    }

    /// Writes to the copy what was read at `source`.
    fn send(&mut self, method: &str, target: String, body: &Value, source: &str) -> Result<(), ClientError> {
        let reply = self.registry.answer(&Request::new(method, target, body.to_string(), Duration::ZERO));
        if reply.status == 200 {
            return Ok(());
        }
        Err(ClientError::NotCopied { target: source.to_owned(), answer: reply.body })
    }
}

/// Why a registry elsewhere does not say what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The URL names no registry.
    #[error("invalid URL \"{url}\": {why}")]
    Url {
        /// The URL.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Nothing answers there.
    #[error("no schema registry answers at {host}: {source}")]
    Unreachable {
        /// The host and the port.
        host: String,
        /// Why.
        source: io::Error,
    },
    /// What answers is no registry.
    #[error("what answers at {host} is no schema registry")]
    NoRegistry {
        /// The host and the port.
        host: String,
    },
    /// The registry refuses to answer.
    #[error("the schema registry refuses GET {target} with status {status}: {answer}")]
    Refused {
        /// The path that was asked for.
        target: String,
        /// The HTTP status.
        status: u16,
        /// What it says.
        answer: String,
    },
    /// A schema or a config of that registry cannot be kept here.
    #[error("{target} of the schema registry cannot be read here: {answer}")]
    NotCopied {
        /// The path that has it.
        target: String,
        /// Why.
        answer: String,
    },
}
