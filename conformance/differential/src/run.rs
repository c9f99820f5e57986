//! Runs sections on one broker or both, several at a time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use kafka_trial_wire::ApiKey;
use kafka_trial_wire::view::Schema;
use serde_json::Value as Json;

use crate::clock;
use crate::nodes::Nodes;
use crate::recording::Recorded;
use crate::scenario::{Action, Scenario, Section, Versions};
use crate::side::{Round, Side};

/// The brokers to ask.
#[derive(Clone, Copy)]
pub(crate) struct Brokers<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) ours: &'a dyn Nodes,
    pub(crate) theirs: Option<&'a dyn Nodes>,
    /// What the embedded broker says it serves.
    pub(crate) served: &'a BTreeMap<ApiKey, Versions>,
    /// How many sections are asked at a time.
    pub(crate) jobs: usize,
}

/// What became of a section.
#[derive(Clone, Debug)]
pub(crate) struct SectionRun {
    pub(crate) scenario: String,
    pub(crate) title: String,
    /// Step by step, round by round; nothing where it was not asked.
    pub(crate) ours: Option<Vec<Recorded>>,
    pub(crate) theirs: Option<Vec<Recorded>>,
    /// Why the embedded broker was not asked.
    pub(crate) skipped: Option<String>,
}

/// A section with the file that it stands in.
pub(crate) type Chosen<'a> = (&'a Scenario, &'a Section);

impl Brokers<'_> {
    /// Runs all sections: those that stand alone after the others, one by one.
    pub(crate) fn run(&self, sections: &[Chosen<'_>]) -> Vec<SectionRun> {
        let (alone, together): (Vec<_>, Vec<_>) =
            sections.iter().enumerate().partition(|(_, (scenario, _))| scenario.alone);
        let mut runs = self.run_some(together.into_iter().collect(), self.jobs);
        runs.extend(self.run_some(alone.into_iter().collect(), 1));
        runs.sort_by_key(|(place, _)| *place);
        runs.into_iter().map(|(_, run)| run).collect()
    }

    fn run_some(&self, queue: VecDeque<(usize, &Chosen<'_>)>, jobs: usize) -> Vec<(usize, SectionRun)> {
        let total = queue.len();
        let queue = Mutex::new(queue);
        let done = Mutex::new(Vec::new());
        let count = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..jobs.min(total) {
                scope.spawn(|| {
                    loop {
                        let next = queue.lock().ok().and_then(|mut queue| queue.pop_front());
                        let Some((place, chosen)) = next else { return };
                        let began = clock::now_ms();
                        let run = self.section(*chosen);
                        if self.theirs.is_some() {
                            let number = count.fetch_add(1, Ordering::Relaxed) + 1;
                            let ms = clock::now_ms() - began;
                            eprintln!("{number:>4}/{total} {ms:>6} ms  {} / {}", run.scenario, run.title);
                        }
                        if let Ok(mut done) = done.lock() {
                            done.push((place, run));
                        }
                    }
                });
            }
        });
        done.into_inner().unwrap_or_default()
    }

    /// Runs all rounds of a section.
    pub(crate) fn section(&self, (scenario, section): Chosen<'_>) -> SectionRun {
        let skipped = scenario.skip.clone().or_else(|| section.skip.clone()).or_else(|| self.lacks(section));
        let asked_ours = skipped.is_none();
        let (mut ours, mut theirs) = (empty(section), empty(section));
        for number in 0..rounds(section) {
            let now = clock::now_ms();
            let round = Round { number, prefix: prefix(now, scenario, section, number), now };
            let ask = |nodes, into: &mut Vec<Recorded>| {
                let answers = Side { nodes, schema: self.schema }.run(section, &round);
                into.iter_mut().zip(answers).for_each(|(step, answer)| step.answers.push(answer));
            };
            if asked_ours {
                ask(self.ours, &mut ours);
            }
            if let Some(nodes) = self.theirs {
                ask(nodes, &mut theirs);
            }
        }
        SectionRun {
            scenario: scenario.name.clone(),
            title: section.title.clone(),
            ours: asked_ours.then_some(ours),
            theirs: self.theirs.is_some().then_some(theirs),
            skipped,
        }
    }

    /// The first API of a section that the embedded broker does not serve.
    fn lacks(&self, section: &Section) -> Option<String> {
        let missing = section.steps.iter().find_map(|step| match &step.action {
            Action::Send(request) if !step.of_every && !self.served.contains_key(&request.api) => Some(request.api),
            _ => None,
        })?;
        Some(format!("{missing} is not served"))
    }
}

fn empty(section: &Section) -> Vec<Recorded> {
    section.steps.iter().map(|step| Recorded { step: step.text.clone(), answers: Vec::new() }).collect()
}

/// As many as it takes for every step to be seen in all of its versions.
fn rounds(section: &Section) -> usize {
    let counts = section.steps.iter().map(|step| match &step.action {
        Action::Send(request) => request.versions.count(),
        _ => 1,
    });
    counts.max().unwrap_or(1)
}

/// Names that only this round has, of the same length in every run.
fn prefix(now: i64, scenario: &Scenario, section: &Section, round: usize) -> String {
    let place = crc32c::crc32c(format!("{}/{}", scenario.name, section.title).as_bytes()) % 0x10_0000;
    format!("kt-{:06x}{place:05x}{round:02}-", now.unsigned_abs() / 64 % 0x100_0000)
}

/// The answers of a step in one round, in both brokers' recordings.
pub(crate) fn answer(recorded: &[Recorded], step: usize, round: usize) -> Option<&Json> {
    recorded.get(step)?.answers.get(round)
}
