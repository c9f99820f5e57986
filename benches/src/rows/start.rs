//! How long it takes until there is a broker.

use std::net::TcpListener;

use anyhow::{Context as _, Result, ensure};
use kafka_trial::client::Stopwatch;
use kafka_trial::{Cluster, ClusterConfig};
use kafka_trial_wire::messages::MetadataRequest;

use crate::limit;
use crate::raw::Raw;
use crate::row::{Bench, median_time};
use crate::server::{Kind, Server};

const METADATA: i16 = 9;

pub(crate) fn in_process(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    let mut times = Vec::new();
    for _ in 0..bench.effort.times(20) {
        let watch = Stopwatch::start();
        match kind {
            Kind::KafkaTrial => {
                let cluster = Cluster::start(ClusterConfig::default())?;
                times.push(watch.elapsed());
                cluster.stop();
            }
            Kind::Limit => {
                let listener = TcpListener::bind("127.0.0.1:0")?;
                let thread = std::thread::Builder::new().spawn(move || drop(listener))?;
                times.push(watch.elapsed());
                thread.join().ok().context("the thread panicked")?;
            }
        }
    }
    Ok(median_time(times))
}

pub(crate) fn process(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    let mut times = Vec::new();
    for _ in 0..bench.effort.times(5) {
        let watch = Stopwatch::start();
        let server = Server::start(kind, &bench.kafka_trial)?;
        let mut raw = Raw::connect(&server.address)?;
        match kind {
            Kind::Limit => {
                raw.send(&limit::request(64, 64)?)?;
                raw.take(64)?;
                times.push(watch.elapsed());
            }
            Kind::KafkaTrial => {
                let response = raw.ask(&MetadataRequest { topics: None, ..MetadataRequest::default() }, METADATA)?;
                times.push(watch.elapsed());
                ensure!(response.brokers.len() == 1, "not one broker: {response:?}");
            }
        }
    }
    Ok(median_time(times))
}
