//! A report as JUnit XML: a threshold is a test case, so that a CI run shows each one's fate.

use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::{Report, Verdict};

impl Report {
    /// A suite of its thresholds. In an invalid run the measurement itself is the error, and the thresholds are skipped.
    pub fn to_junit(&self) -> String {
        let is_invalid = self.verdict == Verdict::Invalid;
        let mut suite = TestSuite::new("kafka-trial load");
        if let Some(why) = self.invalid_because.as_deref().filter(|_| is_invalid) {
            suite.add_test_case(case("the measurement is valid", not_passed(NonSuccessKind::Error, why)));
        }
        for result in &self.thresholds {
            let status = if is_invalid {
                let mut skipped = TestCaseStatus::skipped();
                skipped.set_message("the measurement is invalid");
                skipped
            } else if result.holds {
                TestCaseStatus::success()
            } else {
                not_passed(NonSuccessKind::Failure, &format!("measured {}", result.measured))
            };
            let mut case = case(&result.threshold, status);
            case.set_system_out(&result.measured);
            suite.add_test_case(case);
        }
        let seconds = Duration::try_from_secs_f64(self.seconds).unwrap_or_default();
        suite.set_time(seconds).set_system_out(self.to_text());
        let mut report = quick_junit::Report::new("kafka-trial load");
        report.set_time(seconds).add_test_suite(suite);
        // It is written into memory, which takes all of it.
        report.to_string().unwrap_or_default()
    }
}

fn case(name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname("load");
    case
}

fn not_passed(kind: NonSuccessKind, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(message);
    status
}
