//! The report of a failed test: data first, text last.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kafka_trial_broker::journal::{ClosedConnection, Entry};
use kafka_trial_broker::{GroupSummary, TopicSummary};

use crate::config::{BOOTSTRAP_VARIABLE, SEED_VARIABLE};
use crate::flow::Flow;
use crate::requests::Traffic;

/// How wide the text is; the addresses and commands in it may be wider.
const WIDTH: usize = 80;
/// How many topics, and how many groups, the text shows.
const SHOWN: usize = 20;
/// How many flows the text shows whole; the pages have all.
const SHOWN_FLOWS: usize = 3;
/// The most partitions whose ends the text shows one by one.
const SHOWN_PARTITIONS: usize = 12;

/// A failed test, and the state of its cluster at that moment. [`Display`](fmt::Display) is the text that the test shows.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// The path of the test, without its crate.
    pub test: String,
    /// Its package, if known.
    pub package: Option<&'static str>,
    /// Why it has failed.
    pub cause: Cause,
    /// The seed of its randomness; `None` if the test could not begin.
    pub seed: Option<u64>,
    /// The addresses of its cluster; `None` if the test could not begin.
    pub bootstrap_servers: Option<String>,
    /// The number of brokers.
    pub brokers: usize,
    /// Whether the cluster was in this process.
    pub is_embedded: bool,
    /// The topics of an embedded cluster; on an external cluster those of the test. The text leaves out internal topics.
    pub topics: Option<Vec<TopicSummary>>,
    /// The groups of an embedded cluster; on an external cluster those of the test's consumers.
    pub groups: Option<Vec<GroupSummary>>,
    /// The flows that the test followed. The text shows those that are not as expected.
    pub flows: Vec<Flow>,
    /// Records that name a schema which is not there or does not read them, each with its place and the reason: of an embedded
    /// cluster among the newest 1,000 of each partition, of an external one among those of the flows.
    pub unreadable: Vec<String>,
    /// The pages of the flows, if they were kept.
    pub pages: Vec<PathBuf>,
    /// The journal of an embedded cluster. The text shows the last requests that changed or returned something.
    pub journal: Option<Vec<Arc<Entry>>>,
    /// The requests that were waiting for their answers.
    pub waiting: Vec<Entry>,
    /// The last connections that brokers of an embedded cluster closed, with the reasons.
    pub closed: Vec<ClosedConnection>,
}

/// Why a test has failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// It panicked with this text.
    Panic(String),
    /// It returned this error.
    Error(String),
    /// It, or one of its arguments, could not be set up.
    Setup(String),
    /// It was still waiting when its time was over.
    Timeout(Duration),
    /// Its thread was blocked when its time was over, and was abandoned.
    Blocked(Duration),
    /// It passed, and a fault that had to act never did.
    IdleFault(String),
    /// It passed, and its teardown failed.
    Teardown(String),
}

impl Report {
    pub(crate) fn new(test: &str, package: Option<&'static str>, cause: Cause) -> Self {
        Self {
            test: test.to_owned(),
            package,
            cause,
            seed: None,
            bootstrap_servers: None,
            brokers: 0,
            is_embedded: false,
            topics: None,
            groups: None,
            flows: Vec::new(),
            unreadable: Vec::new(),
            pages: Vec::new(),
            journal: None,
            waiting: Vec::new(),
            closed: Vec::new(),
        }
    }

    /// The command that runs this test again as it ran.
    fn rerun(&self) -> String {
        let mut command = String::new();
        if let Some(seed) = self.seed {
            command += &format!("{SEED_VARIABLE}={seed} ");
        }
        let external = self.bootstrap_servers.as_deref().filter(|_| !self.is_embedded);
        if let Some(servers) = external {
            command += &format!("{BOOTSTRAP_VARIABLE}={servers} ");
        }
        command += "cargo test ";
        if let Some(package) = self.package {
            command += &format!("-p {package} ");
        }
        let ignored = if external.is_some() { " --include-ignored" } else { "" };
        command + &format!("{} -- --exact{ignored}", self.test)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Text(self).to_string().trim_end())
    }
}

