//! The `kafka-trial` command.

mod properties;
mod run;
mod serve;
mod signals;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Kafka integration tests in milliseconds, with no Docker and no JVM
#[derive(Parser)]
#[command(name = "kafka-trial", version, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit status:
  0    all went well (serve: ended by SIGINT or SIGTERM)
  1    it could not be done; the reason is on standard error
  2    the command line is wrong
  126  run: the command cannot be executed
  127  run: there is no such command
  any  run: else the command's own, or 128 + the signal that ended it";

#[derive(Subcommand)]
enum Command {
    /// Run a broker until it is interrupted
    Serve(serve::Options),
    /// Run a test command with a broker of its own
    Run(run::Options),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Serve(options) => serve::serve(&options),
        Command::Run(options) => run::run(&options),
    };
    match result {
        Ok(status) => status,
        Err(error) => {
            eprintln!("kafka-trial: {error}");
            ExitCode::from(1)
        }
    }
}
