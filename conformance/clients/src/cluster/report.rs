//! How a run went.

use std::time::Duration;

use anyhow::Result;

use super::model::Step;
use super::run::COORDINATORS;
use super::traffic::{Consumed, Produced};

/// A run that has ended.
pub(super) struct Run {
    pub(super) seed: u64,
    pub(super) steps: Vec<(Duration, Step)>,
    pub(super) rows: Vec<Row>,
    /// Where the cluster, or its log, was not as it should be.
    pub(super) differences: Vec<String>,
    pub(super) took: Duration,
}

/// A client, and what it did.
pub(super) struct Row {
    pub(super) client: &'static str,
    pub(super) version: String,
    pub(super) produced: Result<Produced>,
    pub(super) consumed: Result<Consumed>,
}

impl Run {
    pub(super) fn is_good(&self) -> bool {
        self.differences.is_empty() && self.rows.iter().all(|row| row.produced.is_ok() && row.consumed.is_ok())
    }

    /// Where the requests of a run that failed are written.
    pub(super) fn journal(&self) -> String {
        format!("target/clients/cluster-{}.journal", self.seed)
    }

    pub(super) fn print(&self) {
        let count = |kind: fn(&Step) -> bool| self.steps.iter().filter(|(_, step)| kind(step)).count();
        println!(
            "\nseed {}, {:.1}s: {} brokers stopped, {} started, {} leaders and {} coordinators moved",
            self.seed,
            self.took.as_secs_f64(),
            count(|step| matches!(step, Step::Stop(_))),
            count(|step| matches!(step, Step::Start(_))),
            count(|step| matches!(step, Step::MoveLeader { topic, .. } if topic != COORDINATORS)),
            count(|step| matches!(step, Step::MoveLeader { topic, .. } if topic == COORDINATORS)),
        );
        println!(
            "{:<10} {:<22} {:>12} {:>13} {:>12} {:>7}",
            "client", "version", "acknowledged", "longest send", "given again", "errors"
        );
        for row in &self.rows {
            let (acknowledged, longest) = row.produced.as_ref().map_or(("-".to_owned(), "-".to_owned()), |produced| {
                let acknowledged: usize = produced.acknowledged.values().sum();
                (acknowledged.to_string(), format!("{:.1} s", produced.longest.as_secs_f64()))
            });
            let (again, errors) = row.consumed.as_ref().map_or(("-".to_owned(), "-".to_owned()), |consumed| {
                (consumed.again.to_string(), consumed.errors.values().sum::<usize>().to_string())
            });
            println!("{:<10} {:<22} {acknowledged:>12} {longest:>13} {again:>12} {errors:>7}", row.client, row.version);
        }
        for row in &self.rows {
            for (error, count) in row.consumed.iter().flat_map(|consumed| &consumed.errors) {
                println!("  {}, {count} times: {error}", row.client);
            }
        }
        if self.is_good() {
            return;
        }
        println!("\nFAILED seed {}; the requests are in {}; what happened:", self.seed, self.journal());
        for (when, step) in &self.steps {
            println!("  {:>8.3} s  {step}", when.as_secs_f64());
        }
        self.differences.iter().for_each(|difference| println!("{difference}"));
        for row in &self.rows {
            let errors = [row.produced.as_ref().err(), row.consumed.as_ref().err()];
            errors.into_iter().flatten().for_each(|error| println!("{}: {error:#}", row.client));
        }
    }
}
