//! Moving a group's committed offsets.

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;
use std::time::UNIX_EPOCH;

use anstream::println;
use kafka_trial::client::{Client, ClientError, Deadline, OffsetAt, TopicPartition};
use kafka_trial_wire::ErrorCode;
use serde_json::{Value as Json, json};

use super::members::has_members;
use crate::table::{self, or_dash};
use crate::target::Target;

/// The options of `kafka-trial groups reset`.
#[derive(clap::Args)]
#[command(after_help = "\
The group must have no members; otherwise the error names them (exit status 1). A group that does not exist is created by \
its first offsets, so a test can set where its consumer begins. Offsets outside of a partition move to its nearer end, as \
in kafka-consumer-groups. A time after the last record is the end.

Examples:
  kafka-trial groups reset billing --to-earliest
  kafka-trial groups reset billing --to-offset 42 --topic orders:0
  kafka-trial groups reset billing --to-time 2026-01-31T08:00:00Z --dry-run")]
pub(crate) struct Reset {
    /// The group
    #[arg(value_name = "GROUP")]
    group: String,
    #[command(flatten)]
    to: Aim,
    /// A topic, or one of its partitions; may be given several times [default: all that the group has committed]
    #[arg(long = "topic", value_name = "NAME[:PARTITION]")]
    topics: Vec<String>,
    /// Show what would be committed, and commit nothing
    #[arg(long)]
    dry_run: bool,
    /// Write JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Aim {
    /// To the oldest records
    #[arg(long)]
    to_earliest: bool,
    /// Past the newest records
    #[arg(long)]
    to_latest: bool,
    /// To this offset
    #[arg(long, value_name = "OFFSET", value_parser = clap::value_parser!(i64).range(0..))]
    to_offset: Option<i64>,
    /// To the first records of this time or later: milliseconds since the Unix epoch, or 2026-01-31T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = read_time)]
    to_time: Option<i64>,
}

fn read_time(text: &str) -> Result<i64, String> {
    if let Ok(millis) = text.parse::<i64>() {
        return if millis >= 0 { Ok(millis) } else { Err("a time before 1970".to_owned()) };
    }
    let time = humantime::parse_rfc3339_weak(text).map_err(|_| {
        "milliseconds since the Unix epoch, or a time in UTC as 2026-01-31T08:00:00Z expected".to_owned()
    })?;
    let millis = time.duration_since(UNIX_EPOCH).map_err(|_| "a time before 1970".to_owned())?.as_millis();
    i64::try_from(millis).map_err(|_| "a time too far away".to_owned())
}

/// A partition, and where the group stood and will stand.
struct Move {
    place: TopicPartition,
    from: Option<i64>,
    to: i64,
}

pub(crate) fn reset(options: &Reset) -> Result<ExitCode, Box<dyn Error>> {
    let group = options.group.as_str();
    let (mut client, deadline) = options.target.connect()?;
    refuse_members(&mut client, group, deadline)?;
    let committed = client.committed(group, deadline)?;
    let places = if options.topics.is_empty() {
        committed.keys().cloned().collect()
    } else {
        named_places(&mut client, &options.topics, deadline)?
    };
    if places.is_empty() {
        return Err(format!("group {group} has committed nothing; name the topics with --topic").into());
    }
    let aims = options.to.offsets(&mut client, &places, deadline)?;
    if !options.dry_run {
        match client.commit(group, &aims, deadline) {
            // Somebody has joined since it was looked at.
            Err(ClientError::Kafka { code: ErrorCode::UNKNOWN_MEMBER_ID, .. }) => {
                refuse_members(&mut client, group, deadline)?;
                return Err(format!("group {group} had members for a moment; try again").into());
            }
            answer => answer?,
        }
    }
    let moves = aims.into_iter().map(|(place, to)| Move { from: committed.get(&place).copied(), place, to });
    show(&moves.collect::<Vec<_>>(), options);
    Ok(ExitCode::SUCCESS)
}

fn refuse_members(client: &mut Client, group: &str, deadline: Deadline) -> Result<(), Box<dyn Error>> {
    match client.group(group, deadline)? {
        Some(view) if !view.members.is_empty() => Err(has_members(&view).into()),
        _ => Ok(()),
    }
}

/// The partitions that `--topic` names.
fn named_places(
    client: &mut Client,
    topics: &[String],
    deadline: Deadline,
) -> Result<Vec<TopicPartition>, Box<dyn Error>> {
    let mut places = Vec::new();
    for topic in topics {
        let (name, partition) = match topic.split_once(':') {
            None => (topic.as_str(), None),
            Some((name, partition)) => {
                let expected = |_| format!("--topic {topic}: NAME or NAME:PARTITION expected");
                (name, Some(partition.parse::<i32>().map_err(expected)?))
            }
        };
        let views = client.topics(Some(&[name]), deadline)?;
        let view = views.first().ok_or_else(|| ClientError::UnknownTopic(name.to_owned()))?;
        let found = view.partitions.iter().filter(|found| partition.is_none_or(|wanted| wanted == found.index));
        let before = places.len();
        places.extend(found.map(|found| TopicPartition { topic: name.to_owned(), partition: found.index }));
        if places.len() == before {
            return Err(format!("--topic {topic}: {name} has {} partitions, from 0", view.partitions.len()).into());
        }
    }
    Ok(places)
}

impl Aim {
    fn offsets(
        &self,
        client: &mut Client,
        places: &[TopicPartition],
        deadline: Deadline,
    ) -> Result<BTreeMap<TopicPartition, i64>, ClientError> {
        if self.to_earliest {
            return client.offsets(places, OffsetAt::Earliest, deadline);
        }
        let latest = client.offsets(places, OffsetAt::Latest, deadline)?;
        if let Some(millis) = self.to_time {
            let found = client.offsets(places, OffsetAt::Time(millis), deadline)?;
            return Ok(latest.into_iter().chain(found).collect());
        }
        let Some(offset) = self.to_offset else { return Ok(latest) };
        let earliest = client.offsets(places, OffsetAt::Earliest, deadline)?;
        let within = |(place, latest): (TopicPartition, i64)| {
            let earliest = earliest.get(&place).copied().unwrap_or(0);
            (place, offset.min(latest).max(earliest))
        };
        Ok(latest.into_iter().map(within).collect())
    }
}

fn show(moves: &[Move], options: &Reset) {
    if options.json {
        let moves = moves.iter().map(|moved| {
            let TopicPartition { topic, partition } = &moved.place;
            json!({ "topic": topic, "partition": partition, "from": moved.from, "to": moved.to })
        });
        println!("{:#}", Json::Array(moves.collect()));
        return;
    }
    let row = |moved: &Move| {
        let TopicPartition { topic, partition } = &moved.place;
        [topic.clone(), partition.to_string(), or_dash(moved.from), moved.to.to_string()]
    };
    table::print(["TOPIC", "PARTITION", "FROM", "TO"], &moves.iter().map(row).collect::<Vec<_>>());
    if options.dry_run {
        println!("nothing is committed: --dry-run");
    }
}
