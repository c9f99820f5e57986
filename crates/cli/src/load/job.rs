//! What every form of the command comes down to: drive, show, write, judge.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::{eprintln, println};
use kafka_trial_load::live::{LiveError, PayloadError, Progress, Target, Together, drive, drive_together, search};
use kafka_trial_load::{Load, Plan, Report, ScenarioError, SearchRange, Threshold, Work};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown};

use super::outputs::Outputs;
use super::team::Team;
use super::watch::Watch;

/// The exit status of a run that could not be driven.
pub(super) const INFRASTRUCTURE: u8 = 3;
/// The exit status of a run that was interrupted.
const INTERRUPTED: u8 = 130;

/// Why a load was not driven, or left no report.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// What was asked for does not fit together.
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    #[error(transparent)]
    Live(#[from] LiveError),
    #[error(transparent)]
    Payload(#[from] PayloadError),
    #[error("{0}")]
    Other(String),
}

/// A load that is to be driven.
pub(super) struct Job<'a> {
    pub(super) target: Target,
    pub(super) work: Work,
    pub(super) thresholds: Vec<Threshold>,
    pub(super) outputs: &'a Outputs,
    pub(super) team: &'a Team,
}

impl Job<'_> {
    pub(super) fn run(self) -> Result<ExitCode, Error> {
        let baseline = self.outputs.baseline().map_err(Error::Usage)?;
        if let Some(lonely) = self.thresholds.iter().find(|one| one.needs_baseline() && baseline.is_none()) {
            return Err(Error::Usage(format!("{lonely} needs --baseline FILE, a report that --json wrote")));
        }
        let (Work::Run(plan) | Work::Search { plan, .. }) = &self.work;
        let is_closed = matches!(plan.load, Load::Closed { .. });
        if let Some((threshold, need)) = self.target.watched.missing(&self.thresholds, is_closed) {
            return Err(Error::Usage(format!("{threshold} needs {}", need.words())));
        }
        plan.check().map_err(Error::Usage)?;
        self.outputs.check().map_err(Error::Usage)?;
        let stop = stop_on_signals().map_err(|error| Error::Other(error.to_string()))?;
        let driven = match &self.work {
            Work::Run(plan) => self.drive(plan, baseline.as_ref(), &stop),
            Work::Search { range, plan, is_poisson } => {
                if self.team.is_several() {
                    return Err(Error::Usage("a search is driven by one process; leave out --workers".to_owned()));
                }
                if self.thresholds.iter().any(Threshold::needs_baseline) {
                    return Err(Error::Usage(
                        "a search compares with no baseline; give limits of their own".to_owned(),
                    ));
                }
                self.search(*range, plan, *is_poisson, baseline.as_ref(), &stop)
            }
        };
        if stop.load(Ordering::Relaxed) {
            match driven {
                Ok(_) => println!("\ninterrupted: this is what was measured until then"),
                Err(Error::Live(_)) => eprintln!("kafka-trial: interrupted before anything was sent"),
                Err(error) => return Err(error),
            }
            return Ok(ExitCode::from(INTERRUPTED));
        }
        driven.map(ExitCode::from)
    }

    fn drive(&self, plan: &Plan, baseline: Option<&Report>, stop: &AtomicBool) -> Result<u8, Error> {
        let mut watch = Watch::new(plan);
        let (target, plan, thresholds) = (&self.target, plan.clone(), &self.thresholds);
        let tell = |progress: Progress<'_>| watch.show("", &progress);
        let driven = match self.team.meeting(&target.endpoint)? {
            None => drive(target, plan, thresholds, stop, tell).map(Together::Whole),
            Some((share, meeting)) => {
                let plan = Plan { share, ..plan };
                drive_together(target, plan, thresholds, &meeting, stop, tell)
            }
        };
        watch.clear();
        let mut report = match driven? {
            Together::Whole(report) => report,
            Together::Part(part) => {
                println!("{}; worker 0 has the report of all", part.outcome());
                return Ok(if part.broken.is_some() { INFRASTRUCTURE } else { 0 });
            }
        };
        if baseline.is_some() {
            report.judge(thresholds, baseline);
        }
        print!("{}", report.to_text());
        self.outputs.write(&report, baseline).map_err(Error::Other)?;
        Ok(if report.broken.is_some() { INFRASTRUCTURE } else { report.verdict.exit_status() })
    }

    fn search(
        &self,
        range: SearchRange,
        plan: &Plan,
        is_poisson: bool,
        baseline: Option<&Report>,
        stop: &AtomicBool,
    ) -> Result<u8, Error> {
        let mut watch = Watch::new(plan);
        let plan_at = |rate| plan.at_rate(rate, is_poisson);
        let found = search(&self.target, range, plan_at, &self.thresholds, stop, |at| {
            watch.show(&format!("run {} at {:.1}/s: ", at.run, at.rate), &at.progress);
        });
        watch.clear();
        let found = found?;
        print!("{}", found.to_text());
        self.outputs.write_search(&found, baseline).map_err(Error::Other)?;
        Ok(found.verdict().exit_status())
    }
}

/// A flag that the first of these signals sets. The second one ends the process at once, should the drain take too long
/// for somebody.
fn stop_on_signals() -> std::io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        register_conditional_shutdown(signal, INTERRUPTED.into(), Arc::clone(&stop))?;
        register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}
