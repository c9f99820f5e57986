//! The search for the highest rate, run by run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{LiveError, Progress, Ready, Target};
use crate::report::SCHEMA;
use crate::search::Search;
use crate::{Ceiling, Load, Plan, SearchRange, SearchReport, SearchRun, Shape, Stage, Threshold};

/// How long the system may take to work off what a failed run has left in its queues.
const SETTLING: Duration = Duration::from_secs(60);

/// Where a search stands.
#[derive(Debug)]
#[non_exhaustive]
pub struct SearchProgress<'a> {
    /// Which run it is, counting from 1.
    pub run: usize,
    /// The rate that is tried, in requests per second.
    pub rate: f64,
    /// Where that run stands.
    pub progress: Progress<'a>,
}

/// Searches the highest rate that meets the thresholds. `plan_at` gives the plan of a run at a rate; each run has
/// another seed, so that late answers to one are not taken for answers to the next. Before a run that follows one that
/// did not pass, a request to each partition has to be answered: what is left in the queues would be measured else.
pub fn search(
    target: &Target,
    range: SearchRange,
    plan_at: impl Fn(f64) -> Plan,
    thresholds: &[Threshold],
    stop: &AtomicBool,
    mut watch: impl FnMut(SearchProgress<'_>),
) -> Result<SearchReport, LiveError> {
    let mut search = Search::new(range);
    let mut runs: Vec<SearchRun> = Vec::new();
    let mut is_stuck = false;
    while let Some(rate) = search.next_rate() {
        let number = runs.len() + 1;
        let mut plan = plan_at(rate);
        plan.seed = plan.seed.wrapping_add(number as u64);
        let has_failed = runs.last().is_some_and(|last| last.report.verdict != crate::Verdict::Passed);
        if has_failed && !is_settled(target, plan.seed, stop)? {
            is_stuck = true;
            break;
        }
        let tell = |progress: Progress<'_>| watch(SearchProgress { run: number, rate, progress });
        let report = Ready::open(target, plan)?.drive(thresholds, stop, tell);
        if stop.load(Ordering::Relaxed) {
            // What was measured of it; it decides nothing.
            runs.push(SearchRun { rate, report });
            break;
        }
        if let Some(why) = report.broken {
            return Err(LiveError::Broken { rate, why });
        }
        search.ran(rate, report.verdict);
        runs.push(SearchRun { rate, report });
    }
    let (highest_rate, found) = search.found();
    let is_stopped = stop.load(Ordering::Relaxed);
    let ceiling = if is_stuck && !is_stopped { Ceiling::Stuck } else { found };
    Ok(SearchReport { schema: SCHEMA, highest_rate, ceiling, runs })
}

/// Sends a request to each partition and waits for all answers: they come when the queues before them are empty.
fn is_settled(target: &Target, seed: u64, stop: &AtomicBool) -> Result<bool, LiveError> {
    let plan = |requests: usize| Plan {
        timeout: SETTLING,
        drain: Duration::ZERO,
        // Not a seed that a run has had or will have soon.
        seed: seed.wrapping_add(1 << 20),
        ..Plan::new(Load::Open(vec![Stage {
            shape: Shape::Replay(vec![Duration::ZERO; requests]),
            duration: Duration::from_millis(1),
        }]))
    };
    let mut ready = Ready::open(target, plan(0))?;
    ready.plan = plan(ready.lanes());
    let report = ready.drive(&[], stop, |_| ());
    Ok(report.counts.unanswered() == 0)
}
