//! A load that is to be driven, whoever asks for it: what it may be is decided here, before anything is sent.

use std::sync::atomic::AtomicBool;

use thiserror::Error;

use super::search::SearchProgress;
use super::{LiveError, Meeting, Progress, Target, Together, drive, drive_together, search};
use crate::{Load, Need, Plan, Report, SearchReport, Share, Threshold, Work};

/// A load, what it is driven against, and what has to hold.
#[derive(Clone, Debug)]
pub struct Job {
    /// What is driven.
    pub target: Target,
    /// What is done.
    pub work: Work,
    /// What has to hold.
    pub thresholds: Vec<Threshold>,
    /// An earlier run, for thresholds that compare with it.
    pub baseline: Option<Report>,
    /// The share of this driver and where it meets the others, if several share the load.
    pub team: Option<(Share, Meeting)>,
}

/// A job that cannot be driven, whatever the cluster does.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum JobError {
    /// A threshold compares with an earlier run, and none is given.
    #[error("{0} needs a baseline (--baseline FILE, baseline=): the report of an earlier run, as JSON")]
    NeedsBaseline(Threshold),
    /// The runs of a search have no counterpart.
    #[error("a search cannot use {0}: it has no baseline; give the threshold a fixed limit")]
    SearchWithBaseline(Threshold),
    /// The drivers of a search would have to agree on each run.
    #[error("a search runs in one process; leave out --workers")]
    SearchTogether,
    /// A threshold measures what is not there.
    #[error("{0} needs {words}", words = .1.words())]
    Needs(Threshold, Need),
    /// The plan does not fit together.
    #[error("{0}")]
    Plan(String),
}

/// Where a job stands.
#[derive(Debug)]
#[non_exhaustive]
pub struct JobProgress<'a> {
    /// In a search: which run it is, counting from 1, and the rate that is tried.
    pub run: Option<(usize, f64)>,
    /// Where the run stands.
    pub progress: Progress<'a>,
}

/// What a job ends with.
#[derive(Clone, Debug)]
pub enum Done {
    /// The report of a run.
    Run(Report),
    /// The part of a driver that has handed it over to the first.
    Part(Report),
    /// The report of a search.
    Search(SearchReport),
}

impl Job {
    /// The plan, in a search that of each run.
    pub fn plan(&self) -> &Plan {
        let (Work::Run(plan) | Work::Search { plan, .. }) = &self.work;
        plan
    }

    /// Whether it fits together. [`Job::run`] expects that it does.
    pub fn check(&self) -> Result<(), JobError> {
        let is_search = matches!(self.work, Work::Search { .. });
        if let Some(compares) = self.thresholds.iter().find(|one| one.needs_baseline()) {
            if is_search {
                return Err(JobError::SearchWithBaseline(compares.clone()));
            }
            if self.baseline.is_none() {
                return Err(JobError::NeedsBaseline(compares.clone()));
            }
        }
        if is_search && self.team.is_some() {
            return Err(JobError::SearchTogether);
        }
        let plan = self.plan();
        let is_closed = matches!(plan.load, Load::Closed { .. });
        if let Some((threshold, need)) = self.target.watched.missing(&self.thresholds, is_closed) {
            return Err(JobError::Needs(threshold.clone(), need));
        }
        plan.check().map_err(JobError::Plan)
    }

    /// Drives it, and judges it once.
    pub fn run(&self, stop: &AtomicBool, mut watch: impl FnMut(JobProgress<'_>)) -> Result<Done, LiveError> {
        let Self { target, thresholds, .. } = self;
        let plan = match &self.work {
            Work::Search { range, plan, is_poisson } => {
                let plan_at = |rate| plan.at_rate(rate, *is_poisson);
                let tell = |SearchProgress { run, rate, progress }: SearchProgress<'_>| {
                    watch(JobProgress { run: Some((run, rate)), progress });
                };
                return search(target, *range, plan_at, thresholds, stop, tell).map(Done::Search);
            }
            Work::Run(plan) => plan.clone(),
        };
        let tell = |progress: Progress<'_>| watch(JobProgress { run: None, progress });
        let driven = match &self.team {
            None => drive(target, plan, &[], stop, tell).map(Together::Whole)?,
            Some((share, meeting)) => drive_together(target, Plan { share: *share, ..plan }, &[], meeting, stop, tell)?,
        };
        Ok(match driven {
            Together::Part(part) => Done::Part(part),
            Together::Whole(mut report) => {
                report.judge(thresholds, self.baseline.as_ref());
                Done::Run(report)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::SearchRange;

    fn job(thresholds: &[&str]) -> Job {
        Job {
            target: Target::new("localhost:1", "requests", "responses").unwrap(),
            work: Work::Run(Plan::new(Load::sustained(10.0, Duration::from_secs(1)))),
            thresholds: thresholds.iter().map(|text| text.parse().unwrap()).collect(),
            baseline: None,
            team: None,
        }
    }

    fn searching(job: Job) -> Job {
        let plan = job.plan().clone();
        Job { work: Work::Search { range: SearchRange::new(1.0, 2.0), plan, is_poisson: false }, ..job }
    }

    fn team() -> Option<(Share, Meeting)> {
        let meeting = Meeting {
            endpoint: "localhost:1".parse().unwrap(),
            topic: "meeting".to_owned(),
            wait: Duration::ZERO,
            name: 1,
        };
        Some((Share::WHOLE, meeting))
    }

    #[test]
    fn what_does_not_fit_together_is_refused_before_anything_is_sent() {
        let compares = ["p99 <= baseline*1.2"];
        let late = Plan { warm_up: Duration::from_secs(5), ..job(&[]).plan().clone() };
        for (job, why) in [
            (
                job(&compares),
                "p99 <= baseline*1.2 needs a baseline (--baseline FILE, baseline=): the report of an earlier run, as JSON",
            ),
            (
                searching(job(&compares)),
                "a search cannot use p99 <= baseline*1.2: it has no baseline; give the threshold a fixed limit",
            ),
            (searching(Job { team: team(), ..job(&[]) }), "a search runs in one process; leave out --workers"),
            (job(&["dead_letters == 0"]), "dead_letters == 0 needs dead_letters: the topic in which they end"),
        ] {
            assert_eq!(job.check().map_err(|error| error.to_string()), Err(why.to_owned()));
        }
        assert!(matches!(Job { work: Work::Run(late), ..job(&[]) }.check(), Err(JobError::Plan(_))));
        assert_eq!(job(&["lost == 0"]).check(), Ok(()));
        assert_eq!(Job { team: team(), ..job(&[]) }.check(), Ok(()));
    }
}
