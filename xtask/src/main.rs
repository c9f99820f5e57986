//! The project's own commands: `cargo xtask <command>`.

mod bench;
mod program;
mod schema;
mod test;

use std::process::ExitCode;

use clap::Parser;

use self::program::{Arguments, CLIENTS, DIFFERENTIAL, SUITES};

/// The project's own commands
#[derive(Parser)]
#[command(name = "cargo xtask")]
enum Command {
    /// Run every check; the last line counts them
    Test(test::Options),
    /// Measure it beside the physical limit and the peers; `cargo xtask bench --help` explains the rows
    Bench(Arguments),
    /// Run the test suites of real clients against the broker
    Conformance(Arguments),
    /// Write docs/compatibility.md: APIs served, suites passed, differences
    ReportCard(Arguments),
    /// Run real clients of many languages on the broker; the table is in conformance/clients
    Clients(Arguments),
    /// Run real clients on three brokers that stop and start, and look for lost records
    Cluster(Arguments),
    /// Send the same requests to the embedded broker and a real Kafka, and compare the answers
    Differential(Arguments),
    /// Read Kafka's message definitions into crates/wire/schema
    Schema(schema::Options),
}

fn main() -> anyhow::Result<ExitCode> {
    match Command::parse() {
        Command::Test(options) => test::run(&options),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Conformance(arguments) => program::run(SUITES, &["conformance"], &arguments),
        Command::ReportCard(arguments) => program::run(SUITES, &["report-card"], &arguments),
        Command::Clients(arguments) => program::run(CLIENTS, &["clients"], &arguments),
        Command::Cluster(arguments) => program::run(CLIENTS, &["cluster"], &arguments),
        Command::Differential(arguments) => program::run(DIFFERENTIAL, &[], &arguments),
        Command::Schema(options) => schema::run(&options).map(|()| ExitCode::SUCCESS),
    }
}
