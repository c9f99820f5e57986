//! The test suites of real Kafka clients, run against the embedded broker and against a real Apache Kafka.
//!
//! ```text
//! registry ──prepare──> target/suites/<suite> ──run──> outcomes ──judge──> verdicts
//!                              a fresh broker ──┘      recorded/*.tsv, misses.tsv ──┘
//! ```
//! Nothing that is fetched, or built from it, enters the repository; only the names of the tests and how they ended.

mod broker;
mod conformance;
mod crate_source;
mod libtest;
mod needs;
mod normal;
mod outcome;
mod place;
mod process;
mod record;
mod report;
mod report_card;
mod suite;
mod suites;
mod transcript;
mod verdict;

use std::process::ExitCode;

use clap::Parser;

/// The test suites of real Kafka clients
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    Conformance(conformance::Options),
    ReportCard(report_card::Options),
}

fn main() -> anyhow::Result<ExitCode> {
    match Command::parse() {
        Command::Conformance(options) => conformance::conformance(&options),
        Command::ReportCard(options) => report_card::report_card(&options),
    }
}
