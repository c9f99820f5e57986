//! The `kafka-trial` command, for its own program and for the Python package.

mod check;
mod cluster_options;
mod control;
mod demo;
mod exit_status;
mod faults;
mod flow;
mod groups;
mod init;
mod journal;
mod journal_file;
mod leftovers;
mod load;
mod metrics;
mod note;
mod paragraphs;
mod properties;
mod reference;
mod registry;
mod report;
mod run;
mod scaffold;
mod schemas;
mod serve;
mod signals;
mod table;
mod target;
mod top;
mod topic_argument;
mod topics;

use std::ffi::OsString;
use std::process::ExitCode;

pub use self::exit_status::ExitStatus;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use clap_complete::Shell;

/// Kafka integration tests in milliseconds, with no Docker and no JVM
#[derive(Parser)]
#[command(name = "kafka-trial", version, after_help = exit_status::TABLE)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const COMPLETIONS: &str = "\
Examples:
  kafka-trial completions bash > ~/.local/share/bash-completion/completions/kafka-trial
  kafka-trial completions zsh > ~/.zfunc/_kafka-trial      (with ~/.zfunc in $fpath)
  kafka-trial completions fish > ~/.config/fish/completions/kafka-trial.fish";

#[derive(Subcommand)]
enum Command {
    /// Run request-response flows on an embedded broker with the reference service, and show the time of each hop
    Demo(demo::Options),
    /// Run a broker until it is interrupted
    Serve(serve::Options),
    /// Run a test command with a broker of its own
    Run(run::Options),
    /// Diagnose a cluster: report each problem that keeps tests from working, and its remedy
    Check(check::Options),
    /// Create, list, describe and delete topics; read and write their records
    #[command(subcommand)]
    Topics(topics::Command),
    /// List, describe, reset and delete consumer groups
    #[command(subcommand)]
    Groups(groups::Command),
    /// Check a folder of schemas: whether they parse, and whether they are compatible
    #[command(subcommand)]
    Schemas(schemas::Command),
    /// Watch topics, rates, groups and their lag live in a terminal
    Top(top::Options),
    /// Show the requests and answers that `serve --journal` recorded
    Journal(journal::Options),
    /// Generate load and measure the latency from request to response
    Load(Box<load::Options>),
    /// Follow a correlation id, and report which part of the system blocks it
    Flow(flow::Options),
    /// Check and explain files of fault rules, for `serve --faults`, `run --faults` and tests
    #[command(subcommand)]
    Faults(faults::Command),
    /// Write one page with all flows that a test run recorded
    Report(report::Options),
    /// Write the Python modules for a project's `from tests.integration.kafka_utils import ...`
    Init(init::Options),
    /// Write the completions of a shell to standard output
    #[command(after_help = COMPLETIONS)]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write docs/command.md to standard output
    #[command(hide = true)]
    Reference,
}

/// Runs the command line, whose first argument is the program's own name, and returns its exit status.
///
/// A command line that is wrong, `--help` and `--version` end the process here, with clap's exit status.
pub fn command(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let matches = paragraphs::flowing(Arguments::command()).get_matches_from(arguments);
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let result = match arguments.command {
        Command::Demo(options) => demo::demo(&options),
        Command::Serve(options) => serve::serve(&options),
        Command::Run(options) => run::run(&options),
        Command::Check(options) => check::check(&options),
        Command::Topics(command) => topics::topics(&command),
        Command::Groups(command) => groups::groups(&command),
        Command::Schemas(command) => schemas::schemas(&command),
        Command::Top(options) => top::top(&options),
        Command::Journal(options) => journal::journal(&options),
        Command::Load(options) => load::load(&options),
        Command::Flow(options) => flow::flow(&options),
        Command::Faults(command) => faults::faults(&command),
        Command::Report(options) => report::report(&options),
        Command::Init(options) => init::init(&options),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "kafka-trial", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
        Command::Reference => {
            print!("{}", reference::page(&Arguments::command()));
            Ok(ExitCode::SUCCESS)
        }
    };
    match result {
        Ok(status) => status,
        Err(error) => {
            eprintln!("kafka-trial: {error}");
            ExitStatus::Failure.into()
        }
    }
}
