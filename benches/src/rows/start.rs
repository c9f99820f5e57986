//! How long it takes until there is a broker.

use std::net::TcpListener;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use kafka_trial::client::Stopwatch;
use kafka_trial::{Cluster, ClusterConfig};

use crate::limit;
use crate::raw::Raw;
use crate::row::{Bench, median_time};
use crate::server::{Kind, Server};
use crate::topic::brokers;

pub(crate) fn in_process(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    let mut times = Vec::new();
    let default = ClusterConfig::default();
    for _ in 0..bench.effort.times(20) {
        let watch = Stopwatch::start();
        match kind {
            Kind::KafkaTrial | Kind::WithoutJournal => {
                let journal_capacity = if kind == Kind::KafkaTrial { default.journal_capacity } else { 0 };
                let cluster = Cluster::start(ClusterConfig { journal_capacity, ..default.clone() })?;
                times.push(watch.elapsed());
                cluster.stop();
            }
            Kind::Limit => {
                let listener = TcpListener::bind("127.0.0.1:0")?;
                let thread = std::thread::Builder::new().spawn(move || drop(listener))?;
                times.push(watch.elapsed());
                thread.join().ok().context("the thread panicked")?;
            }
            // It measures itself, in a process of its own language.
            Kind::Kfake => {
                let nanoseconds = Server::start(&bench.installation, kind, &[])?.next_line()?;
                times.push(Duration::from_nanos(nanoseconds.parse()?));
            }
            Kind::Kafka => return Ok(None),
        }
    }
    Ok(median_time(times))
}

pub(crate) fn process(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    let mut times = Vec::new();
    for _ in 0..if kind == Kind::Kafka { 1 } else { bench.effort.times(5) } {
        let watch = Stopwatch::start();
        let server = Server::start(&bench.installation, kind, &[])?;
        let mut raw = Raw::connect(&server.address)?;
        if kind == Kind::Limit {
            raw.send(&limit::request(64, 64)?)?;
            raw.take(64)?;
            times.push(watch.elapsed());
        } else {
            let count = brokers(&mut raw)?;
            times.push(watch.elapsed());
            ensure!(count == 1, "{count} brokers");
        }
    }
    Ok(median_time(times))
}

/// The resident memory of a server that has answered once.
pub(crate) fn memory(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    if !cfg!(target_os = "linux") {
        return Ok(None);
    }
    let mut server = Server::start(&bench.installation, kind, &[])?;
    server.settle()?;
    if kind != Kind::Limit {
        brokers(&mut Raw::connect(&server.address)?)?;
    }
    server.memory("VmRSS").map(Some)
}
