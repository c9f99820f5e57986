//! The project's own commands: `cargo xtask <command>`.

mod bench;
mod schema;
mod suites;
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
    Conformance(suites::Arguments),
    /// Write docs/compatibility.md: APIs served, suites passed, differences
    ReportCard(suites::Arguments),
    /// Read Kafka's message definitions into crates/wire/schema
    Schema(schema::Options),
}

fn main() -> anyhow::Result<ExitCode> {
    match Command::parse() {
        Command::Test(options) => test::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Conformance(arguments) => suites::run("conformance", &arguments),
        Command::ReportCard(arguments) => suites::run("report-card", &arguments),
        Command::Schema(options) => schema::run(&options).map(|()| ExitCode::SUCCESS),
    }
}
