//! Listing and describing topics.

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;

use anstream::println;
use anstyle::Style;
use kafka_trial::client::{Client, ClientError, Deadline, OffsetAt, PartitionView, TopicPartition, TopicView};
use serde_json::{Value as Json, json};

use crate::table::{self, or_dash};
use crate::target::Target;

const TITLE: Style = Style::new().bold();

/// The options of `kafka-trial topics list`.
#[derive(clap::Args)]
#[command(after_help = "\
RECORDS is the number of offsets between the beginning and the end: it counts control records and, in compacted topics, \
records that are gone.

Examples:
  kafka-trial topics list
  kafka-trial topics list --json | jq -r '.[].name'")]
pub(crate) struct List {
    /// Include internal topics, such as __consumer_offsets
    #[arg(long)]
    internal: bool,
    /// Write JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

/// The options of `kafka-trial topics describe`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  kafka-trial topics describe orders
  kafka-trial topics describe orders --json | jq '.[0].partitions[].latest'")]
pub(crate) struct Describe {
    /// The topics
    #[arg(value_name = "NAME", required = true)]
    topics: Vec<String>,
    /// Write JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

/// Where the partitions of some topics begin and end. Those without a leader are left out.
struct Ends {
    earliest: BTreeMap<TopicPartition, i64>,
    latest: BTreeMap<TopicPartition, i64>,
}

impl Ends {
    fn of(client: &mut Client, views: &[TopicView], deadline: Deadline) -> Result<Self, ClientError> {
        let led = |view: &TopicView| {
            let (topic, led) = (view.name.clone(), view.partitions.iter().filter(|p| p.leader.is_some()));
            let place = |p: i32| TopicPartition { topic: topic.clone(), partition: p };
            led.map(|partition| place(partition.index)).collect::<Vec<_>>()
        };
        let places: Vec<TopicPartition> = views.iter().flat_map(led).collect();
        Ok(Self {
            earliest: client.offsets(&places, OffsetAt::Earliest, deadline)?,
            latest: client.offsets(&places, OffsetAt::Latest, deadline)?,
        })
    }

    fn of_partition(&self, topic: &str, partition: i32) -> Option<(i64, i64)> {
        let place = TopicPartition { topic: topic.to_owned(), partition };
        Some((*self.earliest.get(&place)?, *self.latest.get(&place)?))
    }

    fn records(&self, view: &TopicView) -> i64 {
        let ends = view.partitions.iter().filter_map(|partition| self.of_partition(&view.name, partition.index));
        ends.map(|(earliest, latest)| latest - earliest).sum()
    }
}

pub(crate) fn list(options: &List) -> Result<ExitCode, Box<dyn Error>> {
    let (mut client, deadline) = options.target.connect()?;
    let mut views = client.topics(None, deadline)?;
    views.retain(|view| options.internal || !view.is_internal);
    views.sort_by(|a, b| a.name.cmp(&b.name));
    let ends = Ends::of(&mut client, &views, deadline)?;
    let replicas = |view: &TopicView| view.partitions.iter().map(|p| p.replicas.len()).max().unwrap_or(0);
    if options.json {
        let topic = |view: &TopicView| {
            json!({
                "name": view.name,
                "internal": view.is_internal,
                "partitions": view.partitions.len(),
                "replication_factor": replicas(view),
                "records": ends.records(view),
            })
        };
        println!("{:#}", Json::Array(views.iter().map(topic).collect()));
    } else {
        let row = |view: &TopicView| {
            let counts = (view.partitions.len(), replicas(view), ends.records(view));
            [view.name.clone(), counts.0.to_string(), counts.1.to_string(), counts.2.to_string()]
        };
        let rows: Vec<_> = views.iter().map(row).collect();
        table::print(["TOPIC", "PARTITIONS", "REPLICAS", "RECORDS"], &rows);
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn describe(options: &Describe) -> Result<ExitCode, Box<dyn Error>> {
    let (mut client, deadline) = options.target.connect()?;
    let names: Vec<&str> = options.topics.iter().map(String::as_str).collect();
    let views = client.topics(Some(&names), deadline)?;
    if let Some(missing) = names.iter().find(|name| !views.iter().any(|view| view.name == **name)) {
        return Err(format!("topic {missing} does not exist; `kafka-trial topics list` names those that do").into());
    }
    let ends = Ends::of(&mut client, &views, deadline)?;
    let mut described = Vec::new();
    for view in &views {
        described.push((view, client.topic_configs(&view.name, deadline)?));
    }
    if options.json {
        let topics = described.iter().map(|(view, configs)| topic_json(view, configs, &ends));
        println!("{:#}", Json::Array(topics.collect()));
        return Ok(ExitCode::SUCCESS);
    }
    for (number, (view, configs)) in described.iter().enumerate() {
        if number > 0 {
            println!();
        }
        println!("{TITLE}{}{TITLE:#}", view.name);
        for (key, value) in configs {
            println!("  {key}={value}");
        }
        let row = |partition: &PartitionView| {
            let ends = ends.of_partition(&view.name, partition.index);
            [
                partition.index.to_string(),
                or_dash(partition.leader),
                ids(&partition.replicas),
                ids(&partition.in_sync),
                or_dash(ends.map(|ends| ends.0)),
                or_dash(ends.map(|ends| ends.1)),
            ]
        };
        let rows: Vec<_> = view.partitions.iter().map(row).collect();
        table::print(["PARTITION", "LEADER", "REPLICAS", "IN SYNC", "EARLIEST", "LATEST"], &rows);
    }
    Ok(ExitCode::SUCCESS)
}

fn topic_json(view: &TopicView, configs: &[(String, String)], ends: &Ends) -> Json {
    let partition = |partition: &PartitionView| {
        let ends = ends.of_partition(&view.name, partition.index);
        json!({
            "partition": partition.index,
            "leader": partition.leader,
            "replicas": partition.replicas,
            "in_sync": partition.in_sync,
            "earliest": ends.map(|ends| ends.0),
            "latest": ends.map(|ends| ends.1),
        })
    };
    let configs: serde_json::Map<String, Json> =
        configs.iter().map(|(key, value)| (key.clone(), Json::from(value.as_str()))).collect();
    json!({
        "name": view.name,
        "internal": view.is_internal,
        "configs": configs,
        "partitions": view.partitions.iter().map(partition).collect::<Vec<_>>(),
    })
}

fn ids(brokers: &[i32]) -> String {
    brokers.iter().map(i32::to_string).collect::<Vec<_>>().join(",")
}
