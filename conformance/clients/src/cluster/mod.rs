//! Three brokers under clients that work: brokers stop and start, leaders and coordinators move, and nothing is lost.
//!
//! ```text
//! seed ──> steps ──> three brokers <── a producer per client, idempotent, acks=all
//!            │             ↑  └─────> two groups per client, one of each protocol, with two members
//!         [`model`]        └── who runs, who leads, and what is in the log ([`stored`])
//! ```
//! After each step every broker has to show the cluster that the model has. At the end every record that was
//! acknowledged has to be in the log once and in order, and every group must have seen all of them, none before the one
//! ahead of it. What a client calls an error of a send is a failure: it has to recover by itself.

mod model;
mod report;
mod run;
mod stored;
mod traffic;

use std::process::{Command, ExitCode};

use anyhow::{Result, ensure};
use kafka_trial::client::Stopwatch;

use crate::prepare::Readiness;
use crate::table::{CLIENTS, Client};

/// Clients that work on three brokers which stop and start
#[derive(clap::Args)]
#[command(after_help = "\
A run prints what happened to the cluster when something is lost, doubled or out of order. The same seed gives the same
steps; each is a line of `kafka-trial serve --control`.

Examples:
  cargo xtask cluster                          one run with each client, about a minute and a half
  cargo xtask cluster --seed 7 --runs 20       twenty runs
  cargo xtask cluster java --steps 300         a long one with one client")]
pub(crate) struct Options {
    /// Only these of rdkafka, java and franz-go
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// The seed of the first run; the others count up
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many runs
    #[arg(long, default_value_t = 1)]
    runs: u64,
    /// How many things happen to the cluster in a run, one a second or so
    #[arg(long, default_value_t = 80)]
    steps: usize,
    /// Only clients that are quick to prepare: Go, and whatever has been built before
    #[arg(long)]
    quick: bool,
}

/// Those whose drivers have a producer that stays.
const NAMES: &[&str] = &["rdkafka", "java", "franz-go"];

/// A client whose driver can run.
pub(super) struct Participant {
    client: &'static Client,
    command: Command,
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    for name in &options.names {
        ensure!(NAMES.contains(&name.as_str()), "there is no {name} here, but {}", NAMES.join(", "));
    }
    let watch = Stopwatch::start();
    let wanted = |client: &&Client| {
        NAMES.contains(&client.name) && (options.names.is_empty() || options.names.iter().any(|n| n == client.name))
    };
    let (mut participants, mut skipped) = (Vec::new(), 0);
    for client in CLIENTS.iter().filter(wanted) {
        match client.toolchain.prepare(client, options.quick)? {
            Readiness::Ready(command) => participants.push(Participant { client, command }),
            Readiness::Absent(why) => {
                println!("{}: skipped: {why}", client.name);
                skipped += 1;
            }
        }
    }
    let (mut passed, mut failed) = (0, 0);
    if !participants.is_empty() {
        for seed in options.seed..options.seed.saturating_add(options.runs) {
            let run = run::run(seed, options.steps, &participants)?;
            run.print();
            if run.is_good() {
                passed += 1;
            } else {
                failed += 1;
            }
        }
    }
    println!("{passed} passed, {failed} failed, {skipped} skipped in {:.1}s", watch.elapsed().as_secs_f64());
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
