//! The schema registry: lookups, its start with a folder of schemas, and its memory.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use kafka_trial::client::Stopwatch;
use kafka_trial_registry::{Registry, Request, SchemaRegistry};
use serde_json::json;

use crate::row::{Bench, Effort, median_time};
use crate::server::{Kind, Server};

const SUBJECTS: usize = 1_000;
const VERSIONS: usize = 10;

/// A schema of a subject; each version adds a field.
fn schema(subject: usize, version: usize) -> String {
    let fields: Vec<String> = (0..=version)
        .map(|field| format!(r#"{{"name":"field_{field}","type":["null","string"],"default":null}}"#))
        .collect();
    let fields = fields.join(",");
    format!(r#"{{"type":"record","name":"Subject{subject}","namespace":"bench","fields":[{fields}]}}"#)
}

fn subjects(bench: &Bench) -> usize {
    match bench.effort {
        Effort::Full => SUBJECTS,
        Effort::Smoke => 5,
    }
}

/// A registry with ten versions of each subject, and how many schemas it has.
fn filled(bench: &Bench) -> Result<(Registry, usize)> {
    let mut registry = Registry::new();
    for subject in 0..subjects(bench) {
        for version in 0..VERSIONS {
            let body = json!({ "schema": schema(subject, version) }).to_string();
            let target = format!("/subjects/subject-{subject}/versions");
            let reply = registry.answer(&Request::new("POST", target, body, Duration::ZERO));
            ensure!(reply.status == 200, "{}", reply.body);
        }
    }
    Ok((registry, subjects(bench) * VERSIONS))
}

/// A connection that is kept.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    fn get(&mut self, target: &str) -> Result<Vec<u8>> {
        self.0.get_mut().write_all(format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes())?;
        let mut length = 0;
        let mut line = String::new();
        loop {
            line.clear();
            self.0.read_line(&mut line)?;
            match line.trim_end().to_ascii_lowercase().split_once(": ") {
                Some(("content-length", value)) => length = value.parse()?,
                None if line.trim_end().is_empty() => break,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok(body)
    }
}

/// A schema by its id, over HTTP.
pub(crate) fn lookup(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    if kind != Kind::KafkaTrial {
        return Ok(None);
    }
    let (registry, schemas) = filled(bench)?;
    let registry = SchemaRegistry::start_with(registry, 0)?;
    let mut connection = Connection::open(registry.address())?;
    let mut times = Vec::new();
    for number in 0..bench.effort.times(10_000) {
        // A step that meets all of them, in no order that they were registered in.
        let id = number * 7_919 % schemas + 1;
        let watch = Stopwatch::start();
        let body = connection.get(&format!("/schemas/ids/{id}"))?;
        times.push(watch.elapsed());
        ensure!(body.starts_with(b"{"), "{}", String::from_utf8_lossy(&body));
    }
    Ok(median_time(times))
}

/// A folder that goes with its row.
struct Folder(PathBuf);

impl Folder {
    /// With the files that `write` makes for each subject.
    fn new(bench: &Bench, write: impl Fn(&Path, usize) -> io::Result<()>) -> Result<Self> {
        let folder =
            Self(std::env::temp_dir().join(format!("kafka-trial-{}-{}", bench.new_name(), std::process::id())));
        std::fs::create_dir_all(&folder.0)?;
        for subject in 0..subjects(bench) {
            write(&folder.0, subject)?;
        }
        Ok(folder)
    }

    fn name(&self) -> Result<&str> {
        self.0.to_str().context("the temporary folder has no name in UTF-8")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // The system clears such folders away, too.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The command started with a folder of schemas, until its brokers and its registry listen.
pub(crate) fn start(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    if kind != Kind::KafkaTrial {
        return Ok(None);
    }
    let folder = Folder::new(bench, |folder, subject| {
        std::fs::write(folder.join(format!("subject-{subject}.avsc")), schema(subject, VERSIONS))
    })?;
    let mut times = Vec::new();
    for _ in 0..bench.effort.times(5) {
        let watch = Stopwatch::start();
        let server = Server::start_with(&bench.installation, kind, &["--schemas", folder.name()?])?;
        times.push(watch.elapsed());
        drop(server);
    }
    Ok(median_time(times))
}

/// What ten versions of each subject add to the memory of the command.
pub(crate) fn memory(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    if kind != Kind::KafkaTrial || !cfg!(target_os = "linux") {
        return Ok(None);
    }
    let folder = Folder::new(bench, |folder, subject| {
        let folder = folder.join(format!("subject-{subject}"));
        std::fs::create_dir_all(&folder)?;
        (0..VERSIONS).try_for_each(|version| {
            std::fs::write(folder.join(format!("v{}.avsc", version + 1)), schema(subject, version))
        })
    })?;
    let empty = Server::start_with(&bench.installation, kind, &["--registry", "0"])?.memory("VmRSS")?;
    let full = Server::start_with(&bench.installation, kind, &["--schemas", folder.name()?])?.memory("VmRSS")?;
    Ok(Some((full - empty).max(0.0)))
}
