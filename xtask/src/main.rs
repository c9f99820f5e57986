//! The project's own commands: `cargo xtask <command>`.

mod bench;
mod differential;
mod program;
mod schema;
mod test;

use std::process::ExitCode;

use clap::Parser;

/// The project's own commands
#[derive(Parser)]
#[command(name = "cargo xtask")]
enum Command {
    /// Run every check; the last line counts them
    Test(test::Options),
    /// Measure it beside the physical limit and the peers; `cargo xtask bench --help` teaches
    Bench(bench::Options),
    /// Run the test suites of real clients against the broker
    Conformance(program::Arguments),
    /// Write docs/compatibility.md: APIs served, suites passed, differences
    ReportCard(program::Arguments),
    /// Run real clients of many languages on the broker; the table is in conformance/clients
    Clients(program::Arguments),
    /// Run real clients on three brokers that stop and start, and look for what is lost
    Cluster(program::Arguments),
    /// Ask the embedded broker and a real Kafka the same, and compare the answers
    Differential(differential::Options),
    /// Read Kafka's message definitions into crates/wire/schema
    Schema(schema::Options),
}

fn main() -> anyhow::Result<ExitCode> {
    match Command::parse() {
        Command::Test(options) => test::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Conformance(arguments) => program::run(program::SUITES, &["conformance"], &arguments),
        Command::ReportCard(arguments) => program::run(program::SUITES, &["report-card"], &arguments),
        Command::Clients(arguments) => program::run(program::CLIENTS, &["clients"], &arguments),
        Command::Cluster(arguments) => program::run(program::CLIENTS, &["cluster"], &arguments),
        Command::Differential(options) => differential::run(&options),
        Command::Schema(options) => schema::run(&options).map(|()| ExitCode::SUCCESS),
    }
}
