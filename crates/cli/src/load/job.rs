//! What every form of the command comes down to: drive, show, write, judge.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::{eprintln, println};
use kafka_trial_load::Report;
use kafka_trial_load::live::{Done, Job};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown};

use super::error::Error;
use super::outputs::Outputs;
use super::watch::Watch;
use crate::exit_status::ExitStatus;

/// Drives a job, shows how it goes, and writes its report.
pub(super) fn run(job: &Job, outputs: &Outputs) -> Result<ExitCode, Error> {
    job.check()?;
    outputs.check().map_err(Error::Usage)?;
    let stop = stop_on_signals().map_err(|error| Error::Other(error.to_string()))?;
    let mut watch = Watch::new(job.plan());
    let done = job.run(&stop, |at| {
        let first = at.run.map_or_else(String::new, |(run, rate)| format!("run {run} at {rate:.1}/s: "));
        watch.show(&first, &at.progress);
    });
    watch.clear();
    let status = match done {
        Ok(done) => finish(&done, job, outputs)?,
        Err(_) if stop.load(Ordering::Relaxed) => {
            eprintln!("kafka-trial: interrupted before anything was sent");
            return Ok(ExitStatus::Interrupted.into());
        }
        Err(error) => return Err(error.into()),
    };
    if stop.load(Ordering::Relaxed) {
        println!("\ninterrupted: this is what was measured until then");
        return Ok(ExitStatus::Interrupted.into());
    }
    Ok(status.into())
}

/// Shows and writes what a job gave.
fn finish(done: &Done, job: &Job, outputs: &Outputs) -> Result<ExitStatus, Error> {
    let baseline = job.baseline.as_ref();
    let of_run = |report: &Report| match report.broken {
        Some(_) => ExitStatus::Unavailable,
        None => report.verdict.into(),
    };
    match done {
        Done::Part(part) => {
            println!("{}; worker 0 has the report of all", part.outcome());
            // Its thresholds are judged by the first.
            Ok(if part.broken.is_some() { ExitStatus::Unavailable } else { ExitStatus::Success })
        }
        Done::Run(report) => {
            print!("{report}");
            outputs.write(report, baseline).map_err(Error::Other)?;
            Ok(of_run(report))
        }
        Done::Search(found) => {
            print!("{}", found.to_text());
            outputs.write_search(found, baseline).map_err(Error::Other)?;
            Ok(found.verdict().into())
        }
    }
}

/// A flag that the first of these signals sets. The second one ends the process at once, should the drain take too long
/// for somebody.
fn stop_on_signals() -> std::io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        register_conditional_shutdown(signal, ExitStatus::Interrupted.code().into(), Arc::clone(&stop))?;
        register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}
