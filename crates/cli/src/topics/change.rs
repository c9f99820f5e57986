//! Creating and deleting topics.

use std::error::Error;
use std::process::ExitCode;

use anstream::println;
use kafka_trial::config::KafkaTestConfig;
use kafka_trial::utilities::create_topics;

use crate::exit_status::ExitStatus;
use crate::properties::Property;
use crate::target::Target;
use crate::topic_argument::TopicArgument;

/// The options of `kafka-trial topics create`.
#[derive(clap::Args)]
#[command(after_help = "\
A topic that exists is an error (exit status 1), unless --if-not-exists is given. The other topics are created.

Examples:
  kafka-trial topics create orders:6 audit
  kafka-trial topics create states:3,cleanup.policy=compact audit:1,retention.ms=60000
  kafka-trial topics create orders --config cleanup.policy=compact --config retention.ms=60000
  kafka-trial topics create --default-topics --if-not-exists")]
pub(crate) struct Create {
    /// The topics; without PARTITIONS they get --partitions
    #[arg(value_name = "NAME[:PARTITIONS][,KEY=VALUE]", required_unless_present = "default_topics")]
    topics: Vec<TopicArgument>,
    /// The eight default topics of the reference service, with three partitions each
    #[arg(long)]
    default_topics: bool,
    /// How many partitions a topic gets [default: num.partitions of the cluster]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    partitions: Option<i32>,
    /// How many brokers hold each partition [default: default.replication.factor of the cluster]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i16).range(1..))]
    replication_factor: Option<i16>,
    /// A config of all these topics; may be given several times
    #[arg(long = "config", value_name = "KEY=VALUE")]
    configs: Vec<Property>,
    /// Leave topics alone that exist
    #[arg(long)]
    if_not_exists: bool,
    #[command(flatten)]
    target: Target,
}

/// The options of `kafka-trial topics delete`.
#[derive(clap::Args)]
#[command(after_help = "\
A topic that does not exist is an error (exit status 1), unless --if-exists is given. The other topics are deleted.

Example:
  kafka-trial topics delete orders audit")]
pub(crate) struct Delete {
    /// The topics
    #[arg(value_name = "NAME", required = true)]
    topics: Vec<String>,
    /// Pass over topics that do not exist
    #[arg(long)]
    if_exists: bool,
    #[command(flatten)]
    target: Target,
}

pub(crate) fn create(options: &Create) -> Result<ExitCode, Box<dyn Error>> {
    let mut topics = if options.default_topics { KafkaTestConfig::default_topics() } else { Vec::new() };
    topics.extend(options.topics.iter().map(|topic| topic.spec(options.partitions.unwrap_or(-1))));
    for topic in &mut topics {
        for Property { key, value } in &options.configs {
            // What a topic says for itself wins.
            topic.configs.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
    let (mut client, deadline) = options.target.connect()?;
    let existing = create_topics(&mut client, &topics, options.replication_factor.unwrap_or(-1), deadline)?;
    for topic in topics.iter().filter(|topic| !existing.contains(&topic.name)) {
        println!("created {}", topic.name);
    }
    passed_over(&existing, options.if_not_exists, "exists already", "--if-not-exists")
}

pub(crate) fn delete(options: &Delete) -> Result<ExitCode, Box<dyn Error>> {
    let names: Vec<&str> = options.topics.iter().map(String::as_str).collect();
    let (mut client, deadline) = options.target.connect()?;
    let missing = client.delete_topics(&names, deadline)?;
    for name in names.iter().filter(|name| !missing.iter().any(|missing| missing == *name)) {
        println!("deleted {name}");
    }
    passed_over(&missing, options.if_exists, "does not exist", "--if-exists")
}

/// Topics that were left as they are: worth a line where that is wanted, else an error.
fn passed_over(names: &[String], wanted: bool, why: &str, option: &str) -> Result<ExitCode, Box<dyn Error>> {
    for name in names {
        match wanted {
            true => println!("{name} {why}"),
            false => eprintln!("kafka-trial: topic {name} {why}; {option} passes over it"),
        }
    }
    Ok(ExitStatus::of(wanted || names.is_empty()).into())
}
