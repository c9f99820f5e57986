//! `kafka-trial run -- CMD`: a test command with a broker of its own.

use std::error::Error;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitCode};

use kafka_trial::config::BOOTSTRAP_VARIABLE;

use crate::serve::ClusterOptions;
use crate::signals::endings;

/// The options of `kafka-trial run`.
#[derive(clap::Args)]
#[command(after_help = "\
The command finds the broker in TEST_KAFKA_BOOTSTRAP_SERVERS. Its exit status is returned.

Examples:
  kafka-trial run -- go test ./...
  kafka-trial run --topic orders:6 -- npm test")]
pub(crate) struct Options {
    #[command(flatten)]
    cluster: ClusterOptions,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

/// Runs the command and gives back its exit status.
pub(crate) fn run(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let (program, arguments) = options.command.split_first().ok_or("no command is given")?;
    let cluster = options.cluster.start(Vec::new())?;
    // Ctrl-C goes to the whole foreground process group, so the command gets it by itself; here it only must not end
    // the broker before the command has ended.
    let mut signals = endings()?;
    let child = Command::new(program).args(arguments).env(BOOTSTRAP_VARIABLE, cluster.bootstrap_servers()).spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            eprintln!("kafka-trial: cannot run {}: {error}", program.to_string_lossy());
            return Ok(ExitCode::from(if error.kind() == io::ErrorKind::NotFound { 127 } else { 126 }));
        }
    };
    let handle = signals.handle();
    let forwarder = std::thread::spawn(move || signals.forever().for_each(drop));
    let status = child.wait()?;
    handle.close();
    // The thread only drains signals; it has nothing to report.
    let _ = forwarder.join();
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    Ok(ExitCode::from(u8::try_from(code & 0xff)?))
}