/// The report, line by line.
struct Text<'a>(&'a Report);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.0;
        writeln!(f, "kafka-trial: {} failed: {}", report.test, report.cause)?;
        // The failure and how to repeat it come first; the state of the cluster is below.
        let flows: Vec<&Flow> = report.flows.iter().filter(|flow| !flow.is_complete()).take(SHOWN_FLOWS).collect();
        for flow in &flows {
            writeln!(f, "\n{}", flow.head(WIDTH))?;
        }
        writeln!(f, "  rerun    {}", report.rerun())?;
        for flow in &flows {
            f.write_str(&flow.details(WIDTH))?;
        }
        if !flows.is_empty() {
            writeln!(f)?;
        }
        if let Some(seed) = report.seed {
            writeln!(f, "  seed     {seed}")?;
        }
        if let Some(servers) = &report.bootstrap_servers {
            let place = if report.is_embedded { "embedded" } else { "external" };
            writeln!(f, "  cluster  {servers} ({place}, {})", counted(report.brokers, "broker"))?;
        }
        if let Some(topics) = &report.topics {
            let topics: Vec<&TopicSummary> = topics.iter().filter(|topic| !topic.is_internal).collect();
            list(f, "topics", &topics, |f, topic| show_topic(f, topic))?;
        }
        if let Some(groups) = &report.groups {
            // Those that a flow has named are shown with it.
            let is_shown = |id: &str| flows.iter().any(|flow| flow.groups.iter().any(|group| group.id == id));
            let others: Vec<&GroupSummary> = groups.iter().filter(|group| !is_shown(&group.id)).collect();
            if !others.is_empty() || groups.is_empty() {
                list(f, "groups", &others, |f, group| show_group(f, group))?;
            }
        }
        if !report.unreadable.is_empty() {
            list(f, "schemas", &report.unreadable, |f, line| f.write_str(line))?;
        }
        if let Some(journal) = &report.journal {
            let clients: Vec<&str> = flows.iter().flat_map(|flow| flow.blocking_clients()).collect();
            let traffic = Traffic { ended: journal, waiting: &report.waiting, closed: &report.closed };
            let requests = traffic.last_of(&clients);
            if !requests.is_empty() {
                list(f, "requests", &requests, |f, line| f.write_str(line))?;
            }
        }
        for page in report.pages.iter().take(SHOWN) {
            writeln!(f, "  page     {}", page.display())?;
        }
        Ok(())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The whole text has been printed where it panicked.
            Self::Panic(text) => write!(f, "panicked: {}", text.lines().next().unwrap_or_default()),
            Self::Error(text) | Self::Setup(text) => f.write_str(text),
            Self::Timeout(limit) => write!(f, "timed out after {limit:?}"),
            Self::Blocked(limit) => {
                write!(f, "timed out after {limit:?}; its thread is blocked and was left behind")
            }
            Self::IdleFault(text) => write!(f, "it passed, but {text}"),
            Self::Teardown(text) => write!(f, "it passed, but its teardown failed: {text}"),
        }
    }
}

/// One line per item, the first behind the heading.
fn list<T>(
    f: &mut fmt::Formatter<'_>,
    heading: &str,
    items: &[T],
    show: fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    let mut heading = heading;
    if items.is_empty() {
        return writeln!(f, "  {heading:<8} none");
    }
    for item in items.iter().take(SHOWN) {
        write!(f, "  {:<8} ", std::mem::take(&mut heading))?;
        show(f, item)?;
        writeln!(f)?;
    }
    match items.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => writeln!(f, "  {:<8} and {more} more", ""),
    }
}

fn show_topic(f: &mut fmt::Formatter<'_>, topic: &TopicSummary) -> fmt::Result {
    let count = topic.partitions.len();
    write!(f, "{}: {}, ", topic.name, counted(count, "partition"))?;
    if count <= SHOWN_PARTITIONS {
        let ends: Vec<String> = topic.partitions.iter().map(|partition| partition.high_watermark.to_string()).collect();
        return write!(f, "high watermark{} {}", if count == 1 { "" } else { "s" }, ends.join(" "));
    }
    let used: Vec<String> = topic
        .partitions
        .iter()
        .zip(0..)
        .filter(|(partition, _)| partition.high_watermark > 0)
        .map(|(partition, index)| format!("{} in {index}", partition.high_watermark))
        .take(SHOWN_PARTITIONS)
        .collect();
    match used.is_empty() {
        true => f.write_str("all empty"),
        false => write!(f, "high watermarks above 0: {}", used.join(", ")),
    }
}

fn show_group(f: &mut fmt::Formatter<'_>, group: &GroupSummary) -> fmt::Result {
    write!(f, "{}: {}, {}", group.id, group.state, counted(group.members.len(), "member"))?;
    if group.offsets.is_empty() {
        return f.write_str(", nothing committed");
    }
    for offset in group.offsets.iter().take(SHOWN_PARTITIONS) {
        write!(f, "\n  {:<8}   {}-{}: committed {}, ", "", offset.topic, offset.partition, offset.committed)?;
        match offset.lag {
            Some(lag) => write!(f, "lag {lag}")?,
            None => f.write_str("the partition is gone")?,
        }
    }
    match group.offsets.len().saturating_sub(SHOWN_PARTITIONS) {
        0 => Ok(()),
        more => write!(f, "\n  {:<8}   and {more} more partitions", ""),
    }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
