//! `kafka-trial schemas check`: what a registry would say to a folder of schemas.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anstream::println;
use clap::builder::PossibleValuesParser;
use kafka_trial_load::units::length;
use kafka_trial_registry::{Registry, RegistryClient, SchemaFolder};

use super::report::Report;
use crate::exit_status::ExitStatus;
use crate::note::note;

const LEVELS: [&str; 7] =
    ["NONE", "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE"];

/// The options of `kafka-trial schemas check`.
#[derive(clap::Args)]
#[command(after_help = "\
The folder is that of `serve --schemas`: orders-value.avsc is the subject orders-value, orders-value/v1.avsc and \
orders-value/v2.avsc are two versions of it. Files may refer to each other. With --against, each schema is checked as the \
next version of its subject there. Nothing is written there: what is needed of it is copied, and checked here.

Exit status: 0 if no schema is refused, 1 if one is, or if the registry cannot be asked; 2 if the folder cannot be read.

Examples:
  kafka-trial schemas check schemas
  kafka-trial schemas check schemas --level FULL_TRANSITIVE
  kafka-trial schemas check schemas --against http://localhost:18081 --junit schemas.xml
  kafka-trial schemas check schemas --json | jq -r '.schemas[] | select(.result == \"incompatible\") | .reasons[]'")]
pub(crate) struct Options {
    /// The folder with files that end in .avsc, .json or .proto
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The schema registry whose versions the schemas must be compatible with, as http://[USER:PASSWORD@]HOST:PORT
    #[arg(long, value_name = "URL")]
    against: Option<String>,
    /// The compatibility level of all subjects [default: the levels of --against, otherwise BACKWARD]
    #[arg(long, value_name = "LEVEL", ignore_case = true, value_parser = PossibleValuesParser::new(LEVELS))]
    level: Option<String>,
    /// How long each answer of the registry may take
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = length)]
    timeout: Duration,
    /// Write the report as JSON
    #[arg(long)]
    json: bool,
    /// Write the report as JUnit XML too, one test case for each schema
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

pub(crate) fn check(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let folder = match SchemaFolder::read(&options.folder) {
        Ok(folder) => folder,
        Err(error) => {
            note(error);
            return Ok(ExitStatus::Usage.into());
        }
    };
    let mut registry = match &options.against {
        Some(url) => RegistryClient::new(url, options.timeout)
            .and_then(|client| client.copy(&folder.subjects()))
            .map_err(|error| format!("--against {url}: {error}"))?,
        None => Registry::new(),
    };
    if let Some(level) = &options.level {
        registry.set_level(level, &folder.subjects());
    }
    let report = Report {
        folder: folder.path().to_owned(),
        against: options.against.clone(),
        schemas: folder.register(&mut registry, Duration::ZERO),
    };
    if let Some(path) = &options.junit {
        std::fs::write(path, report.to_junit()).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if options.json {
        println!("{:#}", report.to_json());
    } else {
        report.print();
    }
    Ok(ExitStatus::of(report.refused() == 0).into())
}
