//! What a check of schemas found: as a table with reasons, as JSON, as JUnit XML.

use std::path::PathBuf;

use anstream::println;
use anstyle::{AnsiColor, Style};
use kafka_trial_registry::LoadedSchema;
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use serde_json::{Value, json};

use crate::table;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// What a check found.
pub(super) struct Report {
    pub(super) folder: PathBuf,
    /// The registry that was asked, if any.
    pub(super) against: Option<String>,
    pub(super) schemas: Vec<LoadedSchema>,
}

/// In one word.
fn result(schema: &LoadedSchema) -> &'static str {
    match &schema.problem {
        None if schema.is_new => "new",
        None => "unchanged",
        Some(problem) if problem.is_incompatible => "incompatible",
        Some(_) => "invalid",
    }
}

impl Report {
    /// How many schemas are refused.
    pub(super) fn refused(&self) -> usize {
        self.schemas.iter().filter(|schema| schema.problem.is_some()).count()
    }

    pub(super) fn print(&self) {
        let row = |schema: &LoadedSchema| {
            let path = schema.path.display().to_string();
            let version = table::or_dash(schema.version);
            [path, schema.subject.clone(), schema.schema_type.to_owned(), version, result(schema).to_owned()]
        };
        let rows: Vec<_> = self.schemas.iter().map(row).collect();
        table::print(["FILE", "SUBJECT", "TYPE", "VERSION", "RESULT"], &rows);
        for schema in &self.schemas {
            let Some(problem) = &schema.problem else { continue };
            println!("\n{BAD}{}{BAD:#}: {}", schema.location(), result(schema));
            problem.reasons.iter().for_each(|reason| println!("  {reason}"));
        }
        let against = self.against.as_ref().map_or(String::new(), |url| format!(" by {url}"));
        match (self.schemas.len(), self.refused()) {
            (1, 0) => println!("\n{GOOD}1 schema{GOOD:#}, not refused{against}."),
            (all, 0) => println!("\n{GOOD}{all} schemas{GOOD:#}, none refused{against}."),
            (all, refused) => println!("\n{BAD}{refused} of {all} schemas refused{BAD:#}{against}."),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let schemas = self.schemas.iter().map(|schema| {
            let problem = schema.problem.as_ref();
            let place = problem.and_then(|problem| problem.place);
            json!({
                "file": schema.path.display().to_string(),
                "subject": schema.subject,
                "schema_type": schema.schema_type,
                "version": schema.version,
                "result": result(schema),
                "reasons": problem.map_or(&[][..], |problem| &problem.reasons),
                "line": place.map(|place| place.line),
                "column": place.map(|place| place.column),
            })
        });
        json!({
            "folder": self.folder.display().to_string(),
            "against": self.against,
            "refused": self.refused(),
            "schemas": schemas.collect::<Vec<_>>(),
        })
    }

    pub(super) fn to_junit(&self) -> String {
        let mut suite = TestSuite::new("kafka-trial schemas check");
        for schema in &self.schemas {
            let status = match &schema.problem {
                None => TestCaseStatus::success(),
                Some(problem) => {
                    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                    status.set_message(format!("{}: {}", schema.location(), result(schema)));
                    status.set_description(problem.reasons.join("\n"));
                    status
                }
            };
            let mut case = TestCase::new(schema.path.display().to_string(), status);
            case.set_classname("schemas");
            suite.add_test_case(case);
        }
        let mut report = quick_junit::Report::new("kafka-trial schemas check");
        report.add_test_suite(suite);
        // It is written into memory, which takes all of it.
        report.to_string().unwrap_or_default()
    }
}
