//! Listing and describing groups.

use std::error::Error;
use std::process::ExitCode;

use anstream::println;
use anstyle::Style;
use kafka_trial::client::{Client, Deadline, GroupListing, GroupPosition, GroupView};
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
LAG is the number of offsets between the committed offset and the end. A group that does not exist is an error.

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
    positions: Vec<GroupPosition>,
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
    Ok(Described { positions: client.positions(&view, |_| true, deadline)?, view })
}

impl Described {
    fn show(&self) {
        let GroupView { id, group_type, state, assignor, coordinator, members, .. } = &self.view;
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
        if self.positions.is_empty() {
            println!("nothing is committed");
            return;
        }
        let row = |position: &GroupPosition| {
            [
                position.partition.topic.clone(),
                position.partition.partition.to_string(),
                or_dash(position.committed),
                or_dash(position.end),
                or_dash(position.lag()),
                position.client_id.clone().unwrap_or_default(),
            ]
        };
        let rows: Vec<_> = self.positions.iter().map(row).collect();
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
        let offsets = self.positions.iter().map(|position| {
            json!({
                "topic": position.partition.topic,
                "partition": position.partition.partition,
                "committed": position.committed,
                "end": position.end,
                "lag": position.lag(),
                "client": position.client_id,
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
