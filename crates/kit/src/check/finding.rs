//! What a check found, as data.

use serde_json::{Value as Json, json};

use super::Problem;

/// What is looked at, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Does the name have an address?
    Name,
    /// Does anything accept connections there?
    Connection,
    /// Does it speak Kafka's protocol, with or without TLS as the clients are set to?
    Protocol,
    /// Can the addresses be reached that the brokers tell clients to use?
    Listeners,
    /// Do the topics exist, with leaders?
    Topics,
    /// Are the groups free of members?
    Groups,
}

impl Step {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Connection => "connection",
            Self::Protocol => "protocol",
            Self::Listeners => "listeners",
            Self::Topics => "topics",
            Self::Groups => "groups",
        }
    }
}

/// How one thing was found.
#[derive(Debug)]
pub enum Outcome {
    /// As it should be; the sentence says what was seen.
    Fine(String),
    /// Not as it should be.
    Problem(Problem),
    /// Not looked at, for this reason.
    Skipped(&'static str),
}

/// One thing that was looked at.
#[derive(Debug)]
#[non_exhaustive]
pub struct Finding {
    /// In which step.
    pub step: Step,
    /// How it was found.
    pub outcome: Outcome,
}

/// What a check tells while it runs.
#[derive(Debug)]
pub enum Progress<'a> {
    /// A step begins; the next report may take as long as the time-out.
    Begins(Step),
    /// Something was found.
    Found(&'a Finding),
}

/// All that a check found, in order.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report {
    /// What was checked.
    pub bootstrap_servers: String,
    /// What was found.
    pub findings: Vec<Finding>,
}

impl Report {
    /// What is wrong.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.findings.iter().filter_map(|finding| match &finding.outcome {
            Outcome::Problem(problem) => Some(problem),
            _ => None,
        })
    }

    /// Whether every step was taken.
    pub fn is_complete(&self) -> bool {
        !self.findings.iter().any(|finding| matches!(finding.outcome, Outcome::Skipped(_)))
    }

    /// The report for scripts. `problem` is one of the words of [`Problem::kind`].
    pub fn to_json(&self) -> Json {
        let findings: Vec<Json> = self.findings.iter().map(Finding::to_json).collect();
        json!({
            "bootstrap_servers": self.bootstrap_servers,
            "healthy": self.problems().next().is_none(),
            "findings": findings,
        })
    }
}

impl Finding {
    fn to_json(&self) -> Json {
        let step = self.step.name();
        match &self.outcome {
            Outcome::Fine(what) => json!({ "step": step, "status": "fine", "message": what }),
            Outcome::Skipped(why) => json!({ "step": step, "status": "skipped", "message": why }),
            Outcome::Problem(problem) => json!({
                "step": step,
                "status": "problem",
                "problem": problem.kind(),
                "message": problem.to_string(),
                "remedy": problem.remedy(),
            }),
        }
    }
}
