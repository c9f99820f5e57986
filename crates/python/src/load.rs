//! Load: driving it without the interpreter, and its reports.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kafka_trial_load::live::{LiveError, drive, search};
use kafka_trial_load::{Load, Plan, Report, Scenario, SeriesKind, Verdict, Work};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::{client_error, trial_error};
use crate::waiting::detached;

/// What a run gave.
#[pyclass(frozen, module = "kafka_trial")]
#[derive(Debug)]
pub(crate) struct LoadReport(Report);

/// What a search for the highest rate gave.
#[pyclass(frozen, module = "kafka_trial")]
#[derive(Debug)]
pub(crate) struct SearchReport(kafka_trial_load::SearchReport);

#[pymethods]
impl LoadReport {
    /// `passed`, `failed` or `invalid`.
    #[getter]
    fn verdict(&self) -> &'static str {
        self.0.verdict.name()
    }

    #[getter]
    fn passed(&self) -> bool {
        self.0.verdict == Verdict::Passed
    }

    /// How many requests ended so, by the words of thresholds: `report.count("lost")`.
    fn count(&self, name: &str) -> PyResult<u64> {
        self.0.counts.by_name(name).ok_or_else(|| PyValueError::new_err(format!("{name} is not counted")))
    }

    /// A percentile in milliseconds; none among requests that were never answered.
    #[pyo3(signature = (percent, series = "response"))]
    fn percentile(&self, percent: f64, series: &str) -> PyResult<Option<f64>> {
        let known = SeriesKind::all().find(|kind| kind.name() == series);
        let kind = known.ok_or_else(|| {
            let names: Vec<_> = SeriesKind::all().map(SeriesKind::name).collect();
            PyValueError::new_err(format!("{} expected", names.join(", ")))
        })?;
        if !(0.0..=100.0).contains(&percent) {
            return Err(PyValueError::new_err("a percentage from 0 to 100 expected"));
        }
        Ok(self.0.percentile(percent, kind))
    }

    fn to_json(&self) -> PyResult<String> {
        json(&self.0)
    }

    /// The page, with an earlier run beside this one.
    #[pyo3(signature = (baseline = None))]
    fn to_html(&self, baseline: Option<&Self>) -> String {
        self.0.to_html(baseline.map(|other| &other.0))
    }

    fn to_markdown(&self) -> String {
        self.0.to_markdown()
    }

    fn to_junit(&self) -> String {
        self.0.to_junit()
    }

    fn to_csv(&self) -> String {
        self.0.to_csv()
    }

    fn to_hlog(&self) -> PyResult<String> {
        self.0.to_hlog().map_err(|error| PyValueError::new_err(error.to_string()))
    }

    fn __str__(&self) -> String {
        self.0.to_text()
    }

    fn __repr__(&self) -> String {
        format!("<LoadReport {}>", self.0.headline())
    }
}

#[pymethods]
impl SearchReport {
    #[getter]
    fn verdict(&self) -> &'static str {
        self.0.verdict().name()
    }

    #[getter]
    fn passed(&self) -> bool {
        self.0.verdict() == Verdict::Passed
    }

    /// Requests per second; none where not even the lowest rate passed.
    #[getter]
    fn highest_rate(&self) -> Option<f64> {
        self.0.highest_rate
    }

    /// The run at the highest rate that passed; else the last one.
    #[getter]
    fn best(&self) -> Option<LoadReport> {
        self.0.best().cloned().map(LoadReport)
    }

    fn to_json(&self) -> PyResult<String> {
        json(&self.0)
    }

    fn to_markdown(&self) -> String {
        self.0.to_markdown()
    }

    fn __str__(&self) -> String {
        self.0.to_text()
    }

    fn __repr__(&self) -> String {
        format!("<SearchReport {}>", self.0.headline())
    }
}

/// Either of them.
#[derive(IntoPyObject)]
#[expect(clippy::large_enum_variant, reason = "there is one for each run")]
pub(crate) enum AnyReport {
    Run(LoadReport),
    Search(SearchReport),
}

/// Drives what a scenario describes: as JSON, with the folder of the files that it names, or a file. The baseline is a
/// report as JSON.
#[pyfunction]
#[pyo3(signature = (bootstrap_servers, scenario, path, seed, baseline = None))]
pub(crate) fn drive_load(
    py: Python<'_>,
    bootstrap_servers: String,
    scenario: Option<String>,
    path: PathBuf,
    seed: u64,
    baseline: Option<&str>,
) -> PyResult<AnyReport> {
    let scenario = match scenario {
        Some(text) => Scenario::from_json(&text, &path),
        None => Scenario::read(&path),
    };
    let scenario = scenario.map_err(|error| PyValueError::new_err(error.to_string()))?;
    let baseline: Option<Report> = baseline
        .map(serde_json::from_str)
        .transpose()
        .map_err(|error| PyValueError::new_err(format!("the baseline is no report of a run: {error}")))?;
    let compared = scenario.thresholds.iter().find(|threshold| threshold.needs_baseline());
    if let Some(compared) = compared {
        let why = match (&scenario.work, &baseline) {
            (Work::Search { .. }, _) => "a search compares with no baseline",
            (_, None) => "it needs baseline=, an earlier report or the file that its to_json() is in",
            _ => "",
        };
        if !why.is_empty() {
            return Err(PyValueError::new_err(format!("{compared}: {why}")));
        }
    }
    let thresholds = scenario.thresholds.clone();
    let (Work::Run(plan) | Work::Search { plan, .. }) = &scenario.work;
    let is_closed = matches!(plan.load, Load::Closed { .. });
    if let Some((threshold, need)) = scenario.watched.missing(&scenario.thresholds, is_closed) {
        return Err(PyValueError::new_err(format!("{threshold} needs {}", need.words())));
    }
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let driven = detached(py, move || drive_scenario(bootstrap_servers, scenario, seed, &flag));
    if driven.is_err() {
        // Nobody waits for it any more: it sends no further request.
        stop.store(true, Ordering::Relaxed);
    }
    let mut driven = driven?.map_err(|error| match error {
        LiveError::Client(error) => client_error(&error),
        other => trial_error(other),
    })?;
    if let AnyReport::Run(LoadReport(report)) = &mut driven
        && baseline.is_some()
    {
        report.judge(&thresholds, baseline.as_ref());
    }
    Ok(driven)
}

fn drive_scenario(
    bootstrap_servers: String,
    scenario: Scenario,
    seed: u64,
    stop: &AtomicBool,
) -> Result<AnyReport, LiveError> {
    let target = scenario.target(bootstrap_servers.parse()?);
    let Scenario { work, thresholds, has_seed, .. } = scenario;
    let seeded = |plan: Plan| if has_seed { plan } else { Plan { seed, ..plan } };
    match work {
        Work::Run(plan) => {
            drive(&target, seeded(plan), &thresholds, stop, |_| ()).map(|report| AnyReport::Run(LoadReport(report)))
        }
        Work::Search { range, plan, is_poisson } => {
            let plan = seeded(plan);
            let found = search(&target, range, |rate| plan.at_rate(rate, is_poisson), &thresholds, stop, |_| ());
            found.map(|report| AnyReport::Search(SearchReport(report)))
        }
    }
}

fn json(report: &impl serde::Serialize) -> PyResult<String> {
    serde_json::to_string(report).map_err(|error| PyValueError::new_err(error.to_string()))
}
