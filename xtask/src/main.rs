//! The project's own commands: `cargo xtask <command>`.
#![expect(clippy::indexing_slicing, reason = "serde_json's index gives Null for what is missing")]

mod schema;

use clap::Parser;

/// The project's own commands
#[derive(Parser)]
#[command(name = "cargo xtask")]
enum Command {
    /// Read Kafka's message definitions into crates/wire/schema
    Schema(schema::Options),
}

fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Schema(options) => schema::run(&options),
    }
}
