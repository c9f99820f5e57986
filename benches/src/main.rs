//! `cargo xtask bench`: how fast it is, beside the physical limit and the peers, all in one run.
//!
//! A [`row::Row`] is one figure. It is measured in rounds, and in each round on every server one after the other,
//! so that what disturbs the machine disturbs all of them; a figure is the median of its rounds.

mod limit;
mod machine;
mod raw;
mod report;
mod row;
mod rows;
mod server;
mod topic;

use std::cell::Cell;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Parser;

use self::report::Report;
use self::row::{Bench, Effort, Row, Set};
use self::server::{Installation, Server};

/// Measure kafka-trial beside the physical limit and the peers, in one run
#[derive(Parser)]
#[command(name = "cargo xtask bench", after_help = AFTER_HELP)]
struct Options {
    /// Measure only the rows whose names contain this
    #[arg(value_name = "ROW")]
    rows: Vec<String>,
    /// Name the rows and stop
    #[arg(long)]
    list: bool,
    /// Leave out the rows through librdkafka, which `cargo xtask bench` builds first
    #[arg(long)]
    raw: bool,
    /// Add the rows that take minutes: 10 GB through one partition
    #[arg(long)]
    long: bool,
    /// How many rounds; a figure is the median of them
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// One round with tiny counts: shows that every row runs, measures nothing
    #[arg(long, conflicts_with = "rounds")]
    smoke: bool,
    /// Leave out kfake (which needs Go) and Apache Kafka (which needs Java and Maven)
    #[arg(long)]
    no_peers: bool,
    /// Measure kafka-trial without its journal too
    #[arg(long)]
    without_journal: bool,
    /// Write the figures of all rounds to this file too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The command that is measured; `cargo xtask bench` builds it
    #[arg(long, value_name = "PATH", hide = true)]
    kafka_trial: Option<PathBuf>,
    /// Be the bare server that a row is compared with
    #[arg(long, hide = true)]
    be_limit: bool,
    /// Be the process whose memory a row measures: drive a load for so many seconds of a simulated clock
    #[arg(long, value_name = "SECONDS", hide = true)]
    be_load: Option<u64>,
}

impl Options {
    fn wants(&self, row: &Row) -> bool {
        let in_a_wanted_set = match row.set {
            Set::Raw => true,
            Set::Librdkafka => !self.raw,
            Set::Long => self.long || self.list || self.smoke,
            Set::Named => !self.rows.is_empty() || self.list || self.smoke,
        };
        let has_a_wanted_name = self.rows.is_empty() || self.rows.iter().any(|part| row.name.contains(part.as_str()));
        in_a_wanted_set && has_a_wanted_name
    }
}

const AFTER_HELP: &str = "\
The limit is a bare TCP server on the same loopback that reads as many bytes as the broker would and
answers as many, and does nothing else. Read the ratios: they hold on a busy machine, the times do not.

Examples:
  cargo xtask bench                      every row, 15 rounds
  cargo xtask bench --list               what there is
  cargo xtask bench produce fetch        some rows
  cargo xtask bench --rounds 25 produce-ack --json figures.json
  cargo xtask bench --raw --without-journal produce records   what the journal costs
  cargo xtask bench load --rounds 3      the load engine, and what it shows beside Kafka's own tools
  cargo xtask bench wire                 the codec alone, beside kafka-protocol's

docs/benchmarks.md says what each row means.";

fn main() -> Result<ExitCode> {
    let options = Options::parse();
    if options.be_limit {
        return limit::serve().map(|()| ExitCode::SUCCESS);
    }
    if let Some(seconds) = options.be_load {
        return rows::be_load(seconds).map(|()| ExitCode::SUCCESS);
    }
    let wanted: Vec<_> = rows::ALL.iter().filter(|row| options.wants(row)).collect();
    if wanted.is_empty() {
        bail!("no row has a name like that; `cargo xtask bench --list` names them (sequential ones need --long)");
    }
    if options.list {
        wanted.iter().for_each(|row| println!("{:<20} {}", row.name, row.about));
        return Ok(ExitCode::SUCCESS);
    }
    let kafka_trial = options.kafka_trial.context("--kafka-trial PATH is needed; `cargo xtask bench` gives it")?;
    let (effort, rounds) = if options.smoke { (Effort::Smoke, 1) } else { (Effort::Full, options.rounds) };
    let with_peers = !options.no_peers && effort == Effort::Full;
    let installation = Installation::prepare(kafka_trial, options.without_journal, with_peers);
    let mut servers = Vec::new();
    for kind in installation.kinds() {
        let mut server = Server::start(&installation, kind, &[])?;
        server.settle()?;
        servers.push(server);
    }
    let bench = Bench { installation, effort, servers, names: Cell::default() };
    let mut status = ExitCode::SUCCESS;
    let mut report = Report::new(machine::facts(), rounds);
    for row in wanted {
        eprint!("{} ", row.name);
        match bench.measure(row, rounds) {
            Ok(figures) => {
                report.push(row, figures);
                eprintln!();
            }
            // The other rows have figures all the same.
            Err(error) => {
                eprintln!("{error:#}");
                status = ExitCode::FAILURE;
            }
        }
    }
    print!("{report}");
    if let Some(path) = options.json {
        std::fs::write(&path, report.to_json()?).with_context(|| path.display().to_string())?;
    }
    Ok(status)
}
