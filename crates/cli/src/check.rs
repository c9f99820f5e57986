//! `kafka-trial check`: the doctor.

use std::error::Error;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use anstream::println;
use anstyle::{AnsiColor, Style};
use kafka_trial::check::{Check, Finding, Groups, Outcome, Progress};
use kafka_trial::config::{DEFAULT_PARTITIONS, DEFAULT_TOPICS, KafkaTestConfig};
use kafka_trial_load::units::length;
use textwrap::WordSplitter;

use crate::exit_status::ExitStatus;
use crate::topic_argument::TopicArgument;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const DIM: Style = Style::new().dimmed();
/// Where the sentences of a report begin.
const INDENT: usize = 23;

/// The options of `kafka-trial check`.
#[derive(clap::Args)]
#[command(after_help = "\
Each step reports its finding and, if there is a problem, the remedy: the name resolves, something listens, it speaks \
Kafka's protocol (not TLS or HTTP), the addresses that the brokers advertise are reachable, the topics exist, and the \
groups have no members.

Exit status: 0 when nothing is wrong, 1 when there is a problem.

Examples:
  kafka-trial check
  kafka-trial check -b broker-1:9092,broker-2:9092 --topic orders --group billing
  kafka-trial check --default-topics
  kafka-trial check --json | jq -r '.findings[] | select(.status == \"problem\") | .problem'")]
pub(crate) struct Options {
    /// The same as --bootstrap
    #[arg(value_name = "HOST:PORT", conflicts_with = "bootstrap")]
    address: Option<String>,
    /// Comma-separated addresses of the cluster [default: $TEST_KAFKA_BOOTSTRAP_SERVERS, otherwise localhost:19092]
    #[arg(short, long, value_name = "HOST:PORT")]
    bootstrap: Option<String>,
    /// A topic that must exist; may be given several times
    #[arg(long = "topic", value_name = "NAME[:PARTITIONS]")]
    topics: Vec<TopicArgument>,
    /// The eight default topics of the reference service must exist, and the groups of its tests must have no members
    #[arg(long)]
    default_topics: bool,
    /// A group that must have no members; may be given several times
    #[arg(long = "group", value_name = "ID")]
    groups: Vec<String>,
    /// The prefix of groups that must have no members [default with --default-topics:
    /// $KAFKA_TRIAL_GROUP_PREFIX, otherwise archon-intelligence-test]
    #[arg(long, value_name = "PREFIX", conflicts_with = "groups")]
    group_prefix: Option<String>,
    /// Expect TLS, as clients with security.protocol=SSL or SASL_SSL do
    #[arg(long)]
    tls: bool,
    /// How long each step may take
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = length)]
    timeout: Duration,
    /// Write the report as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn check(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let config = KafkaTestConfig::from_env();
    let defaults = if options.default_topics { DEFAULT_TOPICS.as_slice() } else { &[] };
    let prefix = options.group_prefix.clone().or_else(|| options.default_topics.then_some(config.group_prefix));
    let defaults = defaults.iter().map(|(_, name)| ((*name).to_owned(), DEFAULT_PARTITIONS));
    let given = options.topics.iter().map(|topic| (topic.name.clone(), topic.partitions.unwrap_or(1)));
    let check = Check {
        bootstrap_servers: options
            .bootstrap
            .as_ref()
            .or(options.address.as_ref())
            .cloned()
            .unwrap_or(config.bootstrap_servers),
        topics: defaults.chain(given).collect(),
        groups: match prefix {
            Some(prefix) if options.groups.is_empty() => Groups::Prefix(prefix),
            _ => Groups::Named(options.groups.clone()),
        },
        tls: options.tls,
        timeout: options.timeout,
    };
    let report = if options.json {
        let report = check.run(|_| ());
        println!("{:#}", report.to_json());
        report
    } else {
        let terminal = std::io::stdout().is_terminal();
        let width = terminal_size::terminal_size().filter(|_| terminal).map(|(width, _)| usize::from(width.0));
        let report = check.run(|progress| match progress {
            Progress::Begins(step) if terminal => {
                print!("  {:<9}{}", "...", step.name());
                // The line is gone with the finding; a terminal that does not take it loses nothing.
                let _ = std::io::stdout().flush();
            }
            Progress::Begins(_) => {}
            Progress::Found(finding) => {
                if terminal {
                    print!("\r\x1b[2K");
                }
                show(finding, width);
            }
        });
        match report.problems().count() {
            0 if report.is_complete() => {
                println!("\n{GOOD}Nothing is wrong{GOOD:#} with {}.", report.bootstrap_servers)
            }
            0 => println!("\n{GOOD}Nothing is wrong{GOOD:#} in the steps that could be taken."),
            1 => println!("\n{BAD}1 problem{BAD:#} with {}.", report.bootstrap_servers),
            count => println!("\n{BAD}{count} problems{BAD:#} with {}.", report.bootstrap_servers),
        }
        report
    };
    Ok(ExitStatus::of(report.problems().next().is_none()).into())
}

fn show(finding: &Finding, width: Option<usize>) {
    let step = finding.step.name();
    match &finding.outcome {
        Outcome::Fine(what) => println!("  {GOOD}ok{GOOD:#}       {step:<12}{}", wrapped(what, width)),
        Outcome::Skipped(why) => println!("  {DIM}skipped{DIM:#}  {step:<12}{}", wrapped(why, width)),
        Outcome::Problem(problem) => {
            println!("  {BAD}problem{BAD:#}  {step:<12}{}", wrapped(&problem.to_string(), width));
            println!("{:INDENT$}{}", "", wrapped(&format!("-> {}", problem.remedy()), width));
        }
    }
}

/// Breaks a text between words, so that it stays in its column. Without a width it stays one line.
fn wrapped(text: &str, width: Option<usize>) -> String {
    let Some(width) = width.map(|width| width.saturating_sub(INDENT).max(20)) else { return text.to_owned() };
    let options = textwrap::Options::new(width).break_words(false).word_splitter(WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).join(&format!("\n{:INDENT$}", ""))
}
