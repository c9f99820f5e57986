//! `kafka-trial faults`: looks at files of fault rules, which `serve`, `run` and tests arm.

use std::error::Error;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstream::println;
use kafka_trial::EmbeddedCluster;
use kafka_trial::faults::{FaultFile, FaultRule, FaultStatus, dry_run, never_acted};
use kafka_trial::journal::Entry;

use crate::exit_status::ExitStatus;
use crate::note::note;

/// What to do with a file.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Check files of fault rules; reports the first mistake of each with its line
    Check(CheckOptions),
    /// Say in words what each rule of a file does, and what it would have hit in a recorded journal
    Explain(ExplainOptions),
}

/// The options of `kafka-trial faults check`.
#[derive(clap::Args)]
#[command(after_help = "\
The form is that of docs/faults.md, in a file whose name ends with .yaml, .yml, .toml or .json. Exit status: 0 if all rules can \
be armed, 2 if one cannot.

Examples:
  kafka-trial faults check faults/rolling.yaml
  kafka-trial faults check faults/*.yaml")]
pub(crate) struct CheckOptions {
    /// The files
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// The options of `kafka-trial faults explain`.
#[derive(clap::Args)]
#[command(after_help = "\
With --trace, the rules are tried on the requests of a journal that `serve --journal` wrote: each rule shows the numbers of the \
requests that it would have acted on, or those that came nearest. Rules of correlation ids hit nothing there: a journal has no \
records.

Examples:
  kafka-trial faults explain faults/rolling.yaml
  kafka-trial faults explain faults/rolling.yaml --trace requests.jsonl")]
pub(crate) struct ExplainOptions {
    /// The file
    file: PathBuf,
    /// A journal of `serve --journal`
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// The seed of the draws
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

/// Checks or explains.
pub(crate) fn faults(command: &Command) -> Result<ExitCode, Box<dyn Error>> {
    match command {
        Command::Check(options) => Ok(check(options)),
        Command::Explain(options) => explain(options),
    }
}

fn check(options: &CheckOptions) -> ExitCode {
    let mut status = ExitStatus::Success;
    for path in &options.files {
        match FaultFile::read(path) {
            Ok(file) => {
                let count = file.rules.len();
                println!("{}: {count} fault{}", path.display(), if count == 1 { "" } else { "s" });
            }
            Err(error) => {
                note(format_args!("{error}"));
                status = ExitStatus::Usage;
            }
        }
    }
    status.into()
}

fn explain(options: &ExplainOptions) -> Result<ExitCode, Box<dyn Error>> {
    let file = match FaultFile::read(&options.file) {
        Ok(file) => file,
        Err(error) => {
            note(format_args!("{error}"));
            return Ok(ExitStatus::Usage.into());
        }
    };
    let traced = match &options.trace {
        Some(path) => dry_run(file.rules.clone(), &entries(path)?, options.seed).into_iter().map(Some).collect(),
        None => vec![None; file.rules.len()],
    };
    for ((rule, line), traced) in file.rules.iter().zip(&file.lines).zip(traced) {
        println!("{} (line {line})", rule.id);
        println!("  requests   {}", rule.about);
        println!("  acts on    {}{}", rule.when, limit(rule));
        println!("  does       {}", rule.action);
        println!("  must fire  {}", if rule.must_fire { "yes" } else { "no" });
        match traced {
            Some((_, hits)) if !hits.is_empty() => {
                let numbers: Vec<String> = hits.iter().map(ToString::to_string).collect();
                println!("  would hit  {}", numbers.join(", "));
            }
            Some((status, _)) => println!("  would hit  nothing: {}", never_acted(&status)),
            None => {}
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn limit(rule: &FaultRule) -> String {
    rule.limit.map(|limit| format!(", {limit} at most")).unwrap_or_default()
}

fn entries(path: &Path) -> Result<Vec<Entry>, Box<dyn Error>> {
    let wrong = |why: String| format!("--trace {}: {why}", path.display());
    let file = std::fs::File::open(path).map_err(|error| wrong(error.to_string()))?;
    let mut entries = Vec::new();
    for (line, number) in std::io::BufRead::lines(BufReader::new(file)).zip(1..) {
        let line = line.map_err(|error| wrong(error.to_string()))?;
        // Events and closed connections stand between the requests.
        let is_request = serde_json::from_str::<serde_json::Value>(&line).is_ok_and(|json| json.get("api").is_some());
        if is_request {
            let entry = serde_json::from_str(&line).map_err(|error| wrong(format!("line {number}: {error}")))?;
            entries.push(entry);
        }
    }
    Ok(entries)
}

/// Arms the rules of files. Returns their ids.
pub(crate) fn arm(cluster: &EmbeddedCluster, files: &[PathBuf]) -> Result<Vec<String>, Box<dyn Error>> {
    let mut ids = Vec::new();
    for path in files {
        ids.extend(arm_file(cluster, path)?);
    }
    Ok(ids)
}

/// Arms the rules of a file, all or none. Returns their ids.
pub(crate) fn arm_file(cluster: &EmbeddedCluster, path: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let file = FaultFile::read(path)?;
    let mut ids: Vec<String> = Vec::new();
    for (rule, line) in file.rules.into_iter().zip(file.lines) {
        let id = rule.id.clone();
        if let Err(error) = cluster.arm(rule) {
            for id in ids {
                cluster.disarm(&id)?;
            }
            return Err(format!("{}:{line}: {error}", path.display()).into());
        }
        ids.push(id);
    }
    Ok(ids)
}

/// Ends all rules. Returns what is to be said of those that had to act and never did.
pub(crate) fn end(cluster: &EmbeddedCluster) -> Vec<String> {
    let mut idle = Vec::new();
    for status in cluster.faults().unwrap_or_default() {
        if let Ok(Some(status)) = cluster.disarm(&status.rule.id) {
            idle.extend(due(&status));
        }
    }
    idle
}

/// What is to be said of a rule that had to act and never did.
pub(crate) fn due(status: &FaultStatus) -> Option<String> {
    status.is_due().then(|| format!("{} never fired: {}", status.rule.id, never_acted(status)))
}
