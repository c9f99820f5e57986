//! Asks the embedded broker and a real Kafka the same, and compares the answers field by field.
//!
//! ```text
//! scenarios/*.scenario ─> scenario ─> request ─> talk ─> connection ──> the embedded broker
//!                                                 │                └──> Kafka, or its recorded answers
//!                                  normalise <────┘
//!                                      └─> compare ─> divergences ─> report
//! ```
//! `cargo xtask differential --help` says how it is run; the README says how a scenario is written.

mod batch;
mod clock;
mod compare;
mod connection;
mod divergences;
mod nodes;
mod normalise;
mod oracle;
mod random;
mod recording;
mod report;
mod request;
mod run;
mod scenario;
mod sets;
mod side;
mod talk;
mod topic;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use kafka_trial_broker::{Cluster, ClusterConfig};
use kafka_trial_wire::ApiKey;
use kafka_trial_wire::view::Schema;

use self::divergences::Divergences;
use self::nodes::Nodes;
use self::oracle::Oracle;
use self::recording::Recording;
use self::report::judge;
use self::run::{Brokers, Chosen, SectionRun};
use self::scenario::{FIRST_BROKER, Scenario, Versions};
use self::side::Side;

/// Ask the embedded broker and a real Kafka 4.3.1 the same, and compare the answers
#[derive(Parser)]
#[command(name = "cargo xtask differential")]
struct Options {
    /// Only sections whose `file / title` contains this
    filter: Option<String>,
    /// Compare with the recorded answers; needs no Java
    #[arg(long, conflicts_with_all = ["record", "bootstrap"])]
    replay: bool,
    /// Keep Kafka's answers beside the scenarios
    #[arg(long)]
    record: bool,
    /// Ask a Kafka that runs already (host:port) instead of starting one; its settings are then its own
    #[arg(long)]
    bootstrap: Option<String>,
    /// Run this many random sequences of operations instead of the scenarios
    #[arg(long, conflicts_with_all = ["replay", "record", "filter"])]
    random: Option<u64>,
    /// The seed of the first random sequence; the others count up
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The release to start
    #[arg(long, default_value = "4.3.1")]
    kafka_version: String,
    /// How many sections are asked at a time
    #[arg(long, default_value_t = 4)]
    jobs: usize,
    /// Where the scenarios, their recordings, broker.properties and divergences.txt are
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios"))]
    scenarios: PathBuf,
}

