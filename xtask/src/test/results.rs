//! The table of a run: for people, as JSON and as JUnit's XML.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde_json::{Value, json};

use super::tally::Tally;

/// One check and how it went.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) tally: Tally,
    pub(crate) seconds: f64,
    /// Why it failed or was skipped.
    pub(crate) note: String,
}

impl Row {
    /// The row as one line of the table.
    pub(crate) fn line(&self) -> String {
        let Self { name, tally, seconds, note, .. } = self;
        let line =
            format!("{name:<18} {:>7} {:>7} {:>7} {seconds:>7.0}  {note}", tally.passed, tally.failed, tally.skipped);
        line.trim_end().to_owned()
    }

    fn json(&self) -> Value {
        let Self { name, about, tally, seconds, note } = self;
        json!({
            "check": name, "about": about, "passed": tally.passed, "failed": tally.failed, "skipped": tally.skipped,
            "seconds": (seconds * 10.0).round() / 10.0, "note": note,
        })
    }

    fn test_case(&self) -> TestCase {
        let status = match self.tally {
            Tally { failed: 1.., .. } => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message(format!("{} failed. {}", self.tally.failed, self.note));
                status
            }
            Tally { passed: 0, .. } => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(self.note.clone());
                status
            }
            _ => TestCaseStatus::success(),
        };
        let mut case = TestCase::new(self.name, status);
        case.set_classname("cargo xtask test").set_time(Duration::from_secs_f64(self.seconds));
        case.set_system_out(format!("{}: {} passed, {} skipped", self.about, self.tally.passed, self.tally.skipped));
        case
    }
}

/// The rows of a run.
pub(crate) struct Results {
    pub(crate) rows: Vec<Row>,
    pub(crate) seconds: f64,
    /// Seconds that all processes of the run had a core, where the system counts them.
    pub(crate) cpu_seconds: Option<f64>,
}

impl Results {
    pub(crate) fn total(&self) -> Tally {
        let mut total = Tally::default();
        self.rows.iter().for_each(|row| total.add(row.tally));
        total
    }

    /// Prints the table; its last line counts the tests.
    pub(crate) fn print(&self) {
        println!("\n{:<18} {:>7} {:>7} {:>7} {:>7}", "check", "passed", "failed", "skipped", "seconds");
        self.rows.iter().for_each(|row| println!("{}", row.line()));
        let total = self.total();
        let cpu = self.cpu_seconds.map(|cpu| format!(", {cpu:.0} s of processor time")).unwrap_or_default();
        println!("\nall checks took {:.0} s{cpu}", self.seconds);
        println!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
    }

    /// Writes `checks.json` and `checks.xml`.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let json = json!({
            "checks": self.rows.iter().map(Row::json).collect::<Vec<_>>(),
            "seconds": self.seconds.round(), "cpu_seconds": self.cpu_seconds.map(f64::round),
        });
        let path = folder.join("checks.json");
        fs::write(&path, format!("{json:#}\n")).with_context(|| path.display().to_string())?;
        let mut suite = TestSuite::new("checks");
        suite.add_test_cases(self.rows.iter().map(Row::test_case));
        let mut report = Report::new("kafka-trial");
        report.set_time(Duration::from_secs_f64(self.seconds)).add_test_suite(suite);
        let path = folder.join("checks.xml");
        fs::write(&path, report.to_string()?).with_context(|| path.display().to_string())
    }
}

/// Seconds of processor time of this process and of the children that it has waited for; Linux alone has them here.
pub(crate) fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // utime, stime, cutime and cstime, in hundredths of a second; the name before them may hold spaces.
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks: Option<Vec<f64>> = fields.split(' ').skip(11).take(4).map(|field| field.parse().ok()).collect();
    Some(ticks?.iter().sum::<f64>() / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn junit_names_failed_and_skipped_checks() {
        let row = |name, passed, failed, note: &str| Row {
            name,
            about: "about",
            tally: Tally { passed, failed, skipped: 1 },
            seconds: 1.0,
            note: note.to_owned(),
        };
        let rows = vec![row("a", 1, 0, ""), row("b", 3, 2, "see <log>"), row("c", 0, 0, "no go")];
        let folder = std::env::temp_dir().join(format!("kafka-trial-results-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Results { rows, seconds: 3.0, cpu_seconds: None }.write(&folder).unwrap();
        let xml = fs::read_to_string(folder.join("checks.xml")).unwrap();
        let json: Value = serde_json::from_str(&fs::read_to_string(folder.join("checks.json")).unwrap()).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert!(xml.contains(r#"tests="3" skipped="1" errors="0" failures="1""#), "{xml}");
        assert!(xml.contains("2 failed. see &lt;log&gt;"), "{xml}");
        assert_eq!(json["checks"][1]["failed"], 2);
        assert_eq!(json["cpu_seconds"], Value::Null);
    }
}
