//! `kafka-trial run -- CMD`: a test command with a broker of its own.

use std::error::Error;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::str::FromStr;

use kafka_trial::config::{BOOTSTRAP_VARIABLE, REGISTRY_VARIABLE};
use rustix::process::{Pid, kill_process};
use signal_hook::low_level::siginfo::Cause;

use crate::cluster_options::ClusterOptions;
use crate::exit_status::ExitStatus;
use crate::faults;
use crate::leftovers;
use crate::registry::{self, RegistryPort};
use crate::signals::{ENDINGS, endings_with_origin};

/// The options of `kafka-trial run`.
#[derive(clap::Args)]
#[command(after_help = "\
The command finds the broker in TEST_KAFKA_BOOTSTRAP_SERVERS, and in the variables of --env: in NAME, or in NAME with \
{bootstrap}, {host} and {port} replaced ({host} and {port} are those of the first broker). Input, output and exit status \
are the command's own. Ctrl-C reaches the command as usual, and SIGTERM is passed on. The broker ends with the command. \
Processes that the command leaves running end too (on Linux: SIGTERM, then SIGKILL after 2 s), since they would keep a \
pipe or a CI job open. A daemon, which has its own session, is left alone.

Exit status: the command's own, or 128 + the signal that ended it; 126 if the command cannot be executed, 127 if it does \
not exist, 1 if the broker cannot start, or if a fault of --faults never fired although the command passed, 2 if a schema \
of --schemas is refused.

Examples:
  kafka-trial run -- go test ./...
  kafka-trial run --topic orders:6 -- npm test
  kafka-trial run --registry -- pytest
  kafka-trial run --faults faults/rolling.yaml -- go test ./...
  kafka-trial run --schemas schemas -- go test ./...
  kafka-trial run --env KAFKA_BROKERS --env 'KAFKA_URL=kafka://{bootstrap}' -- pytest
  kafka-trial run --port 9092 --brokers 3 --set default.replication.factor=3 -- mvn verify
  kafka-trial run -- sh -c './my-service --kafka $TEST_KAFKA_BOOTSTRAP_SERVERS & mvn test'")]
pub(crate) struct Options {
    #[command(flatten)]
    cluster: ClusterOptions,
    /// An environment variable for the address of the broker; may be given several times
    #[arg(short, long = "env", value_name = "NAME[=TEMPLATE]")]
    environment: Vec<Variable>,
    /// Start a schema registry too, on a free port or on PORT; the command finds its URL in TEST_SCHEMA_REGISTRY_URL
    #[arg(long, value_name = "PORT|off", num_args = 0..=1, require_equals = true, default_missing_value = "0")]
    registry: Option<RegistryPort>,
    /// Arm the fault rules of this file (YAML, TOML or JSON; docs/faults.md); may be given several times. A rule that must
    /// fire and never does fails the run, although the command passed
    #[arg(long, value_name = "FILE")]
    faults: Vec<PathBuf>,
    /// Start a schema registry with the schemas of this folder (.avsc, .json, .proto); if one is refused, the command does not
    /// run
    #[arg(long, value_name = "DIR")]
    schemas: Option<PathBuf>,
    /// The command and its arguments, with or without `--` in front
    #[arg(trailing_var_arg = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

/// An environment variable with the broker's address in it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Variable {
    name: String,
    template: String,
}

impl FromStr for Variable {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, template) = text.split_once('=').unwrap_or((text, "{bootstrap}"));
        let is_name = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '\0');
        let variable = Self { name: name.to_owned(), template: template.to_owned() };
        if is_name { Ok(variable) } else { Err("expected NAME or NAME=TEMPLATE, with {bootstrap} in the template") }
    }
}

impl Variable {
    fn value(&self, bootstrap: &str) -> String {
        let first = bootstrap.split(',').next().unwrap_or_default();
        let (host, port) = first.rsplit_once(':').unwrap_or((first, ""));
        self.template.replace("{bootstrap}", bootstrap).replace("{host}", host).replace("{port}", port)
    }
}

/// Runs the command and returns its exit status.
pub(crate) fn run(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let (program, arguments) = options.command.split_first().ok_or("no command is given")?;
    let default = if options.schemas.is_some() { RegistryPort::On(0) } else { RegistryPort::Off };
    let registry = match registry::start(options.registry.unwrap_or(default), options.schemas.as_deref()) {
        Ok(registry) => registry,
        Err(failure) => return Ok(failure.report().into()),
    };
    let cluster = options.cluster.start(0)?;
    faults::arm(&cluster, &options.faults)?;
    let bootstrap = cluster.bootstrap_servers();
    let registry_url = registry.as_ref().map(|registry| (REGISTRY_VARIABLE, registry.url()));
    let environment = options.environment.iter().map(|variable| (variable.name.as_str(), variable.value(&bootstrap)));
    leftovers::adopt()?;
    let mut signals = endings_with_origin()?;
    let mut command = Command::new(program);
    let child =
        command.args(arguments).env(BOOTSTRAP_VARIABLE, &bootstrap).envs(registry_url).envs(environment).spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            eprintln!("kafka-trial: cannot run {}: {error}", program.to_string_lossy());
            let is_missing = error.kind() == io::ErrorKind::NotFound;
            return Ok(if is_missing { ExitStatus::NotFound } else { ExitStatus::CannotExecute }.into());
        }
    };
    let handle = signals.handle();
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let forwarder = std::thread::spawn(move || {
        for origin in signals.forever() {
            // The terminal sends Ctrl-C to the whole foreground process group: the command has had it.
            let from_terminal = matches!(origin.cause, Cause::Kernel);
            let signal = ENDINGS.into_iter().find(|(number, _)| *number == origin.signal);
            if let (false, Some(pid), Some((_, signal))) = (from_terminal, pid, signal) {
                // The command may have ended in this moment.
                let _ = kill_process(pid, signal);
            }
        }
    });
    let status = child.wait()?;
    handle.close();
    // The thread only passes signals on; it has nothing to report.
    let _ = forwarder.join();
    let left = leftovers::end()?;
    if !left.is_empty() {
        eprintln!("kafka-trial: ended what the command left running: {}", left.join(", "));
    }
    let idle = faults::end(&cluster);
    cluster.stop();
    for fault in &idle {
        eprintln!("kafka-trial: {fault}");
    }
    if status.success() && !idle.is_empty() {
        let count = idle.len();
        let rules = if count == 1 { "a fault that must fire has not" } else { "faults that must fire have not" };
        eprintln!("kafka-trial: the command passed, but {rules}");
        return Ok(ExitStatus::Failure.into());
    }
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    Ok(ExitCode::from(u8::try_from(code & 0xff)?))
}
