//! `codegen-service`: the four handlers as a process.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use kafka_trial::metrics::MetricsListener;
use kafka_trial_reference::service::{Metrics, Settings, serve};
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Answers codegen requests on Kafka until SIGTERM or SIGINT
#[derive(Parser)]
#[command(
    name = "codegen-service",
    version,
    after_help = "RUST_LOG sets what is logged, on standard error: info unless set.\n\
        Exit status: 0 after SIGTERM or SIGINT, 1 when the cluster cannot be used."
)]
struct Arguments {
    /// The cluster, as comma-separated HOST:PORT
    #[arg(long, env = "TEST_KAFKA_BOOTSTRAP_SERVERS", default_value = "localhost:19092")]
    bootstrap_servers: String,
    /// The consumer group; services of one group share the work
    #[arg(long, default_value = "kafka-trial-reference")]
    group: String,
    /// Log one JSON object a line
    #[arg(long)]
    json: bool,
    /// Answer `GET /metrics` on this port of 127.0.0.1 in Prometheus' text format; 0 takes any free one
    #[arg(long, value_name = "PORT")]
    metrics: Option<u16>,
}

fn main() -> ExitCode {
    let Arguments { bootstrap_servers, group, json, metrics: port } = Arguments::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    if json {
        log.json().init()
    } else {
        log.init()
    }
    let settings = Settings { bootstrap_servers, group };
    let metrics = Arc::new(Metrics::default());
    let rendered = Arc::clone(&metrics);
    let listener = port.map(|port| MetricsListener::start(port, move || rendered.render())).transpose();
    let listener = match listener {
        Ok(listener) => listener,
        Err(error) => return failed(&error),
    };
    if let Some(listener) = &listener {
        tracing::info!(address = %listener.address(), "metrics");
    }
    match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(run(&settings, &metrics)),
        Err(error) => failed(&error),
    }
}

async fn run(settings: &Settings, metrics: &Metrics) -> ExitCode {
    let signals = signal(SignalKind::terminate()).and_then(|term| Ok((term, signal(SignalKind::interrupt())?)));
    let (mut term, mut interrupt) = match signals {
        Ok(signals) => signals,
        Err(error) => return failed(&error),
    };
    let stop = async {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    match serve(settings, metrics, stop).await {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &dyn std::error::Error) -> ExitCode {
    tracing::error!("{error}");
    ExitCode::FAILURE
}
