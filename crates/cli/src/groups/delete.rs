//! Deleting groups.

use std::error::Error;
use std::process::ExitCode;

use anstream::println;
use kafka_trial::client::ClientError;
use kafka_trial_wire::ErrorCode;

use super::members::has_members;
use crate::exit_status::ExitStatus;
use crate::target::Target;

/// The options of `kafka-trial groups delete`.
#[derive(clap::Args)]
#[command(after_help = "\
A group with members is not deleted: the error names its members (exit status 1).

Example:
  kafka-trial groups delete billing shipping")]
pub(crate) struct Delete {
    /// The groups
    #[arg(value_name = "GROUP", required = true)]
    groups: Vec<String>,
    /// Pass over groups that do not exist
    #[arg(long)]
    if_exists: bool,
    #[command(flatten)]
    target: Target,
}

pub(crate) fn delete(options: &Delete) -> Result<ExitCode, Box<dyn Error>> {
    let (mut client, deadline) = options.target.connect()?;
    let mut all_deleted = true;
    for group in &options.groups {
        let error = match client.delete_group(group, deadline) {
            Ok(()) => {
                println!("deleted {group}");
                continue;
            }
            Err(ClientError::Kafka { code: ErrorCode::GROUP_ID_NOT_FOUND, .. }) if options.if_exists => {
                println!("{group} does not exist");
                continue;
            }
            Err(ClientError::Kafka { code: ErrorCode::GROUP_ID_NOT_FOUND, .. }) => {
                format!("group {group} does not exist; --if-exists passes over it")
            }
            Err(error @ ClientError::Kafka { code: ErrorCode::NON_EMPTY_GROUP, .. }) => {
                match client.group(group, deadline)? {
                    Some(view) => has_members(&view),
                    None => error.to_string(),
                }
            }
            Err(error) => error.to_string(),
        };
        eprintln!("kafka-trial: {error}");
        all_deleted = false;
    }
    Ok(ExitStatus::of(all_deleted).into())
}
