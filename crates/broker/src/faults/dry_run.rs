//! What rules would have acted on in a journal.

use kafka_trial_core::Time;

use super::armed::{Armed, Request, lacks};
use super::rule::FaultRule;
use super::status::FaultStatus;
use crate::journal::Entry;

/// What rules would have acted on in a journal: the sequence numbers of the requests for each rule, and its status. The
/// times of rules count from the first entry. Correlation ids are not in a journal, and what an answer held is taken to be
/// what a rule changes.
pub fn dry_run(rules: Vec<FaultRule>, entries: &[Entry], seed: u64) -> Vec<(FaultStatus, Vec<u64>)> {
    let since = entries.first().map_or(Time(0), |entry| entry.received);
    let armed = rules.into_iter().map(|rule| (Armed::new(rule, since, None), Vec::new()));
    let mut armed: Vec<(Armed, Vec<u64>)> = armed.collect();
    for entry in entries {
        let request = Request { entry, now: entry.received, correlations: &Vec::new };
        let acted = armed.iter_mut().find_map(|(armed, hits)| {
            let lacks = lacks(&armed.status.rule.action, entry);
            armed.acts_on(&request, seed, lacks).map(|_| hits)
        });
        if let Some(hits) = acted {
            hits.push(entry.sequence);
        }
    }
    armed.into_iter().map(|(armed, hits)| (armed.status, hits)).collect()
}
