//! Listing and describing groups.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::process::ExitCode;

use anstream::println;
use anstyle::Style;
use kafka_trial::client::{Client, ClientError, Deadline, GroupListing, GroupView, OffsetAt, TopicPartition};
use serde_json::{Value as Json, json};

use crate::table::{self, or_dash};
use crate::target::Target;

const TITLE: Style = Style::new().bold();

/// The options of `kafka-trial groups list`.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  kafka-trial groups list
  kafka-trial groups list --json | jq -r '.[] | select(.state == \"Empty\") | .group'")]
pub(crate) struct List {
    /// Write JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

/// The options of `kafka-trial groups describe`.
#[derive(clap::Args)]
#[command(after_help = "\
LAG is how many offsets lie between what is committed and the end. A group that does not exist is an error.

Examples:
  kafka-trial groups describe billing
  kafka-trial groups describe billing --json | jq '[.[0].offsets[].lag] | add'")]
pub(crate) struct Describe {
    /// The groups
    #[arg(value_name = "GROUP", required = true)]
    groups: Vec<String>,
    /// Write JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

pub(crate) fn list(options: &List) -> Result<ExitCode, Box<dyn Error>> {
    let (mut client, deadline) = options.target.connect()?;
    let groups = client.groups(deadline)?;
    if options.json {
        let group = |group: &GroupListing| {
            json!({
                "group": group.id,
                "type": group.group_type,
                "state": group.state,
                "protocol_type": group.protocol_type,
            })
        };
        println!("{:#}", Json::Array(groups.iter().map(group).collect()));
    } else {
        let row = |group: GroupListing| [group.id, group.group_type, group.state, group.protocol_type];
        let rows: Vec<_> = groups.into_iter().map(row).collect();
        table::print(["GROUP", "TYPE", "STATE", "PROTOCOL"], &rows);
    }
    Ok(ExitCode::SUCCESS)
}

/// A group and where it stands.
struct Described {
    view: GroupView,
    places: Vec<Standing>,
}

/// Where a group stands in a partition that it has committed or is assigned.
struct Standing {
    place: TopicPartition,
    committed: Option<i64>,
    /// None where the topic is gone.
    end: Option<i64>,
    /// The member that has it, by its client id.
    member: Option<String>,
}

impl Standing {
    fn lag(&self) -> Option<i64> {
        Some((self.end? - self.committed?).max(0))
    }
}

pub(crate) fn describe(options: &Describe) -> Result<ExitCode, Box<dyn Error>> {
    let (mut client, deadline) = options.target.connect()?;
    let mut described = Vec::new();
    for group in &options.groups {
        described.push(describe_one(&mut client, group, deadline)?);
    }
    if options.json {
        println!("{:#}", Json::Array(described.iter().map(Described::to_json).collect()));
        return Ok(ExitCode::SUCCESS);
    }
    for (number, group) in described.iter().enumerate() {
        if number > 0 {
            println!();
        }
        group.show();
    }
    Ok(ExitCode::SUCCESS)
}

fn describe_one(client: &mut Client, group: &str, deadline: Deadline) -> Result<Described, Box<dyn Error>> {
    let Some(view) = client.group(group, deadline)? else {
        let listed = client.groups(deadline)?.into_iter().find(|listed| listed.id == group);
        return Err(match listed {
            Some(listed) => {
                format!("group {group} is a {} group, which this command cannot describe yet", listed.group_type)
            }
            None => format!("group {group} does not exist; `kafka-trial groups list` names those that do"),
        }
        .into());
    };
    let committed = client.committed(group, deadline)?;
    let mut holders = BTreeMap::new();
    for member in &view.members {
        holders.extend(member.assigned.iter().map(|place| (place.clone(), member.client_id.clone())));
    }
    let places: BTreeSet<TopicPartition> = committed.keys().chain(holders.keys()).cloned().collect();
    let ends = ends(client, &places, deadline)?;
    let standing = |place: TopicPartition| Standing {
        committed: committed.get(&place).copied(),
        end: ends.get(&place).copied(),
        member: holders.get(&place).cloned(),
        place,
    };
    Ok(Described { places: places.into_iter().map(standing).collect(), view })
}

/// The ends of those partitions that are still there.
fn ends(
    client: &mut Client,
    places: &BTreeSet<TopicPartition>,
    deadline: Deadline,
) -> Result<BTreeMap<TopicPartition, i64>, ClientError> {
    let names: BTreeSet<&str> = places.iter().map(|place| place.topic.as_str()).collect();
    let views = client.topics(Some(&names.into_iter().collect::<Vec<_>>()), deadline)?;
    let is_there = |place: &&TopicPartition| {
        let mut partitions = views.iter().filter(|view| view.name == place.topic).flat_map(|view| &view.partitions);
        partitions.any(|partition| partition.index == place.partition && partition.leader.is_some())
    };
    let there: Vec<TopicPartition> = places.iter().filter(is_there).cloned().collect();
    client.offsets(&there, OffsetAt::Latest, deadline)
}

impl Described {
    fn show(&self) {
        let GroupView { id, group_type, state, assignor, coordinator, members } = &self.view;
        let assignor = if assignor.is_empty() { "no assignor" } else { assignor.as_str() };
        println!("{TITLE}{id}{TITLE:#}  {state}, {group_type}, {assignor}, coordinator {coordinator}");
        if !members.is_empty() {
            let rows: Vec<_> = members
                .iter()
                .map(|member| {
                    let name = member.instance_id.as_ref().unwrap_or(&member.id);
                    [member.client_id.clone(), member.host.clone(), member.assigned.len().to_string(), name.clone()]
                })
                .collect();
            table::print(["CLIENT", "HOST", "PARTITIONS", "MEMBER"], &rows);
        }
        if self.places.is_empty() {
            println!("nothing is committed");
            return;
        }
        let row = |standing: &Standing| {
            [
                standing.place.topic.clone(),
                standing.place.partition.to_string(),
                or_dash(standing.committed),
                or_dash(standing.end),
                or_dash(standing.lag()),
                standing.member.clone().unwrap_or_default(),
            ]
        };
        let rows: Vec<_> = self.places.iter().map(row).collect();
        table::print(["TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "CLIENT"], &rows);
    }

    fn to_json(&self) -> Json {
        let members = self.view.members.iter().map(|member| {
            let assigned = member.assigned.iter();
            let assigned = assigned.map(|place| json!({ "topic": place.topic, "partition": place.partition }));
            json!({
                "member": member.id,
                "instance": member.instance_id,
                "client": member.client_id,
                "host": member.host,
                "assigned": assigned.collect::<Vec<_>>(),
            })
        });
        let offsets = self.places.iter().map(|standing| {
            json!({
                "topic": standing.place.topic,
                "partition": standing.place.partition,
                "committed": standing.committed,
                "end": standing.end,
                "lag": standing.lag(),
                "client": standing.member,
            })
        });
        json!({
            "group": self.view.id,
            "type": self.view.group_type,
            "state": self.view.state,
            "assignor": self.view.assignor,
            "coordinator": self.view.coordinator,
            "members": members.collect::<Vec<_>>(),
            "offsets": offsets.collect::<Vec<_>>(),
        })
    }
}
