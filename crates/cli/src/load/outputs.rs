//! The files that a run leaves.

use std::path::{Path, PathBuf};

use kafka_trial_load::{Report, SearchReport};

/// Where the report goes, besides standard output.
#[derive(clap::Args)]
#[command(next_help_heading = "Reports")]
pub(crate) struct Outputs {
    /// Write the report as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the report as one HTML page that works offline
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the report as Markdown, for the summary of a CI run
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Write the thresholds as JUnit XML, one test case each
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write one line per second as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write the histograms as an HdrHistogram log
    #[arg(long, value_name = "FILE")]
    hlog: Option<PathBuf>,
    /// The JSON report of an earlier run, for thresholds such as 'p99 <= baseline*1.2' and for comparison in the page
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
}

impl Outputs {
    /// The report of an earlier run, where one was given.
    pub(crate) fn baseline(&self) -> Result<Option<Report>, String> {
        let read = |path: &PathBuf| {
            let named = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
            let text = std::fs::read(path).map_err(|error| named(&error))?;
            serde_json::from_slice(&text).map_err(|error| named(&format!("no report of a run: {error}")))
        };
        self.baseline.as_ref().map(read).transpose()
    }

    /// Whether all files can be written: said before anything is sent, not when it has been measured. Until then a file
    /// that is there stays as it is, and one that is not does not come.
    pub(crate) fn check(&self) -> Result<(), String> {
        let files = [&self.json, &self.html, &self.markdown, &self.junit, &self.csv, &self.hlog];
        for path in files.into_iter().flatten() {
            let is_there = path.exists();
            let opened = std::fs::OpenOptions::new().append(true).create(true).open(path);
            let tried = opened.and_then(|_| if is_there { Ok(()) } else { std::fs::remove_file(path) });
            tried.map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(())
    }

    /// Writes what was asked for of a run.
    pub(crate) fn write(&self, report: &Report, baseline: Option<&Report>) -> Result<(), String> {
        write(self.json.as_deref(), || json(report))?;
        write(self.markdown.as_deref(), || Ok(report.to_markdown()))?;
        self.write_run(report, baseline)
    }

    /// Writes what was asked for of a search: JSON and Markdown have all runs, the others the one at the highest rate.
    pub(crate) fn write_search(&self, search: &SearchReport, baseline: Option<&Report>) -> Result<(), String> {
        write(self.json.as_deref(), || json(search))?;
        write(self.markdown.as_deref(), || Ok(search.to_markdown()))?;
        search.best().map_or(Ok(()), |best| self.write_run(best, baseline))
    }

    fn write_run(&self, report: &Report, baseline: Option<&Report>) -> Result<(), String> {
        write(self.html.as_deref(), || Ok(report.to_html(baseline)))?;
        write(self.junit.as_deref(), || Ok(report.to_junit()))?;
        write(self.csv.as_deref(), || Ok(report.to_csv()))?;
        write(self.hlog.as_deref(), || report.to_hlog().map_err(|error| error.to_string()))
    }
}

fn json(report: &impl serde::Serialize) -> Result<String, String> {
    let text = serde_json::to_string_pretty(report).map_err(|error| error.to_string())?;
    Ok(text + "\n")
}

fn write(path: Option<&Path>, text: impl FnOnce() -> Result<String, String>) -> Result<(), String> {
    let Some(path) = path else { return Ok(()) };
    std::fs::write(path, text()?).map_err(|error| format!("{}: {error}", path.display()))
}