fn main() -> Result<ExitCode> {
    let options = Options::parse();
    let began = clock::now_ms();
    let schema = Schema::load();
    let shared = properties(&options.scenarios.join("broker.properties"))?;
    if let Some(count) = options.random {
        let pair = Pair::start(&options, &schema, 1, &random::properties(shared))?;
        let failed = random::run(&pair.brokers(&schema, 1), count, options.seed)?;
        let (passed, seconds) = (count.saturating_sub(failed), (clock::now_ms() - began) / 1000);
        println!("{passed} passed, {failed} failed, 0 skipped in {seconds}s");
        return Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let scenarios = read_all(&options.scenarios, &schema)?;
    let divergences = Divergences::read(&options.scenarios.join("divergences.txt"))?;
    let chosen: Vec<Chosen<'_>> = scenarios
        .iter()
        .flat_map(|scenario| scenario.sections.iter().map(move |section| (scenario, section)))
        .filter(|(scenario, section)| {
            let place = format!("{} / {}", scenario.name, section.title);
            options.filter.as_ref().is_none_or(|part| place.contains(part.as_str()))
        })
        .collect();
    if chosen.is_empty() {
        bail!("no section is called like that; they are the lines with == in {}", options.scenarios.display());
    }
    let settings: BTreeSet<(u16, &BTreeMap<String, String>)> =
        chosen.iter().map(|(scenario, _)| (scenario.brokers, &scenario.properties)).collect();
    let mut total = Total::default();
    for (count, own) in settings {
        let group: Vec<Chosen<'_>> = chosen
            .iter()
            .filter(|(scenario, _)| scenario.brokers == count && scenario.properties == *own)
            .copied()
            .collect();
        if options.bootstrap.is_some() && (count > 1 || !own.is_empty()) {
            for (scenario, section) in &group {
                total.skip(&scenario.name, &section.title, "it needs brokers of its own");
            }
            continue;
        }
        let mut properties = shared.clone();
        properties.extend(own.clone());
        let pair = Pair::start(&options, &schema, count, &properties)?;
        let runs = pair.brokers(&schema, options.jobs).run(&group);
        for ((scenario, section), run) in group.iter().zip(&runs) {
            let Some(ours) = &run.ours else {
                total.skip(&scenario.name, &section.title, run.skipped.as_deref().unwrap_or_default());
                continue;
            };
            let theirs = match &run.theirs {
                Some(answers) => answers.clone(),
                None => recorded(&options.scenarios, scenario, &section.title)?,
            };
            total.add(&judge(&scenario.name, section, ours, &theirs, &pair.served, &divergences));
        }
        if options.record {
            record(&options, &runs)?;
        }
    }
    Ok(total.close(&divergences, clock::now_ms() - began))
}

/// The embedded broker and, unless its answers are recorded, Kafka.
struct Pair {
    ours: Cluster,
    served: BTreeMap<ApiKey, Versions>,
    oracle: Option<Oracle>,
}

impl Pair {
    fn start(options: &Options, schema: &Schema, brokers: u16, properties: &BTreeMap<String, String>) -> Result<Self> {
        let mut config = ClusterConfig { brokers, first_node_id: FIRST_BROKER, ..ClusterConfig::default() };
        for (key, value) in properties {
            let of_one = key.split_once(':').and_then(|(id, key)| Some((id.parse().ok()?, key)));
            let (properties, key) = match of_one {
                Some((id, key)) => (config.broker_properties.entry(id).or_default(), key),
                None => (&mut config.properties, key.as_str()),
            };
            properties.insert(key.to_owned(), value.clone());
        }
        let ours = Cluster::start(config.clone())?;
        let served = Side { nodes: &ours, schema }.served().map_err(anyhow::Error::msg)?;
        let oracle = match &options.bootstrap {
            Some(bootstrap) => Some(Oracle::at(bootstrap)?),
            None if options.replay => None,
            None => Some(Oracle::start(&config, &options.kafka_version)?),
        };
        if let Some(oracle) = &oracle {
            Side { nodes: oracle, schema }.warm_up().map_err(anyhow::Error::msg)?;
        }
        // Both, so that no section is given the first producer id, which is 0 and left out of answers.
        Side { nodes: &ours, schema }.warm_up().map_err(anyhow::Error::msg)?;
        Ok(Self { ours, served, oracle })
    }

    fn brokers<'a>(&'a self, schema: &'a Schema, jobs: usize) -> Brokers<'a> {
        let theirs = self.oracle.as_ref().map(|oracle| oracle as &dyn Nodes);
        Brokers { schema, ours: &self.ours, theirs, served: &self.served, jobs }
    }
}

/// What all sections together came to.
#[derive(Default)]
struct Total {
    passed: usize,
    failed: usize,
    skipped: Vec<String>,
    answers: usize,
    known: usize,
}

impl Total {
    fn add(&mut self, verdict: &report::Verdict) {
        self.answers += verdict.answers;
        self.known += verdict.known;
        if verdict.unknown.is_empty() {
            self.passed += 1;
            return;
        }
        self.failed += 1;
        verdict.unknown.iter().for_each(|difference| println!("{difference}\n"));
    }

    fn skip(&mut self, scenario: &str, section: &str, why: &str) {
        self.skipped.push(format!("{scenario} / {section}: {why}"));
    }

    /// Prints the closing lines.
    fn close(mut self, divergences: &Divergences, ms: i64) -> ExitCode {
        self.skipped.iter().for_each(|skip| println!("skipped: {skip}"));
        let stale = divergences.stale();
        for entry in &stale {
            println!("divergences.txt, {entry}\n    this does not diverge any more: take the entry out");
        }
        self.failed += stale.len();
        let (answers, listed) = (self.answers, divergences.len());
        println!(
            "{answers} answers compared; divergences.txt has {listed} entries, which cover {} differences",
            self.known
        );
        let (passed, failed, skipped) = (self.passed, self.failed, self.skipped.len());
        println!("{passed} passed, {failed} failed, {skipped} skipped in {}.{}s", ms / 1000, ms % 1000 / 100);
        if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// Every scenario of a folder, by name.
fn read_all(folder: &Path, schema: &Schema) -> Result<Vec<Scenario>> {
    let mut scenarios = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "scenario") {
            scenarios.push(Scenario::read(&path, schema)?);
        }
    }
    scenarios.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(scenarios)
}

/// Reads `KEY=VALUE` lines.
fn properties(path: &Path) -> Result<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|(line, number)| {
            let (key, value) =
                line.split_once('=').with_context(|| format!("{}:{number}: KEY=VALUE expected", path.display()))?;
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        })
        .collect()
}

fn recording_path(folder: &Path, scenario: &str) -> PathBuf {
    folder.join(format!("{scenario}.recorded"))
}

fn recorded(folder: &Path, scenario: &Scenario, section: &str) -> Result<Vec<recording::Recorded>> {
    let recording = Recording::read(&recording_path(folder, &scenario.name))?;
    Ok(recording.sections.get(section).cloned().unwrap_or_default())
}

/// Puts Kafka's answers into their files; sections that were not run keep theirs.
fn record(options: &Options, runs: &[SectionRun]) -> Result<()> {
    let mut by_scenario: BTreeMap<&str, Vec<&SectionRun>> = BTreeMap::new();
    for run in runs {
        by_scenario.entry(run.scenario.as_str()).or_default().push(run);
    }
    for (scenario, runs) in by_scenario {
        let path = recording_path(&options.scenarios, scenario);
        let mut recording = if path.exists() { Recording::read(&path)? } else { Recording::default() };
        recording.kafka.clone_from(&options.kafka_version);
        recording.day = clock::day(clock::now_ms());
        for run in runs {
            if let Some(answers) = &run.theirs {
                recording.sections.insert(run.title.clone(), answers.clone());
            }
        }
        std::fs::write(&path, recording.to_text()).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
