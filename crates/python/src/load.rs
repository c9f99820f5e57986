//! Load: driving it without the interpreter, and its reports.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kafka_trial_load::live::{Done, Job, LiveError};
use kafka_trial_load::{Count, Report, Scenario, SeriesKind, Verdict};
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
        self.0.counts.by_name(name).ok_or_else(|| {
            let known = Count::ALL.map(Count::word).join(", ");
            PyValueError::new_err(format!("{name:?} is not counted; these are: {known}, timeout"))
        })
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
        let failed: Vec<String> = self.0.failed().map(|one| format!("{}: {}", one.threshold, one.measured)).collect();
        let failed = if failed.is_empty() { String::new() } else { format!("; {}", failed.join("; ")) };
        format!("<LoadReport {}{failed}>", self.0.headline())
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
#[pyo3(signature = (bootstrap_servers, scenario, path, baseline = None))]
pub(crate) fn drive_load(
    py: Python<'_>,
    bootstrap_servers: String,
    scenario: Option<String>,
    path: PathBuf,
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
    let endpoint = bootstrap_servers.parse().map_err(|error| client_error(&error))?;
    let job = Job { baseline, ..scenario.job(endpoint, None) };
    job.check().map_err(|error| PyValueError::new_err(error.to_string()))?;
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let driven = detached(py, move || job.run(&flag, |_| ()));
    if driven.is_err() {
        // Nobody waits for it any more: it sends no further request.
        stop.store(true, Ordering::Relaxed);
    }
    match driven? {
        Ok(Done::Run(report) | Done::Part(report)) => Ok(AnyReport::Run(LoadReport(report))),
        Ok(Done::Search(report)) => Ok(AnyReport::Search(SearchReport(report))),
        Err(LiveError::Client(error)) => Err(client_error(&error)),
        Err(error) => Err(trial_error(error)),
    }
}

fn json(report: &impl serde::Serialize) -> PyResult<String> {
    serde_json::to_string(report).map_err(|error| PyValueError::new_err(error.to_string()))
}
