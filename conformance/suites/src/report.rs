//! What a run is told as: lines for people, JSON for programs.

use std::time::Duration;

use serde_json::{Value, json};

use crate::broker::Side;
use crate::suite::Suite;
use crate::verdict::{Verdict, Verdicts};

/// A suite's run.
pub(crate) struct Report<'a> {
    pub(crate) suite: &'a Suite,
    pub(crate) side: Side,
    pub(crate) verdicts: Verdicts,
    pub(crate) took: Duration,
    /// Tests that failed at first and passed when they ran again.
    pub(crate) flaky: Vec<String>,
}

/// Passed, failed and skipped tests. A named miss counts as skipped.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl Report<'_> {
    pub(crate) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for verdict in self.verdicts.values() {
            match verdict {
                Verdict::Passed => counts.passed += 1,
                Verdict::Failed(_) => counts.failed += 1,
                Verdict::Skipped(_) | Verdict::Missed(_) | Verdict::NotOnKafka(_) => counts.skipped += 1,
            }
        }
        counts
    }

    /// Names what did not pass and why, then counts.
    pub(crate) fn print(&self) {
        for (name, verdict) in &self.verdicts {
            match verdict {
                Verdict::Passed => {}
                Verdict::Failed(why) => println!("  failed   {name}: {why}"),
                Verdict::Skipped(why) => println!("  skipped  {name}: {why}"),
                Verdict::Missed(why) => println!("  missed   {name}: {why}"),
                Verdict::NotOnKafka(why) => println!("  skipped  {name}: fails on a real Kafka too ({why})"),
            }
        }
        for name in &self.flaky {
            println!("  flaky    {name}: passed when it ran again");
        }
        let Counts { passed, failed, skipped } = self.counts();
        if failed > 0 {
            println!("  logs: target/suites/{}/logs/{}", self.suite.name, self.side.name());
        }
        println!("{passed} passed, {failed} failed, {skipped} skipped in {:.1}s", self.took.as_secs_f64());
    }

    pub(crate) fn to_json(&self) -> Value {
        let Counts { passed, failed, skipped } = self.counts();
        let tests: Vec<Value> = self.verdicts.iter().map(|(name, verdict)| test(name, verdict)).collect();
        json!({
            "suite": self.suite.name,
            "title": self.suite.title,
            "broker": self.side.title(),
            "passed": passed,
            "failed": failed,
            "skipped": skipped,
            "seconds": self.took.as_secs_f64(),
            "flaky": self.flaky,
            "tests": tests,
        })
    }
}

fn test(name: &str, verdict: &Verdict) -> Value {
    let (word, why) = match verdict {
        Verdict::Passed => ("passed", None),
        Verdict::Failed(why) => ("failed", Some(why)),
        Verdict::Skipped(why) => ("skipped", Some(why)),
        Verdict::Missed(why) => ("missed", Some(why)),
        Verdict::NotOnKafka(why) => ("not-on-kafka", Some(why)),
    };
    json!({ "name": name, "outcome": word, "why": why })
}
