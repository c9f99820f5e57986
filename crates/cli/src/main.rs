//! The `kafka-trial` command.

mod demo;
mod init;
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
  1    it could not be done (demo: a flow did not complete); the reason is on standard error
  2    the command line is wrong
  126  run: the command cannot be executed
  127  run: there is no such command
  any  run: else the command's own, or 128 + the signal that ended it";

#[derive(Subcommand)]
enum Command {
    /// See request-response flows run: an embedded broker, the reference service, every hop with its time
    Demo(demo::Options),
    /// Run a broker until it is interrupted
    Serve(serve::Options),
    /// Run a test command with a broker of its own
    Run(run::Options),
    /// Write the modules behind a project's own `from tests.integration.kafka_utils import ...`
    Init(init::Options),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Demo(options) => demo::demo(&options),
        Command::Serve(options) => serve::serve(&options),
        Command::Run(options) => run::run(&options),
        Command::Init(options) => init::init(&options),
    };
    match result {
        Ok(status) => status,
        Err(error) => {
            eprintln!("kafka-trial: {error}");
            ExitCode::from(1)
        }
    }
}
